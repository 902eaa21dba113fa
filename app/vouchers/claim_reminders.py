"""Who may still claim what is left after a term hears of it before each day on which it becomes less."""

from typing import Final, TypeVarTuple

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from app.core import clock
from app.core.apart import Due
from app.notices import words
from app.notices.service import tell
from app.vouchers.ending_models import VoucherEnding
from app.vouchers.ending_rules import Turn, frozen_turns, turn_on
from app.vouchers.ending_states import State
from app.vouchers.reminders import nearest
from app.vouchers.telling import household_of, sum_of_turn

DAYS: Final = (7, 30)
"""So many days before the end of each turn its household is told; the nearest counts."""
Columns = TypeVarTuple("Columns")


def waiting(session: Session) -> list[Due[int]]:
    """Return the endings that ``remind`` looks at."""
    wanted = _waiting(select(VoucherEnding.id, VoucherEnding.district_id, VoucherEnding.ref))
    return [Due(*one) for one in session.execute(wanted)]


def remind(session: Session, *, only: int | None = None) -> None:
    """Tell households until when they get how much, once for each of the days; as ``reminders.remind``."""
    wanted = _waiting(select(VoucherEnding)).options(joinedload(VoucherEnding.voucher))
    if only is not None:
        wanted = wanted.where(VoucherEnding.id == only)
    for ending in session.scalars(wanted):
        turns = frozen_turns(ending.shown)
        turn = turn_on(turns, clock.today())
        following = turns[turns.index(turn) + 1] if turn.until is not None else turn
        if turn.until is not None and turn.parts.paid_fen:
            _tell(session, ending, turn, following)


def _tell(session: Session, ending: VoucherEnding, turn: Turn, following: Turn) -> None:
    ends_at = clock.end_of_day(turn.until or clock.today())
    days = nearest(ends_at - clock.now(), DAYS)
    if days is None:
        return
    tell(
        session,
        kind="claim_ends_soon",
        to=household_of(ending.voucher),
        event=f"claim.edge:{ending.id}:{ends_at:%Y%m%d}:{days}",
        about_ref=ending.ref,
        voucher=ending.voucher.ref,
        deadline=ends_at,
        now=words.yuan(turn.parts.paid_fen),
        then=sum_of_turn(following),
    )


def _waiting(statement: Select[*Columns]) -> Select[*Columns]:
    claimable = (VoucherEnding.state == State.CLAIMABLE) & VoucherEnding.claimed_on.is_(None)
    in_time = VoucherEnding.claim_until > clock.now()
    return statement.where(claimable, in_time).order_by(VoucherEnding.claim_until, VoucherEnding.id)
