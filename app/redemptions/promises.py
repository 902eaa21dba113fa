"""What redemptions promise in the ledger: vouchers' parts and their bonus, held until they end."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.ledger import service as ledger
from app.ledger.rules import AccountKind
from app.redemptions.models import Allocation, Redemption
from app.redemptions.snapshot import PartSeen
from app.vouchers.models import Voucher

SPEND: Final = "redemption.spend"
BONUS: Final = "redemption.bonus"
"""Codes of the transfers: a voucher's own money, and what the district adds to it."""


@dataclass(frozen=True, slots=True)
class Promise:
    """A pending transfer of a redemption."""

    redemption_id: int
    transfer_id: int


def make(
    session: Session, redemption: Redemption, parts: Iterable[PartSeen], vouchers: Iterable[Voucher]
) -> None:
    """Hold each voucher's part and its bonus for the developer, and note them as allocations.

    The accounts are locked (see ``lock``). Raises InsufficientBalance.
    """
    district_id = redemption.district_id
    account_ids = {voucher.id: voucher.account_id for voucher in vouchers}
    payable = ledger.open_account(session, district_id=district_id, kind=AccountKind.DEVELOPER_PAYABLE)
    bonus = ledger.open_account(session, district_id=district_id, kind=AccountKind.BONUS)

    def hold(code: str, debit_id: int, amount_fen: int, voucher_id: int) -> int:
        return ledger.hold(
            session,
            district_id=district_id,
            debit_id=debit_id,
            credit_id=payable.id,
            amount_fen=amount_fen,
            code=code,
            key=f"{code}:{redemption.id}:{voucher_id}",
        ).id

    for part in parts:
        account_id = account_ids[part.voucher_id]
        if account_id is None:
            raise LookupError(f"voucher {part.voucher_id} has no account")
        allocation = Allocation(
            district_id=district_id,
            redemption_id=redemption.id,
            voucher_id=part.voucher_id,
            spent_fen=part.spent_fen,
            bonus_fen=part.bonus_fen,
            bonus_bp=part.rate_bp,
            transfer_id=hold(SPEND, account_id, part.spent_fen, part.voucher_id),
        )
        if part.bonus_fen:
            allocation.bonus_transfer_id = hold(BONUS, bonus.id, part.bonus_fen, part.voucher_id)
        session.add(allocation)


def lock(
    session: Session, redemptions: Iterable[Redemption], *, accounts: Iterable[int | None] = ()
) -> list[Promise]:
    """Lock the redemptions' ledger accounts, and others needed too, in one go; return what was promised."""
    ids = [redemption.id for redemption in redemptions]
    statement = (
        select(Allocation, Voucher.account_id)
        .join(Voucher, Voucher.id == Allocation.voucher_id)
        .where(Allocation.redemption_id.in_(ids))
        .order_by(Allocation.id)
    )
    rows = session.execute(statement).all() if ids else []
    wanted = {*accounts, *(account_id for _, account_id in rows)}
    ledger.lock_accounts(session, [account_id for account_id in wanted if account_id is not None])
    return [
        Promise(allocation.redemption_id, transfer_id)
        for allocation, _ in rows
        for transfer_id in (allocation.transfer_id, allocation.bonus_transfer_id)
        if transfer_id is not None
    ]


def end(session: Session, redemption: Redemption, promised: Iterable[Promise], *, keep: bool) -> None:
    """End every promise of a redemption: keep (post) or drop (void) it."""
    act = ledger.post if keep else ledger.void
    for promise in promised:
        if promise.redemption_id == redemption.id:
            act(session, transfer_id=promise.transfer_id, key=f"redemption.end:{promise.transfer_id}")
