"""Which homes a household looked at last: a note beside the page that showed them."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.following.models import ViewedHome

MOST_VIEWED: Final = 20


def note_view(session: Session, *, actor: Actor, home_id: int) -> None:
    """Remember that the acting household opened a home's page; of all such homes the latest are kept."""
    now = clock.now()
    seen = insert(ViewedHome).values(
        district_id=actor.district, household_id=actor.household, home_id=home_id, viewed_at=now
    )
    keys = ["household_id", "home_id"]
    session.execute(seen.on_conflict_do_update(index_elements=keys, set_={"viewed_at": now}))
    latest = (
        select(ViewedHome.id)
        .where(ViewedHome.household_id == actor.household)
        .order_by(ViewedHome.viewed_at.desc(), ViewedHome.id.desc())
        .limit(MOST_VIEWED)
    )
    own = ViewedHome.household_id == actor.household
    session.execute(delete(ViewedHome).where(own, ViewedHome.id.not_in(latest)))


def list_viewed(session: Session, *, actor: Actor) -> Sequence[int]:
    """Return the ids of the homes that the acting household looked at, the latest first."""
    statement = (
        select(ViewedHome.home_id)
        .where(ViewedHome.household_id == actor.household, ViewedHome.district_id == actor.district)
        .order_by(ViewedHome.viewed_at.desc(), ViewedHome.id.desc())
    )
    return session.scalars(statement).all()
