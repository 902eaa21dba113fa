"""Writing homes: what they are, and whether they are free, locked or sold."""

from decimal import Decimal
from typing import Any, Final, cast

from sqlalchemy import Table, bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from app.core import audit, clock
from app.core.actor import Actor
from app.core.errors import Conflict, DomainError, NotFound
from app.core.ids import new_ref
from app.core.prepared import Prepared
from app.documents import service as documents
from app.homes import rules, states
from app.homes.events import placed
from app.homes.models import Building, Development, Home, PriceVersion
from app.homes.queries import has_history, owner_of, pictures_of
from app.homes.rules import Amounts, Finish, Orientation, StockKind
from app.homes.service.own import (
    apply_changes,
    check_fixed,
    differences,
    hold_place,
    index,
    lock_own,
    remove,
    told,
    touch,
)
from app.homes.service.prices import FIRST_REASON
from app.homes.service.versions import insert_price


def create_home(
    session: Session,
    *,
    actor: Actor,
    building_id: int,
    storey: int,
    room: str,
    area_m2: Decimal,
    kind: StockKind = StockKind.HOME,
    unit: str = "",
    rooms: int = 0,
    inner_area_m2: Decimal | None = None,
    orientation: Orientation | None = None,
    finish: Finish | None = None,
    filed_fen: int | None = None,
    filing_number: str | None = None,
    cash_fen: int | None = None,
    voucher_fen: int | None = None,
) -> Home:
    """Create a home, or a space, with as many of its three prices as are known; it is not listed yet.

    ``rooms`` counts bedrooms, ``area_m2`` is the gross floor area; a space has no unit and no rooms. Raises
    NotFound for somebody else's building; DomainError at ``storey`` or ``unit`` outside the building, at
    ``inner_area_m2`` above the gross area, at ``room`` when unit, storey and room are taken, at
    ``filing_number`` when a filed price lacks it, and the refusals of ``rules.check_first_prices``.
    """
    owner = select(Development.developer_id).join(Building).where(Building.id == building_id)
    if session.scalar(owner) != actor.organisation:
        raise NotFound("building_not_found")
    building = hold_place(session, building_id)
    rules.check_place(unit=unit, storey=storey, storeys=building.storeys, units=building.units, kind=kind)
    rules.check_areas(area_m2, inner_area_m2)
    amounts = Amounts(filed_fen, cash_fen, voucher_fen)
    rules.check_first_prices(amounts)
    number = None if filed_fen is None else rules.check_filing_number("filed", filing_number)
    facts = _facts(kind, unit, storey, room) | {
        "kind": kind.value,
        "rooms": rooms,
        "area_m2": area_m2,
        "inner_area_m2": inner_area_m2,
        "orientation": orientation,
        "finish": finish,
    }
    home = _insert_home(session, building, facts)
    for price in rules.KINDS:
        amount = amounts.of(price)
        if amount is not None:
            filed = number if price == "filed" else None
            insert_price(session, actor, home, price, amount, home.created_at, FIRST_REASON, filed)
    session.flush()
    audit.record(session, actor=actor, action="homes.create_home", object_type="home", object_id=home.id)
    placed.publish(session, [home.id])
    return home


def _facts(kind: StockKind, unit: str, storey: int, room: str) -> dict[str, Any]:
    """Return where a home or a space is, as it is stored."""
    number = rules.tidy_space(kind, room) if kind.is_space else rules.tidy_room(room)
    return {"unit": rules.tidy_unit(unit), "storey": storey, "room": number}


def _insert_home(session: Session, building: Building, facts: dict[str, Any]) -> Home:
    values = {
        **facts,
        "ref": new_ref("FY"),
        "development_id": building.development_id,
        "building_id": building.id,
        "status": "free",
        "doc_version": 1,
        "created_at": clock.now(),
    }
    unique = [Home.building_id, Home.unit, Home.storey, Home.room]
    statement = insert(Home).values(values).on_conflict_do_nothing(index_elements=unique)
    home = session.scalars(statement.returning(Home)).first()
    if home is None:
        raise DomainError("home_exists", "room")
    return home


