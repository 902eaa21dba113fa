"""What can be said of a voucher from its dates, its policy and its money: pure."""

from datetime import datetime
from enum import StrEnum


class Standing(StrEnum):
    """A voucher in one word, derived and never stored."""

    USABLE = "usable"
    """Something is available and the term has not ended."""
    MOVING = "moving"
    """It is being transferred, split or merged: two people look at it."""
    STOPPED = "stopped"
    """A stop (止付) holds the whole of it."""
    MOVED = "moved"
    """What was left is with other vouchers."""
    HELD = "held"
    """All that is left is promised to homes."""
    SPENT = "spent"
    """Nothing is left."""
    LAPSED = "lapsed"
    """The term ended with something available (逾期)."""
    ENDING = "ending"
    """What is left is on its way out of it: two people look at it."""
    ENDED = "ended"
    """What was left has left it: paid out, void, or back under the agreement."""


def standing(
    *,
    available_fen: int,
    held_fen: int,
    stopped: bool,
    leaving: bool | None,
    moving: bool | None,
    expires_at: datetime,
    now: datetime,
) -> Standing:
    """Return the word for a voucher with so much available and held for homes, in fen, at a moment.

    ``stopped``: whether a stop holds the whole of it, which comes before all else.
    ``leaving``: whether what was left is on its way (True) or gone (False); None while neither.
    ``moving``: whether it is on its way to other vouchers, in the same words.
    """
    if stopped:
        return Standing.STOPPED
    if moving is not None:
        return Standing.MOVING if moving else Standing.MOVED
    if leaving is not None:
        return Standing.ENDING if leaving else Standing.ENDED
    if available_fen == 0:
        return Standing.HELD if held_fen else Standing.SPENT
    return Standing.LAPSED if now >= expires_at else Standing.USABLE
