"""The desk: what waits for the person who opens it."""

from collections.abc import Iterable
from typing import Any

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
from app.payments.card_queries import count_open_disputes, count_waiting
from app.payments.refund_queries import count_district, list_due
from app.projects.lines import LINES
from app.redemptions import cash_queries, change_queries, kinship_queries, loans
from app.redemptions.change_states import State as ChangeState
from app.redemptions.queries import count_by_state, list_redemptions
from app.redemptions.states import NEXT, State
from app.settlements import accounts as developer_accounts
from app.settlements import batch_queries as payment_batches
from app.settlements import (
    claim_queries,
    funds,
    late_queries,
    milestone_queries,
    pay_list_queries,
    payable,
)
from app.settlements.late_states import OPEN
from app.settlements.milestones import BY_OFFICERS, CERTIFICATE
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
from app.vouchers.entitled_corrections import ENTITLED
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
    audits = who.role in WATCHERS
    officer, checker = audits or who.role == Role.OFFICER, audits or who.role == Role.CHECKER
    mine = [state for state, step in NEXT.items() if step.role in {who.role} & {Role.OFFICER, Role.CHECKER}]
    states = [State.CONTRACTED, State.CHECKED] if audits else mine
    counts = count_by_state(session, actor=who)

    def of(table: Iterable[tuple[Role, str]]) -> list[str]:
        return [state for role, state in table if audits or role is who.role]

    return render_template(
        "authority/desk.html",
        redemptions=list_redemptions(session, actor=who, states=states, limit=SHOWN),
        redemption_count=sum(counts.get(state, 0) for state in states),
        redemption_state=states[0] if len(states) == 1 else None,
        change_count=change_queries.count_changes(
            session, actor=who, states=[ChangeState(state) for state in of(_CHANGES)]
        ),
        ending_count=ending_queries.count_due(session, actor=who, states=of(_ENDINGS), is_entering=officer),
        cash_count=cash_queries.count(session, actor=who, states=of(_CASH)),
        move_count=move_queries.count_moves(session, actor=who, states=of(_MOVES)),
        dispute_count=count_open_disputes(session, actor=who),
        settling=_settling(session, who, officer=officer, checker=checker),
        settling_words=settling_words,
        words=words,
        now=clock.now(),
        may_issue=who.role == Role.OFFICER,
        **(_for_officers(session, who) if officer else {}),
        **(_for_checkers(session, who) if checker else {}),
    )


def _for_officers(session: Session, who: Actor) -> dict[str, Any]:
    """Return what only officers take up: agreements without vouchers, applications, money that came in."""
    return {
        "agreements": unvouched.list_unvouched(session, actor=who, limit=SHOWN),
        "agreement_count": unvouched.count_unvouched(session, actor=who),
        "applications": membership.list_memberships(session, actor=who, state="submitted", limit=SHOWN),
        "kinship_count": kinship_queries.count_waiting(session, actor=who),
        "loan_count": loans.count_loans(session, actor=who, states=[loans.LATE]),
        "line_count": payments.count_lines(session, actor=who),
        "due": list_due(session, actor=who),
        "unlisted_count": pay_list_queries.count_unlisted(session, actor=who),
        "unanswered_count": pay_list_queries.count_unanswered(session, actor=who),
    }


def _for_checkers(session: Session, who: Actor) -> dict[str, Any]:
    """Return what an officer proposed and a checker decides."""
    oldest = extensions.first_proposed_at(session, actor=who)
    singly: dict[str, Any] = {"actor": who, "state": "submitted", "singly": True}
    return {
        "submitted": vouchers.list_vouchers(session, **singly, limit=SHOWN),
        "submitted_count": vouchers.count_vouchers(session, **singly),
        "batches": batch_queries.list_batches(session, actor=who, state="submitted"),
        "agreement_check_count": sum(
            count_pending(session, actor=who, kind=kind) for kind in (LINES, VACATED, ENTITLED)
        ),
        "stop_count": stop_queries.count_stops(session, actor=who, waiting=True),
        "extension_due_at": due_at(oldest) if oldest else None,
        "extension_count": extensions.count_extensions(session, actor=who, state="proposed")
        + len(extension_queries.list_batches(session, actor=who, state="proposed")),
        "refund_count": count_district(session, actor=who, state="prepared"),
        "card_refund_count": count_waiting(session, actor=who),
        "statements": statement_queries.list_statements(session, actor=who, state="waiting", limit=SHOWN),
        "statement_count": statement_queries.count_statements(session, actor=who, state="waiting"),
        "accounts": list_proposed(session, actor=who),
        "proposals": membership.list_proposed(session, actor=who, limit=SHOWN),
    }


def _settling(session: Session, who: Actor, *, officer: bool, checker: bool) -> dict[str, int]:
    """Return how much of the developers' money waits for an officer or a checker, by what it is."""
    if not (officer or checker):
        return {}
    found: dict[str, int] = {}
    if officer:
        found["late"] = late_queries.count_late(session, actor=who, states=OPEN)
        found["certificate"] = milestone_queries.count_waiting(session, actor=who, kinds=BY_OFFICERS)
        found["submitted"] = claim_queries.count_claims(session, actor=who, states=["submitted"])
    waiting = payable.look(session, actor=who)
    if officer:
        found["payable"] = len(waiting.open)
    if checker and not officer:
        found["certificate"] = milestone_queries.count_waiting(session, actor=who, kinds=[CERTIFICATE])
    if checker:
        found["overtaken"] = len(waiting.overtaken)
        found["made"] = payment_batches.count_made(session, actor=who)
        found["checked"] = claim_queries.count_claims(session, actor=who, states=["checked"])
        found["receipt"] = len(funds.list_receipts(session, actor=who))
        found["account"] = developer_accounts.count_all(session, district_id=who.district, state="proposed")
    return {what: count for what, count in found.items() if count}
