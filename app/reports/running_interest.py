"""Interest that runs on what a district owes households and that no account shows before it is paid.

An estimate: how much it will be depends on the day of the payment, which nobody knows yet.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.core import clock
from app.redemptions import beyond
from app.vouchers.ending_interest import paid_with
from app.vouchers.ending_models import VoucherEnding
from app.vouchers.ending_states import State
from app.vouchers.models import Voucher

BONUS: Final = "bonus"
ENDING: Final = "ending"
KINDS: Final = (BONUS, ENDING)
"""Of what was spent, paid with a bonus in cash; and of what an ended voucher pays out."""
_WAITING: Final = (State.ASKED, State.PREPARED, State.APPROVED, State.RETURNED, State.RENEWED)


@dataclass(frozen=True, slots=True)
class Running:
    """One sum that bears interest until it is paid, in fen."""

    kind: str
    ref: str
    holder_name: str
    voucher_ref: str
    due_fen: int
    """What is to be paid besides, which the ledger holds."""
    now_fen: int
    """What would be paid of interest today."""
    later_fen: int
    """The same, paid a month later."""


def list_running(session: Session, *, district_id: int, today: date) -> list[Running]:
    """Return what bears interest that a district will owe households, bonus first, each oldest first."""
    later = clock.add_months(today, 1)
    # The purchases are kept, so that none is asked for again.
    bearing = beyond.list_running(session, district_id=district_id)
    found = [
        Running(
            BONUS,
            bonus.ref,
            bonus.household.holder_name,
            bonus.allocation.voucher.ref,
            bonus.due_fen,
            beyond.paid_with(session, bonus, today),
            beyond.paid_with(session, bonus, later),
        )
        for bonus, _purchase in bearing
    ]
    waiting = (
        select(VoucherEnding)
        .where(
            VoucherEnding.district_id == district_id,
            VoucherEnding.state.in_(_WAITING),
            VoucherEnding.effect == "cash",
            VoucherEnding.paid_fen > 0,
        )
        .options(
            joinedload(VoucherEnding.voucher).options(
                joinedload(Voucher.policy_version),
                joinedload(Voucher.agreement),
                joinedload(Voucher.household),
            )
        )
        .order_by(VoucherEnding.id)
    )
    found += [
        Running(
            ENDING,
            ending.ref,
            ending.voucher.household.holder_name,
            ending.voucher.ref,
            ending.paid_fen,
            paid_with(ending, today),
            paid_with(ending, later),
        )
        for ending in session.scalars(waiting)
    ]
    return [one for one in found if one.later_fen]
