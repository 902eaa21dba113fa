"""Homes of the developer that households locked, and how each purchase goes on."""

from collections.abc import Sequence

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Role
from app.core.errors import DomainError, NotFound
from app.extensions import db
from app.policies.settling import PROGRESS, rule_for
from app.redemptions import contracts, queries, service, snapshot
from app.redemptions.contracts import policies_of
from app.redemptions.models import Redemption
from app.redemptions.states import State
from app.redemptions.top_up_queries import find_top_up
from app.sales.addresses import find_of_home as find_double
from app.settlements import late_queries
from app.settlements import milestone_queries as milestones
from app.settlements.late_states import OPEN
from app.settlements.models import SettlementMilestone
from app.web import changes as change_words
from app.web import kinship as kinship_words
from app.web import late as late_words
from app.web import redemptions as words
from app.web import settlements as settlement_words
from app.web.access import SELLING, actor, roles
from app.web.developer import bp
from app.web.developer.contracts import step_now
from app.web.forms.base import Form
from app.web.language import gettext as _
from app.web.messages import message_of
from app.web.pages import paginate


@bp.get("/redemptions/")
@roles(Role.DEVELOPER)
def redemptions() -> ResponseReturnValue:
    """List the purchases of the developer's homes, those that wait for a contract first."""
    session, who = db.session(), actor()
    waiting = queries.list_redemptions(
        session,
        actor=who,
        states=[State.LOCKED],
        limit=queries.count_redemptions(session, actor=who, states=[State.LOCKED]),
    )
    others = [state for state in State if state != State.LOCKED]
    pages = paginate(queries.count_redemptions(session, actor=who, states=others), size=10)
    rows = queries.list_redemptions(session, actor=who, states=others, offset=pages.offset, limit=pages.size)
    return render_template(
        "developer/redemptions.html",
        waiting=waiting,
        late_count=late_queries.count_late(session, actor=who, states=OPEN),
        rows=rows,
        pages=pages,
        words=words,
        now=clock.now(),
    )


@bp.get("/redemptions/<ref>")
@roles(Role.DEVELOPER)
def redemption(ref: str) -> ResponseReturnValue:
    """Show one purchase: who buys, who pays how much, what is to be done."""
    session, now = db.session(), clock.now()
    found = queries.get_redemption(session, actor=actor(), ref=ref)
    story, top_up = queries.timeline(session, found), find_top_up(session, found)
    reported = milestones.list_of(session, found)
    contract = contracts.seen(session, found.contract) if found.contract else None
    changes = change_words.told(session, found, role=Role.DEVELOPER)
    return render_template(
        "developer/redemption.html",
        redemption=found,
        frozen=snapshot.read(found.quote.snapshot),
        progress=words.progress(
            found,
            story,
            now,
            role=Role.DEVELOPER,
            top_up=top_up,
            proof=kinship_words.standing(contract),
            changing=changes.under_way,
        ),
        wanting=kinship_words.wanting(contract) if found.state == State.CONTRACTED else [],
        timeline=words.timeline(story, names=False),
        step=step_now(found),
        changes=changes,
        draft=contracts.find_draft(session, found),
        contract=contract,
        top_up=top_up,
        address=find_double(session, home_id=found.home_id) if found.disputed_at else None,
        milestones=reported,
        milestone_papers={one.id: milestones.papers_of(session, one) for one in reported},
        to_report=_to_report(session, found, reported),
        form=Form(),
        lates=late_queries.list_of(session, found),
        late_words=late_words,
        words=words,
        settlement_words=settlement_words,
        now=now,
    )


def _to_report(session: Session, found: Redemption, reported: Sequence[SettlementMilestone]) -> list[str]:
    """Return which kinds of milestones the company may report now, in their order.

    How far the building is only where a policy pays by it.
    """
    if found.state != State.REDEEMED:
        return []
    seen = snapshot.read(found.quote.snapshot)
    stage = seen.home.stage or found.home.development.stage
    rules = (
        rule_for(policy.settlements, kind=seen.home.kind, stage=stage)
        for policy in policies_of(session, seen)
    )
    awaited = {one.event for rule in rules if rule for one in rule.tranches}
    standing = {one.kind for one in reported if one.state != "objected"}
    return [
        kind
        for kind in settlement_words.MILESTONES
        if kind not in standing and (kind not in PROGRESS or kind in awaited)
    ]


@bp.post("/redemptions/<ref>/answer")
@roles(Role.DEVELOPER, duties=SELLING, when="locked, before the deadline")
def answer(ref: str) -> ResponseReturnValue:
    """Note that the household was told when to come; the hold is then not lengthened by itself."""
    session = db.session()
    if Form().accept():
        try:
            service.answer(session, actor=actor(), redemption_ref=ref)
        except NotFound:
            raise
        except DomainError as error:
            session.rollback()
            flash(message_of(error))
        else:
            flash(_("已记下：您约好了购房人。购房人会收到消息。"))
    return redirect(url_for("developer.redemption", ref=ref), 303)
