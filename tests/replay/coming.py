"""Who comes when on a day of the round: one after the other, and back for what a worker did meanwhile."""

import heapq
import itertools
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from tests.replay.browser import Browser

BACK_AFTER: Final = 0.5
"""Seconds after which somebody comes back for what a worker does meanwhile."""

Act = Callable[[Browser], None]
"""Something that somebody does in a browser."""


@dataclass(frozen=True)
class Visit:
    """Somebody signs in, and does one thing after the other; what waits for a worker, they come back for."""

    username: str
    acts: Sequence[Act]
    later: Sequence[Act] = ()
    """What is done when they come back, one at a time."""


@dataclass
class Coming:
    """The people of a day, for as many threads as let them come.

    Who has to come back goes before those who have not been there, as soon as it is time: a worker waits for
    them with its next task, and later in the day they would be at work alone.
    """

    visits: deque[Visit]
    back: list[tuple[float, int, Visit]] = field(default_factory=list)
    """Who comes back when, the first in front; the number decides between two of one moment."""
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def of(cls, visits: Iterable[Visit]) -> "Coming":
        """Return a day on which these people come in this order."""
        return cls(deque(visits))

    def next(self) -> Visit | None:
        """Return who comes next, once there is somebody; None when nobody is left."""
        while True:
            with self._lock:
                waits = self.back[0][0] - time.monotonic() if self.back else None
                if waits is not None and waits <= 0:
                    return heapq.heappop(self.back)[2]
                if self.visits:
                    return self.visits.popleft()
            if waits is None:
                return None
            time.sleep(waits)

    def went(self, visit: Visit) -> None:
        """Note that somebody went; who has something left to do comes back."""
        if visit.later:
            again = Visit(visit.username, visit.later[:1], visit.later[1:])
            with self._lock:
                heapq.heappush(self.back, (time.monotonic() + BACK_AFTER, next(self._numbers), again))
