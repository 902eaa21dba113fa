"""The desk: what waits for the person who opens it."""

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.approvals.queries import count_pending
from app.core import clock
from app.core.actor import WATCHERS, Actor, Role
from app.extensions import db
from app.homes import membership
from app.payments import queries as payments
from app.payments import statement_queries
from app.payments.account_queries import list_proposed
from app.payments.card_queries import count_open_disputes, list_waiting
from app.payments.refund_queries import count_district, list_due
from app.projects.lines import LINES
from app.redemptions import cash_queries, change_queries, kinship_queries, loans
from app.redemptions.change_states import State as ChangeState
from app.redemptions.queries import count_by_state, list_redemptions
from app.redemptions.states import NEXT, State
from app.settlements import accounts as developer_accounts
from app.settlements import claim_queries, funds, late_queries, milestone_queries
from app.settlements.late_states import OPEN
from app.settlements.milestones import BY_OFFICERS
from app.vouchers import (
    batch_queries,
    ending_queries,
    extension_queries,
    extensions,
    move_queries,
    stop_queries,
    unvouched,
)
from app.vouchers import queries as vouchers
from app.vouchers.extension_rules import due_at
from app.vouchers.vacating import VACATED
from app.web import redemptions as words
from app.web import settlements as settling_words
from app.web.access import actor, roles
from app.web.authority import bp

SHOWN = 5
"""How much of each queue the desk shows; the rest stands behind its link."""

_CHANGES = (
    (Role.OFFICER, ChangeState.ANSWERED),
    (Role.CHECKER, ChangeState.PREPARED),
)
"""Who has to do something about a change of a purchase in which state."""

_ENDINGS = (
    (Role.OFFICER, "asked"),
    (Role.OFFICER, "undecided"),
    (Role.OFFICER, "approved"),
    (Role.OFFICER, "returned"),
    (Role.CHECKER, "prepared"),
    (Role.CHECKER, "renewed"),
)
"""Who has to do something about an ending in which state."""
_CASH = ((Role.OFFICER, "owed"), (Role.OFFICER, "approved"), (Role.CHECKER, "prepared"))
_MOVES = ((Role.OFFICER, "ready"), (Role.CHECKER, "prepared"))


@bp.get("/")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def desk() -> ResponseReturnValue:
    """Show what waits for an officer or a checker; an auditor sees both queues."""
    session, who = db.session(), actor()
    counts = count_by_state(session, actor=who)
    mine = [state for state, step in NEXT.items() if step.role in {who.role} & {Role.OFFICER, Role.CHECKER}]
    audits = who.role in WATCHERS
    states = [State.CONTRACTED, State.CHECKED] if audits else mine
    to_issue = audits or who.role == Role.OFFICER
    oldest = extensions.first_proposed_at(session, actor=who)
    to_check = audits or who.role == Role.CHECKER
    return render_template(
        "authority/desk.html",
        agreements=unvouched.list_unvouched(session, actor=who, limit=SHOWN) if to_issue else None,
        agreement_count=unvouched.count_unvouched(session, actor=who) if to_issue else 0,
        submitted=vouchers.list_vouchers(session, actor=who, state="submitted", singly=True, limit=SHOWN)
        if to_check
        else None,
        submitted_count=vouchers.count_vouchers(session, actor=who, state="submitted", singly=True)
        if to_check
        else 0,
        batches=batch_queries.list_batches(session, actor=who, state="submitted") if to_check else [],
        redemptions=list_redemptions(session, actor=who, states=states, limit=SHOWN),
        redemption_count=sum(counts.get(state, 0) for state in states),
        redemption_state=states[0] if len(states) == 1 else None,
        applications=membership.list_memberships(session, actor=who, state="submitted", limit=SHOWN)
        if to_issue
        else [],
        change_count=change_queries.count_changes(
            session, actor=who, states=[state for role, state in _CHANGES if audits or role is who.role]
        ),
        kinship_count=kinship_queries.count_waiting(session, actor=who) if to_issue else 0,
        agreement_check_count=count_pending(session, actor=who, kind=LINES)
        + count_pending(session, actor=who, kind=VACATED)
        if to_check
        else 0,
        ending_count=ending_queries.count_endings(
            session, actor=who, states=[state for role, state in _ENDINGS if audits or role is who.role]
        ),
        cash_count=cash_queries.count(
            session, actor=who, states=[state for role, state in _CASH if audits or role is who.role]
        ),
        loan_count=loans.count_loans(session, actor=who, states=[loans.LATE]) if to_issue else 0,
        move_count=move_queries.count_moves(
            session, actor=who, states=[state for role, state in _MOVES if audits or role is who.role]
        ),
        stop_count=stop_queries.count_stops(session, actor=who, waiting=True) if to_check else 0,
        extension_due_at=due_at(oldest) if oldest else None,
        extension_count=extensions.count_extensions(session, actor=who, state="proposed")
        + len(extension_queries.list_batches(session, actor=who, state="proposed"))
        if to_check
        else 0,
        line_count=payments.count_lines(session, actor=who) if to_issue else 0,
        refund_count=count_district(session, actor=who, state="prepared") if to_check else 0,
        card_refund_count=len(list_waiting(session, actor=who)) if to_check else 0,
        dispute_count=count_open_disputes(session, actor=who),
        statements=statement_queries.list_statements(session, actor=who, state="waiting", limit=SHOWN)
        if to_check
        else [],
        statement_count=statement_queries.count_statements(session, actor=who, state="waiting")
        if to_check
        else 0,
        due=list_due(session, actor=who) if to_issue else [],
        accounts=list_proposed(session, actor=who) if to_check else [],
        settling=_settling(session, who, officer=to_issue, checker=to_check),
        settling_words=settling_words,
        proposals=membership.list_proposed(session, actor=who, limit=SHOWN) if to_check else [],
        words=words,
        now=clock.now(),
        may_issue=who.role == Role.OFFICER,
    )


def _settling(session: Session, who: Actor, *, officer: bool, checker: bool) -> dict[str, int]:
    """Return how much of the developers' money waits for an officer or a checker, by what it is."""
    found: dict[str, int] = {}
    if officer:
        found["late"] = late_queries.count_late(session, actor=who, states=OPEN)
        found["certificate"] = milestone_queries.count_waiting(session, actor=who, kinds=BY_OFFICERS)
        found["submitted"] = claim_queries.count_claims(session, actor=who, states=["submitted"])
        found["payable"] = len(claim_queries.list_payable(session, district_id=who.district))
    if checker:
        found["checked"] = claim_queries.count_claims(session, actor=who, states=["checked"])
        found["receipt"] = len(funds.list_receipts(session, actor=who))
        found["account"] = developer_accounts.count_all(session, district_id=who.district, state="proposed")
    return {what: count for what, count in found.items() if count}
