"""What can be said of a voucher from its dates, its policy and its money: pure."""

from datetime import datetime
from enum import StrEnum


class Standing(StrEnum):
    """A voucher in one word, derived and never stored."""

    USABLE = "usable"
    """Something is available and the term has not ended."""
    HELD = "held"
    """All that is left is promised to homes."""
    SPENT = "spent"
    """Nothing is left."""
    LAPSED = "lapsed"
    """The term ended with something available (逾期)."""


def standing(*, available_fen: int, held_fen: int, expires_at: datetime, now: datetime) -> Standing:
    """Return the word for a voucher with so much available and held, in fen, at a moment."""
    if available_fen == 0:
        return Standing.HELD if held_fen else Standing.SPENT
    return Standing.LAPSED if now >= expires_at else Standing.USABLE
