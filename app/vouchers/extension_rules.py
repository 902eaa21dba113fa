"""Which of many vouchers may have a longer term: pure."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from app.core import clock
from app.policies.bands import Used

DECIDE_WORKING_DAYS: Final = 10
"""Within so many working days a checker decides: two weeks are enough to look at a paper, and the household
can use nothing of its voucher once the old term is over. No policy says another number."""


def due_at(proposed_at: datetime) -> datetime:
    """Return until when a proposal has to be decided: 24:00 of the last working day."""
    return clock.end_of_day(clock.add_working_days(clock.legal_day(proposed_at), DECIDE_WORKING_DAYS))


class Obstacle(StrEnum):
    """Why a voucher is not extended together with others; the first that applies, gravest first."""

    ENDING = "ending"
    """It is being paid out, given up, or has lapsed."""
    MOVING = "moving"
    """It is being transferred, split or merged."""
    OVER = "over"
    SPENT = "spent"
    """Nothing is left that a longer term would serve."""
    WAITING = "waiting"
    """Another extension waits for a decision."""
    NOT_ALLOWED = "not_allowed"
    """Its policy knows no longer term."""
    MONTHS = "months"
    """Its policy leaves fewer months."""
    UNUSED = "unused"
    """Less of its face is spent than its policy asks for."""
    NO_LONGER = "no_longer"
    """Its policy ends everything on a day that comes first."""
    CHANGED = "changed"
    """Its term is not what it was when this was proposed."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides whether one voucher may have so many months more."""

    expires_at: datetime
    longer_until: datetime
    """Where its term would end."""
    most_months: int
    granted_months: int
    left_fen: int
    """What is not spent, held or not."""
    is_ending: bool
    is_moving: bool
    waits: bool
    used: Used | None = None
    """What counts as spent of its face; None where its policy does not ask."""
    is_unused: bool = False
    """Whether that is less than its policy asks for."""


def find_obstacle(standing: Standing, *, months: int, moment: datetime) -> Obstacle | None:
    """Return what keeps a voucher from so many months more, or None when nothing does."""
    checks = (
        (Obstacle.ENDING, standing.is_ending),
        (Obstacle.MOVING, standing.is_moving),
        (Obstacle.OVER, moment >= standing.expires_at),
        (Obstacle.SPENT, standing.left_fen <= 0),
        (Obstacle.WAITING, standing.waits),
        (Obstacle.NOT_ALLOWED, standing.most_months == 0),
        (Obstacle.MONTHS, months > standing.most_months - standing.granted_months),
        (Obstacle.UNUSED, standing.is_unused),
        (Obstacle.NO_LONGER, standing.longer_until <= standing.expires_at),
    )
    return next((obstacle for obstacle, applies in checks if applies), None)


def digest(rows: Iterable[tuple[int, int, datetime]]) -> str:
    """Return the hash of what is extended: each voucher, the months it had, and where its term would end."""
    body = sorted((voucher_id, before, until.isoformat()) for voucher_id, before, until in rows)
    return hashlib.sha256(json.dumps(body, separators=(",", ":")).encode()).hexdigest()
