"""What a day after the lock leaves of a bonus in cash: worked out with its payment, by the frozen quote."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core import clock
from app.policies.later import IF_DECIDED, decided
from app.redemptions import cash_queries, snapshot
from app.redemptions.beyond import days_of
from app.redemptions.cash_models import CashBonus
from app.redemptions.change_models import PurchaseChange
from app.redemptions.models import Redemption
from app.redemptions.recompute import planner_on
from app.redemptions.verifiable import Part


@dataclass(frozen=True, slots=True)
class Deciding:
    """Which event's day decides, and the day: None for that of the payment."""

    event: str
    day: date | None


def deciding(
    session: Session, redemption: Redemption, parts: Sequence[Part], frozen: Mapping[str, Any]
) -> dict[int, Deciding]:
    """Return what decides, by voucher id, of a purchase that is written off now.

    The promises of its ``parts`` are kept; ``frozen`` is its quote as it is stored.
    """
    paying = {part.voucher_id for part in parts}
    events = {
        part["voucher_id"]: rule["figures"]["event"]
        for part in frozen["parts"]
        for one in part.get("each", ())
        for rule in one["rules"]
        if rule["code"] == IF_DECIDED and part["voucher_id"] in paying
    }
    days = {event: days_of(session, redemption, parts, event) for event in set(events.values())}
    return {voucher_id: Deciding(event, days[event].get(voucher_id)) for voucher_id, event in events.items()}


def day_of(bonus: CashBonus) -> date | None:
    """Return the day that decides it; None while that is the one on which its payment will be approved."""
    return bonus.decided_on or bonus.counted_on


def less_on(session: Session, bonus: CashBonus, day: date) -> int:
    """Return what a payment that is approved on a day pays less than was promised at most, in fen.

    The day that decides does where it is known. Of a home that costs less than at the lock it
    is worked out anew at the lowest price that it had.
    """
    if bonus.decided_by is None:
        return 0
    redemption, on = cash_queries.redemption_of(session, bonus), day_of(bonus) or day
    brought_fen = _at_less(session, redemption, bonus, on)
    if brought_fen is None:
        brought_fen = _as_shown(redemption, bonus, on)
    return max(0, bonus.due_fen - brought_fen)


def paid_at(session: Session, bonus: CashBonus, *, due_fen: int, price_fen: int) -> int:
    """Return what is paid of a promise once the home costs so much, in fen: by its day, or as of today."""
    redemption = cash_queries.redemption_of(session, bonus)
    on = day_of(bonus) or clock.today()
    brought_fen = _at_less(session, redemption, bonus, on, price_fen)
    return min(due_fen, _as_shown(redemption, bonus, on) if brought_fen is None else brought_fen)


def less_now(session: Session, bonus: CashBonus) -> int:
    """Return what was paid less of a bonus in cash than promised, or would be today, in fen."""
    if bonus.state in ("paid", "taken_back"):
        return bonus.less_fen
    return less_on(session, bonus, clock.today())


def mark_of(session: Session, bonus: CashBonus) -> str:
    """Return the mark of the account that was typed and of the sum that is shown, which a form carries.

    Empty without an account. The same number that is typed anew has another one, too. Where the day of the
    payment decides, another day is another mark once it brings another sum: nobody approves at midnight what
    no page showed. What interest may yet be borne until that day is none of it, but on which sum it is.
    """
    if not bonus.account:
        return ""
    told = f"{bonus.account}:{bonus.due_fen}:{bonus.allocation.present_spent_fen}:{less_now(session, bonus)}"
    return sha256(told.encode()).hexdigest()


def pays_nothing_from(session: Session, bonus: CashBonus, first: date) -> bool:
    """Tell whether no day of a payment from one on leaves anything of it: the last tier is over."""
    if bonus.decided_by != "paid":
        return False
    redemption = cash_queries.redemption_of(session, bonus)
    edges = {
        date.fromisoformat(str(rule.figures["from"]))
        for part in snapshot.read(redemption.quote.snapshot).parts
        if part.voucher_id == bonus.allocation.voucher_id
        for one in part.each
        for rule in one.rules
        if rule.code == IF_DECIDED
    }
    days = sorted({first} | {day for day in edges if day > first})
    return all(less_on(session, bonus, day) == bonus.due_fen for day in days)


def _as_shown(redemption: Redemption, bonus: CashBonus, day: date) -> int:
    """Return what a day brings by the quote, in fen."""
    return sum(
        one.fen if brought is None else brought
        for part in snapshot.read(redemption.quote.snapshot).parts
        if part.voucher_id == bonus.allocation.voucher_id
        for one in part.each
        if one.paid == "cash"
        for brought in [decided(one.rules, day)]
    )


def _at_less(
    session: Session, redemption: Redemption, bonus: CashBonus, day: date, price_fen: int | None = None
) -> int | None:
    """Return the same by the lowest price since; None where that was the lock's, or it cannot be told.

    ``price_fen`` is one that it may come to cost.
    """
    changed = select(func.min(PurchaseChange.price_fen)).where(
        PurchaseChange.redemption_id == redemption.id, PurchaseChange.state == "done"
    )
    # A change that is being carried out is not done yet, but its price is the present one.
    lowest_fen = min(session.scalar(changed) or redemption.price_fen, redemption.present_price_fen)
    lowest_fen = lowest_fen if price_fen is None else min(lowest_fen, price_fen)
    if lowest_fen >= redemption.price_fen:
        return None
    planned = planner_on(session, redemption)(lowest_fen, day)
    shares = planned.shares if planned else ()
    return next((one.cash_fen for one in shares if one.voucher_id == bonus.allocation.voucher_id), None)
