"""What an ending took of a bonus that was not kept in the end: it goes back into the voucher, by rule.

Purchases are undone, or cost less, after the leftover was paid. Their bonus goes back whole then, and what
the ending took of it before would be paid twice.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.ledger import service as ledger
from app.ledger.models import LedgerTransfer
from app.ledger.rules import AccountKind
from app.policies.answers import Amount, Rule
from app.policies.endings import TAKING, claw_back_over
from app.policies.spared import Earned
from app.vouchers import purchases
from app.vouchers.ending_models import VoucherEnding
from app.vouchers.ending_rules import PARTED, frozen_rules
from app.vouchers.ending_states import GONE
from app.vouchers.models import Voucher
from app.vouchers.move_queries import answering_for
from app.vouchers.purchases import Less

BACK: Final = "ending.bonus.back"
"""Code of the transfer."""


def settle(session: Session, voucher_ids: Collection[int]) -> None:
    """Give back what endings of these vouchers took of bonus that their purchases have no more.

    The caller has locked the vouchers, and their accounts where money of several moves. Done again it moves
    nothing: the key of a transfer is what of the bonus was kept.
    """
    for ending, over in _found(session, voucher_ids):
        fen = over.fen - _sum(session, [ending.voucher_id]).get(ending.voucher_id, 0)
        if fen <= 0:
            continue
        (bonus,) = ledger.control_accounts(
            session, district_id=ending.district_id, kinds=(AccountKind.BONUS,)
        )
        ledger.transfer(
            session,
            district_id=ending.district_id,
            debit_id=bonus,
            credit_id=ending.voucher.account_id or 0,
            amount_fen=fen,
            code=BACK,
            key=f"{BACK}:{ending.id}:{over.rules[0].figures['kept_fen']}",
        )


def foreseen(session: Session, redemption_id: int, lost: Mapping[int, Less]) -> dict[VoucherEnding, int]:
    """Return what endings will give back, in fen, once a purchase earns so much less, by voucher id.

    With a voucher count the one that it became, whose ending took of what both earned, and those that a
    split gave a share of it.
    """
    less = {(redemption_id, voucher_id): one for voucher_id, one in lost.items() if one != Less()}
    every = answering_for(session, [voucher_id for _redemption_id, voucher_id in less])
    sums = _sum(session, every)
    found = _found(session, every, less=less)
    back = {ending: over.fen - sums.get(ending.voucher_id, 0) for ending, over in found}
    return {ending: fen for ending, fen in back.items() if fen > 0}


def given_back(session: Session, endings: Iterable[VoucherEnding]) -> dict[int, int]:
    """Return what went back of what these endings had taken, in fen by voucher id; absent is nothing."""
    return _sum(session, {ending.voucher_id for ending in endings if ending.returned_fen})


def over_of(ending: VoucherEnding) -> int:
    """Return what of an ending is the household's own, which an earlier one took too much, in fen."""
    return sum(
        int(rule.figures["over_fen"]) for rule in frozen_rules(ending.shown) if rule.code == "claw_back_over"
    )


def over_now(session: Session, voucher: Voucher, told_fen: int) -> Rule | None:
    """Return what went back of what an ending of this voucher took, beyond what was told of it before.

    The rule says how it adds up, with ``over_fen``; None where nothing did.
    """
    over_fen = _sum(session, [voucher.id]).get(voucher.id, 0) - told_fen
    if not over_fen:
        return None
    ((_ending, over),) = _found(session, [voucher.id])
    (rule,) = over.rules
    return Rule(rule.path, rule.code, {**rule.figures, "over_fen": over_fen})


def _found(
    session: Session, voucher_ids: Collection[int], less: Mapping[tuple[int, int], Less] | None = None
) -> list[tuple[VoucherEnding, Amount]]:
    """Return the endings that took of a bonus, with what they took too much by now.

    ``less`` as if so much less had been earned, by purchase and paying voucher.
    """
    if not voucher_ids:
        return []
    taking = select(VoucherEnding).where(
        VoucherEnding.voucher_id.in_(voucher_ids),
        VoucherEnding.state.in_(GONE),
        VoucherEnding.returned_fen > 0,
    )
    endings = session.scalars(taking.order_by(VoucherEnding.voucher_id)).all()
    kept = _kept(session, endings, less or {})
    return [
        (ending, claw_back_over(rule, bonus_fen=kept[ending.voucher_id].taken_of_fen))
        for ending in endings
        for rule in frozen_rules(ending.shown)
        if rule.code in TAKING
    ]


def _kept(
    session: Session, endings: Collection[VoucherEnding], less: Mapping[tuple[int, int], Less]
) -> dict[int, Earned]:
    """Return what of its bonus each voucher that ended has now: its share of one that was parted."""
    every = [one.voucher_id for one in endings]
    in_parts = [one.voucher_id for one in endings if one.shown.get("bonus") == PARTED]
    return purchases.current().answered(session, every, in_parts=in_parts, less=less)


def _sum(session: Session, voucher_ids: Collection[int]) -> dict[int, int]:
    """Return what went back to vouchers so far, in fen by voucher id."""
    if not voucher_ids:
        return {}
    statement = (
        select(Voucher.id, func.sum(LedgerTransfer.amount_fen))
        .join(LedgerTransfer, LedgerTransfer.credit_account_id == Voucher.account_id)
        .where(Voucher.id.in_(voucher_ids), LedgerTransfer.code == BACK)
        .group_by(Voucher.id)
    )
    return {voucher_id: int(fen) for voucher_id, fen in session.execute(statement)}