def update_home(
    session: Session,
    *,
    actor: Actor,
    home_id: int,
    seen_version: int,
    unit: str,
    storey: int,
    room: str,
    rooms: int,
    area_m2: Decimal,
    inner_area_m2: Decimal | None,
    orientation: Orientation | None,
    finish: Finish | None,
) -> Home:
    """Change what a home is, and have it indexed anew; a call that changes nothing is none.

    Raises NotFound for somebody else's, HomeChanged when it changed since the page was shown, DomainError at
    a fact that ``rules.fixed_facts`` holds fast, and the refusals of ``create_home``.
    """
    building = _building_of(session, actor, home_id)
    home = lock_own(session, actor, home_id, seen_version)
    kind = StockKind(home.kind)
    rules.check_place(unit=unit, storey=storey, storeys=building.storeys, units=building.units, kind=kind)
    rules.check_areas(area_m2, inner_area_m2)
    facts = _facts(kind, unit, storey, room) | {
        "rooms": rooms,
        "area_m2": area_m2,
        "inner_area_m2": inner_area_m2,
        "orientation": orientation,
        "finish": finish,
    }
    changes = differences(home, facts)
    check_fixed(changes, rules.fixed_facts("home", {home.status}))
    if changes:
        apply_changes(session, home, changes, DomainError("home_exists", "room"))
        touch(session, home)
        audit.record(
            session,
            actor=actor,
            action="homes.update_home",
            object_type="home",
            object_id=home.id,
            changes=told(changes),
        )
    if {"unit", "room"} & changes.keys():
        placed.publish(session, [home.id])
    return home


def _building_of(session: Session, actor: Actor, home_id: int) -> Building:
    """Return the building of a home of the actor's company, held as it is. Raises NotFound."""
    own = select(Home.building_id).join(Development, Development.id == Home.development_id)
    building_id = session.scalar(
        own.where(Home.id == home_id, Development.developer_id == actor.organisation)
    )
    if building_id is None:
        raise NotFound("home_not_found")
    return hold_place(session, building_id)


def delete_home(session: Session, *, actor: Actor, home_id: int, seen_version: int | None = None) -> None:
    """Remove a home typed in by mistake, with the prices its developer gave it.

    Raises NotFound, HomeChanged, Conflict when it was ever listed, the bureau filed a price for it, or
    anything else refers to it.
    """
    home = lock_own(session, actor, home_id, seen_version)
    refusal = Conflict("home_has_history")
    if has_history(session, home_id=home.id):
        raise refusal
    for picture in pictures_of(session, home):
        documents.remove(session, actor=actor, owner=owner_of(home), ref=picture.ref)
    session.execute(delete(PriceVersion).where(PriceVersion.home_id == home.id))
    remove(session, home, refusal)
    audit.record(session, actor=actor, action="homes.delete_home", object_type="home", object_id=home_id)


def mark_locked(session: Session, home: Home) -> None:
    """Note that a redemption holds a home. The caller has locked it.

    Raises Conflict when it is not free, or was set aside since the caller looked.
    """
    if home.claimed_at is not None:
        raise Conflict("home_claimed_offline")
    _move(session, home, "lock")


def mark_free(session: Session, home: Home) -> None:
    """Note that a home is free again. The caller has locked it."""
    _move(session, home, "release")


def mark_sold(session: Session, home: Home) -> None:
    """Note that a home is sold. The caller has locked it."""
    _move(session, home, "sell")


def _move(session: Session, home: Home, action: str) -> None:
    values = {"status": states.after(states.HOME, home.status, action), "doc_version": home.doc_version + 1}
    _MOVE_HOME.run(session, moved_id=home.id, **values)
    for name, value in values.items():
        set_committed_value(home, name, value)
    index(session, home)


_HOMES: Final = cast(Table, Home.__table__)
_MOVE_HOME: Final = Prepared(
    update(_HOMES)
    .where(_HOMES.c.id == bindparam("moved_id"))
    .values(status=bindparam("status"), doc_version=bindparam("doc_version"))
)
"""Past the ORM's unit of work: every step of a purchase moves a home."""
