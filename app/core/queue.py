"""Background work on the same PostgreSQL: enqueued by name, in the caller's transaction.

A rollback leaves no job behind and a commit leaves exactly one. Tasks are registered by app.jobs under the
names used here; a test proves that every enqueued name is a task.
"""

import json
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Final

import procrastinate
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import DEFAULT_PRIORITY, DEFAULT_QUEUE
from sqlalchemy import column, event, text
from sqlalchemy.orm import Session

from app.core import audit, clock, pending
from app.core.prepared import Prepared

queue = procrastinate.App(connector=procrastinate.PsycopgConnector())
"""The registry of tasks; the worker gives it a connector of its own."""

_inserter = procrastinate.App(connector=procrastinate.SyncPsycopgConnector())
"""Inserts jobs on the caller's connection; in the worker the registry's own connector is asynchronous."""

gathering: Final[dict[str, str]] = {}
"""By task that does the work of many jobs in one: which argument's lists are put together (``gather``)."""

LEANER: Final = (
    "DROP TRIGGER procrastinate_jobs_notify_queue_job_inserted_v1 ON procrastinate_jobs",
    "DROP TRIGGER procrastinate_trigger_scheduled_events_v1 ON procrastinate_jobs",
    "DROP TRIGGER procrastinate_trigger_status_events_insert_v1 ON procrastinate_jobs",
    (
        "CREATE TRIGGER procrastinate_trigger_status_events_insert_v1 AFTER INSERT ON procrastinate_jobs "
        "FOR EACH ROW WHEN (new.status = 'todo' AND new.scheduled_at IS NULL) "
        "EXECUTE FUNCTION procrastinate_trigger_function_status_events_insert_v1()"
    ),
)
"""In what the database differs from the queue's own schema. Our workers look by themselves, so no job calls
them. A job that is put off says in its own row when it is due; one that is due at once has an event for that,
and each has one for its beginning and its end."""

STALLED_AFTER_SECONDS = 60
_SMALL: Final = 20
"""Items of a job that is done together with others; larger ones were cut to their size on purpose."""
_GATHERED_AT_MOST: Final = 200
"""Jobs done together."""
_SECOND: Final = timedelta(seconds=1)
_URGENT: Final = 10
_PENDING: Final = "jobs"


def enqueue(
    session: Session,
    name: str,
    *,
    lock: str | None = None,
    at: datetime | None = None,
    urgent: bool = False,
    **arguments: Any,
) -> None:
    """Put a job into the queue with all others of the session's transaction, just before that commits.

    Jobs of one ``lock`` run one after the other; ``at`` is the earliest system time; ``urgent`` ones, for
    which somebody waits at a page, go before all others; arguments must be JSON.
    Raises LookupError for a name that is no task.
    """
    if name not in queue.tasks:
        raise LookupError(name)
    job = {
        "queue_name": DEFAULT_QUEUE,
        "task_name": name,
        "priority": _URGENT if urgent else DEFAULT_PRIORITY,
        "lock": lock,
        "args": arguments,
        "scheduled_at": at and at.isoformat(),
    }
    pending.note(session, _PENDING, job)


_WRITTEN: Final = "queue_name, task_name, priority, lock, args, scheduled_at"
_JOBS: Final = (
    f"INSERT INTO procrastinate_jobs ({_WRITTEN}) SELECT {_WRITTEN} "  # noqa: S608  # our own words
    "FROM jsonb_populate_recordset(NULL::procrastinate_job_to_defer_v1, CAST(:jobs AS jsonb))"
)
_WRITE_JOBS: Final = Prepared(text(_JOBS))
"""What the queue's own function does, once for all jobs and without an array of their numbers; its client
costs more than the rest of a small command."""
_QUEUED: Final = text(f"{_JOBS} RETURNING id").columns(column("id")).cte("queued")
"""The same within the statement that writes the audit trail."""


