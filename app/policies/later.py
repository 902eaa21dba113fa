"""Bonus in cash by the tier of a day after the lock: what each such day brings, and what at most. Pure.

The lock cannot know how long offices take. It promises the most that any day from its own on may bring; the
rules of that promise tell from which day on which sum is paid, and the day itself decides (decision 0030).
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from app.policies.answers import Amount, Rule
from app.policies.joint import PurchaseTerms, cash_parts
from app.policies.tiers import BonusRule

IF_DECIDED: Final = "if_decided"
"""Code of the rule that tells what is paid from a day on; it holds until the next such rule's day."""

Paying = Sequence[tuple[int, PurchaseTerms, int | str]]
"""What each voucher spends, in fen, on what terms, and whose it is."""


def with_days(price_fen: int, paying: Paying, locked_on: date) -> list[tuple[tuple[BonusRule, Amount], ...]]:
    """Return what each voucher of a purchase earns in cash, as ``cash_parts``, the later day unknown.

    What such a day decides is the most that it may bring, with a rule for each sum.
    """

    def earned(day: date) -> list[tuple[tuple[BonusRule, Amount], ...]]:
        return cash_parts(price_fen, [(fen, terms.cash_on(day), owner) for fen, terms, owner in paying])

    days = sorted({locked_on} | {day for _fen, terms, _owner in paying for day in _edges(terms, locked_on)})
    by_day = [(day, earned(day)) for day in days]
    return [
        tuple(
            (rule, _most(rule, [(day, found[place][line][1]) for day, found in by_day]))
            if rule.is_decided_later
            else (rule, amount)
            for line, (rule, amount) in enumerate(lines)
        )
        for place, lines in enumerate(by_day[0][1])
    ]


def decided(rules: Iterable[Rule], day: date) -> int | None:
    """Return what a day brings by the rules of a promise, in fen; None where no later day decides."""
    said = [rule.figures for rule in rules if rule.code == IF_DECIDED]
    if not said:
        return None
    begun = [one for one in said if str(one["from"]) <= day.isoformat()]
    return int((begun or said)[-1 if begun else 0]["fen"])


def event_of(rules: Iterable[Rule]) -> str | None:
    """Return which event's day decides by the rules of a promise; None where none does."""
    return next((str(rule.figures["event"]) for rule in rules if rule.code == IF_DECIDED), None)


def _edges(terms: PurchaseTerms, locked_on: date) -> Iterable[date]:
    """Return the days after a lock on which a tier begins, or the day after it ends."""
    for tiers in terms.later.values():
        for tier in tiers:
            ends = [] if tier.last_day == date.max else [tier.last_day + timedelta(days=1)]
            yield from (day for day in (tier.first_day, *ends) if day > locked_on)


def _most(rule: BonusRule, by_day: Sequence[tuple[date, Amount]]) -> Amount:
    """Return the most that a day may bring, with the rules that tell what each of them does."""
    most = max((amount for _day, amount in by_day), key=lambda one: one.fen)
    told: list[Rule] = []
    for day, amount in by_day:
        if not told or told[-1].figures["fen"] != amount.fen:
            figures: dict[str, int | str] = {"from": day.isoformat(), "fen": amount.fen}
            told.append(Rule(f"{rule.path}.fixed_by", IF_DECIDED, {"event": rule.fixed_by, **figures}))
    return replace(most, rules=(*most.rules, *told))
