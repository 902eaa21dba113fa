"""What can be said of a voucher from its dates, its policy and its money: pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.core import clock
from app.policies.rules import Policy, Tier, apply_bonus


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


@dataclass(frozen=True)
class Cover:
    """What an amount of a voucher pays for with the bonus of a day, all in fen."""

    amount_fen: int
    bonus_fen: int

    @property
    def total_fen(self) -> int:
        """Amount and bonus together."""
        return self.amount_fen + self.bonus_fen


def cover(
    *, policy: Policy, issued_at: datetime, available_fen: int, now: datetime
) -> tuple[Cover, Tier | None]:
    """Return what the available amount covers when a home is locked now, and the tier that says so."""
    tier = policy.bonus_tier_on(clock.legal_day(issued_at), clock.legal_day(now))
    return Cover(available_fen, apply_bonus(available_fen, tier.rate_bp if tier else 0)), tier
