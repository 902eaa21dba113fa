"""A simulation as text and as JSON: every amount with the rules that made it, and how it was rounded."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from app.policies.rules import Policy, Rule
from app.reports.simulation.book import Account, Line
from app.reports.simulation.run import Played

_SHARE: Final = 10_000


def as_json(policy: Policy, played: list[Played]) -> dict[str, Any]:
    """Return a simulation as plain JSON; sums are fen."""
    return {
        "policy": {"code": policy.code, "title": policy.title},
        "steps": [_step(one) for one in played],
    }


def as_text(policy: Policy, played: list[Played]) -> Iterator[str]:
    """Yield the lines of a simulation; sums are yuan."""
    yield f"{policy.code}: {policy.title}"
    for one in played:
        on = one.outcome.dates.get("on") or one.step.said["on"]
        yield ""
        yield f"{one.step.number}. {one.step.act}, {on or 'when its term ends'}"
        if one.outcome.refused_by is not None:
            yield f"   refused by {_told(one.outcome.refused_by)}"
            continue
        for line in one.outcome.lines:
            yield f"   {_named(line):<28}{_yuan(line.fen):>18}"
            for rule in line.rules:
                yield f"      {_told(rule)}{_rounded(rule, line)}"
        for note in one.outcome.notes:
            yield f"   {_told(note)}"
        for name, day in one.outcome.dates.items():
            yield f"   {name.replace('_', ' ')}: {day}"
        for account in one.accounts:
            yield (
                f"   [{account.ref}] face {_yuan(account.face_fen)}, spent {_yuan(account.spent_fen)}, bonus "
                f"{_yuan(sum(account.earned.values()))}, left {_yuan(account.available_fen)}, {account.state}"
            )


def _step(one: Played) -> dict[str, Any]:
    outcome = one.outcome
    on = outcome.dates.get("on") or one.step.said["on"]
    told: dict[str, Any] = {
        "step": one.step.number,
        "line": one.step.line,
        "act": one.step.act,
        "on": on and on.isoformat(),
        "outcome": "done" if outcome.refused_by is None else "refused",
        "amounts": [_amount(line) for line in outcome.lines],
        "notes": [_rule(rule, {}) for rule in outcome.notes],
        "dates": {name: day.isoformat() for name, day in outcome.dates.items()},
        "balances": {account.ref: _balance(account) for account in one.accounts},
    }
    if outcome.refused_by is not None:
        told["refused_by"] = _rule(outcome.refused_by, {})
    return told


def _amount(line: Line) -> dict[str, Any]:
    return {
        "of": line.of,
        "voucher": line.voucher,
        "fen": line.fen,
        "rules": [_rule(rule, line.facts) for rule in line.rules],
    }


def _rule(rule: Rule, facts: Mapping[str, int | Decimal]) -> dict[str, Any]:
    told: dict[str, Any] = {"path": rule.path, "code": rule.code, "figures": dict(rule.figures)}
    exact = exact_fen(rule, facts)
    if exact is not None:
        told |= {"exact_fen": _decimal(exact), "rounded": "no" if exact.denominator == 1 else "down"}
    return told


def _balance(account: Account) -> dict[str, Any]:
    return {
        "state": account.state,
        "face_fen": account.face_fen,
        "spent_fen": account.spent_fen,
        "bonus_fen": sum(account.earned.values()),
        "left_fen": account.available_fen,
        "paid_out_fen": account.paid_out_fen,
        "homes": account.homes,
        "last_day": account.last_day.isoformat(),
    }


def exact_fen(rule: Rule, facts: Mapping[str, int | Decimal]) -> Fraction | None:
    """Return what a rule comes to before it is rounded down to the fen; None where it takes no share."""
    found = {**facts, **rule.figures}
    base = _BASES.get(rule.code)
    if base is None or any(name not in found for name in base):
        return None
    product = Fraction(1)
    for name in base:
        product *= Fraction(found[name]) / _DIVISORS.get(name, 1)
    year = {"interest": "days_in_year", "interest_by_months": "months_in_year"}.get(rule.code)
    return product / Fraction(found[year]) if year else product


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


def _decimal(exact: Fraction) -> str:
    """Return a fraction of fen with at most four decimals, the rest cut off."""
    whole, rest = divmod(int(exact * _SHARE), _SHARE)
    return f"{whole}.{rest:04d}".rstrip("0").rstrip(".")


def _rounded(rule: Rule, line: Line) -> str:
    exact = exact_fen(rule, line.facts)
    return "" if exact is None or exact.denominator == 1 else f", {_decimal(exact)} fen rounded down"


def _named(line: Line) -> str:
    return f"[{line.voucher}] {line.of}" if line.voucher else line.of


def _told(rule: Rule) -> str:
    figures = ", ".join(f"{name} {value}" for name, value in rule.figures.items())
    return f"{rule.path}: {rule.code}" + (f" ({figures})" if figures else "")


def _yuan(fen: int) -> str:
    return f"{Decimal(fen) / 100:,.2f}"
