"""The homes of one answer gathered by development: pure, and the same whatever engine counted them.

A development stands where its first home stands in the order that was asked for; equal ones by a hash of
their reference, as homes do. An engine counts all of them at once, some ten thousand at most, and a page is
cut out of that.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from app.search import rules
from app.search.cursor import Position

MOST_FIRST: Final = 3
"""Homes that are shown of a development."""


class Place(NamedTuple):
    """What a search finds of one development; prices are what a voucher buyer pays, in fen."""

    ref: str
    homes: int
    low_fen: int
    high_fen: int
    key: int
    """What the order stands on, of the home that comes first in it."""
    lat: int | None
    lon: int | None
    """Where it stands, in millionths of a degree."""

    @property
    def position(self) -> Position:
        """Its place in the order."""
        return Position(self.key, rules.tie_break(self.ref))


class Places:
    """All developments that a search finds, in its order: from high to low if ``down``."""

    def __init__(self, found: Iterable[Place], *, down: bool = False) -> None:
        self._down = down
        self.all = tuple(sorted(found, key=lambda one: one.position, reverse=down))

    def page(self, after: Position | None, size: int) -> tuple[tuple[Place, ...], Position | None]:
        """Return those after a position, at most ``size``, and where the next page begins if there is one."""
        left = self.all
        if after is not None:
            left = tuple(
                one for one in left if (one.position < after if self._down else one.position > after)
            )
        shown = left[:size]
        return shown, shown[-1].position if len(left) > size else None
