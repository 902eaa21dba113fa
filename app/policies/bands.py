"""What is paid for what is left of a voucher: bands by the part spent and the time, and the end of a term."""

from dataclasses import dataclass
from datetime import date

from app.policies.tiers import Window


@dataclass(frozen=True)
class Band:
    """From which part of the face spent on, at which rate a leftover is paid out."""

    spent_from_bp: int
    rate_bp: int
    claw_back_bp: int
    path: str
    left_up_to_fen: int | None = None
    """The most that may be left for the band to hold; None: any sum."""
    window: Window | None = None
    """When it holds; None: at any time."""

    def is_open(self, started_on: date | None, on: date | None) -> bool:
        """Tell whether it holds on a day in a term that starts on ``started_on``; never on no day."""
        if self.window is None:
            return True
        return started_on is not None and on is not None and self.window.holds(started_on, on)

    def holds(self, *, face_fen: int, spent_fen: int) -> bool:
        """Tell whether a voucher that spent so much of its face is in it; compared without rounding."""
        is_spent = spent_fen * 10_000 >= self.spent_from_bp * face_fen
        return is_spent and (self.left_up_to_fen is None or face_fen - spent_fen <= self.left_up_to_fen)


@dataclass(frozen=True)
class LapseRule:
    """What becomes of what is left when the term ends: cash, void, or agreement."""

    effect: str
    rate_bp: int
    is_bonus_kept: bool
    may_give_up: bool
    bands: tuple[Band, ...] = ()
    """Rates of cash by the part of the face spent; none where ``rate_bp`` holds for any part."""
    path: str = "lapse"
    give_up: "LapseRule | None" = None
    """The terms of giving a voucher up, where they are others; None: the same."""
