"""Where people are helped in person: the counter of each district, named on pages and on paper."""

from collections.abc import Sequence

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from app.core import audit
from app.core.actor import Actor
from app.core.db import Base
from app.identity.models import District


class Counter(Base):
    """The counter of a district: where it is, its telephone, and when it is open, all in words."""

    __tablename__ = "counters"

    district_id: Mapped[int] = mapped_column(
        ForeignKey("districts.id"), primary_key=True, autoincrement=False
    )
    address: Mapped[str]
    phone: Mapped[str]
    hours: Mapped[str]
    district: Mapped[District] = relationship()


def find_counter(session: Session, *, district_id: int) -> Counter | None:
    """Return the counter of a district, or None while nobody has entered it."""
    return session.get(Counter, district_id)


def list_counters(session: Session) -> Sequence[Counter]:
    """Return every district's counter, by the district's code."""
    statement = select(Counter).join(Counter.district).order_by(District.code)
    return session.scalars(statement).all()


def set_counter(session: Session, *, actor: Actor, address: str, phone: str, hours: str) -> Counter:
    """Enter or change the counter of the actor's district."""
    counter = session.merge(Counter(district_id=actor.district, address=address, phone=phone, hours=hours))
    session.flush()
    audit.record(session, actor=actor, action="counter.set", object_type="district", object_id=actor.district)
    return counter
