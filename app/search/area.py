"""A rectangle of the map that homes are looked for in, and the whole numbers places are compared by: pure.

Degrees are WGS-84. An index holds them as millionths (some 11 cm), so that every engine compares alike.
"""

import re
from decimal import Decimal
from typing import Final, NamedTuple

from app.search.errors import InvalidSearch

MILLION: Final = 1_000_000
DEGREES: Final = r"-?\d{1,3}(\.\d{1,6})?"
_ONE: Final = re.compile(DEGREES, re.ASCII)
_SIDES: Final = 4
_FARTHEST_NORTH: Final = 90 * MILLION
_FARTHEST_EAST: Final = 180 * MILLION


class Box(NamedTuple):
    """A rectangle in millionths of a degree, its edges included."""

    south: int
    west: int
    north: int
    east: int

    def __str__(self) -> str:
        """Return it as an address carries it, in degrees: ``30.5,117,30.6,117.125``."""
        return ",".join(_plain(side) for side in self)


def millionths(degrees: float | None) -> int | None:
    """Return degrees as whole millionths, None for none."""
    return None if degrees is None else round(degrees * MILLION)


def read_box(name: str, text: str) -> Box:
    """Return the rectangle that four numbers spell out: south, west, north, east, in degrees.

    Raises InvalidSearch at ``name`` when they are not four numbers of at most six decimals, lie beyond the
    poles or the date line, or a southern or western side comes after its opposite.
    """
    sides = text.split(",")
    if len(sides) != _SIDES or not all(_ONE.fullmatch(side) for side in sides):
        raise InvalidSearch("search_bad_box", name)
    box = Box(*(int(Decimal(side) * MILLION) for side in sides))
    if max(abs(box.south), abs(box.north)) > _FARTHEST_NORTH:
        raise InvalidSearch("search_box_outside", name)
    if max(abs(box.west), abs(box.east)) > _FARTHEST_EAST:
        raise InvalidSearch("search_box_outside", name)
    if box.south > box.north or box.west > box.east:
        raise InvalidSearch("search_box_upside_down", name)
    return box


def _plain(side: int) -> str:
    text = f"{Decimal(side) / MILLION:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
