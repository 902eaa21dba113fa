"""Whether somebody still has their place, looked at as the last thing before what they began commits.

Whoever removes a person locks the place first. So an act either commits before the removal or finds the
place ended; nothing begun by somebody commits once they are out.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import locks
from app.core.actor import Role
from app.identity.models import Membership, User


def find_held(session: Session, *, membership_id: int) -> Membership | None:
    """Keep a place as it is until this commits, and return it; None when its person is out."""
    place = locks.share(session, Membership, membership_id)
    if place is None or place.ended_at is not None:
        return None
    return place if session.scalar(select(User.active).where(User.id == place.user_id)) else None


def find_held_as(session: Session, *, user_id: int | None, role: Role | None) -> Membership | None:
    """Keep a person's place in a role until this commits, and return it; None when they are out."""
    statement = select(Membership.id).where(
        Membership.user_id == user_id, Membership.role == role, Membership.ended_at.is_(None)
    )
    membership_id = session.scalar(statement)
    return find_held(session, membership_id=membership_id) if membership_id is not None else None


def find_held_at(session: Session, *, user_id: int | None, organisation_id: int) -> Membership | None:
    """Keep a person's place in an organisation until this commits, and return it; None when they are out."""
    statement = select(Membership.id).where(
        Membership.user_id == user_id,
        Membership.organisation_id == organisation_id,
        Membership.ended_at.is_(None),
    )
    membership_id = session.scalar(statement)
    return find_held(session, membership_id=membership_id) if membership_id is not None else None
