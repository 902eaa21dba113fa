"""Rates by the size of a sum: of the whole of it (全额累进), or of each slice of it (超额累进). Pure."""

from dataclasses import dataclass
from typing import Final

from app.core import money

WORDS: Final = ("brackets", "slices")
"""How a file says them: ``brackets`` of the whole, ``slices`` of what lies in each."""


@dataclass(frozen=True)
class Brackets:
    """Rates by size; ``rows`` are from above which fen on which rate holds, rising, the first above 0."""

    rows: tuple[tuple[int, int], ...]
    is_sliced: bool
    path: str

    def of(self, amount_fen: int) -> int:
        """Return what an amount in fen comes to, rounded down once."""
        if self.is_sliced:
            return money.slices_floor(amount_fen, self.rows)
        reached = [rate_bp for above_fen, rate_bp in self.rows if above_fen < amount_fen]
        return money.share_floor(amount_fen, reached[-1]) if reached else 0

    @property
    def code(self) -> str:
        """What it is called where a sum is explained."""
        return "by_slices" if self.is_sliced else "by_brackets"

    @property
    def told(self) -> str:
        """Return the rates in a line, for explanations: ``8% above 0, 10% above 500000``."""
        return ", ".join(f"{rate_bp / 100:g}% above {above / 100:.12g}" for above, rate_bp in self.rows)

    @property
    def pays(self) -> bool:
        """Whether it pays anything."""
        return any(rate_bp for _above_fen, rate_bp in self.rows)
