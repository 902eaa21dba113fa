"""What must fit together where a policy file says how developers are paid."""

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from app.policies.interest_checks import check_floating
from app.policies.schema import STAGES
from app.policies.settling import ENDS
from app.policies.shape import Problems, child


def settlements_of(
    body: Mapping[str, Any],
) -> Iterator[tuple[tuple[str | int, ...], str, dict[str, Any]]]:
    """Yield every rule by which developers are paid: where its node is, its path, and what it says."""
    said = body["settlement"]
    if isinstance(said, list):
        for place, one in enumerate(said):
            yield ("settlement", place), f"settlement[{place}]", one
    elif said is not None:
        yield ("settlement",), "settlement", said


def check_settlements(problems: Problems, node: yaml.Node, body: dict[str, Any]) -> None:
    """Blame parts that are not the whole, and purchases that no rule is for, or more than one."""
    for where, path, rule in settlements_of(body):
        here = child(node, *where)
        total = sum(tranche["share"] for tranche in rule["tranches"])
        if total != 10_000:
            reason = f"must come to 100% together, come to {total / 100:g}%"
            problems.blame(child(here, "tranches"), f"{path}.tranches", reason)
        check_floating(problems, child(here, "late_interest"), f"{path}.late_interest", rule["late_interest"])
        for place, tranche in enumerate(rule["tranches"]):
            at = child(here, "tranches", place, "interest")
            check_floating(problems, at, f"{path}.tranches[{place}].interest", tranche.get("interest"))
            within = tranche["pay_within"]
            if "day" in within and not ENDS.keys() & within.keys():
                at = child(here, "tranches", place, "pay_within", "day")
                reason = f"only means something with {' or '.join(ENDS)}"
                problems.blame(at, f"{path}.tranches[{place}].pay_within.day", reason)
        for kind in rule.get("kinds", ()):
            if kind not in body["usable_on"]:
                reason = f"names {kind}, which is not in usable_on"
                problems.blame(child(here, "kinds"), f"{path}.kinds", reason)
    _check_each_has_one(problems, node, body)


def _check_each_has_one(problems: Problems, node: yaml.Node, body: dict[str, Any]) -> None:
    """Whatever is bought is paid for by one rule: nobody could say by which of two, or when by none."""
    covered: dict[tuple[str, str], str] = {}
    for where, path, rule in settlements_of(body):
        twice = [
            (kind, stage)
            for kind in rule.get("kinds", body["usable_on"])
            for stage in STAGES
            if rule.get("stage") in (None, stage) and covered.setdefault((kind, stage), path) != path
        ]
        if twice:
            kind, stage = twice[0]
            reason = f"pays for {kind} in stage {stage}, which {covered[kind, stage]} pays for"
            problems.blame(child(node, *where), path, reason)
    missing = [
        (kind, stage) for kind in body["usable_on"] for stage in STAGES if (kind, stage) not in covered
    ]
    if covered and missing:
        kind, stage = missing[0]
        reason = f"says nothing of {kind} in stage {stage}: each purchase needs its rule"
        problems.blame(child(node, "settlement"), "settlement", reason)
