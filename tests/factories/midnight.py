"""A midnight that comes within an act: at every look that it takes at the clock, one after the other."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.core import clock as business_clock
from app.core.clock import FixedClock

_STEP = timedelta(microseconds=1)


class TurningClock:
    """It stands just before midnight, and just after it once somebody looked so many times."""

    def __init__(self, midnight: datetime, looks: int) -> None:
        self._midnight, self._left = midnight, looks

    @property
    def is_past(self) -> bool:
        """Whether midnight came while somebody still looked."""
        return self._left < 0

    def now(self) -> datetime:
        """Return the moment, one look later."""
        self._left -= 1
        return self._midnight + (_STEP if self.is_past else -_STEP)


def at_every_look(session: Session, clock: FixedClock, act: Callable[[Session], object]) -> Iterator[Session]:
    """Let midnight come at each look of an act in turn, and yield a session that sees it done; undo it again.

    The clock's day is the one that ends.
    """
    midnight = business_clock.end_of_day(business_clock.today())
    connection = session.connection()
    try:
        for looks in range(1000):
            turning = TurningClock(midnight, looks)
            undone = connection.begin_nested()
            with Session(connection, join_transaction_mode="create_savepoint") as inner:
                business_clock.use(turning)
                act(inner)
                inner.commit()
                business_clock.use(clock)
                yield inner
            undone.rollback()
            if not turning.is_past:
                return
    finally:
        business_clock.use(clock)
