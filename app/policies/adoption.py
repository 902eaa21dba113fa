"""Which words of a policy the platform does not carry out yet: a district cannot adopt them."""

from collections.abc import Iterator, Mapping
from typing import Any

from app.policies.checks import bonuses_of


def not_carried_out(body: Mapping[str, Any]) -> list[str]:
    """Return the paths of what changes sums or terms and would be ignored, in their order."""
    return [
        *(f"{path}.delay" for _where, path, bonus in bonuses_of(body) if _asks_for_a_later_day(bonus)),
        *of_entitled_area(body),
        *(
            ["equal_treatment.late_settlement"]
            if body["equal_treatment"]["late_settlement"] == "may_raise"
            else []
        ),
    ]


def of_entitled_area(body: Mapping[str, Any]) -> Iterator[str]:
    """Yield the paths of what asks for the area to which a household is entitled: no agreement says it."""
    word = "yuan_per_entitled_m2"
    for place, line in enumerate(body["face"]):
        if word in line:
            yield f"face[{place}].{word}"
    caps = [("bonus_caps", body["bonus_caps"])]
    for _where, path, bonus in bonuses_of(body):
        if bonus["base"] == "entitled_area":
            yield f"{path}.base"
        caps.append((f"{path}.caps", bonus["caps"]))
        for place, tier in enumerate(bonus["tiers"]):
            caps.append((f"{path}.tiers[{place}].caps", tier.get("caps", [])))
    for path, said in caps:
        yield from (f"{path}[{place}].{word}" for place, cap in enumerate(said) if word in cap)


def _asks_for_a_later_day(bonus: Mapping[str, Any]) -> bool:
    """Tell whether a day that others choose lowers the tier: a price is settled before it is known."""
    is_later = bonus["fixed_by"] in ("filed", "verified")
    return bool(bonus["tiers"]) and bonus["delay"] == "counts" and is_later
