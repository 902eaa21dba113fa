"""Parts of a face that must be spent: reached (满、达到), or exceeded (超过). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import Any


@dataclass(frozen=True, order=True)
class Reach:
    """A part of a face in ten-thousandths; of two alike the one that must be exceeded comes later."""

    bp: int
    is_above: bool = False

    def is_reached(self, *, face_fen: int | Fraction, spent_fen: int | Fraction) -> bool:
        """Tell whether so much of a face is spent, compared without rounding."""
        spent, least = spent_fen * 10_000, self.bp * face_fen
        return spent > least if self.is_above else spent >= least

    def least_fen(self, face_fen: int | Fraction, spent_fen: int | Fraction = 0) -> int:
        """Return the least sum in whole fen that does, beside what is spent; none where that does."""
        lacking = Fraction(face_fen * self.bp, 10_000) - spent_fen
        return max(0, floor(lacking) + 1 if self.is_above else ceil(lacking))


START = Reach(0)
"""What a voucher reaches of which nothing is spent."""


def reach(said: Mapping[str, Any], *, least: str = "spent_from", above: str = "spent_above") -> Reach:
    """Return which part a body says, by the one word or the other; ``START`` where it says neither."""
    return Reach(said[above], is_above=True) if above in said else Reach(said.get(least, 0))


def word_of(said: Mapping[str, Any]) -> str:
    """Return by which word a band or step says its part."""
    return "spent_above" if "spent_above" in said else "spent_from"
