"""The business clock while the demo is written."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from app.core import clock

OPENS: Final = time(8, 30)
CLOSES: Final = time(20)
"""Nobody in the demo acts at night."""


class Calendar:
    """The business clock while the demo is written: it only moves forward, and rests at night."""

    def __init__(self, first: datetime) -> None:
        self._clock = clock.FixedClock(first)
        clock.use(self._clock)

    def go_to(self, moment: datetime) -> None:
        """Let time go by until a moment. Raises ValueError for one that has passed."""
        if moment < self._clock.moment:
            raise ValueError(f"{moment} has passed")
        self._clock.moment = moment.astimezone(UTC)

    def today(self) -> date:
        """Return the legal day it is."""
        return clock.legal_day(self._clock.moment)

    def pass_time(self, *, minutes: int) -> None:
        """Let some of the day go by; what would fall into the night happens the next morning."""
        self._clock.advance(timedelta(minutes=minutes))
        local = self._clock.moment.astimezone(clock.LEGAL_ZONE)
        if local.time() > CLOSES:
            self.go_to(_at(local.date() + timedelta(days=1), OPENS))


def _at(day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, clock.LEGAL_ZONE)
