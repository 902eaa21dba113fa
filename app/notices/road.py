"""Messages on their road: where each goes next, worked out one by one and written down for all at once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core import clock
from app.core.queue import enqueue
from app.notices import rules
from app.notices.models import Notice
from app.notices.rules import Outcome, State
from app.notices.templates import TEMPLATES
from app.notices.templates.base import Way


@dataclass(frozen=True, slots=True)
class Attempt:
    """One row of the record: what came of a try, and who printed it if somebody did."""

    notice_id: int
    way: Way
    outcome: Outcome
    detail: str | None
    user_id: int | None
    at: datetime


@dataclass(slots=True)
class Road:
    """A message that its transaction holds, and where it stands by now; ``write`` writes that down."""

    notice_id: int
    kind: str
    state: State
    way: Way | None
    tries: int
    due_at: datetime | None
    sent_at: datetime | None
    gateway_id: str | None
    waits: timedelta | None = None
    """How long it has to wait for its next try, once a try was noted; zero is at once."""
    attempts: list[Attempt] = field(default_factory=list)
    is_changed: bool = False

    @classmethod
    def of(cls, notice: Notice) -> "Road":
        """Return the road of a message, locked and just read."""
        way = Way(notice.way) if notice.way else None
        place = State(notice.state), way, notice.tries, notice.due_at
        return cls(notice.id, notice.kind, *place, notice.sent_at, notice.gateway_id)

    def begin_try(self) -> None:
        """Count a try on the present way, and keep others from making it meanwhile."""
        self.is_changed = True
        self.tries += 1
        self.due_at = clock.system_now() + rules.LEASE

    def note(
        self,
        outcome: Outcome,
        detail: str | None = None,
        *,
        gateway_id: str | None = None,
        user_id: int | None = None,
    ) -> None:
        """Note what came of the try on the present way, and go where the rules say.

        Raises LookupError for a message that takes no way.
        """
        if self.way is None:
            raise LookupError(f"notice {self.notice_id} takes no way")
        self.is_changed = True
        self.attempts.append(Attempt(self.notice_id, self.way, outcome, detail, user_id, clock.now()))
        template = TEMPLATES[self.kind]
        step = rules.after(
            outcome, way=self.way, ways=template.ways, tries=self.tries, everywhere=template.everywhere
        )
        if step.way != self.way:
            self.tries = 0
        self.state, self.way, self.waits = step.state, step.way, step.wait
        self.due_at = clock.system_now() + step.wait if step.wait is not None else None
        if step.state is State.SENT:
            self.sent_at, self.gateway_id = clock.system_now(), gateway_id

    @property
    def is_due_at_once(self) -> bool:
        """Whether its next way is to be tried now, after what was noted."""
        return self.state is State.DUE and self.waits == timedelta()


def write(session: Session, roads: Sequence[Road]) -> None:
    """Write down where messages stand and what came of them, and have those tried later that have to wait."""
    changed = [road for road in roads if road.is_changed]
    if changed:
        session.execute(_MOVE, _columns(_PLACE, changed))
    attempts = [attempt for one in changed for attempt in one.attempts]
    if attempts:
        session.execute(_RECORD, _columns(_ATTEMPT, attempts))
    for one in changed:
        if one.waits:
            enqueue(session, "notices.deliver", at=one.due_at, notice_ids=[one.notice_id])


def _columns(names: Sequence[str], rows: Sequence[Any]) -> dict[str, list[Any]]:
    return {name: [getattr(row, name) for row in rows] for name in names}


_PLACE: Final = ("notice_id", "state", "way", "tries", "due_at", "sent_at", "gateway_id")
_ATTEMPT: Final = ("notice_id", "way", "outcome", "detail", "user_id", "at")

_MOVE: Final = text("""
UPDATE notices SET state = moved.state, way = moved.way, tries = moved.tries, due_at = moved.due_at,
    sent_at = moved.sent_at, gateway_id = moved.gateway_id
FROM unnest(CAST(:notice_id AS bigint[]), CAST(:state AS text[]), CAST(:way AS text[]),
    CAST(:tries AS bigint[]), CAST(:due_at AS timestamptz[]), CAST(:sent_at AS timestamptz[]),
    CAST(:gateway_id AS text[]))
    AS moved (id, state, way, tries, due_at, sent_at, gateway_id)
WHERE notices.id = moved.id
""")
_RECORD: Final = text("""
INSERT INTO notice_attempts (notice_id, way, outcome, detail, user_id, at)
SELECT * FROM unnest(CAST(:notice_id AS bigint[]), CAST(:way AS text[]), CAST(:outcome AS text[]),
    CAST(:detail AS text[]), CAST(:user_id AS bigint[]), CAST(:at AS timestamptz[]))
""")
"""One statement each for many messages, with a list a column: a list of rows would be planned anew."""
