"""Holds past their deadline one by one, for when they cannot be released together."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import clock, locks
from app.core.apart import Due
from app.homes.models import Home
from app.redemptions.models import Redemption
from app.redemptions.service.holds import lock_holds
from app.redemptions.states import State


def overdue(session: Session, *, limit: int = 50) -> list[Due[int]]:
    """Return the holds whose deadline has passed without a contract, the oldest first."""
    wanted = (
        select(Redemption.id, Redemption.district_id, Redemption.ref)
        .where(Redemption.state == State.LOCKED, Redemption.deadline_at <= clock.now())
        .order_by(Redemption.deadline_at, Redemption.id)
        .limit(limit)
    )
    return [Due(*one) for one in session.execute(wanted)]


def expire(session: Session, redemption_id: int) -> None:
    """Release one hold whose deadline has passed; one that has ended meanwhile is left."""
    home_id = session.get_one(Redemption, redemption_id).home_id
    lock_holds(session, [locks.lock(session, Home, home_id)])
