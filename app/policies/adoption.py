"""Which words of a policy the platform does not carry out yet: a district cannot adopt them."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from app.policies.checks import bonuses_of

_CARRIED_OUT: Final[dict[str, tuple[Any, ...]]] = {
    "base": ("spent", "face", "price", "old_area"),
    "paid": ("price",),
    "fixed_by": ("lock", "contract", "filed", "verified"),
    "counted_from": ("start",),
    "areas": ("any",),
    "home_area": (None,),
}
"""What the platform carries out of a bonus, by its words."""


def not_carried_out(body: Mapping[str, Any]) -> list[str]:
    """Return the paths of what changes sums or terms of today's acts and would be ignored, in their order.

    What belongs to acts that no page offers yet (transfers, splits, merges, inheritance, settlement) is kept
    with the version for the day it does.
    """
    return [
        *(["face"] if body["face"] else []),
        *(["valid.from"] if body["valid"]["from"] == "vacated" else []),
        *_of_bonuses(body),
        *(["lapse.give_up"] if body["lapse"] and isinstance(body["lapse"]["give_up"], dict) else []),
        *(["lapse.bands"] if body["lapse"] and body["lapse"]["bands"] else []),
        *(["interest"] if body["interest"] else []),
        *(
            ["equal_treatment.late_settlement"]
            if body["equal_treatment"]["late_settlement"] == "may_raise"
            else []
        ),
    ]


def _of_bonuses(body: Mapping[str, Any]) -> Iterator[str]:
    for place, (_where, path, bonus) in enumerate(bonuses_of(body)):
        if place:
            yield path
        for key, carried_out in _CARRIED_OUT.items():
            if bonus[key] not in carried_out:
                yield f"{path}.{key}"
        for turn, tier in enumerate(bonus["tiers"]):
            if "steps" in tier:
                yield f"{path}.tiers[{turn}].steps"
    if body["bonus_caps"]:
        yield "bonus_caps"
