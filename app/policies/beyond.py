"""Interest on what is spent that runs on after the lock: what a later day adds to its promise. Pure."""

from collections.abc import Iterable
from datetime import date

from app.policies.answers import Amount, Rule
from app.policies.interest import RUNS_ON
from app.policies.rules import Policy


def runs_on(rules: Iterable[Rule]) -> Rule | None:
    """Return which of a bonus's rules tells that its interest runs on, and to which day; None for none."""
    return next((rule for rule in rules if rule.code == RUNS_ON), None)


def beyond(policy: Policy, rule: Rule, *, spent_fen: int, until: date) -> Amount:
    """Return what a sum spent bears after its lock up to a day, in fen, by the rule that ``runs_on`` found.

    The whole is rounded once, and what the lock promised is taken off it. Never below nothing: where a
    longer term has a lower rate, what was promised stands.
    """
    bonus, interest = next(
        (one, tier.interest)
        for one in policy.bonuses
        for tier in one.tiers
        if tier.interest is not None and f"{tier.interest.path}.to" == rule.path
    )
    first, lock = (date.fromisoformat(str(rule.figures[name])) for name in ("from", "lock"))
    whole = interest.of(spent_fen, first, max(until, lock))
    before = interest.of(spent_fen, first, lock)
    whole_fen, before_fen = (bonus.rounding.of(one.fen, rule.path).fen for one in (whole, before))
    figures: dict[str, int | str] = {"whole_fen": whole_fen, "before_fen": before_fen}
    figures["day"] = until.isoformat()
    return Amount(max(0, whole_fen - before_fen), (*whole.rules, Rule(rule.path, "beyond_lock", figures)))
