"""How the machinery stands, in numbers: for the status page."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.core.audit import AuditHead


@dataclass(frozen=True, slots=True)
class FailedJob:
    """A job that failed for good: which task, after how many tries, since when (system time)."""

    number: int
    task: str
    attempts: int
    at: datetime | None


@dataclass(frozen=True, slots=True)
class QueueStatus:
    """The queue: how many jobs wait, run and failed for good, and when the oldest one was due."""

    waiting: int
    doing: int
    failed: int
    oldest_due: datetime | None
    last_heartbeat: datetime | None


@dataclass(frozen=True, slots=True)
class AuditStatus:
    """The audit trail: how many chains have a head, and how many rows they count together."""

    heads: int
    rows: int


def queue_status(session: Session) -> QueueStatus:
    """Return how the queue stands."""
    row = session.execute(
        text(
            "SELECT count(*) FILTER (WHERE status = 'todo') AS waiting, "
            "count(*) FILTER (WHERE status = 'doing') AS doing, "
            "count(*) FILTER (WHERE status = 'failed') AS failed, "
            "(SELECT max(last_heartbeat) FROM procrastinate_workers) AS last_heartbeat, "
            "min(scheduled_at) FILTER (WHERE status = 'todo') AS oldest_due FROM procrastinate_jobs"
        )
    ).one()
    return QueueStatus(row.waiting, row.doing, row.failed, row.oldest_due, row.last_heartbeat)


def failed_jobs(session: Session, *, limit: int) -> list[FailedJob]:
    """Return the jobs that failed for good, newest first; their arguments stay in the database."""
    rows = session.execute(
        text(
            "SELECT job.id, job.task_name, job.attempts, max(event.at) AS at FROM procrastinate_jobs job "
            "LEFT JOIN procrastinate_events event ON event.job_id = job.id "
            "WHERE job.status = 'failed' GROUP BY job.id ORDER BY job.id DESC LIMIT :limit"
        ),
        {"limit": limit},
    )
    return [FailedJob(row.id, row.task_name, row.attempts, row.at) for row in rows]


def audit_status(session: Session) -> AuditStatus:
    """Return how many heads there are and how many rows they count."""
    counted = select(func.count(), func.coalesce(func.sum(AuditHead.seq), 0)).select_from(AuditHead)
    heads, rows = session.execute(counted).one()
    return AuditStatus(int(heads), int(rows))
