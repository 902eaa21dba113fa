"""Batches whose job failed for good: somebody sees them, and sets them going again, on record.

The job of such a batch carries its ``batch_id`` and may run again at any time: it does what is left. Failed
jobs are the queue's own rows, so none is counted twice; a restart takes them off and puts one new job there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import CheckConstraint, ForeignKey, FromClause, Index, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core import audit, clock
from app.core.actor import Actor, Role
from app.core.db import Base, Id, Instant, append_only
from app.core.errors import Conflict, NotFound, stated
from app.core.queue import enqueue


class JobRestart(Base):
    """That a person set a batch going again: which job had failed, who and why."""

    __tablename__ = "job_restarts"
    __table_args__ = (
        CheckConstraint("reason <> ''", name="reason"),
        Index("ix_job_restarts_district_id_ref", "district_id", "ref"),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    task: Mapped[str]
    batch_id: Mapped[int]
    ref: Mapped[str]
    """What a person finds the batch by."""
    job_id: Mapped[int] = mapped_column(unique=True)
    attempts: Mapped[int]
    failed_at: Mapped[datetime | None]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[Instant]
    reason: Mapped[str]


append_only(JobRestart.__table__)


@dataclass(frozen=True, slots=True)
class Batches:
    """A kind of batch that a job carries out once it was approved."""

    task: str
    object_type: str
    """What the audit trail calls it."""
    table: FromClause
    """Has id, district_id and ref."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """A batch whose job failed for good: after how many tries, since when (system time)."""

    batch_id: int
    ref: str
    attempts: int
    failed_at: datetime | None


_FAILED: Final = text(
    "SELECT CAST(job.args ->> 'batch_id' AS bigint) AS batch_id, max(job.attempts) AS attempts, "
    "max(event.at) AS failed_at FROM procrastinate_jobs job "
    "LEFT JOIN procrastinate_events event ON event.job_id = job.id "
    "WHERE job.status = 'failed' AND job.task_name = :task GROUP BY 1"
)
_TAKE_OFF: Final = text(
    "DELETE FROM procrastinate_jobs WHERE status = 'failed' AND task_name = :task "
    "AND CAST(args ->> 'batch_id' AS bigint) = :batch_id RETURNING id, lock"
)
"""Of two who press at once the second waits here, and finds nothing."""


def list_stopped(session: Session, kind: Batches, *, actor: Actor) -> Sequence[Stopped]:
    """Return the batches of this kind in the actor's district that wait for somebody, the oldest first."""
    failed = {row.batch_id: row for row in session.execute(_FAILED, {"task": kind.task})}
    columns = kind.table.c
    own = select(columns.id, columns.ref).where(columns.district_id == actor.district, columns.id.in_(failed))
    return [
        Stopped(row.id, row.ref, failed[row.id].attempts, failed[row.id].failed_at)
        for row in (session.execute(own.order_by(columns.id)) if failed else ())
    ]


def find_batch(session: Session, kind: Batches, *, actor: Actor, ref: str) -> int | None:
    """Return the id of a batch of this kind in the actor's district, or None."""
    columns = kind.table.c
    return session.scalar(select(columns.id).where(columns.ref == ref, columns.district_id == actor.district))


def find_stopped(session: Session, kind: Batches, *, actor: Actor, ref: str) -> Stopped | None:
    """Return a batch of the actor's district if it waits for somebody, else None."""
    return next((one for one in list_stopped(session, kind, actor=actor) if one.ref == ref), None)


def restart(session: Session, kind: Batches, *, actor: Actor, ref: str, reason: str) -> None:
    """Set a batch going again whose job failed for good: it has all its tries anew.

    Nothing is decided by it: the job does what the checker approved, and what was done stays. Raises
    Forbidden for whoever is neither officer nor administrator, NotFound, DomainError at ``reason`` without
    one, Conflict where no job of it failed, or somebody has set it going already.
    """
    actor.demand(Role.OFFICER, Role.ADMINISTRATOR)
    why = stated(reason)
    batch_id = find_batch(session, kind, actor=actor, ref=ref)
    if batch_id is None:
        raise NotFound("batch_unknown")
    found = find_stopped(session, kind, actor=actor, ref=ref)
    jobs = session.execute(_TAKE_OFF, {"task": kind.task, "batch_id": batch_id}).all()
    if found is None or not jobs:
        raise Conflict("batch_not_stopped")
    row = JobRestart(
        district_id=actor.district,
        task=kind.task,
        batch_id=batch_id,
        ref=ref,
        job_id=jobs[-1].id,
        attempts=found.attempts,
        failed_at=found.failed_at,
        asked_by_id=actor.user_id,
        asked_at=clock.now(),
        reason=why,
    )
    session.add(row)
    session.flush()
    enqueue(session, kind.task, lock=jobs[-1].lock, urgent=True, batch_id=batch_id)
    audit.record(
        session,
        actor=actor,
        action="batch.restart",
        object_type=kind.object_type,
        object_id=batch_id,
        restart_id=row.id,
        job_id=row.job_id,
        attempts=found.attempts,
    )


def list_restarts(
    session: Session, *, actor: Actor, ref: str | None = None, limit: int
) -> Sequence[JobRestart]:
    """Return who set which batch of the actor's district going again, the latest first."""
    statement = select(JobRestart).where(JobRestart.district_id == actor.district)
    if ref is not None:
        statement = statement.where(JobRestart.ref == ref)
    return session.scalars(statement.order_by(JobRestart.id.desc()).limit(limit)).all()