@event.listens_for(Session, "before_commit", insert=True)  # before the audit trail, whose lock is the last
def _write(session: Session) -> None:
    jobs = _together(pending.take(session, _PENDING))
    if not jobs:
        return
    packed = json.dumps(jobs)
    if not audit.write_along(session, _QUEUED, jobs=packed):
        _WRITE_JOBS.run(session, jobs=packed)


class _Process:
    """What the wiring set for this process."""

    waits_for_company = False


def wait_for_company(waits: bool) -> None:
    """Set whether small jobs that can be done together are due at the next full second. Called by the wiring.

    A worker that is at work all the time would else take each as it comes, and gather nothing.
    """
    _Process.waits_for_company = waits


def _when_others_come() -> str | None:
    """Return until when a small job is put off, so that others may be done with it; None for not at all."""
    if not _Process.waits_for_company:
        return None
    return (clock.system_now().replace(microsecond=0) + _SECOND).isoformat()


def _is_small(job: dict[str, Any]) -> bool:
    """Tell whether a job can be done together with others of its task."""
    name = job["task_name"]
    items = job["args"][gathering[name]] if name in gathering else []
    return 0 < len(items) <= _SMALL and not job["lock"] and not job["scheduled_at"]


def _together(jobs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Make one job of small ones of a transaction that can be done together."""
    kept: list[dict[str, Any]] = []
    small: dict[tuple[str, int], list[Any]] = {}
    for job in jobs:
        if not _is_small(job):
            kept.append(job)
            continue
        name = job["task_name"]
        items = job["args"][gathering[name]]
        place = name, job["priority"]
        if place in small and len(small[place]) + len(items) <= _SMALL:
            small[place] += [item for item in items if item not in small[place]]
        else:
            small[place] = list(items)
            kept.append(job | {"args": {gathering[name]: small[place]}, "scheduled_at": _when_others_come()})
    return kept


_GATHER: Final = text(
    "WITH waiting AS MATERIALIZED ("
    "SELECT id FROM procrastinate_jobs WHERE status = 'todo' AND task_name = :name AND attempts = 0 "
    "AND lock IS NULL AND (scheduled_at IS NULL OR scheduled_at <= now()) "
    "AND jsonb_array_length(args -> CAST(:list AS text)) <= :small "
    "ORDER BY id LIMIT :most FOR UPDATE SKIP LOCKED) "
    "DELETE FROM procrastinate_jobs AS job USING waiting WHERE job.id = waiting.id "
    "RETURNING job.args -> CAST(:list AS text)"
)


def gather(session: Session, name: str, items: list[Any]) -> list[Any]:
    """Take other small jobs of a gathering task that wait off the queue; return all their items with these.

    They are gone when the session's transaction commits, and wait again when it is undone. A large job takes
    none along, and jobs that failed before are left to run alone.
    """
    if len(items) > _SMALL:
        return items
    words = {"name": name, "list": gathering[name], "small": _SMALL, "most": _GATHERED_AT_MOST}
    waiting = session.scalars(_GATHER, words)
    return list(dict.fromkeys([*items, *(item for others in waiting for item in others)]))


_WAITS: Final = text(
    "SELECT EXISTS (SELECT FROM procrastinate_jobs WHERE queueing_lock = :name AND status = 'todo')"
)
"""Most often one waits: the index that knows would refuse a second, for a savepoint and a line in the log."""


def enqueue_once(session: Session, name: str, *, at: datetime | None = None) -> None:
    """Put a job without arguments into the queue, unless one of that name waits already to be begun.

    One runs at a time, not before the system time ``at``. Raises LookupError for a name that is no task.
    """
    if name not in queue.tasks:
        raise LookupError(name)
    if session.scalar(_WAITS, {"name": name}):
        return
    with suppress(AlreadyEnqueued), session.begin_nested():
        connection = session.connection().connection.driver_connection
        job = _inserter.configure_task(
            name, lock=name, queueing_lock=name, schedule_at=at, connection=connection
        )
        job.defer()
