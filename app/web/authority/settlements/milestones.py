"""What developers reported of homes and buildings, and an officer's word on all but a handover."""

from flask import Response, render_template, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import WATCHERS, Role
from app.extensions import db
from app.redemptions import queries as redemptions
from app.settlements import milestone_queries as queries
from app.settlements import milestones as service
from app.web import redemptions as purchase_words
from app.web import settlements as words
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.authority import bp
from app.web.files import hand_out
from app.web.forms.settlements import AnswerCertificateForm
from app.web.language import gettext as _
from app.web.pages import paginate


@bp.get("/settlements/milestones/")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def milestones() -> ResponseReturnValue:
    """List what waits for an officer, and how many handovers wait for households."""
    session, who = db.session(), actor()
    pages = paginate(queries.count_waiting(session, actor=who, kinds=service.BY_OFFICERS))
    rows = queries.list_waiting(
        session, actor=who, kinds=service.BY_OFFICERS, limit=pages.size, offset=pages.offset
    )
    return render_template(
        "authority/milestones.html",
        rows=rows,
        pages=pages,
        handovers=queries.count_waiting(session, actor=who, kinds=[service.HANDOVER]),
        words=words,
        purchase_words=purchase_words,
    )


@bp.get("/settlements/milestones/<ref>")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def milestone(ref: str) -> ResponseReturnValue:
    """Show one report with its papers, and ask an officer about all but a handover."""
    return _page(ref, AnswerCertificateForm())


@bp.post("/settlements/milestones/<ref>")
@roles(Role.OFFICER, when="no handover, reported and not answered")
def milestone_post(ref: str) -> ResponseReturnValue:
    """Note that it is as the registry or the site has it, or send it back."""
    form, session = AnswerCertificateForm(), db.session()
    agrees = form.decision.data == "confirm"

    def answer() -> None:
        if agrees:
            service.confirm(session, actor=actor(), ref=ref)
        else:
            service.object_to(session, actor=actor(), ref=ref, reason=form.reason.value)

    done = _("已核对，房企会收到。") if agrees else _("已退回，房企会收到。")
    to = url_for("authority.milestones")
    return do_or_ask_again(form, answer, again=lambda: _page(ref, form), done=done, to=to)


@bp.get("/settlements/milestones/<ref>/files/<paper>")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def milestone_paper(ref: str, paper: str) -> Response:
    """Hand out a paper that the developer sent."""
    found = queries.get_paper(db.session(), actor=actor(), ref=ref, paper=paper)
    return hand_out(found, public=False, opens=True)


def _page(ref: str, form: AnswerCertificateForm) -> str:
    session, who = db.session(), actor()
    found = queries.get_milestone(session, actor=who, ref=ref)
    waits = found.state == "reported" and found.kind in service.BY_OFFICERS
    return render_template(
        "authority/milestone.html",
        milestone=found,
        redemption=redemptions.get_redemption(session, actor=who, ref=found.redemption.ref),
        papers=queries.papers_of(session, found),
        may_answer=waits and who.role is Role.OFFICER,
        form=form,
        words=words,
        purchase_words=purchase_words,
    )
