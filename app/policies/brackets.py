"""Rates by the size of a sum: of the whole of it (全额累进), or of each slice of it (超额累进). Pure."""

from dataclasses import dataclass
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
    scale: int = 1
    """Its rows are of so many parts of a fen."""

    def at(self, face_fen: int) -> "Brackets":
        """Return the rates of a voucher with a face in fen."""
        if not self.is_of_face:
            return self
        rows = tuple((above_bp * face_fen, rate_bp) for above_bp, rate_bp in self.rows)
        return Brackets(rows, self.is_sliced, self.path, scale=10_000)

    def of(self, amount_fen: int) -> int:
        """Return what an amount in fen comes to, rounded down once."""
        if self.is_sliced:
            return money.slices_floor(amount_fen * self.scale, self.rows) // self.scale
        return money.share_floor(amount_fen, self.reached(amount_fen))

    def reached(self, amount_fen: int) -> int:
        """Return the rate of the last line that an amount lies above, in ten-thousandths; 0 for none."""
        return next((rate_bp for above, rate_bp in reversed(self.rows) if above < amount_fen), 0)

    def exact(self, amount_fen: int) -> Fraction:
        """Return what an amount in fen comes to before it is rounded, for explanations: never paid."""
        if self.is_sliced:
            amount = amount_fen * self.scale
            ends = [*(above for above, _rate in self.rows[1:]), amount]
            rates = zip(self.rows, ends, strict=True)
            return sum(
                (
                    Fraction(max(0, min(end, amount) - above) * rate_bp, 10_000 * self.scale)
                    for (above, rate_bp), end in rates
                ),
                Fraction(),
            )
        return Fraction(amount_fen * self.reached(amount_fen), 10_000)

    @property
    def code(self) -> str:
        """What it is called where a sum is explained."""
        return "by_slices" if self.is_sliced else "by_brackets"

    @property
    def told(self) -> str:
        """Return the rates in a line, for explanations: ``8% above 0, 10% above 500000``."""
        per_yuan = 100 * self.scale
        return ", ".join(f"{rate_bp / 100:g}% above {above / per_yuan:.12g}" for above, rate_bp in self.rows)

    @property
    def pays(self) -> bool:
        """Whether it pays anything."""
        return any(rate_bp for _above_fen, rate_bp in self.rows)
