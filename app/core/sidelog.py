"""Notes beside a request, each in its own short transaction: its page is read only, or is refused."""

from collections.abc import Callable

from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core import clock
from app.core.actor import Actor
from app.core.db import Base, Id, Instant, append_only


class ReadNote(Base):
    """Somebody whose reads are on record (an auditor) opened a page."""

    __tablename__ = "read_notes"

    id: Mapped[Id]
    at: Mapped[Instant]
    user_id: Mapped[int] = mapped_column(index=True)
    role: Mapped[str]
    district_id: Mapped[int | None]
    path: Mapped[str]


append_only(ReadNote.__table__)


def note_read(new_session: Callable[[], Session], *, actor: Actor, path: str) -> None:
    """Record that a person opened a path (without its query string, which may hold what was searched for)."""
    if actor.user_id is None or actor.role is None:
        raise ValueError("only a person reads")
    note = ReadNote(
        at=clock.now(),
        user_id=actor.user_id,
        role=actor.role,
        district_id=actor.district_id,
        path=path[:500],
    )
    write_apart(new_session, lambda session: session.add(note))


def write_apart(new_session: Callable[[], Session], write: Callable[[Session], object]) -> None:
    """Write a note in a transaction of its own: whoever knows the note says how."""
    with new_session() as session:
        write(session)
        session.commit()
