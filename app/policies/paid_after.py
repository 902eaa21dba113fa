"""Bonus in cash that is paid only once something is there, such as the certificate. Pure."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from app.policies.answers import Amount, Rule
from app.policies.interest import RUNS_ON
from app.policies.tiers import BonusRule

PAID_AFTER: Final = "paid_after"
"""Code of the rule that tells what a payment waits for; what is earned, and when, it leaves as it is."""


def waiting(rule: BonusRule, amount: Amount) -> Amount:
    """Return what a bonus in cash earns, with the rule that tells for what its payment waits, if anything."""
    comes = amount.fen or any(one.code == RUNS_ON for one in amount.rules)
    if rule.paid_after is None or not comes:
        return amount
    told = Rule(f"{rule.path}.paid_after", PAID_AFTER, {"event": rule.paid_after})
    return replace(amount, rules=(*amount.rules, told))


def waits_for(rules: Iterable[Rule]) -> str | None:
    """Return for what a payment waits by the rules of a bonus; None for nothing but the write-off."""
    return next((str(rule.figures["event"]) for rule in rules if rule.code == PAID_AFTER), None)
