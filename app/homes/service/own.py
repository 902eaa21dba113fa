"""What verbs about homes and their places begin and end with: locks, what changes, the next version."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core import locks
from app.core.actor import Actor
from app.core.db import Base
from app.core.errors import Busy, Conflict, DomainError, NotFound
from app.core.queue import enqueue
from app.homes.errors import HomeChanged
from app.homes.keys import development_key
from app.homes.models import Building, Development, Home


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


def hold_place(session: Session, building_id: int) -> Building:
    """Keep a building and its development as they are until this commits, and return the building.

    So no home comes into a building that shrinks at this moment, nor under an address that somebody is just
    looking for. Comes before the homes are locked. Raises NotFound when it is gone, Busy when the
    development was renamed at this moment.
    """
    hold_name_of(session, building_id)
    building = locks.share(session, Building, building_id)
    if building is None:
        raise NotFound("building_not_found")
    return building


def hold_name_of(session: Session, building_id: int) -> None:
    """Keep the name of a building's development, and hold it together with others who make homes under it.

    Raises NotFound when the building is gone, Busy when the development was renamed at this moment.
    """
    where = select(Development.id, Development.name, Development.district_id).join(Building)
    place = session.execute(where.where(Building.id == building_id)).first()
    if place is None:
        raise NotFound("building_not_found")
    hold_names(session, place.district_id, [place.name], shared=True)
    development = locks.share(session, Development, place.id)
    if development is None or development.name != place.name:
        raise Busy


def hold_names(session: Session, district_id: int, names: Iterable[str], *, shared: bool = False) -> None:
    """Hold the names of developments in a district, however they are written; see ``locks.hold_names``."""
    keys = {development_key(name) for name in names}
    locks.hold_names(session, (f"development:{district_id}:{key}" for key in keys), shared=shared)


def refuse_sold(home: Home) -> None:
    """Raise Conflict for a home that is sold."""
    if home.status == "sold":
        raise Conflict("home_sold")


def touch(session: Session, *homes: Home) -> None:
    """Give the homes' search documents their next version, and have them indexed once this commits."""
    for home in homes:
        home.doc_version += 1
    index(session, *homes)


def index(session: Session, *homes: Home) -> None:
    """Have the homes' search documents, which have a new version, indexed once this commits."""
    if homes:
        enqueue(session, "search.index", home_ids=[home.id for home in homes])


def lock_homes(session: Session, where: ColumnElement[bool]) -> list[Home]:
    """Lock and return all homes that meet a condition; the caller holds what they stand on."""
    return locks.lock_all(session, Home, session.scalars(select(Home.id).where(where)).all())


def differences(row: Base, facts: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Return what would change: each fact that differs, with what it is and what it would be."""
    both = {name: [getattr(row, name), value] for name, value in facts.items()}
    return {name: pair for name, pair in both.items() if pair[0] != pair[1]}


def check_fixed(changes: Mapping[str, Sequence[Any]], fixed: Mapping[str, str]) -> None:
    """Raise DomainError at the first fact that may not change now, with the code of its reason.

    What was never stated may be filled in at any time.
    """
    for name, (before, _after) in changes.items():
        if before is not None and name in fixed:
            raise DomainError(fixed[name], name)


def apply_changes(
    session: Session, row: Base, changes: Mapping[str, Sequence[Any]], taken: DomainError
) -> None:
    """Write the changes. Raises ``taken`` when they break the uniqueness of the row's name."""
    try:
        with session.begin_nested():
            for name, (_before, after) in changes.items():
                setattr(row, name, after)
    except IntegrityError as error:
        raise taken from error


def told(changes: Mapping[str, Sequence[Any]]) -> dict[str, list[str | None]]:
    """Return changes as the audit trail keeps them: as text."""
    return {name: [None if value is None else str(value) for value in pair] for name, pair in changes.items()}


def remove(session: Session, row: Base, refusal: DomainError) -> None:
    """Delete a row. Raises the refusal when something still refers to it."""
    try:
        with session.begin_nested():
            session.delete(row)
    except IntegrityError as error:
        raise refusal from error
