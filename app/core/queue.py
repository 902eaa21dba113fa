"""Background work on the same PostgreSQL: enqueued by name, in the caller's transaction.

A rollback leaves no job behind and a commit leaves exactly one. Tasks are registered by app.jobs under the
names used here; a test proves that every enqueued name is a task.
"""

from contextlib import suppress
from datetime import datetime
from typing import Any, Final

import procrastinate
from procrastinate.exceptions import AlreadyEnqueued
from sqlalchemy import event
from sqlalchemy.orm import Session

from app.core import pending

queue = procrastinate.App(connector=procrastinate.PsycopgConnector())
"""The registry of tasks; the worker gives it a connector of its own."""

_inserter = procrastinate.App(connector=procrastinate.SyncPsycopgConnector())
"""Inserts jobs on the caller's connection; in the worker the registry's own connector is asynchronous."""

STALLED_AFTER_SECONDS = 60
_PENDING: Final = "jobs"


def enqueue(
    session: Session, name: str, *, lock: str | None = None, at: datetime | None = None, **arguments: Any
) -> None:
    """Put a job into the queue with all others of the session's transaction, just before that commits.

    Jobs of one ``lock`` run one after the other; ``at`` is the earliest system time; arguments must be JSON.
    Raises LookupError for a name that is no task.
    """
    if name not in queue.tasks:
        raise LookupError(name)
    job = _inserter.configure_task(name, lock=lock, schedule_at=at).make_new_job(**arguments)
    pending.note(session, _PENDING, job)


@event.listens_for(Session, "before_commit", insert=True)  # before the audit trail, whose lock is the last
def _write(session: Session) -> None:
    jobs = pending.take(session, _PENDING)
    if jobs:
        _inserter.job_manager.batch_defer_jobs(jobs, connection=_driver_connection(session))


def _driver_connection(session: Session) -> Any:
    return session.connection().connection.driver_connection


def enqueue_once(session: Session, name: str) -> None:
    """Put a job without arguments into the queue, unless one of that name waits already to be begun.

    One runs at a time. Raises LookupError for a name that is no task.
    """
    if name not in queue.tasks:
        raise LookupError(name)
    session.flush()
    with suppress(AlreadyEnqueued), session.begin_nested():
        connection = _driver_connection(session)
        _inserter.configure_task(name, lock=name, queueing_lock=name, connection=connection).defer()
