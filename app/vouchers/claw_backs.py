"""What an ending took of a bonus that was not kept in the end: it goes back into the voucher, by rule.

Purchases are undone, or cost less, after the leftover was paid. Their bonus goes back whole then, and what
the ending took of it before would be paid twice.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core import clock
from app.ledger import service as ledger
from app.ledger.models import LedgerTransfer
from app.ledger.rules import AccountKind
from app.policies.answers import Amount, Rule
from app.policies.endings import TAKING, claw_back_over
from app.policies.queries import policy_of
from app.vouchers import purchases
from app.vouchers.ending_models import VoucherEnding
from app.vouchers.ending_rules import HOW, Figures, frozen_rules, parts_of
from app.vouchers.ending_states import GONE, Kind
from app.vouchers.models import Voucher
from app.vouchers.move_queries import successors_of

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


def foreseen(session: Session, lost: Mapping[int, int]) -> dict[VoucherEnding, int]:
    """Return what endings will give back, in fen, once vouchers earn so much less (fen by voucher id).

    With a voucher counts the one that it became, whose ending took of what both earned.
    """
    every = Counter[int]()
    for voucher_id, fen in lost.items():
        for one in successors_of(session, [voucher_id]) if fen > 0 else ():
            every[one] += fen
    sums = _sum(session, every)
    found = _found(session, every, less=every)
    back = {ending: over.fen - sums.get(ending.voucher_id, 0) for ending, over in found}
    return {ending: fen for ending, fen in back.items() if fen > 0}


def given_back(session: Session, endings: Iterable[VoucherEnding]) -> dict[int, int]:
    """Return what went back of what these endings had taken, in fen by voucher id; absent is nothing."""
    return _sum(session, {ending.voucher_id for ending in endings if ending.returned_fen})


def reckoning(session: Session, voucher: Voucher, available_fen: int, figures: Figures) -> tuple[Rule, ...]:
    """Return how what came back to an ended voucher adds up: of purchases, and of what an ending took.

    ``available_fen`` is all of it; what earlier such endings told is told no more. ``figures`` are the
    voucher's now: behind them stands what the rules of its ending pay of it, as if it had never been spent.
    """
    told, before_fen, ruled_fen = 0, 0, 0
    earlier = select(VoucherEnding).where(
        VoucherEnding.voucher_id == voucher.id, VoucherEnding.kind == Kind.BACK
    )
    for ending in session.scalars(earlier):
        told += over_of(ending)
        before_fen += ending.leftover_fen - over_of(ending)
        ruled_fen += sum(
            int(rule.figures["rules_fen"])
            for rule in frozen_rules(ending.shown)
            if rule.code == "by_the_ending"
        )
    over_fen = _sum(session, [voucher.id]).get(voucher.id, 0) - told
    back_fen = before_fen + available_fen - over_fen
    by_rules = _by_the_ending(session, voucher, back_fen, told + over_fen, figures)
    ruled = () if by_rules is None else (Rule("", "by_the_ending", {"rules_fen": by_rules - ruled_fen}),)
    if not over_fen:
        return ruled
    ((_ending, over),) = _found(session, [voucher.id])
    (rule,) = over.rules
    home = Rule("", "home_back", {"back_fen": available_fen - over_fen})
    return home, Rule(rule.path, rule.code, {**rule.figures, "over_fen": over_fen}), *ruled


def _by_the_ending(
    session: Session, voucher: Voucher, back_fen: int, over_fen: int, figures: Figures
) -> int | None:
    """Return what the rules of its ending pay of all that came back, in fen; None where none says it."""
    first = session.scalars(
        select(VoucherEnding)
        .where(VoucherEnding.voucher_id == voucher.id, VoucherEnding.kind.in_(HOW))
        .where(VoucherEnding.state.in_(GONE))
    ).first()
    if first is None:
        return None
    spent_fen = max(0, first.spent_fen - back_fen)
    never = replace(
        figures,
        face_fen=spent_fen + first.leftover_fen + back_fen,
        spent_fen=spent_fen,
        on=clock.legal_day(first.asked_at),
    )
    parts = parts_of(policy_of(voucher.policy_version), Kind(first.kind), never)
    return None if parts.effect is None else max(0, parts.paid_fen - first.paid_fen - over_fen)


def over_of(ending: VoucherEnding) -> int:
    """Return what of an ending is the household's own, which an earlier one took too much, in fen."""
    return sum(
        int(rule.figures["over_fen"]) for rule in frozen_rules(ending.shown) if rule.code == "claw_back_over"
    )


def _found(
    session: Session, voucher_ids: Collection[int], less: Mapping[int, int] | None = None
) -> list[tuple[VoucherEnding, Amount]]:
    """Return the endings that took of a bonus, with what they took too much by now.

    ``less`` as if vouchers had earned so much less, in fen by voucher id.
    """
    if not voucher_ids:
        return []
    taking = select(VoucherEnding).where(
        VoucherEnding.voucher_id.in_(voucher_ids),
        VoucherEnding.state.in_(GONE),
        VoucherEnding.returned_fen > 0,
    )
    endings = session.scalars(taking.order_by(VoucherEnding.voucher_id)).all()
    earned = purchases.current().earned(session, [ending.voucher_id for ending in endings])
    spared = less or {}
    return [
        (
            ending,
            claw_back_over(
                rule, bonus_fen=max(0, earned[ending.voucher_id] - spared.get(ending.voucher_id, 0))
            ),
        )
        for ending in endings
        for rule in frozen_rules(ending.shown)
        if rule.code in TAKING
    ]


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
