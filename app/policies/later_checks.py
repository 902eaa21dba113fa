"""What must fit together where a day after the lock decides a bonus in cash."""

from collections.abc import Iterable, Iterator
from typing import Any

import yaml

from app.policies.shape import Problems, child

Bonuses = Iterable[tuple[yaml.Node, str, dict[str, Any]]]


def check_later(problems: Problems, node: yaml.Node, body: dict[str, Any], bonuses: Bonuses) -> None:
    """One event decides, after the lock; what it leaves is known with the payment, and not to endings."""
    events: dict[str, str] = {}
    taken_of: list[str] = []
    for here, path, bonus in bonuses:
        if bonus["fixed_by"] == "paid":
            _check_paid(problems, here, path, bonus)
        if _is_later(bonus):
            events.setdefault(bonus["fixed_by"], path)
            taken_of += [path] if "claw_back" not in bonus else []
            if len(events) > 1:
                reason = f"must be the same as {next(iter(events.values()))}.fixed_by: one payment pays both"
                problems.blame(child(here, "fixed_by"), f"{path}.fixed_by", reason)
    if not taken_of:
        return
    counts = f"{taken_of[0]}.delay: counts"
    reason = f"takes of a bonus what is not known at a payout beside {counts}: write delay: protected"
    for at, path in _taking(body):
        problems.blame(child(node, *at), path, reason)


def _is_later(bonus: dict[str, Any]) -> bool:
    is_later = bonus["fixed_by"] in ("filed", "verified", "paid") and bonus["delay"] == "counts"
    return bool(bonus["tiers"]) and bonus["paid"] == "cash" and is_later


def _check_paid(problems: Problems, here: yaml.Node, path: str, bonus: dict[str, Any]) -> None:
    if bonus["paid"] != "cash":
        reason = "must be cash, because the day of the payment decides: a price is settled at the lock"
        problems.blame(child(here, "paid"), f"{path}.paid", reason)
    if bonus["delay"] != "counts":
        reason = "must be counts, because the household does not choose the day of the payment"
        problems.blame(child(here, "delay"), f"{path}.delay", reason)


def _taking(body: dict[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield where an ending takes of a bonus: where its node is, and its path."""
    lapse = body["lapse"]
    for place, band in enumerate(body["leftover"] or []):
        if band["claw_back"]:
            yield ("leftover", place, "claw_back"), f"leftover[{place}].claw_back"
    if lapse is None:
        return
    for place, band in enumerate(lapse["bands"] or []):
        if band["claw_back"]:
            yield ("lapse", "bands", place, "claw_back"), f"lapse.bands[{place}].claw_back"
    if lapse["bonus"] != "kept":
        yield ("lapse", "bonus"), "lapse.bonus"
    if isinstance(lapse["give_up"], dict) and lapse["give_up"]["bonus"] != "kept":
        yield ("lapse", "give_up", "bonus"), "lapse.give_up.bonus"
