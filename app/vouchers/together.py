"""What all vouchers that a household holds spent, where a policy pays a leftover by that (decision 0031)."""

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from app.core import locks
from app.policies.bands import Used
from app.policies.endings import counts_together
from app.policies.queries import policy_of
from app.vouchers import purchases
from app.vouchers.models import Voucher
from app.vouchers.move_models import MovePart, VoucherMove
from app.vouchers.queries import WalletVoucher


def is_counted(voucher: Voucher) -> bool:
    """Tell whether the policy of a voucher counts all that its household holds."""
    return counts_together(policy_of(voucher.policy_version))


def used(session: Session, voucher: Voucher, *, before: datetime | None = None) -> Used | None:
    """Return the faces of a household's vouchers and what they spent, in fen; None where nobody asks.

    ``before`` counts only homes that were locked before a moment: the end of a term that is over.
    """
    if not is_counted(voucher):
        return None
    return purchases.current().of_household(session, [voucher.id], before=before)[voucher.id]


def used_with(session: Session, purse: WalletVoucher, *, before: datetime | None = None) -> Used | None:
    """Return the same of a voucher as its household sees it: homes that are being bought count as spent."""
    if not counts_together(purse.policy):
        return None
    return purchases.current().of_household(session, [purse.id], before=before)[purse.id]


def with_household(session: Session, vouchers: Iterable[Voucher]) -> list[int]:
    """Return the ids of vouchers, and of all that their households hold where those count: to be locked."""
    every = list(vouchers)
    counted = [voucher.id for voucher in every if is_counted(voucher)]
    return sorted({voucher.id for voucher in every} | set(_beside(session, counted)))


def lock(session: Session, voucher: Voucher) -> Voucher:
    """Lock a voucher, with all that its household holds where those count; return it as it is then."""
    locked = locks.lock_all(session, Voucher, with_household(session, [voucher]))
    return next(one for one in locked if one.id == voucher.id)


def is_open(session: Session, voucher: Voucher, *, before: datetime | None = None) -> bool:
    """Tell whether what a household's vouchers spent is still open: homes being bought, or undone.

    Only where the policy of the voucher counts it. ``before`` as in ``used``.
    """
    if not is_counted(voucher):
        return False
    every = _beside(session, [voucher.id])
    return purchases.current().are_open(session, every, before=before)


def gave_back(session: Session, voucher: Voucher, *, since: datetime) -> bool:
    """Tell whether a household undid since a moment what its voucher is paid by.

    It gave a home back, or, where all its vouchers count, one of them changed hands.
    """
    if not is_counted(voucher):
        return purchases.current().handed_back(session, [voucher.id], since=since)
    moved = (
        select(VoucherMove.id)
        .join(MovePart, MovePart.move_id == VoucherMove.id)
        .join(Voucher, Voucher.id == MovePart.voucher_id)
        .where(
            Voucher.household_id == voucher.household_id,
            VoucherMove.state == "approved",
            VoucherMove.ended_at >= since,
        )
    )
    if session.scalars(moved.limit(1)).first() is not None:
        return True
    return purchases.current().handed_back(session, _beside(session, [voucher.id]), since=since)


def _beside(session: Session, voucher_ids: Collection[int]) -> list[int]:
    """Return all vouchers that the households of some hold, those included."""
    if not voucher_ids:
        return []
    beside = aliased(Voucher)
    held = (
        select(beside.id)
        .join(Voucher, Voucher.household_id == beside.household_id)
        .where(Voucher.id.in_(voucher_ids), beside.state == "issued")
    )
    return list(session.scalars(held))
