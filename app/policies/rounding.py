"""How a sum is rounded where a policy may say so: down, or half up (四舍五入) to a multiple of yuan."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from app.core import money
from app.policies.answers import Amount, Rule

_DOWN: Final[Mapping[str, int]] = {"fen": 1, "yuan": 100}
_NEAREST: Final[Mapping[str, int]] = {
    "nearest_yuan": 100,
    "nearest_ten_yuan": 1_000,
    "nearest_hundred_yuan": 10_000,
}
HALF_UP: Final = tuple(_NEAREST)
ROUNDINGS: Final = (*_DOWN, *HALF_UP)
"""The words by which a sum is rounded, down or half up."""


@dataclass(frozen=True)
class Rounding:
    """To multiples of which sum in fen, down or half up."""

    step_fen: int = 1
    is_nearest: bool = False

    def of(self, fen: int, path: str, most_fen: int | None = None) -> Amount:
        """Return a sum of fen rounded, with the rule at ``path`` that did it, where anything changed.

        ``fen`` may be an exact sum rounded down: half of every multiple is whole fen, so that half up comes
        to the same. Where that would lie above ``most_fen`` it is rounded down.
        """
        down = money.whole_steps(fen, self.step_fen)
        figures: dict[str, int | str] = {"exact_fen": fen}
        if not self.is_nearest:
            return Amount(down, () if down == fen else (Rule(path, "whole_yuan", figures),))
        nearest, code = money.nearest_steps(fen, self.step_fen), "nearest"
        figures["step_fen"] = self.step_fen
        if most_fen is not None and nearest > most_fen:
            nearest, code = down, "nearest_below"
            figures["most_fen"] = most_fen
        return Amount(nearest, () if nearest == fen else (Rule(path, code, figures),))


TO_THE_FEN: Final = Rounding()


def rounding(said: str | None) -> Rounding:
    """Return how a rule rounds by its word; to the fen where it says nothing."""
    if said is not None and said in _NEAREST:
        return Rounding(_NEAREST[said], is_nearest=True)
    return Rounding(_DOWN[said or "fen"])
