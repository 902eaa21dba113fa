"""Background work on the same PostgreSQL: enqueued by name, in the caller's transaction.

A rollback leaves no job behind and a commit leaves exactly one. Tasks are registered by app.jobs under the
names used here; a test proves that every enqueued name is a task.
"""

from datetime import datetime
from typing import Any

import procrastinate
from sqlalchemy.orm import Session

queue = procrastinate.App(connector=procrastinate.PsycopgConnector())
"""The registry of tasks. Unopened: jobs go in on the caller's connection, the worker has its own."""

STALLED_AFTER_SECONDS = 60


def enqueue(
    session: Session, name: str, *, lock: str | None = None, at: datetime | None = None, **arguments: Any
) -> None:
    """Put a job into the queue, in the session's transaction.

    Jobs of one ``lock`` run one after the other; ``at`` is the earliest system time; ``arguments`` must be
    JSON. Raises procrastinate's TaskNotFound for a name that is no task.
    """
    session.flush()
    connection = session.connection().connection.driver_connection
    queue.configure_task(name, allow_unknown=False, lock=lock, schedule_at=at, connection=connection).defer(
        **arguments
    )
