"""Background work on the same PostgreSQL: enqueued by name, in the caller's transaction.

A rollback leaves no job behind and a commit leaves exactly one. Tasks are registered by app.jobs under the
names used here; a test proves that every enqueued name is a task.
"""

import json
from contextlib import suppress
from datetime import datetime
from typing import Any, Final

import procrastinate
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import DEFAULT_PRIORITY, DEFAULT_QUEUE
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from app.core import pending

queue = procrastinate.App(connector=procrastinate.PsycopgConnector())
"""The registry of tasks; the worker gives it a connector of its own."""

_inserter = procrastinate.App(connector=procrastinate.SyncPsycopgConnector())
"""Inserts jobs on the caller's connection; in the worker the registry's own connector is asynchronous."""

STALLED_AFTER_SECONDS = 60
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


_WRITE_JOBS: Final = text(
    "SELECT procrastinate_defer_jobs_v1(array_agg(job)) "
    "FROM jsonb_populate_recordset(NULL::procrastinate_job_to_defer_v1, CAST(:jobs AS jsonb)) AS job"
)
"""The queue's own way in, asked once for all jobs: its client costs more than the rest of a small command."""


@event.listens_for(Session, "before_commit", insert=True)  # before the audit trail, whose lock is the last
def _write(session: Session) -> None:
    jobs = pending.take(session, _PENDING)
    if jobs:
        session.execute(_WRITE_JOBS, {"jobs": json.dumps(jobs)})


def enqueue_once(session: Session, name: str, *, at: datetime | None = None) -> None:
    """Put a job without arguments into the queue, unless one of that name waits already to be begun.

    One runs at a time, not before the system time ``at``. Raises LookupError for a name that is no task.
    """
    if name not in queue.tasks:
        raise LookupError(name)
    session.flush()
    with suppress(AlreadyEnqueued), session.begin_nested():
        connection = session.connection().connection.driver_connection
        job = _inserter.configure_task(
            name, lock=name, queueing_lock=name, schedule_at=at, connection=connection
        )
        job.defer()
