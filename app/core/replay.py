"""Request ids: a form sent twice does its work once and answers with the first result."""

from typing import Final, cast
from uuid import UUID

from sqlalchemy import Table, bindparam, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core import clock
from app.core.db import Base, Instant
from app.core.errors import Conflict


class HandledRequest(Base):
    """One form that was carried out, and where its sender was sent."""

    __tablename__ = "handled_requests"

    request_id: Mapped[UUID] = mapped_column(primary_key=True)
    sender: Mapped[str]
    location: Mapped[str]
    at: Mapped[Instant] = mapped_column(index=True)


_HANDLED: Final = cast(Table, HandledRequest.__table__)
_EARLIER: Final = select(_HANDLED.c.sender, _HANDLED.c.location).where(
    _HANDLED.c.request_id == bindparam("request_id")
)
_KEEP: Final = insert(_HANDLED).on_conflict_do_nothing().returning(_HANDLED.c.request_id)
"""Both are built once, and past the ORM: every form that is sent asks them."""


def earlier_result(session: Session, *, request_id: UUID, sender: str) -> str | None:
    """Return where the first sending of this form led, or None when it has not been carried out.

    Raises Conflict when the id was used by somebody else.
    """
    row = session.execute(_EARLIER, {"request_id": request_id}).first()
    if row is None:
        return None
    if row.sender != sender:
        raise Conflict("request_id_taken")
    location: str = row.location
    return location


def keep_result(session: Session, *, request_id: UUID, sender: str, location: str) -> bool:
    """Store the result in the transaction that did the work.

    Returns False when a twin of the request committed first: the caller then rolls its own work back. A twin
    that has not committed yet is waited for, up to the lock timeout.
    """
    kept = {"request_id": request_id, "sender": sender, "location": location, "at": clock.system_now()}
    return session.execute(_KEEP, kept).first() is not None
