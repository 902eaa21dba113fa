"""Playing what happened: steps on days, one after the other, each a transaction of its own."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final

from sqlalchemy.orm import Session

from app.core import clock
from app.demo.calendar import Calendar

_BEGINS: Final = time(9)
_MINUTES: Final = 8 * 60
"""A day's steps are spread over as many."""


@dataclass(frozen=True)
class Step:
    """Something that happens on a day; of one day, the lower ``place`` first."""

    day: date
    place: int
    act: Callable[[], None]


def play(session: Session, *, calendar: Calendar, steps: Iterable[Step], say: Callable[[str], None]) -> None:
    """Carry out the steps in the order of their days, and say when a year is over."""
    ordered = sorted(steps, key=lambda step: (step.day, step.place))
    counts = Counter(step.day for step in ordered)
    for step in ordered:
        today = calendar.today()
        if today < step.day:
            if today.year < step.day.year:
                say(f"the year {today.year}")
            calendar.go_to(datetime.combine(step.day, _BEGINS, clock.LEGAL_ZONE))
        step.act()
        session.commit()
        calendar.pass_time(minutes=_MINUTES // counts[step.day])
