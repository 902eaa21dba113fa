"""Of what is spent on which homes a bonus on all that is spent is, where it is not for all of them. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from app.policies.checks import bonuses_of
from app.policies.shape import Problems, child

Said = Mapping[str, Any]


def check_spent_on(problems: Problems, node: yaml.Node, body: Said) -> None:
    """Blame ``spent_on`` where nothing is spent in all, or where the homes are told otherwise already."""
    for where, path, bonus in bonuses_of(body):
        here, at = child(node, *where, "spent_on"), f"{path}.spent_on"
        if "spent_on" not in bonus:
            continue
        if bonus["base"] != "spent_total":
            problems.blame(here, at, "only means something with base: spent_total")
        elif bonus["spent_on"] == "earning" and "first_homes" in bonus:
            reason = "must not stand beside first_homes: which come first changes with what is given back"
            problems.blame(here, at, reason)
        elif bonus["spent_on"] == "earning" and len({_kinds(tier) for tier in bonus["tiers"]}) > 1:
            reason = "must not stand beside tiers of other kinds of stock: write a bonus for each of them"
            problems.blame(here, at, reason)


def is_for_some(bonus: Said, usable_on: list[str]) -> bool:
    """Tell whether a bonus is for some homes or spaces only, whatever was bought before."""
    of_kinds = any(tier["kinds"] and not set(usable_on) <= set(tier["kinds"]) for tier in bonus["tiers"])
    return bool(of_kinds or bonus.get("home_area") or "stage" in bonus or bonus.get("areas", "any") != "any")


def unsaid(body: Said) -> list[str]:
    """Return the paths of bonuses on all that is spent, for some homes only, that do not say on which."""
    return [
        path
        for _where, path, bonus in bonuses_of(body)
        if bonus["base"] == "spent_total"
        and bonus["tiers"]
        and "spent_on" not in bonus
        and is_for_some(bonus, body["usable_on"])
    ]


def of_all_homes(body: Said) -> Iterator[tuple[str, str]]:
    """Yield the bonuses that take their rate of what is spent on homes that they are not for, unsaid."""
    for path in unsaid(body):
        reason = "takes its rate of all that is spent, on homes that it is not for too: spent_on: earning "
        reason += (
            "takes what is spent on those that it is for; adopt refuses a file that does not say spent_on"
        )
        yield f"{path}.base", reason


def _kinds(tier: Said) -> frozenset[str] | None:
    return frozenset(tier["kinds"]) if tier["kinds"] else None
