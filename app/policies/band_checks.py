"""What must fit together between the bands of a policy file, beside the order of those by the face."""

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from app.policies.reach import START, reach
from app.policies.shape import Problems, child


def bands_of(body: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], list[dict[str, Any]]]]:
    """Yield the lists of bands of a body: where each stands, and its bands."""
    yield ("leftover",), body["leftover"] or []
    yield ("lapse", "bands"), (body["lapse"] and body["lapse"]["bands"]) or []


def check_whose(problems: Problems, node: yaml.Node, body: dict[str, Any]) -> None:
    """Blame bands of which one counts a voucher and another its household: none is above the other then."""
    for where, bands in bands_of(body):
        said = [(place, band) for place, band in enumerate(bands) if reach(band) > START]
        for place, band in said[1:]:
            if band.get("spent_of", "voucher") != said[0][1].get("spent_of", "voucher"):
                here = child(node, *where, place)
                reason = "must be the same in all bands above 0%: none lies above the other otherwise"
                problems.blame(child(here, "spent_of"), f"{'.'.join(where)}[{place}].spent_of", reason)


def check_claims(problems: Problems, node: yaml.Node, body: dict[str, Any]) -> None:
    """Blame a lapse that is claimed and does not say by when, what after, or that says something else."""
    lapse = body["lapse"]
    if lapse is None:
        return
    here = child(node, "lapse")
    if lapse["effect"] != "claim":
        for word in ("within", "after"):
            if word in lapse:
                problems.blame(child(here, word), f"lapse.{word}", "only means something with effect: claim")
        return
    _check_whole(problems, here, lapse)
    _check_turns(problems, child(here, "within"), lapse.get("within", []))


def _check_whole(problems: Problems, here: yaml.Node, lapse: dict[str, Any]) -> None:
    if "within" not in lapse:
        problems.blame(here, "lapse.within", "is missing: until when it is claimed, and at which rates")
    if "after" not in lapse:
        problems.blame(here, "lapse.after", "is missing: what becomes of what nobody claimed")
    if lapse["give_up"] == "same":
        reason = "must be refused, or terms of its own: a voucher is claimed only after its term"
        problems.blame(child(here, "give_up"), "lapse.give_up", reason)
    if isinstance(here, yaml.MappingNode):
        for key, _value in here.value:
            if key.value in ("rate", "bands"):
                reason = "is what within says itself: write rate in it"
                problems.blame(key, f"lapse.{key.value}", reason)


def _check_turns(problems: Problems, here: yaml.Node, within: list[dict[str, Any]]) -> None:
    """Blame times after a term that are counted in two ways, or do not come one after the other."""
    for place, one in enumerate(within):
        word, at = ("months" if "months" in one else "days"), child(here, place)
        path = f"lapse.within[{place}].{word}"
        if not one["rate"]:
            reason = "is 0%: leave it out, and after says what becomes of it"
            problems.blame(child(at, "rate"), f"lapse.within[{place}].rate", reason)
        if place and word not in within[place - 1]:
            reason = "must count as the one before: all by months, or all by days"
            problems.blame(child(at, word), path, reason)
        elif place and one[word] <= within[place - 1][word]:
            problems.blame(child(at, word), path, "must be later than the one before")
