"""Bonus in cash that waits for the certificate, in a simulation."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from app.policies.answers import Amount, Rule, Verdict
from app.policies.paid_after import waits_for
from app.policies.tiers import BonusRule
from app.reports.simulation.book import Outcome, demand


def wait_for_certificate(
    cash: Iterable[tuple[tuple[BonusRule, Amount], ...]],
    said: Mapping[str, Any],
    verified_on: date,
    out: Outcome,
) -> None:
    """Tell from which day on a bonus in cash is paid, where it waits and that is known. Refused before it."""
    path = next(
        (f"{rule.path}.paid_after" for one in cash for rule, sum_ in one if waits_for(sum_.rules)), None
    )
    if path is None:
        return
    day = said.get("certificate")
    first = max(day, verified_on) if day else None
    figures: dict[str, int | str] = {"first": first.isoformat()} if first else {}
    is_early = said.get("paid") is not None and (first is None or said["paid"] < first)
    demand(Verdict(not is_early, Rule(path, "paid_before_certificate", figures)))
    if first is None:
        out.notes.append(Rule(path, "certificate_unknown", {}))
    else:
        out.dates["cash_paid_from"] = first
