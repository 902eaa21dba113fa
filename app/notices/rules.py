"""Which road a message takes next: pure, and tested as a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from app.notices.templates.base import Way


class State(StrEnum):
    """Where a message stands on its way out of the inbox."""

    INBOX = "inbox"
    """It goes nowhere else."""
    DUE = "due"
    """It waits to be tried on its present way."""
    SENT = "sent"
    """A gateway took it, and may still report that it never arrived."""
    ARRIVED = "arrived"
    """The gateway reported that it arrived, or reports nothing and refused nothing."""
    TO_PRINT = "to_print"
    """It waits on the authority's list of letters."""
    PRINTED = "printed"
    FAILED = "failed"
    """Every way failed; it need not be seen, so nobody prints it."""


class Outcome(StrEnum):
    """What came of one try."""

    TAKEN = "taken"
    """The gateway took it."""
    ARRIVED = "arrived"
    """The gateway reports that it arrived."""
    LOST = "lost"
    """The gateway reports that it did not arrive, or has said nothing for a day."""
    REFUSED = "refused"
    """No such number or box, or a box that is full: trying again is useless."""
    UNREACHABLE = "unreachable"
    """The gateway did not answer: trying again may help."""
    NO_ADDRESS = "no_address"
    """Nobody knows a number or a mail address of the recipient."""
    PRINTED = "printed"


WAITS: Final = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))
"""How long after each try that met no answer the next one is made; after the last the next way is taken."""

LEASE: Final = timedelta(minutes=5)
"""How long a try may take before another worker may think that it died."""

SILENCE: Final = timedelta(hours=24)
"""How long a gateway may keep quiet about a message it took before it counts as lost."""


UNREAD: Final = timedelta(days=2)
"""How long what must be seen may lie unread in a mail box before a letter follows: a server that takes a mail
proves nothing of the box behind it."""


@dataclass(frozen=True, slots=True)
class Next:
    """Where a message stands after a try, on which way, and after what time it is tried again."""

    state: State
    way: Way | None
    wait: timedelta | None = None


def begin(ways: Sequence[Way]) -> Next:
    """Return where a new message stands."""
    if not ways:
        return Next(State.INBOX, None)
    return _on(ways[0])


def after(outcome: Outcome, *, way: Way, ways: Sequence[Way], tries: int, everywhere: bool = False) -> Next:
    """Return where a message stands after its ``tries``-th try on a way came out so.

    One that goes ``everywhere`` goes on to the next way although this one took it.
    """
    later = ways[list(ways).index(way) + 1 :]
    if everywhere and later and outcome in (Outcome.TAKEN, Outcome.ARRIVED):
        return _on(later[0])
    if outcome is Outcome.TAKEN:
        return Next(State.SENT, way)
    if outcome is Outcome.ARRIVED:
        return Next(State.ARRIVED, way)
    if outcome is Outcome.PRINTED:
        return Next(State.PRINTED, way)
    if outcome is Outcome.UNREACHABLE and tries <= len(WAITS):
        return Next(State.DUE, way, WAITS[tries - 1])
    return _on(later[0]) if later else Next(State.FAILED, way)


def _on(way: Way) -> Next:
    """Return where a message stands that comes to a way: paper waits for a person, the others for a job."""
    return Next(State.TO_PRINT, way) if way is Way.PRINT else Next(State.DUE, way, timedelta())
