"""The transfers behind the figures of one purchase."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from app.ledger.models import LedgerTransfer
from app.redemptions.change_models import ChangePart
from app.redemptions.models import Allocation
from app.settlements.money_models import SettlementLine
from app.vouchers.models import Voucher


@dataclass(frozen=True, slots=True)
class Entry:
    """One transfer of a purchase's money, in fen; ``rest_fen`` is what is owed and not accepted after it.

    Above zero it adds to what the developer is owed, below zero it was accepted for payment, or went back.
    """

    at: datetime
    code: str
    voucher_ref: str
    amount_fen: int
    rest_fen: int


def entries_of(session: Session, redemption_id: int) -> Sequence[Entry]:
    """Return the transfers of a purchase that what is owed is made of, oldest first."""
    own = Allocation.redemption_id == redemption_id
    ends = or_(
        LedgerTransfer.pending_id == Allocation.transfer_id,
        LedgerTransfer.pending_id == Allocation.bonus_transfer_id,
    )
    moved = or_(
        LedgerTransfer.id == ChangePart.transfer_id, LedgerTransfer.id == ChangePart.bonus_transfer_id
    )
    line = SettlementLine.redemption_id == redemption_id
    figures = (LedgerTransfer.id, LedgerTransfer.at, LedgerTransfer.code)
    amount = LedgerTransfer.amount_fen
    said = union_all(
        select(*figures, Allocation.voucher_id, amount.label("fen"))
        .join(Allocation, ends)
        .where(own, LedgerTransfer.kind == "post"),
        select(*figures, Allocation.voucher_id, (literal(0) - amount).label("fen"))
        .join(ChangePart, moved)
        .join(Allocation, Allocation.id == ChangePart.allocation_id)
        .where(own),
        select(*figures, SettlementLine.voucher_id, (literal(0) - SettlementLine.amount_fen).label("fen"))
        .join(SettlementLine, SettlementLine.transfer_id == LedgerTransfer.id)
        .where(line, SettlementLine.kind == "tranche"),
        select(*figures, SettlementLine.voucher_id, SettlementLine.amount_fen.label("fen"))
        .join(SettlementLine, SettlementLine.back_transfer_id == LedgerTransfer.id)
        .where(line, SettlementLine.kind == "tranche"),
    ).subquery()
    rest = func.sum(said.c.fen).over(order_by=said.c.id).label("rest")
    wanted = select(said, rest, Voucher.ref).join(Voucher, Voucher.id == said.c.voucher_id)
    return [
        Entry(row.at, row.code, row.ref, int(row.fen), int(row.rest))
        for row in session.execute(wanted.order_by(said.c.id))
    ]
