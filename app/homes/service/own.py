"""What every verb about one home begins and ends with: its lock, and its next version."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import locks
from app.core.actor import Actor
from app.core.errors import Conflict, NotFound
from app.core.queue import enqueue
from app.homes.errors import HomeChanged
from app.homes.models import Development, Home


def lock_own(session: Session, actor: Actor, home_id: int, seen_version: int | None) -> Home:
    """Lock a home of the actor's company and return it.

    Raises NotFound for anybody else's, HomeChanged when its ``doc_version`` is not the one that was seen.
    """
    owner = select(Development.developer_id).join(Home, Home.development_id == Development.id)
    if session.scalar(owner.where(Home.id == home_id)) != actor.organisation:
        raise NotFound("home_not_found")
    home = locks.lock(session, Home, home_id)
    if seen_version is not None and seen_version != home.doc_version:
        raise HomeChanged
    return home


def refuse_sold(home: Home) -> None:
    """Raise Conflict for a home that is sold."""
    if home.status == "sold":
        raise Conflict("home_sold")


def touch(session: Session, home: Home) -> None:
    """Give the home's search document its next version, and have it indexed once this commits."""
    home.doc_version += 1
    enqueue(session, "search.index", home_ids=[home.id])
