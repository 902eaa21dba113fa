"""Writing the pictures of homes and developments: floor plans and photos that everybody may see."""

from typing import BinaryIO, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import locks
from app.core.actor import Actor
from app.core.errors import NotFound
from app.documents import service as documents
from app.documents.models import Document
from app.documents.queries import Owner
from app.documents.rules import Access, Kind
from app.homes.models import Development, Home


def add_picture(
    session: Session, *, actor: Actor, owner: Owner, kind: Kind, source: BinaryIO, name: str, caption: str
) -> Document:
    """Add a floor plan or a photo as the last of a home's or a development's.

    Raises NotFound for somebody else's, and the refusals of ``documents.service.add``.
    """
    _lock_owner(session, actor, owner)
    return documents.add(
        session,
        actor=actor,
        owner=owner,
        kind=kind,
        access=Access.PUBLIC,
        source=source,
        name=name,
        caption=caption,
    )


def move_picture(
    session: Session, *, actor: Actor, owner: Owner, ref: str, way: Literal["forward", "back"]
) -> None:
    """Let a picture change places with its neighbour. Raises NotFound."""
    _lock_owner(session, actor, owner)
    documents.move(session, actor=actor, owner=owner, ref=ref, way=way)


def remove_picture(session: Session, *, actor: Actor, owner: Owner, ref: str) -> None:
    """Take a picture away. Raises NotFound."""
    _lock_owner(session, actor, owner)
    documents.remove(session, actor=actor, owner=owner, ref=ref)


def _lock_owner(session: Session, actor: Actor, owner: Owner) -> None:
    """Lock what the pictures belong to, so that two uploads count one after the other."""
    if owner.kind == "home":
        developer = (
            select(Development.developer_id)
            .join(Home, Home.development_id == Development.id)
            .where(Home.id == owner.id)
        )
        if session.scalar(developer) != actor.organisation:
            raise NotFound("home_not_found")
        locks.lock(session, Home, owner.id)
        return
    developer = select(Development.developer_id).where(Development.id == owner.id)
    if owner.kind != "development" or session.scalar(developer) != actor.organisation:
        raise NotFound("development_not_found")
    locks.lock(session, Development, owner.id)
