"""A simulation as text and as JSON: every amount with the rules that made it, and how it was rounded."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from app.policies.rules import Policy, Rule
from app.reports.simulation.accounts import Account
from app.reports.simulation.book import Line
from app.reports.simulation.exact import Said, Told, decimal_of, told
from app.reports.simulation.run import Played


def as_json(policy: Policy, played: list[Played]) -> dict[str, Any]:
    """Return a simulation as plain JSON; sums are fen."""
    return {
        "policy": {"code": policy.code, "title": policy.title},
        "steps": [_step(one, Said.of(policy)) for one in played],
    }


def as_text(policy: Policy, played: list[Played]) -> Iterator[str]:
    """Yield the lines of a simulation; sums are yuan."""
    said = Said.of(policy)
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
            for rule in told(line.rules, line.facts, said):
                yield f"      {_told(rule.rule)}{_rounded(rule)}"
        for note in one.outcome.notes:
            yield f"   {_told(note)}"
        for name, day in one.outcome.dates.items():
            yield f"   {name.replace('_', ' ')}: {day}"
        for account in one.accounts:
            yield (
                f"   [{account.ref}] face {_yuan(account.face_fen)}, spent {_yuan(account.spent_fen)}, bonus "
                f"{_yuan(sum(account.earned.values()))}, left {_yuan(account.available_fen)}, {account.state}"
            )


def _step(one: Played, said: Said) -> dict[str, Any]:
    outcome = one.outcome
    on = outcome.dates.get("on") or one.step.said["on"]
    found: dict[str, Any] = {
        "step": one.step.number,
        "line": one.step.line,
        "act": one.step.act,
        "on": on and on.isoformat(),
        "outcome": "done" if outcome.refused_by is None else "refused",
        "amounts": [_amount(line, said) for line in outcome.lines],
        "notes": [_rules((rule,), {}, said)[0] for rule in outcome.notes],
        "dates": {name: day.isoformat() for name, day in outcome.dates.items()},
        "balances": {account.ref: _balance(account) for account in one.accounts},
    }
    if outcome.refused_by is not None:
        found["refused_by"] = _rules((outcome.refused_by,), {}, said)[0]
    return found


def _amount(line: Line, said: Said) -> dict[str, Any]:
    return {
        "of": line.of,
        "voucher": line.voucher,
        "fen": line.fen,
        "rules": _rules(line.rules, line.facts, said),
    }


def _rules(rules: tuple[Rule, ...], facts: Mapping[str, int | Decimal], said: Said) -> list[dict[str, Any]]:
    return [_rule(one) for one in told(rules, facts, said)]


def _rule(one: Told) -> dict[str, Any]:
    found: dict[str, Any] = {
        "path": one.rule.path,
        "code": one.rule.code,
        "figures": dict(one.rule.figures),
    }
    if one.exact is not None:
        found["exact_fen"] = decimal_of(one.exact)
    if one.rounded is not None:
        found["rounded"] = one.rounded
    return found


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


def _rounded(one: Told) -> str:
    if one.exact is None or (one.rounded == "no" and one.rule.code != "together"):
        return ""
    how = f" rounded {one.rounded}" if one.rounded in ("down", "up") else ""
    return f", {decimal_of(one.exact)} fen{how}"


def _named(line: Line) -> str:
    return f"[{line.voucher}] {line.of}" if line.voucher else line.of


def _told(rule: Rule) -> str:
    figures = ", ".join(f"{name} {value}" for name, value in rule.figures.items())
    return f"{rule.path}: {rule.code}" + (f" ({figures})" if figures else "")


def _yuan(fen: int) -> str:
    return f"{Decimal(fen) / 100:,.2f}"
