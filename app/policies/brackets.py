"""Rates by the size of a sum: of the whole of it (全额累进), or of each slice of it (超额累进). Pure."""

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from app.core import money

WORDS: Final = ("brackets", "slices", "slices_of_face")
"""How a file says them: ``brackets`` of the whole, ``slices`` of what lies in each, by sums or shares."""


@dataclass(frozen=True)
class Brackets:
    """Rates by size; ``rows`` are from above which fen on which rate holds, rising, the first above 0."""

    rows: tuple[tuple[int, int], ...]
    is_sliced: bool
    path: str
    is_of_face: bool = False
    """Whether the rows are ten-thousandths of a face, and not fen: ``at`` a face they are sums."""
    part: Fraction = Fraction(1)
    """The rows are of so many fen each, not of one: in small, or of a face."""

    def at(self, face_fen: int | Fraction) -> "Brackets":
        """Return the rates of a voucher with a face in fen."""
        return replace(self, part=Fraction(face_fen) / 10_000) if self.is_of_face else self

    def in_small(self, part: Fraction) -> "Brackets":
        """Return the rates of a part of a voucher: sums in fen are that part, shares of a face stay."""
        return self if self.is_of_face else replace(self, part=part)

    def of(self, amount_fen: int | Fraction) -> int:
        """Return what an amount in fen comes to, rounded down once."""
        if self.is_sliced and self.part == 1 and isinstance(amount_fen, int):
            return money.slices_floor(amount_fen, self.rows)
        return money.whole_fen(self.exact(amount_fen))

    def reached(self, amount_fen: int | Fraction) -> int:
        """Return the rate of the last line that an amount lies above, in ten-thousandths; 0 for none."""
        rows = reversed(self.rows)
        return next((rate_bp for above, rate_bp in rows if above * self.part < amount_fen), 0)

    def exact(self, amount_fen: int | Fraction) -> Fraction:
        """Return what an amount in fen comes to before it is rounded."""
        if not self.is_sliced:
            return Fraction(amount_fen) * self.reached(amount_fen) / 10_000
        starts = [above * self.part for above, _rate_bp in self.rows]
        whole = Fraction(0)
        for start, end, (_above, rate_bp) in zip(starts, [*starts[1:], amount_fen], self.rows, strict=True):
            whole += max(Fraction(0), min(end, Fraction(amount_fen)) - start) * rate_bp
        return whole / 10_000

    @property
    def code(self) -> str:
        """What it is called where a sum is explained."""
        return "by_slices" if self.is_sliced else "by_brackets"

    @property
    def told(self) -> str:
        """Return the rates in a line, for explanations: ``8% above 0, 10% above 500000``."""
        rows = ((float(above * self.part / 100), rate_bp) for above, rate_bp in self.rows)
        return ", ".join(f"{rate_bp / 100:g}% above {above:.12g}" for above, rate_bp in rows)

    @property
    def pays(self) -> bool:
        """Whether it pays anything."""
        return any(rate_bp for _above_fen, rate_bp in self.rows)
