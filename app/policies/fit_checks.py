"""What must fit together in a policy file about the homes that ``limits`` let be bought, and what is idle."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

import yaml

from app.policies.fitting import OF_AGREEMENTS, WORDS
from app.policies.shape import Problems, child
from app.policies.spending import homes_of
from app.policies.tiers import SPACES

Said = Mapping[str, Any]
_ALL_BP: Final = 10_000
_NOTHING_MORE: Final = {"total_area.share": Decimal(_ALL_BP), "total_area.plus_m2": Decimal(0)}
"""What makes no more of an area on the agreements."""
Bound = tuple[str, str, Decimal]
"""A word within a line, what it bounds, and its figure: the lower, the tighter."""


def check_fits(problems: Problems, node: yaml.Node, body: dict[str, Any]) -> None:
    """Blame what lets no home be bought, and words that say whose it is where that means nothing."""
    for place, line in enumerate(body.get("limits", [])):
        here, path = child(node, "limits", place), f"limits[{place}]"
        for word in ("area", "yuan_per_m2"):
            if word in line and "of" in line:
                reason = "only means something with share_of_face or yuan"
                problems.blame(child(here, "of"), f"{path}.of", reason)
        if "total_area" in line and line.get("of") != "household":
            problems.blame(child(here, "total_area"), f"{path}.total_area", "total_area needs of: household")
        _check_whose(problems, child(here, "total_area"), f"{path}.total_area", line.get("total_area"))
        for kind in SPACES & set(line.get("kinds", ())) if "total_area" in line else ():
            reason = f"names {kind}, which is no home: total_area adds up homes"
            problems.blame(child(here, "kinds"), f"{path}.kinds", reason)
        for word, _measure, figure in _bounds(line):
            names = word.split(".")
            if not figure and word not in ("area.from", "total_area.plus_m2"):
                reason = "is 0, so nothing could be bought: take these kinds out of usable_on instead"
                problems.blame(child(here, *names), f"{path}.{word}", reason)
        _check_least(problems, here, path, line, body)


def _check_whose(problems: Problems, node: yaml.Node, path: str, total: Any) -> None:
    """Blame a share of an area, or ㎡ beside it, that do not say of which."""
    if not isinstance(total, dict):
        return
    if "m2_a_head" in total and "of" in total:
        reason = "only means something with share or plus_m2"
        problems.blame(child(node, "of"), f"{path}.of", reason)
    elif "m2_a_head" not in total and "of" not in total:
        problems.blame(node, f"{path}.of", "is missing: write old or entitled")


def _check_least(problems: Problems, here: yaml.Node, path: str, line: Said, body: Said) -> None:
    """Blame a least area that lies above what a line lets one of its homes have."""
    least = line.get("area", {}).get("from")
    if least is None:
        return
    for at, other in enumerate(body["limits"]):
        most = other.get("area", {}).get("up_to", figure_of(other))
        shared = _kinds(line, body) & _kinds(other, body)
        if most is not None and Decimal(most) and Decimal(least) > Decimal(most) and shared:
            reason = f"lies above what limits[{at}] lets a home have: none could be bought"
            problems.blame(child(here, "area", "from"), f"{path}.area.from", reason)
            return


def _kinds(line: Said, body: Said) -> set[str]:
    return set(line.get("kinds", homes_of(body)))


def _bounds(line: Said) -> Iterator[Bound]:
    area = line.get("area", {})
    if "from" in area:
        yield "area.from", "least", -Decimal(area["from"])
    if "up_to" in area:
        yield "area.up_to", "most", Decimal(area["up_to"])
    total = line.get("total_area")
    if isinstance(total, dict):
        for word, measure in (("m2_a_head", "a head"), ("share", "share"), ("plus_m2", "plus")):
            if word in total:
                yield f"total_area.{word}", f"{measure} {total.get('of')}", Decimal(total[word])
    elif total in OF_AGREEMENTS:
        yield "total_area", f"share {total}", Decimal(_ALL_BP)
    elif total is not None:
        yield "total_area", "total", Decimal(total)
    if "yuan_per_m2" in line:
        yield "yuan_per_m2", "price", Decimal(line["yuan_per_m2"])


def figure_of(line: Said) -> str | None:
    """Return the total of ㎡ that a line names as a figure; None where agreements decide."""
    total = line.get("total_area")
    return total if isinstance(total, str) and total not in OF_AGREEMENTS else None


def fits_without_effect(body: Said) -> Iterator[tuple[str, str]]:
    """Yield the lines that hold nobody back, because another one does, each with the reason."""
    lines = [
        (place, one) for place, one in enumerate(body.get("limits", ())) if any(word in one for word in WORDS)
    ]
    for place, line in lines:
        others = [(at, one) for at, one in lines if at != place and _kinds(line, body) <= _kinds(one, body)]
        for word, measure, figure in _bounds(line):
            if word == "area.from" and not figure:
                yield f"limits[{place}].area.from", "it asks for 0 ㎡"
            elif figure == _NOTHING_MORE.get(word):
                yield f"limits[{place}].{word}", "it is the area itself: write that word alone"
            elif any(
                of == measure and (most, at) < (figure, place)
                for at, one in others
                for _word, of, most in _bounds(one)
            ):
                yield f"limits[{place}].{word}", "another line limits the same more tightly"
