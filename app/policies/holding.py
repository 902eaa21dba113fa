"""How long a locked home waits: pure."""

from datetime import datetime, time, timedelta
from typing import Final

from app.core import clock

_OPENS: Final = time(9)
_CLOSES: Final = time(17)
"""Office hours of a hold that ends in working time: our own choice, the usual counter hours."""


def days_on(moment: datetime, days: int, *, is_in_working_time: bool = False) -> datetime:
    """Return the end of the day so many days after a moment, in UTC.

    In working time that of the next working day: a hold is lengthened by it, never shortened.
    """
    day = clock.legal_day(moment) + timedelta(days=days)
    return clock.end_of_day(clock.working_day_from(day) if is_in_working_time else day)


def working_days_on(moment: datetime, days: int) -> datetime:
    """Return the end of the working day so many working days after a moment, in UTC."""
    return clock.end_of_day(clock.add_working_days(clock.legal_day(moment), days))


def hours_on(moment: datetime, hours: int, *, is_in_working_time: bool) -> datetime:
    """Return the moment so many hours later, in working time the next closing of the office; in UTC."""
    end = moment + timedelta(hours=hours)
    return _in_working_time(end) if is_in_working_time else end


def _in_working_time(end: datetime) -> datetime:
    local = end.astimezone(clock.LEGAL_ZONE)
    day = local.date()
    if clock.is_working_day(day) and local.time() <= _CLOSES:
        if local.time() >= _OPENS:
            return end
    else:
        day = clock.working_day_from(day + timedelta(days=1))
    return datetime.combine(day, _CLOSES, clock.LEGAL_ZONE).astimezone(end.tzinfo)
