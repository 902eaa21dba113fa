"""What households report of homes that were not handed over in time, and the company's answer."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import Role
from app.extensions import db
from app.settlements import late as service
from app.settlements import late_queries as queries
from app.settlements.late_states import OPEN
from app.web import late as late_words
from app.web import redemptions as words
from app.web.access import SELLING, actor, roles
from app.web.acting import do_or_ask_again
from app.web.developer import bp
from app.web.forms.settlements import AnswerLateForm
from app.web.language import gettext as _
from app.web.pages import paginate


@bp.get("/late/")
@roles(Role.DEVELOPER)
def late_handovers() -> ResponseReturnValue:
    """List the late handovers that are not over, the oldest first."""
    session, who = db.session(), actor()
    pages = paginate(queries.count_late(session, actor=who, states=OPEN))
    rows = queries.list_late(session, actor=who, states=OPEN, limit=pages.size, offset=pages.offset)
    return render_template(
        "developer/late-handovers.html", rows=rows, pages=pages, late_words=late_words, words=words
    )


@bp.get("/late/<ref>")
@roles(Role.DEVELOPER)
def late_handover(ref: str) -> ResponseReturnValue:
    """Show one report of a late handover, and ask for a day and a reason."""
    return _page(ref, AnswerLateForm())


@bp.post("/late/<ref>")
@roles(Role.DEVELOPER, duties=SELLING, when="not over; again where the day changes")
def answer_late(ref: str) -> ResponseReturnValue:
    """Name a day for the handover, and why it is late."""
    form = AnswerLateForm()

    def answer() -> None:
        service.answer(
            db.session(),
            actor=actor(),
            ref=ref,
            promised_on=form.promised_on.value,
            reason=form.reason.value,
        )

    to = url_for("developer.late_handover", ref=ref)
    done = _("已答复。住户会收到消息。")
    return do_or_ask_again(form, answer, again=lambda: _page(ref, form), done=done, to=to)


def _page(ref: str, form: AnswerLateForm) -> str:
    found = queries.get_late(db.session(), actor=actor(), ref=ref)
    return render_template(
        "developer/late-handover.html", found=found, form=form, late_words=late_words, words=words
    )
