"""A simulation as text and as JSON: every amount with the rules that made it, and how it was rounded."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from app.policies.brackets import Brackets
from app.policies.rules import Policy, Rule
from app.reports.simulation.book import Account, Line
from app.reports.simulation.exact import decimal_of, exact_fen, sizes_of
from app.reports.simulation.run import Played

Sizes = Mapping[str, Brackets]
"""The rates by size of a policy, by their paths."""


def as_json(policy: Policy, played: list[Played]) -> dict[str, Any]:
    """Return a simulation as plain JSON; sums are fen."""
    return {
        "policy": {"code": policy.code, "title": policy.title},
        "steps": [_step(one, sizes_of(policy)) for one in played],
    }


def as_text(policy: Policy, played: list[Played]) -> Iterator[str]:
    """Yield the lines of a simulation; sums are yuan."""
    sizes = sizes_of(policy)
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
                yield f"      {_told(rule)}{_rounded(rule, line, sizes)}"
        for note in one.outcome.notes:
            yield f"   {_told(note)}"
        for name, day in one.outcome.dates.items():
            yield f"   {name.replace('_', ' ')}: {day}"
        for account in one.accounts:
            yield (
                f"   [{account.ref}] face {_yuan(account.face_fen)}, spent {_yuan(account.spent_fen)}, bonus "
                f"{_yuan(sum(account.earned.values()))}, left {_yuan(account.available_fen)}, {account.state}"
            )


def _step(one: Played, sizes: Sizes) -> dict[str, Any]:
    outcome = one.outcome
    on = outcome.dates.get("on") or one.step.said["on"]
    told: dict[str, Any] = {
        "step": one.step.number,
        "line": one.step.line,
        "act": one.step.act,
        "on": on and on.isoformat(),
        "outcome": "done" if outcome.refused_by is None else "refused",
        "amounts": [_amount(line, sizes) for line in outcome.lines],
        "notes": [_rule(rule, {}, sizes) for rule in outcome.notes],
        "dates": {name: day.isoformat() for name, day in outcome.dates.items()},
        "balances": {account.ref: _balance(account) for account in one.accounts},
    }
    if outcome.refused_by is not None:
        told["refused_by"] = _rule(outcome.refused_by, {}, sizes)
    return told


def _amount(line: Line, sizes: Sizes) -> dict[str, Any]:
    return {
        "of": line.of,
        "voucher": line.voucher,
        "fen": line.fen,
        "rules": [_rule(rule, line.facts, sizes) for rule in line.rules],
    }


def _rule(rule: Rule, facts: Mapping[str, int | Decimal], sizes: Sizes) -> dict[str, Any]:
    told: dict[str, Any] = {"path": rule.path, "code": rule.code, "figures": dict(rule.figures)}
    exact = exact_fen(rule, facts, sizes)
    if exact is not None:
        told |= {"exact_fen": decimal_of(exact), "rounded": "no" if exact.denominator == 1 else "down"}
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


def _rounded(rule: Rule, line: Line, sizes: Sizes) -> str:
    exact = exact_fen(rule, line.facts, sizes)
    return "" if exact is None or exact.denominator == 1 else f", {decimal_of(exact)} fen rounded down"


def _named(line: Line) -> str:
    return f"[{line.voucher}] {line.of}" if line.voucher else line.of


def _told(rule: Rule) -> str:
    figures = ", ".join(f"{name} {value}" for name, value in rule.figures.items())
    return f"{rule.path}: {rule.code}" + (f" ({figures})" if figures else "")


def _yuan(fen: int) -> str:
    return f"{Decimal(fen) / 100:,.2f}"
