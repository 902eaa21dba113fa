"""Writing developments and buildings."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core import audit, clock, locks
from app.core.actor import Actor
from app.core.errors import Conflict, DomainError, NotFound
from app.core.ids import new_ref
from app.documents import service as documents
from app.homes import rules
from app.homes.errors import PlaceChanged
from app.homes.events import placed
from app.homes.models import Building, Development, Home
from app.homes.queries import owner_of, pictures_of
from app.homes.service.own import (
    apply_changes,
    check_fixed,
    differences,
    hold_name_of,
    hold_names,
    lock_homes,
    remove,
    told,
    touch,
)


def create_development(
    session: Session,
    *,
    actor: Actor,
    district_id: int,
    name: str,
    address: str,
    stage: str,
    sales_phone: str,
    presale_permit: str | None = None,
    delivery_on: date | None = None,
    lat: float | None = None,
    lon: float | None = None,
) -> Development:
    """Create a development of the actor's company; ``stage`` is finished (现房) or presale (期房).

    The point is in WGS-84 degrees. Raises DomainError at ``name`` when the company has one of that name, at
    ``presale_permit`` or ``delivery_on`` when homes not yet built lack them, at ``sales_phone``, ``lat`` or
    ``lon`` when they cannot be right.
    """
    rules.check_presale(stage=stage, presale_permit=presale_permit, delivery_on=delivery_on)
    rules.check_point(lat, lon)
    values = {
        "ref": new_ref("DV"),
        "developer_id": actor.organisation,
        "district_id": district_id,
        "name": name.strip(),
        "address": address,
        "lat": lat,
        "lon": lon,
        "stage": stage,
        "presale_permit": presale_permit or None,
        "delivery_on": delivery_on,
        "sales_phone": rules.tidy_phone(sales_phone),
        "created_at": clock.now(),
    }
    unique = [Development.developer_id, Development.name]
    statement = insert(Development).values(values).on_conflict_do_nothing(index_elements=unique)
    development = session.scalars(statement.returning(Development)).first()
    if development is None:
        raise DomainError("development_name_taken", "name")
    audit.record(
        session,
        actor=actor,
        action="homes.create_development",
        object_type="development",
        object_id=development.id,
    )
    return development


def create_building(
    session: Session,
    *,
    actor: Actor,
    development_id: int,
    name: str,
    storeys: int,
    units: int | None = None,
    has_lift: bool | None = None,
) -> Building:
    """Create a building of one of the actor's developments; ``storeys`` counts those above ground.

    Raises NotFound for somebody else's development, DomainError at ``name`` when it has one of that name.
    """
    development = session.get(Development, development_id)
    if development is None or development.developer_id != actor.organisation:
        raise NotFound("development_not_found")
    values = {
        "development_id": development_id,
        "name": name.strip(),
        "storeys": storeys,
        "units": units,
        "has_lift": has_lift,
    }
    unique = [Building.development_id, Building.name]
    statement = insert(Building).values(values).on_conflict_do_nothing(index_elements=unique)
    building = session.scalars(statement.returning(Building)).first()
    if building is None:
        raise DomainError("building_name_taken", "name")
    audit.record(
        session, actor=actor, action="homes.create_building", object_type="building", object_id=building.id
    )
    return building


def update_development(
    session: Session,
    *,
    actor: Actor,
    development_id: int,
    seen_version: int,
    name: str,
    address: str,
    stage: str,
    sales_phone: str,
    presale_permit: str | None,
    delivery_on: date | None,
    lat: float | None,
    lon: float | None,
) -> Development:
    """Change what a development is, and have its homes indexed anew; a call that changes nothing is none.

    Raises NotFound for somebody else's, PlaceChanged when it changed since the page was shown, DomainError at
    a fact that ``rules.fixed_facts`` holds fast, and the refusals of ``create_development``.
    """
    rules.check_presale(stage=stage, presale_permit=presale_permit, delivery_on=delivery_on)
    rules.check_point(lat, lon)
    # Whoever looks for homes under the new name, or makes one under it, has ended before.
    district_id = session.scalar(select(Development.district_id).where(Development.id == development_id))
    hold_names(session, district_id or 0, [name], shared=True)
    development = _lock_own_development(session, actor, development_id, seen_version)
    homes = lock_homes(session, Home.development_id == development_id)
    facts = {
        "name": name.strip(),
        "address": address,
        "stage": stage,
        "sales_phone": rules.tidy_phone(sales_phone),
        "presale_permit": presale_permit or None,
        "delivery_on": delivery_on,
        "lat": lat,
        "lon": lon,
    }
    changes = differences(development, facts)
    check_fixed(changes, rules.fixed_facts("development", {home.status for home in homes}))
    taken = DomainError("development_name_taken", "name")
    _write(session, actor, development, changes, homes, taken=taken)
    if "name" in changes:
        placed.publish(session, [home.id for home in homes])
    return development


def update_building(
    session: Session,
    *,
    actor: Actor,
    building_id: int,
    seen_version: int,
    name: str,
    storeys: int,
    units: int | None,
    has_lift: bool | None,
) -> Building:
    """Change what a building is, and have its homes indexed anew; a call that changes nothing is none.

    Raises NotFound for somebody else's, PlaceChanged when it changed since the page was shown, DomainError at
    a fact that ``rules.fixed_facts`` holds fast, at ``name`` when it is taken, at ``storeys`` or ``units``
    below those that its homes stand in.
    """
    hold_name_of(session, building_id)
    building = _lock_own_building(session, actor, building_id, seen_version)
    homes = lock_homes(session, Home.building_id == building_id)
    rules.check_size(storeys=storeys, units=units, places=[(home.unit, home.storey) for home in homes])
    facts = {"name": name.strip(), "storeys": storeys, "units": units, "has_lift": has_lift}
    changes = differences(building, facts)
    check_fixed(changes, rules.fixed_facts("building", {home.status for home in homes}))
    _write(session, actor, building, changes, homes, taken=DomainError("building_name_taken", "name"))
    if "name" in changes:
        placed.publish(session, [home.id for home in homes])
    return building


def delete_development(session: Session, *, actor: Actor, development_id: int) -> None:
    """Remove a development typed in by mistake. Raises NotFound, Conflict while it has a building."""
    development = _lock_own_development(session, actor, development_id, None)
    for picture in pictures_of(session, development):
        documents.remove(session, actor=actor, owner=owner_of(development), ref=picture.ref)
    remove(session, development, Conflict("development_has_buildings"))
    _note(session, actor, development, "delete", {"name": [development.name, None]})


def delete_building(session: Session, *, actor: Actor, building_id: int) -> None:
    """Remove a building typed in by mistake. Raises NotFound, Conflict while it has a home."""
    building = _lock_own_building(session, actor, building_id, None)
    remove(session, building, Conflict("building_has_homes"))
    _note(session, actor, building, "delete", {"name": [building.name, None]})


def _lock_own_development(
    session: Session, actor: Actor, development_id: int, seen_version: int | None
) -> Development:
    owner = select(Development.developer_id).where(Development.id == development_id)
    if session.scalar(owner) != actor.organisation:
        raise NotFound("development_not_found")
    development = locks.lock(session, Development, development_id)
    if seen_version not in (None, development.version):
        raise PlaceChanged
    return development


def _lock_own_building(
    session: Session, actor: Actor, building_id: int, seen_version: int | None
) -> Building:
    owner = select(Development.developer_id).join(Building).where(Building.id == building_id)
    if session.scalar(owner) != actor.organisation:
        raise NotFound("building_not_found")
    building = locks.lock(session, Building, building_id)
    if seen_version not in (None, building.version):
        raise PlaceChanged
    return building


def _write(
    session: Session,
    actor: Actor,
    place: Development | Building,
    changes: Mapping[str, Sequence[Any]],
    homes: Sequence[Home],
    *,
    taken: DomainError,
) -> None:
    if not changes:
        return
    apply_changes(session, place, changes, taken)
    place.version += 1
    touch(session, *homes)
    _note(session, actor, place, "update", changes)


def _note(
    session: Session,
    actor: Actor,
    place: Development | Building,
    verb: str,
    changes: Mapping[str, Sequence[Any]],
) -> None:
    kind = "development" if isinstance(place, Development) else "building"
    audit.record(
        session,
        actor=actor,
        action=f"homes.{verb}_{kind}",
        object_type=kind,
        object_id=place.id,
        changes=told(changes),
    )
