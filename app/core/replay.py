"""Request ids: a form sent twice does its work once and answers with the first result."""

from typing import Final, cast
from uuid import UUID

from sqlalchemy import Table, bindparam, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core import clock
from app.core.db import Base, Instant
from app.core.errors import Conflict
from app.core.prepared import Prepared


class HandledRequest(Base):
    """One form that was carried out, and where its sender was sent."""

    __tablename__ = "handled_requests"

    request_id: Mapped[UUID] = mapped_column(primary_key=True)
    sender: Mapped[str]
    location: Mapped[str]
    at: Mapped[Instant] = mapped_column(index=True)


_HANDLED: Final = cast(Table, HandledRequest.__table__)
_EARLIER: Final = Prepared(
    select(_HANDLED.c.sender, _HANDLED.c.location).where(_HANDLED.c.request_id == bindparam("request_id"))
)
_KEEP: Final = Prepared(
    insert(_HANDLED).on_conflict_do_nothing().returning(_HANDLED.c.request_id), _HANDLED.c.keys()
)
"""Every form that is sent asks both."""


def earlier_result(session: Session, *, request_id: UUID, sender: str) -> str | None:
    """Return where the first sending of this form led, or None when it has not been carried out.

    Raises Conflict when the id was used by somebody else.
    """
    row = _EARLIER.first(session, request_id=request_id)
    if row is None:
        return None
    whose, location = row
    if whose != sender:
        raise Conflict("request_id_taken")
    return str(location)


def keep_result(session: Session, *, request_id: UUID, sender: str, location: str) -> bool:
    """Store the result in the transaction that did the work.

    Returns False when a twin of the request committed first: the caller then rolls its own work back. A twin
    that has not committed yet is waited for, up to the lock timeout.
    """
    kept = _KEEP.first(
        session, request_id=request_id, sender=sender, location=location, at=clock.system_now()
    )
    return kept is not None
