"""How far each index is behind the homes: for the status page and for the metrics."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from elasticsearch import ApiError, TransportError
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core import clock
from app.search import engine
from app.search.errors import EngineFailed
from app.search.models import SearchCheck
from app.search.service import Drift

LATE_AFTER: Final = timedelta(minutes=5)
"""The oldest change is in the index within seconds while all goes well."""

JOBS: Final = {"postgresql": "search.index", "elasticsearch": "search.send"}
"""The task by which changes reach each engine's index."""

_WAITING: Final = text("""
SELECT count(*) AS changes, min(waiting.since) AS since
FROM (
    SELECT job.status,
        coalesce(
            (SELECT min(event.at) FROM procrastinate_events event WHERE event.job_id = job.id),
            least(job.scheduled_at, now())
        ) AS since
    FROM procrastinate_jobs job WHERE job.task_name = :task
) waiting
WHERE waiting.status IN ('todo', 'doing') OR waiting.status = 'failed' AND waiting.since > :checked_at
""")
"""Since when jobs wait, however often they were tried. What failed for good waits for the next comparison.

A job's first event is its coming, or its first try where it waited a second for others.
"""
_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Standing:
    """How one index stands: ``waiting`` batches of changes are not in it, the oldest since ``since``.

    ``check`` is what the last comparison found, None before the first.
    """

    engine: str
    waiting: int
    since: datetime | None
    check: SearchCheck | None

    @property
    def lag(self) -> timedelta:
        """The age of the oldest change that is not in the index; nothing when all are."""
        return clock.system_now() - self.since if self.since else timedelta()

    @property
    def late(self) -> bool:
        """Whether somebody has to look after it."""
        return self.lag > LATE_AFTER


def standings(session: Session) -> list[Standing]:
    """Return how each index stands that is kept true."""
    checks = {check.engine: check for check in session.scalars(select(SearchCheck))}
    return [_standing(session, one.name, checks.get(one.name)) for one in engine.kept()]


def silent() -> frozenset[str]:
    """Return which engine beside PostgreSQL does not answer this moment: searches have its stand-in then."""
    beside = engine.remote()
    if beside is None:
        return frozenset()
    try:
        beside.stamps([0])
    except (ApiError, TransportError, EngineFailed):
        return frozenset({beside.name})
    return frozenset()


def _standing(session: Session, name: str, check: SearchCheck | None) -> Standing:
    given = {"task": JOBS[name], "checked_at": check.checked_at if check else _NEVER}
    row = session.execute(_WAITING, given).one()
    return Standing(name, row.changes, row.since, check)


def note(session: Session, name: str, drift: Drift) -> None:
    """Keep what a comparison of this engine's index found, in place of the one before."""
    found = {"homes": drift.homes, "missing": drift.missing, "late": drift.late, "wrong": drift.wrong}
    values = {"checked_at": clock.system_now(), **found}
    statement = insert(SearchCheck).values(engine=name, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["engine"], set_=values))
