"""When all bonuses of a policy stay as they are: its tiers, laid over one another. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from app.core import clock
from app.policies.rules import Policy
from app.policies.tiers import HOME, BonusRule, Tier


@dataclass(frozen=True)
class Span:
    """Days, both included, in which no bonus changes, and what each pays then."""

    first_day: date
    last_day: date
    tiers: tuple[tuple[BonusRule, Tier], ...]
    """Every bonus that has a tier then, in the order of the file."""


def spans(
    policy: Policy,
    counted: Mapping[str, date],
    *,
    agreed_on: date,
    expires_at: datetime,
    kind: str = HOME,
    keeps_bonus: bool = True,
) -> list[Span]:
    """Return the spans of a term, in order; of a single bonus these are its tiers.

    ``counted`` says for each bonus by its path from which day its tiers count. One that the day of the
    agreement decides stays the same until the term ends. ``keeps_bonus``: none was lost by a transfer.
    """
    last_day = clock.legal_day(expires_at - timedelta(microseconds=1))
    tiers: list[tuple[BonusRule, Tier]] = []
    for rule in policy.bonuses:
        start = counted[rule.path]
        if not rule.is_signed_then(agreed_on) or not rule.is_earned_by(keeps_bonus=keeps_bonus):
            continue
        if rule.fixed_by == "agreement":
            tier = rule.tier_on(start, agreed_on, kind)
            tiers += [(rule, _lasting(tier, start, last_day))] if tier else []
        else:
            tiers += [(rule, tier) for tier in rule.tiers_of(start, kind)]
    edges = {tier.first_day for _, tier in tiers}
    edges |= {tier.last_day + timedelta(days=1) for _, tier in tiers if tier.last_day < date.max}
    days = sorted(edges)
    found = []
    for first, after in zip(days, [*days[1:], None][: len(days)], strict=True):
        holding = tuple((rule, tier) for rule, tier in tiers if tier.first_day <= first <= tier.last_day)
        if holding:
            found.append(Span(first, after - timedelta(days=1) if after else date.max, holding))
    return found


def _lasting(tier: Tier, first_day: date, last_day: date) -> Tier:
    """Return a tier that the agreement's day decided, for as long as the term lasts."""
    return replace(
        tier, first_day=first_day, last_day=last_day, next_rate_bp=0, next_from=None, next_fen_per_m2=0
    )
