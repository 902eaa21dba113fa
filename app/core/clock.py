"""Two clocks. The system clock times sessions and engines; the business clock dates everything people act on.

The business clock is chosen once, by the wiring; nothing else may ask the machine for a business date.
"""

import calendar
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from threading import Lock, local
from typing import Final, Protocol, cast
from zoneinfo import ZoneInfo

import chinese_calendar
from sqlalchemy import CheckConstraint, Connection, Engine, event, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core.db import Base, Instant
from app.core.prepared import Prepared

LEGAL_ZONE: Final = ZoneInfo("Asia/Shanghai")
"""Legal days begin and end here."""


class Clock(Protocol):
    """Anything that tells the business time."""

    def now(self) -> datetime:
        """Return the present business moment, in UTC."""


class SystemClock:
    """The business clock of a real district: the machine's."""

    def now(self) -> datetime:
        """Return the machine's time in UTC."""
        return system_now()


class FixedClock:
    """A clock that stands still until it is moved; for tests and simulations."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        """Return the set moment."""
        return self.moment

    def advance(self, step: timedelta) -> None:
        """Move the clock on."""
        self.moment += step


class StoredBusinessClock(Base):
    """The demo's business clock: one row, that moves only while the demo is up.

    Business time = ``business_at`` + (system time - ``system_at``). ``seen_at`` is refreshed while the
    demo runs, so that a restart, even after a kill, resumes from the last sign of life.
    """

    __tablename__ = "business_clock"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    business_at: Mapped[Instant]
    system_at: Mapped[Instant]
    seen_at: Mapped[Instant]


OFFSET: Final = select(StoredBusinessClock.business_at - StoredBusinessClock.system_at)
"""How far the stored clock is ahead: for a question that is asked anyhow, which tells it (``heard``)."""

_OFFSET: Final = Prepared(OFFSET)


class _LastRead(local):
    """What this thread last read of the stored clock, and when."""

    offset = timedelta()
    at = float("-inf")


class StoredClock:
    """Reads the stored business clock, once for each request and job: its thread goes by it to the end.

    So all that begins after somebody moved the clock is at the new moment, and nobody waits for it; what runs
    longer reads again after ``KEPT``.

    All threads read it on one connection, which is kept: to take one from the pool and give it back costs
    three times the question, and every request asks it.
    """

    KEPT: Final = timedelta(seconds=1)

    def __init__(self, engine: Engine, monotonic: Callable[[], float]) -> None:
        """``engine``: one in autocommit, whose pool has a connection to spare until it is disposed of."""
        self._engine = engine
        self._monotonic = monotonic
        self._last = _LastRead()
        self._turn = Lock()
        self._line: Connection | None = None
        event.listen(engine, "engine_disposed", lambda _: self._hang_up())

    def begin(self) -> None:
        """Forget what this thread read before: a request or a job begins."""
        self._last.at = float("-inf")

    def now(self) -> datetime:
        """Return the demo's business moment; the machine's time before the row exists."""
        last, present = self._last, self._monotonic()
        if self._is_old(present):
            last.offset, last.at = self._read_offset(), present
        return system_now() + last.offset

    def heard(self, offset: timedelta | None) -> None:
        """Take what another question of this request found as ``OFFSET``, unless this thread goes by one."""
        present = self._monotonic()
        if self._is_old(present):
            self._last.offset, self._last.at = offset or timedelta(), present

    def _is_old(self, present: float) -> bool:
        return present - self._last.at > self.KEPT.total_seconds()

    def _read_offset(self) -> timedelta:
        with self._turn:
            try:
                row = self._ask()
            except DBAPIError:  # the server may have closed it, say to start anew
                self._hang_up()
                row = self._ask()
        return row[0] if row else timedelta()

    def _ask(self) -> tuple[timedelta] | None:
        self._line = self._line or self._engine.connect()
        return cast("tuple[timedelta] | None", _OFFSET.first_on(self._line))

    def _hang_up(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            line.invalidate()  # it is closed, whether its pool is still there or not
            line.close()


class _Process:
    """What the wiring set for this process."""

    business: Clock = SystemClock()


def use(clock: Clock) -> None:
    """Set the process's business clock. Called by the wiring, and by tests."""
    _Process.business = clock


def now() -> datetime:
    """Return the present business moment, in UTC."""
    return _Process.business.now()


def stored() -> StoredClock | None:
    """Return the process's clock if it is the stored one: whoever asks the database anyhow can ask for it."""
    chosen = _Process.business
    return chosen if isinstance(chosen, StoredClock) else None


def today() -> date:
    """Return the present legal day."""
    return legal_day(now())


def system_now() -> datetime:
    """Return the machine's time in UTC: for sessions, heartbeats and logs, never for a deadline."""
    return datetime.now(UTC)  # noqa: TID251  # the one place that reads the machine's clock


def legal_day(moment: datetime) -> date:
    """Return the legal day a moment falls on."""
    return moment.astimezone(LEGAL_ZONE).date()


def last_day(end: datetime) -> date:
    """Return the last whole legal day of a span that ends before ``end``: 0:00 of the next day ends it."""
    return legal_day(end - timedelta(microseconds=1))


def end_of_day(day: date) -> datetime:
    """Return 24:00 local of a legal day, in UTC: a deadline on that day has passed from then on."""
    return datetime.combine(day + timedelta(days=1), time(), LEGAL_ZONE).astimezone(UTC)


def start_of_day(day: date) -> datetime:
    """Return 00:00 local of a legal day, in UTC."""
    return datetime.combine(day, time(), LEGAL_ZONE).astimezone(UTC)


def add_months(day: date, months: int) -> date:
    """Return the day with the same number ``months`` later, or that month's last day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def is_working_day(day: date) -> bool:
    """Tell whether offices work that day (State Council holidays and make-up days).

    Beyond the kept calendar's last year only weekends are known: such answers are provisional.
    """
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5


def add_working_days(day: date, count: int) -> date:
    """Return the ``count``-th working day after ``day``; day one is the working day after."""
    while count > 0:
        day += timedelta(days=1)
        count -= is_working_day(day)
    return day


def working_day_from(day: date) -> date:
    """Return the day itself, or the next working day where it is none (顺延)."""
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


def start_stored_clock(session: Session, first_moment: datetime) -> None:
    """Create the stored clock at ``first_moment``, or resume it from the last sign of life."""
    moment = system_now()
    row = session.get(StoredBusinessClock, 1)
    if row is None:
        session.add(StoredBusinessClock(id=1, business_at=first_moment, system_at=moment, seen_at=moment))
    else:
        row.business_at += row.seen_at - row.system_at
        row.system_at = row.seen_at = moment
    session.flush()


def keep_stored_clock(session: Session) -> None:
    """Record that the demo is alive; called every few seconds by whoever keeps it up."""
    session.execute(update(StoredBusinessClock).values(seen_at=system_now()))


def advance_stored_clock(session: Session, step: timedelta) -> None:
    """Move the demo's business clock forward, to try deadlines and bonus edges."""
    session.execute(update(StoredBusinessClock).values(business_at=StoredBusinessClock.business_at + step))
