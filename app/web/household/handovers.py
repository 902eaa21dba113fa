"""The household's word on the handover of its home."""

from flask import Response, render_template, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import Role
from app.core.errors import NotFound
from app.extensions import db
from app.redemptions import queries as redemptions
from app.settlements import milestone_queries as queries
from app.settlements import milestones
from app.settlements.models import SettlementMilestone
from app.web import redemptions as purchase_words
from app.web import settlements as words
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.files import hand_out
from app.web.forms.settlements import AnswerHandoverForm
from app.web.household import bp
from app.web.language import gettext as _


@bp.get("/handovers/<ref>")
@roles(Role.HOUSEHOLD)
def handover(ref: str) -> ResponseReturnValue:
    """Show what the developer reports, and ask whether it is so."""
    return _page(_load(ref), AnswerHandoverForm())


@bp.post("/handovers/<ref>")
@roles(Role.HOUSEHOLD, when="reported and not answered; also at the counter")
def handover_post(ref: str) -> ResponseReturnValue:
    """Confirm it, or say what is wrong."""
    form, found, session = AnswerHandoverForm(), _load(ref), db.session()
    agrees = form.decision.data == "confirm"

    def answer() -> None:
        if agrees:
            milestones.confirm(session, actor=actor(), ref=ref)
        else:
            milestones.object_to(session, actor=actor(), ref=ref, reason=form.reason.value)

    done = _("您确认了交房。") if agrees else _("已记下您说的问题，房企会收到。")
    to = url_for("household.redemption", ref=found.redemption.ref)
    return do_or_ask_again(form, answer, again=lambda: _page(_load(ref), form), done=done, to=to)


@bp.get("/handovers/<ref>/files/<paper>")
@roles(Role.HOUSEHOLD)
def handover_paper(ref: str, paper: str) -> Response:
    """Hand out the paper that the developer sent."""
    _load(ref)
    found = queries.get_paper(db.session(), actor=actor(), ref=ref, paper=paper)
    return hand_out(found, public=False, opens=True)


def _load(ref: str) -> SettlementMilestone:
    found = queries.get_milestone(db.session(), actor=actor(), ref=ref)
    if found.kind != milestones.HANDOVER:
        raise NotFound("milestone_gone")
    return found


def _page(found: SettlementMilestone, form: AnswerHandoverForm) -> str:
    session = db.session()
    return render_template(
        "household/handover.html",
        milestone=found,
        redemption=redemptions.get_redemption(session, actor=actor(), ref=found.redemption.ref),
        papers=queries.papers_of(session, found),
        form=form,
        words=words,
        purchase_words=purchase_words,
    )
