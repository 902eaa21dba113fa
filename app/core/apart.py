"""Many rows done one by one, each in its own transaction: one that cannot be done holds up none behind it.

What failed is undone, logged, and stands in ``stuck_rows`` until it is done or no longer due: the status
page shows it. Called by flows and jobs alone, for it commits. A sweep knows of all rows that are due; a job
knows only those that it was given (``several``).
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Final, Generic, NamedTuple, Protocol, TypeVar

import structlog
from sqlalchemy import ColumnElement, ForeignKey, Index, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core import clock
from app.core.actor import Actor
from app.core.db import Base, Id, Instant
from app.core.errors import Busy
from app.core.failures import is_busy

Key = TypeVar("Key", int, str)

log = structlog.get_logger()


class StuckRow(Base):
    """What a task could not do for one row, again and again, since when and why."""

    __tablename__ = "stuck_rows"
    __table_args__ = (
        Index("uq_stuck_rows_open", "task", "ref", unique=True, postgresql_where="ended_at IS NULL"),
    )

    id: Mapped[Id]
    district_id: Mapped[int | None] = mapped_column(ForeignKey("districts.id"))
    task: Mapped[str]
    ref: Mapped[str]
    """What a person finds the row by."""
    reason: Mapped[str]
    """The error's name: what else it says may name people."""
    tries: Mapped[int]
    first_at: Mapped[Instant]
    last_at: Mapped[Instant]
    ended_at: Mapped[datetime | None]


class Due(NamedTuple, Generic[Key]):
    """A row that is due: its id, whose district's it is (None: nobody's), and what a person finds it by."""

    id: Key
    district_id: int | None
    ref: str


class _Done(NamedTuple, Generic[Key]):
    """Which rows were not done: those that failed, and those that only wait for a lock or an answer."""

    failed: list[Due[Key]]
    waiting: list[Due[Key]]

    @property
    def left(self) -> list[Due[Key]]:
        """All that were not done."""
        return self.failed + self.waiting


class Left(Exception):
    """Some of what a job was given could not be done: the queue tries the job again."""

    @classmethod
    def demand_none(cls, left: Sequence[object]) -> None:
        """Raise it where something is left; whoever raises has committed what was done."""
        if left:
            raise cls(f"{len(left)} are left")


class Sweep(Protocol):
    """An act that does all that is due, or ``only`` the row of an id where that is due."""

    def __call__(self, session: Session, *, only: int | None = None) -> object:
        """Do it; the caller commits."""


def each(
    session: Session,
    task: str,
    rows: Iterable[Due[Key]],
    act: Callable[[Key], object],
    *,
    waits: tuple[type[Exception], ...] = (),
    stops: tuple[type[Exception], ...] = (),
) -> list[str]:
    """Do something for each row, and commit after each; return what could not be done, by reference.

    What one of ``waits`` says is no fault, nor a lock that somebody holds: it comes again by itself. Raises
    what is one of ``stops``.
    """
    done = _do(session, task, rows, act, no_fault=(Busy, *waits), stops=stops)
    _end(session, task, StuckRow.ref.not_in([row.ref for row in done.left]))
    session.commit()
    return [row.ref for row in done.failed]


def several(
    session: Session,
    task: str,
    ids: Sequence[Key],
    many: Callable[[Sequence[Key]], object],
    *,
    named: Callable[[Session, Sequence[Key]], Iterable[Due[Key]]],
    one: Callable[[Key], object] | None = None,
    stops: tuple[type[Exception], ...] = (),
) -> list[Key]:
    """Do what a job was given, ``many`` at once; where that fails each by itself; return what is left.

    ``named`` says what a person finds them by; ``one`` does one, where ``many`` is not to do it. What is left
    because somebody holds its lock is no fault, but nobody does it unless the job is tried again. Raises what
    is one of ``stops``.
    """

    def alone(row_id: Key) -> object:
        return many([row_id]) if one is None else one(row_id)

    left: list[Due[Key]] = []
    is_done = False
    try:
        many(ids)
        session.commit()
        is_done = True
    except stops:
        raise
    except Exception as error:
        session.rollback()
        if _is_held(error):
            log.info("rows one by one, a lock is held", task=task)
        else:
            log.exception("rows one by one", task=task)
    if not is_done:
        rows = list(named(session, ids))
        session.commit()
        left = _do(session, task, rows, alone, no_fault=(Busy,), stops=stops).left
    if session.scalar(_ANY_STUCK, {"task": task}):
        done = {row.ref for row in named(session, ids)} - {row.ref for row in left}
        _end(session, task, StuckRow.ref.in_(done))
    session.commit()
    return [row_id for row_id, _district, _ref in left]


