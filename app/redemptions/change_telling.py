"""What people are told when a purchase changes after its contract, in the transaction of each step."""

from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.actor import Role
from app.notices.service import Recipient, tell
from app.redemptions import snapshot
from app.redemptions.change_models import ChangePart, PurchaseChange
from app.redemptions.change_states import TERMS, Kind, Move
from app.redemptions.models import Allocation, Redemption
from app.vouchers.models import Voucher

WHAT: Final = {
    Kind.CONTRACT: "变更合同",
    Kind.AREA: "按实测面积结算房款",
    Kind.PRICE: "更正房价、退回差价",
    Kind.WITHDRAW: "退房",
    Kind.CANCEL: "解除购房合同",
    Kind.REJECT: "撤销核销",
}
"""What a change is, in a message."""


def tell_step(session: Session, change: PurchaseChange, redemption: Redemption, move: Move) -> None:
    """Tell the side that has to answer, and both sides what was refused; of what goes together, once."""
    if change.with_id is not None:
        return
    if move is Move.ASK:
        answers = TERMS[Kind(change.kind)].answers
        if answers is Role.DEVELOPER:
            _tell(session, change, redemption, "developer_change_asked", _developer(redemption))
        else:
            kind = "change_asked" if answers is Role.HOUSEHOLD else "change_prepared"
            _tell(session, change, redemption, kind, _household(redemption))
    if move is Move.REFUSE:
        why = {"reason": change.ended_reason}
        _tell(session, change, redemption, "change_refused", _household(redemption), **why)
        _tell(session, change, redemption, "developer_change_refused", _developer(redemption), **why)


def tell_done(session: Session, change: PurchaseChange, redemption: Redemption) -> None:
    """Tell both sides, and those whose vouchers helped, what an approved change did."""
    back = _back_by_household(session, change)
    if TERMS[Kind(change.kind)].reverses:
        paid = back or _promised_by_household(session, redemption)
        own = {
            "sum": paid.pop(redemption.household_id, 0),
            "effect": "您自己付的退到原来的账户。" if redemption.present_top_up_fen else "",
        }
        _tell(session, change, redemption, "purchase_reversed", _household(redemption), **own)
        _tell(session, change, redemption, "developer_purchase_reversed", _developer(redemption))
        helping, kind = paid, "kin_money_back"
    else:
        sums = {"before": (change.shown or {})["now"]["price_fen"], "after": redemption.present_price_fen}
        _tell(session, change, redemption, "purchase_adjusted", _household(redemption), **sums)
        _tell(session, change, redemption, "developer_purchase_adjusted", _developer(redemption), **sums)
        helping, kind = back, "kin_gap_back"
    for household_id, fen in helping.items():
        if household_id != redemption.household_id and fen:
            to = Recipient(district_id=redemption.district_id, household_id=household_id)
            _tell(session, change, redemption, kind, to, sum=fen)


def _back_by_household(session: Session, change: PurchaseChange) -> dict[int, int]:
    """Return what went back into the vouchers of each household, in fen."""
    statement = (
        select(Voucher.household_id, func.sum(ChangePart.back_fen))
        .join(Allocation, Allocation.voucher_id == Voucher.id)
        .join(ChangePart, ChangePart.allocation_id == Allocation.id)
        .where(ChangePart.change_id == change.id)
        .group_by(Voucher.household_id)
    )
    return {household_id: int(fen) for household_id, fen in session.execute(statement)}


def _promised_by_household(session: Session, redemption: Redemption) -> dict[int, int]:
    """Return what the vouchers of each household had promised to a purchase, in fen."""
    statement = (
        select(Voucher.household_id, func.sum(Allocation.spent_fen))
        .join(Allocation, Allocation.voucher_id == Voucher.id)
        .where(Allocation.redemption_id == redemption.id)
        .group_by(Voucher.household_id)
    )
    return {household_id: int(fen) for household_id, fen in session.execute(statement)}


def _household(redemption: Redemption) -> Recipient:
    return Recipient(district_id=redemption.district_id, household_id=redemption.household_id)


def _developer(redemption: Redemption) -> Recipient:
    return Recipient(district_id=redemption.district_id, organisation_id=redemption.developer_id)


def _tell(
    session: Session,
    change: PurchaseChange,
    redemption: Redemption,
    kind: str,
    to: Recipient,
    **data: Any,
) -> None:
    place = snapshot.read(redemption.quote.snapshot).home.line
    event = f"change.{change.state}:{change.id}"
    what = WHAT[Kind(change.kind)]
    tell(session, kind=kind, to=to, event=event, about_ref=redemption.ref, home=place, what=what, **data)
