"""What a rule comes to before it is rounded down to the fen: told beside the sum, never paid."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from app.policies.brackets import Brackets
from app.policies.limits import Limit
from app.policies.rules import Policy, Rule
from app.policies.tiers import Cap

_SHARE: Final = 10_000


@dataclass(frozen=True)
class Said:
    """What a policy says of rates, by the paths under which rules name them."""

    sizes: Mapping[str, Brackets]
    """Rates by size."""
    shares: Mapping[str, Mapping[str, int]]
    """The share or sum for each ㎡ or person that makes a limit, by its name in ``_LIMITS``."""

    @classmethod
    def of(cls, policy: Policy) -> "Said":
        """Return what a policy says."""
        sizes = {rule.path: rule.brackets for rule in policy.face if rule.brackets}
        for bonus in policy.bonuses:
            sizes |= {tier.brackets.path: tier.brackets for tier in bonus.tiers if tier.brackets}
        limits: list[Cap | Limit] = [*policy.bonus_caps, *policy.limits]
        limits += (cap for bonus in policy.bonuses for cap in bonus.every_cap)
        return cls(sizes, {one.path: _shares(one) for one in limits})


@dataclass(frozen=True)
class Told:
    """A rule with all that it was applied to; ``exact`` is None where it takes no share."""

    rule: Rule
    exact: Fraction | None
    is_part: bool = False
    """Whether it is added up with others before all are rounded once."""

    @property
    def rounded(self) -> str | None:
        """Return ``down``, ``up`` or ``no``; None where nothing, or nothing by itself, is rounded."""
        if self.exact is None or self.is_part:
            return None
        if self.exact.denominator == 1:
            return "no"
        return "up" if int(self.rule.figures.get("taken_fen", 0)) > self.exact else "down"


def told(rules: tuple[Rule, ...], facts: Mapping[str, int | Decimal], said: Said) -> Iterator[Told]:
    """Yield the rules of a sum; after those that are rounded together what they come to."""
    sums = [_told(rule, facts, said) for rule in rules]
    together = [one for one in sums if one.rule.code in _TOGETHER]
    if len(together) == 1:
        together = []
    for one in sums:
        yield replace(one, is_part=one in together)
        if together and one is together[-1]:
            path = _LINE.sub("interest", _TABLE.sub("", together[0].rule.path))
            exact = sum((part.exact or Fraction() for part in together), Fraction())
            yield Told(Rule(path, "together", {"parts": len(together)}), exact)


def _told(rule: Rule, facts: Mapping[str, int | Decimal], said: Said) -> Told:
    shares = said.shares.get(rule.path, {})
    found: dict[str, Any] = {**facts, **shares, **rule.figures}
    base = _base_of(rule, shares)
    bases = {name: found[name] for name in base if name in found}
    if rule.path in said.sizes and "rates" in found:
        name, of_fen, _before = _sized(rule, found)
        bases |= {} if of_fen is None else {name: of_fen}
    figures = {name: str(one) if isinstance(one, Decimal) else one for name, one in bases.items()}
    exact = _exact(rule, found, base, said.sizes)
    if exact is not None and found.get("taken_fen", int(exact)) < int(exact):
        exact = None  # no more was left to take
    return Told(replace(rule, figures={**rule.figures, **figures}), exact)


def _exact(
    rule: Rule, found: Mapping[str, Any], base: tuple[str, ...], sizes: Mapping[str, Brackets]
) -> Fraction | None:
    if rule.path in sizes and "rates" in found:
        _name, of_fen, before_fen = _sized(rule, found)
        rest = Fraction(found.get("rest", 0))
        rates = sizes[rule.path].at(found.get("face_fen", 0) + rest)
        rates = rates.in_small(Fraction(found.get("part", 1)))
        return None if of_fen is None else rates.exact(of_fen + rest) - before_fen
    if rule.code in ("spent_total", "spent_earning") and "spent_fen" in found:
        whole = _now(found) + found["earlier_fen"] + Fraction(found.get("rest", 0))
        return share_of(whole, found["rate_bp"]) - _before(found)
    if not base or any(name not in found for name in base):
        return None
    product = Fraction(1)
    for name in base:
        product *= Fraction(found[name]) / _divisor(name)
    over = _OVER.get(rule.code)
    return product / Fraction(found[over]) if over else product


def _base_of(rule: Rule, shares: Mapping[str, int]) -> tuple[str, ...]:
    """Return the names of what a rule multiplies; none where it takes no share."""
    if rule.code in _BASES:
        return _BASES[rule.code]
    return next(((name, _LIMITS[name]) for name in shares), ())


def _shares(limit: Cap | Limit) -> dict[str, int]:
    """Return what makes a limit that is no sum of its own: one figure, or none."""
    named = {name: getattr(limit, name, None) for name in _LIMITS}
    return {name: value for name, value in named.items() if value is not None}


def _divisor(name: str) -> int:
    if name.endswith("_bp"):
        return _SHARE
    return 1_000_000 if name.endswith("_ppm") else 1


def _now(found: Mapping[str, Any]) -> int:
    """Return what of the sum spent, in fen, counts beside what was spent before."""
    spent_fen: int = found.get("spent_fen", 0)
    return spent_fen if found.get("counts", 1) else 0


def _before(found: Mapping[str, Any]) -> Fraction:
    return Fraction(found.get("before", found["before_fen"]))


def _sized(rule: Rule, found: Mapping[str, Any]) -> tuple[str, int | None, Fraction]:
    """Return of which sum rates by size are taken, its name and fen, and what was earned of it before."""
    base = "compensation" if rule.code.startswith("face_") else found["base"]
    if base == "spent_total":
        return "spent_total_fen", _now(found) + found["earlier_fen"], _before(found)
    name = "net_price_fen" if "net_price_fen" in found else f"{base}_fen"
    return name, found.get(name), Fraction(0)


_BASES: Final[dict[str, tuple[str, ...]]] = {
    "spent": ("spent_fen", "rate_bp"),
    "face": ("face_fen", "rate_bp"),
    "price": ("price_fen", "rate_bp"),
    "net_price": ("net_price_fen", "rate_bp"),
    "spent_inside": ("spent_fen", "rate_bp", "inside_m2"),
    "price_inside": ("price_fen", "rate_bp", "inside_m2"),
    "net_price_inside": ("net_price_fen", "rate_bp", "inside_m2"),
    "compensation": ("compensation_fen", "rate_bp"),
    "old_area": ("fen_per_m2", "old_area_m2"),
    "entitled_area": ("fen_per_m2", "entitled_m2"),
    "home_area": ("fen_per_m2", "home_area_m2"),
    "leftover": ("leftover_fen", "rate_bp"),
    "lapse_cash": ("leftover_fen", "rate_bp"),
    "lapse_claimed": ("leftover_fen", "rate_bp"),
    "rate_beyond": ("leftover_fen", "rate_bp"),
    "claw_back": ("bonus_fen", "claw_back_bp"),
    "claw_back_part": ("bonus_fen", "left_fen"),
    "interest_by_months": ("sum_fen", "rate_ppm", "months"),
    "interest": ("sum_fen", "rate_ppm", "days"),
    "tranche": ("owed_fen", "upto_bp"),
    "most_of_price": ("price_fen", "share_bp"),
    "face_share": ("compensation_fen", "rate_bp"),
    "face_by_area": ("fen_per_m2", "old_area_m2"),
    "face_by_entitled_area": ("fen_per_m2", "entitled_m2"),
    "face_lost": ("addition_fen", "left_fen"),
    "heir_share": ("came_fen", "share_fen"),
}
"""What each rule that takes a share multiplies."""
_OVER: Final = {
    "spent_inside": "home_area_m2",
    "price_inside": "home_area_m2",
    "net_price_inside": "home_area_m2",
    "interest": "days_in_year",
    "interest_by_months": "months_in_year",
    "face_lost": "face_fen",
    "claw_back_part": "face_fen",
    "heir_share": "shares_fen",
}
"""By what some of them divide."""
_LIMITS: Final = {
    "fen_per_m2": "old_area_m2",
    "fen_per_entitled_m2": "entitled_m2",
    "fen_per_resident": "residents",
    "fen_per_home_m2": "home_area_m2",
    "share_bp": "face_fen",
    "face_share_bp": "face_fen",
    "compensation_share_bp": "compensation_fen",
    "price_share_bp": "price_fen",
}
"""What limits multiply."""
_LINE: Final = re.compile(r"^interest\[\d+\].*")
"""One of several lines of interest, which are rounded with the others."""
_TABLE: Final = re.compile(r"[.](?:rates|slices)\[.*")
"""A row of rates of which each has its days."""
_TOGETHER: Final = frozenset({"interest", "interest_by_months", "leftover", "lapse_cash", "rate_beyond"})
"""Parts of a sum that is rounded once."""


def share_of(fen: int | Fraction, rate_bp: int) -> Fraction:
    """Return ten-thousandths of a sum in fen, exactly."""
    return Fraction(fen) * rate_bp / _SHARE


def decimal_of(exact: Fraction) -> str:
    """Return a fraction of fen with at most four decimals, the rest cut off."""
    whole, rest = divmod(int(exact * _SHARE), _SHARE)
    return f"{whole}.{rest:04d}".rstrip("0").rstrip(".")
