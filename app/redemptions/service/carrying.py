"""Carrying out an approved batch: most cases some at a time, what needs more than the usual each by itself.

A case that is refused is left out with the reason, and hinders no other. What is found beforehand is left out
before anything is written; where a write fails, all of that transaction is undone and each of its cases
decided alone (``flows.carry_out``).
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ARRAY, BigInteger, any_, bindparam, select
from sqlalchemy.orm import Session

from app.approvals import queries as approvals_asked
from app.approvals import service as approvals
from app.approvals.models import ApprovalRequest
from app.core import locks
from app.core.actor import Actor, Role
from app.core.apart import Due
from app.core.errors import Busy, DomainError
from app.homes import service as homes
from app.homes.models import Home
from app.redemptions import cash, promises, snapshot, states, verifiable
from app.redemptions.checking_models import CheckBatch, CheckBatchCase
from app.redemptions.models import Redemption
from app.redemptions.service import record, steps
from app.redemptions.states import Action, State
from app.redemptions.verifiable import Case

AT_A_TIME: Final = 20
"""Cases in one transaction: each home is locked no longer than these take."""


def list_undecided(session: Session, *, batch_id: int, but: Collection[int] = ()) -> Sequence[int]:
    """Return the next cases of an approved batch that nothing was decided on, without some.

    None in any other state.
    """
    undecided = (
        select(CheckBatchCase.id)
        .join(CheckBatch, CheckBatch.id == CheckBatchCase.batch_id)
        .where(CheckBatchCase.batch_id == batch_id, CheckBatchCase.outcome.is_(None))
        .where(CheckBatch.state == "approved", CheckBatchCase.id.not_in(but))
    )
    return session.scalars(undecided.order_by(CheckBatchCase.place).limit(AT_A_TIME)).all()


def named_cases(session: Session, case_ids: Sequence[int]) -> list[Due[int]]:
    """Return what a person finds these cases by: their purchases."""
    statement = (
        select(CheckBatchCase.id, CheckBatchCase.district_id, Redemption.ref)
        .join(Redemption, Redemption.id == CheckBatchCase.redemption_id)
        .where(CheckBatchCase.id.in_(case_ids))
    )
    return [Due(*one) for one in session.execute(statement.order_by(CheckBatchCase.place))]


def end_batch(session: Session, *, batch_id: int) -> None:
    """Note that a batch is done, if it was approved and nothing of it is left."""
    batch = locks.lock(session, CheckBatch, batch_id)
    if batch.state == "approved" and not list_undecided(session, batch_id=batch_id):
        batch.state = "done"
        session.flush()


def decide_together(session: Session, *, batch_id: int, case_ids: Collection[int]) -> list[int]:
    """Write off cases of an approved batch, or leave them out with the reason, in one transaction.

    Returns those that are left to be decided each by itself: what a top-up is paid for, whose money has to be
    locked, and spaces, which follow their home. Harmless when run twice: what was decided is not decided
    again. Raises what the database refuses; nothing may be kept of the transaction then.
    """
    batch = session.get_one(CheckBatch, batch_id, populate_existing=True)
    checker = _checker(batch)
    cases, by_id, sold = _take(session, case_ids)
    stands = verifiable.read_all(session, by_id, user_id=checker.user_id)
    asked = approvals_asked.list_latest(session, actor=checker, kind=steps.VERIFY, subject_ids=by_id)
    good, alone = list[CheckBatchCase](), list[int]()
    for case in cases:
        redemption, found = by_id[case.redemption_id], stands[case.redemption_id]
        if found.obstacles.expects_money or redemption.beside_id is not None:
            alone.append(case.id)
            continue
        try:
            _demand_decidable(session, checker, redemption, found, asked.get(redemption.id))
        except DomainError as refused:
            _leave_out(case, refused)
        else:
            good.append(case)
    if good:
        _write_off(session, checker, [by_id[case.redemption_id] for case in good], stands, sold)
    for case in good:
        case.outcome = "redeemed"
    session.flush()
    return alone


def decide_case(session: Session, *, case_id: int) -> None:
    """Write off one case of an approved batch, or leave it out with the reason, if that was not done yet."""
    case = session.get_one(CheckBatchCase, case_id)
    checker = _checker(session.get_one(CheckBatch, case.batch_id, populate_existing=True))
    ref = session.get_one(Redemption, case.redemption_id).ref
    record.take(session, checker, ref)
    session.refresh(case)
    if case.outcome is not None:
        return
    try:
        with session.begin_nested():
            steps.verify_second(session, actor=checker, redemption_ref=ref)
    except Busy:
        raise
    except DomainError as refused:
        # What the refused attempt would have noted must not reach the trail.
        _leave_out(case, refused)
    else:
        case.outcome = "redeemed"
    session.flush()


def _checker(batch: CheckBatch) -> Actor:
    return Actor(user_id=batch.user_id, role=Role.CHECKER, district_id=batch.district_id)


def _take(
    session: Session, case_ids: Collection[int]
) -> tuple[list[CheckBatchCase], dict[int, Redemption], dict[int, Home]]:
    """Lock the homes and purchases of cases; return the cases still undecided, and both by id."""
    among = CheckBatchCase.id == any_(bindparam(None, list(case_ids), type_=ARRAY(BigInteger)))
    places = session.execute(
        select(Redemption.id, Redemption.home_id)
        .join(CheckBatchCase, CheckBatchCase.redemption_id == Redemption.id)
        .where(among)
    ).all()
    found = locks.lock_all(session, Home, [row.home_id for row in places])
    redemptions = locks.lock_all(session, Redemption, [row.id for row in places])
    undecided = select(CheckBatchCase).where(among, CheckBatchCase.outcome.is_(None))
    cases = session.scalars(
        undecided.order_by(CheckBatchCase.place), execution_options={"populate_existing": True}
    )
    return list(cases), {one.id: one for one in redemptions}, {home.id: home for home in found}


def _demand_decidable(
    session: Session,
    checker: Actor,
    redemption: Redemption,
    found: Case,
    asked: ApprovalRequest | None,
) -> None:
    """Refuse what ``steps.verify_second`` would, before anything is written. Raises what that raises."""
    states.after(checker.role, State(redemption.state), Action.VERIFY_SECOND)
    steps.demand_clear(session, redemption, found.obstacles)
    approvals.demand_decidable(asked, actor=checker)
    if asked is not None:
        steps.demand_as_asked(redemption, found, asked)


def _write_off(
    session: Session,
    checker: Actor,
    redemptions: Sequence[Redemption],
    stands: Mapping[int, Case],
    sold: Mapping[int, Home],
) -> None:
    """Spend the vouchers' money of purchases and sell their homes; each step for all, in the locks' order."""
    promises.lock_parts(session, [part for one in redemptions for part in stands[one.id].parts])
    for redemption in redemptions:
        promises.end(session, stands[redemption.id].parts, keep=True)
        cash.owe(session, redemption, stands[redemption.id].parts, stands[redemption.id].frozen)
    approvals.decide_many(
        session,
        actor=checker,
        kind=steps.VERIFY,
        subject_ids=[redemption.id for redemption in redemptions],
        approve=True,
        note_each=True,
    )
    steps.advance_all(session, redemptions, State.REDEEMED)
    for redemption in redemptions:
        homes.mark_sold(session, sold[redemption.home_id])
    frozen = {one.id: snapshot.read(stands[one.id].frozen) for one in redemptions}
    record.note_all(session, checker, redemptions, Action.VERIFY_SECOND, before=State.CHECKED, frozen=frozen)


def _leave_out(case: CheckBatchCase, refused: DomainError) -> None:
    case.outcome, case.reason, case.blanks = "left_out", refused.code, _plain(refused.params)


def _plain(params: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in params.items() if isinstance(value, str | int)}
