"""Parts of a face that must be spent: reached (满、达到), or exceeded (超过). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.core import money


@dataclass(frozen=True, order=True)
class Reach:
    """A part of a face in ten-thousandths; of two alike the one that must be exceeded comes later."""

    bp: int
    is_above: bool = False

    def is_reached(self, *, face_fen: int, spent_fen: int) -> bool:
        """Tell whether so much of a face is spent, compared without rounding."""
        spent, least = spent_fen * 10_000, self.bp * face_fen
        return spent > least if self.is_above else spent >= least

    def least_fen(self, face_fen: int) -> int:
        """Return the least sum in fen that does."""
        if self.is_above:
            return money.share_floor(face_fen, self.bp) + 1
        return money.share_ceil(face_fen, self.bp)


START = Reach(0)
"""What a voucher reaches of which nothing is spent."""


def reach(said: Mapping[str, Any], *, least: str = "spent_from", above: str = "spent_above") -> Reach:
    """Return which part a body says, by the one word or the other; ``START`` where it says neither."""
    return Reach(said[above], is_above=True) if above in said else Reach(said.get(least, 0))


def word_of(said: Mapping[str, Any]) -> str:
    """Return by which word a band or step says its part."""
    return "spent_above" if "spent_above" in said else "spent_from"
