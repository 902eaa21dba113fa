"""What the search says about a home, derived from the truth. Pure."""

import hashlib
from typing import Final

from app.search.request import Floor, Status

_TIE_BITS: Final = 63


def floor_band(storey: int, storeys: int) -> Floor:
    """Return the third of its building that the middle of the storey lies in.

    The middle of storey s of n is at (2s - 1) / 2n of the height: of 18 storeys 1-6 are low, 7-12 middle,
    13-18 high; of two the lower is low and the upper high; a single one is middle. Cellars are low.
    """
    share = 3 * (2 * storey - 1)
    if share < 2 * storeys:
        return Floor.LOW
    return Floor.MIDDLE if share < 4 * storeys else Floor.HIGH


def public_status(dwelling: str, *, listed: bool) -> Status:
    """Return what people are told: sold and locked are facts of the dwelling, the rest is its pool's."""
    if dwelling == "sold":
        return Status.SOLD
    if dwelling == "locked":
        return Status.LOCKED
    return Status.AVAILABLE if listed else Status.OUT


def tie_break(ref: str) -> int:
    """Return the stable number that orders homes which are equal in all else.

    A hash of the public reference, so that no developer stands first by name, by age or by luck of insertion,
    and every engine, rebuild and page agrees.
    """
    return int.from_bytes(hashlib.sha256(ref.encode()).digest()[:8]) >> (64 - _TIE_BITS)
