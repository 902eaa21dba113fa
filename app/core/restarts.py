"""Batches whose job failed for good: somebody sees them, and sets them going again or ends them, on record.

The job of such a batch carries its id and may run again at any time: it does what is left. Failed jobs are
the queue's own rows, so none is counted twice; a restart takes them off and puts one new job there.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, FromClause, Index, Row, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core import audit, clock
from app.core.actor import Actor, Role
from app.core.db import Base, Id, Instant, append_only
from app.core.errors import Conflict, NotFound, stated
from app.core.queue import enqueue


class JobRestart(Base):
    """That a person set a batch going again, or ended it: which job had failed, who and why."""

    __tablename__ = "job_restarts"
    __table_args__ = (
        CheckConstraint("reason <> ''", name="reason"),
        CheckConstraint("act IN ('restart', 'end')", name="act"),
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
    act: Mapped[str] = mapped_column(server_default=text("'restart'"), default="restart")
    """``restart``, or ``end``: nothing more is done of it."""


append_only(JobRestart.__table__)


@dataclass(frozen=True, slots=True)
class Batches:
    """A kind of batch that jobs carry out."""

    tasks: tuple[str, ...]
    object_type: str
    """What the audit trail calls it."""
    table: FromClause
    """Has id, district_id and ref."""
    argument: str = "batch_id"
    """What its jobs call its id."""
    waits: ColumnElement[bool] | None = None
    """Whether one waits for a job at all, where its state may say that none does."""
    make_ready: Callable[[Session, int], None] | None = None
    """What is done to one before its job runs again."""
    end: Callable[[Session, int, str], None] | None = None
    """Ends one for good, with the reason; None where what was approved is always carried out."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """A batch whose job failed for good: after how many tries, since when (system time)."""

    batch_id: int
    ref: str
    attempts: int
    failed_at: datetime | None


_FAILED: Final = text(
    "SELECT CAST(job.args ->> :argument AS bigint) AS batch_id, max(job.attempts) AS attempts, "
    "max(event.at) AS failed_at FROM procrastinate_jobs job "
    "LEFT JOIN procrastinate_events event ON event.job_id = job.id "
    "WHERE job.status = 'failed' AND job.task_name = ANY(:tasks) GROUP BY 1"
)
_TAKE_OFF: Final = text(
    "DELETE FROM procrastinate_jobs WHERE status = 'failed' AND task_name = ANY(:tasks) "
    "AND CAST(args ->> :argument AS bigint) = :batch_id RETURNING id, lock, task_name"
)
"""Of two who press at once the second waits here, and finds nothing."""


def list_stopped(session: Session, kind: Batches, *, actor: Actor) -> Sequence[Stopped]:
    """Return the batches of this kind in the actor's district that wait for somebody, the oldest first."""
    return _stopped(session, kind, kind.table.c.district_id == actor.district)


def find_stopped_by_id(session: Session, kind: Batches, *, batch_id: int) -> Stopped | None:
    """Return a batch if it waits for somebody, else None; whoever asks has seen that it is theirs."""
    return next(iter(_stopped(session, kind, kind.table.c.id == batch_id)), None)


def _stopped(session: Session, kind: Batches, which: ColumnElement[bool]) -> list[Stopped]:
    jobs = session.execute(_FAILED, {"tasks": list(kind.tasks), "argument": kind.argument})
    failed = {row.batch_id: row for row in jobs}
    columns = kind.table.c
    own = select(columns.id, columns.ref).where(which, columns.id.in_(failed))
    if kind.waits is not None:
        own = own.where(kind.waits)
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
    job, kept = _take_off(session, kind, actor, ref, reason, "restart")
    if kind.make_ready is not None:
        kind.make_ready(session, kept.batch_id)
    again: dict[str, Any] = {kind.argument: kept.batch_id}
    enqueue(session, job.task_name, lock=job.lock, urgent=True, **again)


def end(session: Session, kind: Batches, *, actor: Actor, ref: str, reason: str) -> None:
    """End a batch for good whose job failed: what was done stays, nothing more is done.

    Raises as ``restart``, and Conflict for a kind that is always carried out.
    """
    if kind.end is None:
        raise Conflict("batch_never_ended")
    _job, kept = _take_off(session, kind, actor, ref, reason, "end")
    kind.end(session, kept.batch_id, kept.reason)


def _take_off(
    session: Session, kind: Batches, actor: Actor, ref: str, reason: str, act: str
) -> tuple[Row[Any], JobRestart]:
    """Take the failed job of a batch off the queue, keep who said what is done with it, and return both."""
    actor.demand(Role.OFFICER, Role.ADMINISTRATOR)
    why = stated(reason)
    batch_id = find_batch(session, kind, actor=actor, ref=ref)
    if batch_id is None:
        raise NotFound("batch_unknown")
    found = find_stopped(session, kind, actor=actor, ref=ref)
    wanted = {"tasks": list(kind.tasks), "argument": kind.argument, "batch_id": batch_id}
    jobs = session.execute(_TAKE_OFF, wanted).all()
    if found is None or not jobs:
        raise Conflict("batch_not_stopped")
    latest = max(jobs, key=lambda job: job.id)
    row = JobRestart(
        district_id=actor.district,
        task=latest.task_name,
        batch_id=batch_id,
        ref=ref,
        job_id=latest.id,
        attempts=found.attempts,
        failed_at=found.failed_at,
        asked_by_id=actor.user_id,
        asked_at=clock.now(),
        reason=why,
        act=act,
    )
    session.add(row)
    session.flush()
    audit.record(
        session,
        actor=actor,
        action=f"batch.{act}",
        object_type=kind.object_type,
        object_id=batch_id,
        restart_id=row.id,
        job_id=row.job_id,
        attempts=found.attempts,
    )
    return latest, row


def list_restarts(
    session: Session, *, actor: Actor, ref: str | None = None, limit: int
) -> Sequence[JobRestart]:
    """Return who set which batch of the actor's district going again or ended it, the latest first."""
    statement = select(JobRestart).where(JobRestart.district_id == actor.district)
    if ref is not None:
        statement = statement.where(JobRestart.ref == ref)
    return session.scalars(statement.order_by(JobRestart.id.desc()).limit(limit)).all()
