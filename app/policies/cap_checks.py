"""Limits of bonuses that change nothing, because another one is reached first. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from app.policies.checks import bonuses_of

Said = Mapping[str, Any]
Measure = tuple[str, tuple[str, ...]]
"""By which word a cap says its sum, and of which parts of a compensation."""


def lists_of_caps(body: Said) -> Iterator[tuple[str, list[Said]]]:
    """Yield every list of caps that limits anything: its path, and its caps."""
    for path, caps, _around in _nested(body):
        yield path, caps


def _nested(body: Said) -> Iterator[tuple[str, list[Said], list[Said]]]:
    """Yield every list of caps with those of the lists around it, which limit the same and more."""
    for _where, path, bonus in bonuses_of(body):
        of_all = body["bonus_caps"] if bonus["paid"] == "price" else []
        if bonus["tiers"]:
            yield f"{path}.caps", bonus["caps"], of_all
        for place, tier in enumerate(bonus["tiers"]):
            yield f"{path}.tiers[{place}].caps", tier.get("caps", []), [*bonus["caps"], *of_all]
    yield "bonus_caps", body["bonus_caps"], []


def caps_without_effect(body: Said) -> Iterator[tuple[str, str]]:
    """Yield the caps that another cap leaves nothing to do, each with the reason."""
    for path, caps, around in _nested(body):
        for place, cap in enumerate(caps):
            if any(_caps_more(other, cap, place - at) for at, other in enumerate(caps) if at != place):
                yield f"{path}[{place}]", "another line caps the same more tightly"
            elif any(_caps_more(other, cap, 1) for other in around):
                yield f"{path}[{place}]", "a cap of more than this caps it more tightly"


def caps_of_nothing(body: Said) -> Iterator[str]:
    """Yield the paths of caps of 0."""
    for path, caps in lists_of_caps(body):
        for place, cap in enumerate(caps):
            if not _measured(cap)[1]:
                yield f"{path}[{place}]"


def _caps_more(one: Said, cap: Said, later: int) -> bool:
    """Tell whether a cap leaves nothing to another of the same measure; of two alike the later is idle."""
    (measure, most), (other, least) = _measured(cap), _measured(one)
    if measure != other or not (one["of"] == cap["of"] or one["of"] == "household"):
        return False
    return least < most or (least == most and (one["of"] != cap["of"] or later > 0))


def _measured(cap: Said) -> tuple[Measure, int]:
    word, most = next((word, most) for word, most in cap.items() if word not in ("of", "parts"))
    return (word, tuple(cap.get("parts", ()))), most
