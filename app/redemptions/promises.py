"""What redemptions promise in the ledger: vouchers' parts and their bonus, held until they end."""

from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Final, cast

from sqlalchemy import Table, insert, select
from sqlalchemy.orm import Session

from app.core.prepared import Prepared
from app.ledger import service as ledger
from app.ledger.rules import AccountKind
from app.redemptions.models import Allocation, Redemption
from app.redemptions.snapshot import PartSeen
from app.redemptions.verifiable import Part
from app.vouchers.models import Voucher

SPEND: Final = "redemption.spend"
BONUS: Final = "redemption.bonus"
CASH: Final = "redemption.cash"
"""Codes of the transfers: a voucher's own money, what the district adds, and what it pays afterwards."""

_INSERT_ALLOCATION: Final = Prepared(
    insert(cast(Table, Allocation.__table__)).inline(),
    (
        *("district_id", "redemption_id", "voucher_id", "spent_fen", "bonus_fen", "bonus_bp", "bonuses"),
        *("cash_bonuses", "counts_for", "cash_fen", "transfer_id", "bonus_transfer_id", "cash_transfer_id"),
    ),
)


def lock(session: Session, redemptions: Sequence[Redemption], *, vouchers: Iterable[Voucher] = ()) -> None:
    """Lock the accounts of what the redemptions promised, and of more vouchers, in one go."""
    wanted = {voucher.account_id for voucher in vouchers}
    if redemptions:
        promised = (
            select(Voucher.account_id)
            .join(Allocation, Allocation.voucher_id == Voucher.id)
            .where(Allocation.redemption_id.in_([redemption.id for redemption in redemptions]))
        )
        wanted.update(session.scalars(promised))
    _lock_accounts(session, wanted)


def lock_parts(session: Session, parts: Iterable[Part]) -> None:
    """Lock the accounts of vouchers' parts whose promises are about to end, in one go."""
    _lock_accounts(session, {part.account_id for part in parts})


def _lock_accounts(session: Session, account_ids: Set[int | None]) -> None:
    """Lock accounts, unless it is a single one, which its movement locks by itself."""
    if len(account_ids) > 1:
        ledger.lock_accounts(session, [account_id for account_id in account_ids if account_id is not None])


def make(
    session: Session,
    redemption: Redemption,
    parts: Iterable[PartSeen],
    vouchers: Iterable[Voucher],
    controls: Mapping[str, int],
) -> None:
    """Hold each voucher's part and its bonus for the developer, and note them as allocations.

    What is to be paid in cash is held for the households.

    The vouchers' accounts are locked (see ``lock``); ``controls`` are the district's control accounts, as far
    as there are any yet. Raises InsufficientBalance.
    """
    account_ids = {voucher.id: voucher.account_id for voucher in vouchers if voucher.account_id is not None}
    district_id = redemption.district_id
    parts = list(parts)
    kinds = [AccountKind.DEVELOPER_PAYABLE, AccountKind.BONUS]
    kinds += [AccountKind.HOUSEHOLD_PAYABLE] if any(part.cash_fen for part in parts) else []
    payable, bonus, *households = ledger.control_accounts(
        session, district_id=district_id, kinds=kinds, known=controls
    )

    def hold(code: str, debit_id: int, credit_id: int, amount_fen: int, voucher_id: int) -> int:
        return ledger.hold(
            session,
            district_id=district_id,
            debit_id=debit_id,
            credit_id=credit_id,
            amount_fen=amount_fen,
            code=code,
            key=f"{code}:{redemption.id}:{voucher_id}",
        )

    for part in parts:
        _INSERT_ALLOCATION.run(
            session,
            district_id=district_id,
            redemption_id=redemption.id,
            voucher_id=part.voucher_id,
            spent_fen=part.spent_fen,
            bonus_fen=part.bonus_fen,
            bonus_bp=part.rate_bp,
            bonuses=part.bonuses,
            cash_bonuses=part.cash_bonuses,
            counts_for=list(part.counts_for),
            cash_fen=part.cash_fen,
            transfer_id=hold(SPEND, account_ids[part.voucher_id], payable, part.spent_fen, part.voucher_id),
            bonus_transfer_id=hold(BONUS, bonus, payable, part.bonus_fen, part.voucher_id)
            if part.bonus_fen
            else None,
            cash_transfer_id=hold(CASH, bonus, households[0], part.cash_fen, part.voucher_id)
            if part.cash_fen
            else None,
        )


def end(session: Session, parts: Iterable[Part | Allocation], *, keep: bool) -> None:
    """End every promise of a redemption's parts: keep (post) or drop (void) it. Their accounts are locked."""
    act = ledger.post if keep else ledger.void
    for part in parts:
        for transfer_id in (part.transfer_id, part.bonus_transfer_id, part.cash_transfer_id):
            if transfer_id is not None:
                act(session, transfer_id=transfer_id, key=f"redemption.end:{transfer_id}")
