"""Which words of a policy the platform does not carry out yet: a district cannot adopt them."""

from collections.abc import Mapping
from typing import Any

from app.policies.checks import bonuses_of


def not_carried_out(body: Mapping[str, Any]) -> list[str]:
    """Return the paths of what changes sums or terms and would be ignored, in their order."""
    return [f"{path}.delay" for _where, path, bonus in bonuses_of(body) if _asks_for_a_later_day(bonus)]


def _asks_for_a_later_day(bonus: Mapping[str, Any]) -> bool:
    """Tell whether a day that others choose decides part of a price, which is settled before it is known."""
    is_later = bonus["fixed_by"] in ("filed", "verified") and bonus["paid"] == "price"
    return bool(bonus["tiers"]) and bonus["delay"] == "counts" and is_later
