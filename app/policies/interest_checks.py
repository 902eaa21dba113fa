"""What must fit together where a policy file says interest: of what is spent, paid out, or paid late."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import yaml

from app.policies.shape import Problems, child

_NO_CAPS: Final = "cannot limit interest that runs beyond the lock: leave them out, or write to: lock"


def check_held(problems: Problems, here: yaml.Node, path: str, bonus: dict[str, Any]) -> None:
    """Interest runs to a day that is known when the price is settled, and is no part of the price."""
    if bonus["base"] == "held" and bonus["fixed_by"] != "lock":
        reason = "must be lock, because interest on what is spent runs to its day"
        problems.blame(child(here, "fixed_by"), f"{path}.fixed_by", reason)
    if bonus["base"] == "held" and bonus["paid"] != "cash":
        reason = "must be cash, because interest on what is spent is paid out after the purchase"
        problems.blame(child(here, "paid"), f"{path}.paid", reason)


def check_runs_on(problems: Problems, bonuses: Iterable[tuple[yaml.Node, str, dict[str, Any]]]) -> None:
    """Interest that runs on after the lock runs to one day, and nothing limits what it comes to by then.

    Of a limit a lock could not say what it leaves for other purchases.
    """
    days: set[str] = set()
    for here, path, bonus in bonuses:
        if bonus["base"] != "held":
            continue
        for place, tier in enumerate(bonus["tiers"]):
            to = tier.get("interest", {}).get("to", "lock")
            days.add(to)
            if len(days) > 1:
                reason = "must be the same wherever what is spent bears interest"
                at = child(here, "tiers", place, "interest", "to")
                problems.blame(at, f"{path}.tiers[{place}].interest.to", reason)
            if to != "lock" and tier.get("caps"):
                at = child(here, "tiers", place, "caps")
                problems.blame(at, f"{path}.tiers[{place}].caps", _NO_CAPS)
        if bonus["caps"] and days - {"lock"}:
            problems.blame(child(here, "caps"), f"{path}.caps", _NO_CAPS)


def check_tier(problems: Problems, here: yaml.Node, path: str, said: dict[str, Any]) -> None:
    """Blame what does not fit in the interest of a tier."""
    check_floating(problems, here, path, said)
    _check_terms(problems, here, path, said)


def lines_of(body: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str, dict[str, Any]]]:
    """Yield every line of interest on what leaves a voucher: where its node is, its path, what it says."""
    said = body["interest"]
    if isinstance(said, list):
        for place, one in enumerate(said):
            yield ("interest", place), f"interest[{place}]", one
    elif said is not None:
        yield ("interest",), "interest", said


def check_rates(problems: Problems, node: yaml.Node, body: dict[str, Any]) -> None:
    """Blame what does not fit in the interest of endings."""
    for at, path, line in lines_of(body):
        here = child(node, *at)
        check_floating(problems, here, path, line)
        _check_terms(problems, here, path, line)
        if line["from"] == "term_end" and line.get("to") == "term_end":
            problems.blame(
                child(here, "to"), f"{path}.to", "must be paid: from term_end to term_end is no time"
            )
        if line.get("rounding", "fen") != next(lines_of(body))[2].get("rounding", "fen"):
            reason = "must be the same in all lines of interest: they are rounded once, together"
            problems.blame(child(here, "rounding"), f"{path}.rounding", reason)
        if line.get("most_share") != next(lines_of(body))[2].get("most_share"):
            reason = "must be the same in all lines of interest: it is the most of all together"
            problems.blame(child(here, "most_share"), f"{path}.most_share", reason)


def check_floating(problems: Problems, here: yaml.Node, path: str, said: dict[str, Any] | None) -> None:
    """Blame rates that do not follow on in time, or that do not fit how their interest is counted."""
    _check_months(problems, here, path, said or {})
    if said and said.get("most_share") == 0:
        reason = "is 0%, so nothing is borne: leave the interest out"
        problems.blame(child(here, "most_share"), f"{path}.most_share", reason)
    rates = (said or {}).get("rates", [])
    if said and "rates_on" in said and not rates:
        problems.blame(child(here, "rates_on"), f"{path}.rates_on", "only means something with rates")
    for place, (one, before) in enumerate(zip(rates[1:], rates, strict=False), 1):
        if one["from_day"] <= before["from_day"]:
            reason = "must be later than the one before"
            problems.blame(child(here, "rates", place, "from_day"), f"{path}.rates[{place}].from_day", reason)


def _check_months(problems: Problems, here: yaml.Node, path: str, said: dict[str, Any]) -> None:
    """A rate a month is counted by months, a rate a day by days; rates that float hold from day to day."""
    per, counted = said.get("per", "year"), said.get("count")
    is_by_month = counted in ("months", "begun_months") or (per == "month" and counted is None)
    if per == "month" and counted == "days":
        reason = "must be months or begun_months; by days write twelve times the rate, without per"
        problems.blame(child(here, "count"), f"{path}.count", reason)
    other = next(
        (word for word in ("rates", "terms", "slices") if word in said), "per: day" if per == "day" else None
    )
    if is_by_month and other:
        instead = "the rate of a year" if per == "month" else "count: days"
        problems.blame(here, path, f"counts by whole months, and {other} does not: write {instead}")


def _check_terms(problems: Problems, here: yaml.Node, path: str, said: dict[str, Any] | None) -> None:
    if "terms_on" in (said or {}) and "terms" not in (said or {}):
        problems.blame(child(here, "terms_on"), f"{path}.terms_on", "only means something with terms")
    for word in ("terms", "slices"):
        rows = (said or {}).get(word, [])
        for place, (one, before) in enumerate(zip(rows[1:], rows, strict=False), 1):
            if one["months"] <= before["months"]:
                at = child(here, word, place, "months")
                problems.blame(at, f"{path}.{word}[{place}].months", "must be above the one before")