_ANY_STUCK: Final = text("SELECT EXISTS (SELECT FROM stuck_rows WHERE task = :task AND ended_at IS NULL)")
"""Hardly ever one: whether those of a job are among them is asked only then."""


def _do(
    session: Session,
    task: str,
    rows: Iterable[Due[Key]],
    act: Callable[[Key], object],
    *,
    no_fault: tuple[type[Exception], ...],
    stops: tuple[type[Exception], ...],
) -> _Done[Key]:
    """Do something for each row, and commit after each."""
    failed: list[Due[Key]] = []
    waiting: list[Due[Key]] = []
    for row in rows:
        try:
            act(row.id)
            session.commit()
        except stops:
            raise
        except no_fault:
            session.rollback()
            waiting.append(row)
        except Exception as error:
            session.rollback()
            if _is_held(error):
                waiting.append(row)
                continue
            log.exception("row apart", task=task, ref=row.ref)
            _note(session, task, row, type(error).__name__)
            failed.append(row)
    return _Done(failed, waiting)


def together(
    session: Session,
    task: str,
    batch: Callable[[], object],
    due: Callable[[], Iterable[Due[Key]]],
    act: Callable[[Key], object],
) -> list[str]:
    """Do many at a time, which costs least; where that fails each row that is due by itself, as ``each``.

    ``batch`` commits as it goes.
    """
    rows: list[Due[Key]] = []
    try:
        batch()
        session.commit()
    except Exception as error:
        session.rollback()
        if _is_held(error):
            log.info("rows one by one, a lock is held", task=task)
        else:
            log.exception("rows one by one", task=task)
        rows = list(due())
        session.commit()
    return each(session, task, rows, act)


def _is_held(error: Exception) -> bool:
    """Tell whether something failed only because somebody held its lock: that is nobody's fault."""
    return isinstance(error, Busy) or (isinstance(error, DBAPIError) and is_busy(error))


def sweep(session: Session, task: str, act: Sweep, due: Callable[[Session], Iterable[Due[int]]]) -> list[str]:
    """Do all that is due at once; where that fails each row that ``due`` names by itself, as ``each``."""

    def only(row_id: int) -> object:
        return act(session, only=row_id)

    return together(session, task, partial(act, session), partial(due, session), only)


def _note(session: Session, task: str, row: Due[Key], reason: str) -> None:
    now = clock.system_now()
    new = insert(StuckRow).values(
        district_id=row.district_id,
        task=task,
        ref=row.ref,
        reason=reason,
        tries=1,
        first_at=now,
        last_at=now,
    )
    again = {"tries": StuckRow.tries + 1, "last_at": now, "reason": reason}
    session.execute(
        new.on_conflict_do_update(
            index_elements=["task", "ref"], index_where=StuckRow.ended_at.is_(None), set_=again
        )
    )
    session.commit()


def _end(session: Session, task: str, which: ColumnElement[bool]) -> None:
    """What stood there and is not left again was done meanwhile, or is not due any more."""
    ended = update(StuckRow).where(StuckRow.task == task, StuckRow.ended_at.is_(None), which)
    session.execute(ended.values(ended_at=clock.system_now()))


def list_stuck(session: Session, *, actor: Actor, limit: int) -> list[StuckRow]:
    """Return the rows of the actor's district, and of none, that no task could do, the oldest first."""
    return list(session.scalars(select(StuckRow).where(*_of(actor)).order_by(StuckRow.id).limit(limit)))


def count_stuck(session: Session, *, actor: Actor) -> int:
    """Return how many rows ``list_stuck`` would list without a limit."""
    return session.scalars(select(func.count(StuckRow.id)).where(*_of(actor))).one()


def _of(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    own = or_(StuckRow.district_id == actor.district, StuckRow.district_id.is_(None))
    return own, StuckRow.ended_at.is_(None)
