"""What a rule comes to before it is rounded down to the fen: told beside the sum, never paid."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from app.policies.brackets import Brackets
from app.policies.rules import Policy, Rule

_SHARE: Final = 10_000


def sizes_of(policy: Policy) -> dict[str, Brackets]:
    """Return the rates by size that a policy says, by the paths under which rules name them."""
    found = {rule.path: rule.brackets for rule in policy.face if rule.brackets}
    for bonus in policy.bonuses:
        found |= {tier.brackets.path: tier.brackets for tier in bonus.tiers if tier.brackets}
    return found


def exact_fen(
    rule: Rule, facts: Mapping[str, int | Decimal], sizes: Mapping[str, Brackets]
) -> Fraction | None:
    """Return what a rule comes to before it is rounded down to the fen; None where it takes no share.

    ``facts`` are what it was applied to, ``sizes`` the policy's by ``sizes_of``.
    """
    found: dict[str, Any] = {**facts, **rule.figures}
    if rule.path in sizes and "rates" in found:
        of_fen, before_fen = _sized(rule, found)
        return None if of_fen is None else sizes[rule.path].exact(of_fen) - before_fen
    if rule.code == "spent_total" and "spent_fen" in found:
        whole = Fraction((found["spent_fen"] + found["earlier_fen"]) * found["rate_bp"], _SHARE)
        return whole - Fraction(found["before_fen"])
    base = _BASES.get(rule.code)
    if base is None or any(name not in found for name in base):
        return None
    product = Fraction(1)
    for name in base:
        product *= Fraction(found[name]) / _DIVISORS.get(name, 1)
    year = {"interest": "days_in_year", "interest_by_months": "months_in_year"}.get(rule.code)
    return product / Fraction(found[year]) if year else product


def _sized(rule: Rule, found: Mapping[str, Any]) -> tuple[int | None, int]:
    """Return of which sum rates by size are taken, in fen, and what was earned of it before."""
    base = "compensation" if rule.code.startswith("face_") else found["base"]
    if base == "spent_total":
        return found.get("spent_fen", 0) + found["earlier_fen"], found["before_fen"]
    return found.get(f"{base}_fen"), 0


_BASES: Final[dict[str, tuple[str, ...]]] = {
    "spent": ("spent_fen", "rate_bp"),
    "face": ("face_fen", "rate_bp"),
    "price": ("price_fen", "rate_bp"),
    "compensation": ("compensation_fen", "rate_bp"),
    "old_area": ("fen_per_m2", "old_area_m2"),
    "entitled_area": ("fen_per_m2", "entitled_m2"),
    "home_area": ("fen_per_m2", "home_area_m2"),
    "leftover": ("leftover_fen", "rate_bp"),
    "lapse_cash": ("leftover_fen", "rate_bp"),
    "rate_beyond": ("leftover_fen", "rate_bp"),
    "interest_by_months": ("sum_fen", "rate_ppm", "months"),
    "interest": ("sum_fen", "rate_ppm", "days"),
    "tranche": ("owed_fen", "upto_bp"),
    "face_share": ("compensation_fen", "rate_bp"),
    "face_by_area": ("fen_per_m2", "old_area_m2"),
    "face_by_entitled_area": ("fen_per_m2", "entitled_m2"),
}
"""What each rule that takes a share multiplies."""
_DIVISORS: Final = {"rate_bp": _SHARE, "upto_bp": _SHARE, "rate_ppm": 1_000_000}


def decimal_of(exact: Fraction) -> str:
    """Return a fraction of fen with at most four decimals, the rest cut off."""
    whole, rest = divmod(int(exact * _SHARE), _SHARE)
    return f"{whole}.{rest:04d}".rstrip("0").rstrip(".")
