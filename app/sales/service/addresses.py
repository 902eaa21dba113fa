"""A home at the address of one that is bought or sold: set aside until the regulator says what it is."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core import audit, clock, locks
from app.core.actor import Actor, Role
from app.core.errors import Conflict, DomainError, NotFound
from app.core.ids import new_ref
from app.homes import service as homes
from app.homes.models import Home
from app.redemptions import service as redemptions
from app.sales import addresses, telling
from app.sales.address_models import AddressDoubt
from app.sales.service import steps

Outcome = Literal["same", "other"]
"""The very home that is bought or sold, or another one."""

_OUTCOMES: Final = ("same", "other")


def doubt_placed(session: Session, home_ids: Sequence[int]) -> None:
    """Handle ``homes.placed``: whoever came to the address of a taken home is set aside, whoever left is not.

    The publisher has made or locked the homes, and holds the names that addresses are made of.
    """
    places = addresses.places_of(session, home_ids)
    _end_moved(session, places)
    pairs = addresses.taken_twins(session, places)
    known = {(row.home_id, row.sold_home_id) for row in addresses.open_doubts(session, home_ids)}
    fresh = [pair for pair in pairs if pair not in known]
    if not fresh:
        return
    rows = put_in_doubt(session, places, fresh)
    for home in locks.lock_all(session, Home, {home_id for home_id, _sold in fresh}):
        homes.set_aside(session, home)
    session.flush()
    telling.tell_addresses(session, rows)


def put_in_doubt(
    session: Session, places: Mapping[int, addresses.Place], pairs: Sequence[tuple[int, int]]
) -> Sequence[AddressDoubt]:
    """Write down which homes have the address of which taken ones; whoever asks sets them aside."""
    values = [
        {
            "ref": new_ref("TZ"),
            "district_id": places[home_id].district_id,
            "home_id": home_id,
            "sold_home_id": sold_home_id,
            "found_at": clock.now(),
            "state": "waiting",
        }
        for home_id, sold_home_id in pairs
    ]
    return session.scalars(insert(AddressDoubt).returning(AddressDoubt), values).all()


def decide_address(
    session: Session, *, actor: Actor, doubt_ref: str, outcome: Outcome, reason: str
) -> AddressDoubt:
    """Say as the regulator whether a home is the very one that is taken, with the reason its developer reads.

    Another home comes back to the pool where it was listed before, if nothing else keeps it out. Raises
    Forbidden, NotFound for another district's, Conflict when it was decided or moved before, DomainError at
    ``reason``.
    """
    actor.demand(Role.REGULATOR)
    stated = reason.strip()
    if not stated:
        raise DomainError("reason_missing", "reason")
    mine = select(AddressDoubt).where(
        AddressDoubt.ref == doubt_ref, AddressDoubt.district_id == actor.district
    )
    found = session.scalars(mine).first()
    if found is None or outcome not in _OUTCOMES:
        raise NotFound("address_doubt_gone")
    home = locks.lock(session, Home, found.home_id)
    holder = redemptions.lock_holds(session, [home]).get(home.id)
    doubt = session.get_one(AddressDoubt, found.id, populate_existing=True)
    if doubt.state != "waiting":
        raise Conflict("address_doubt_over")
    moment = clock.now()
    doubt.state, doubt.reason = outcome, stated
    doubt.decided_at, doubt.decided_by_id = moment, actor.user_id
    doubt.ended_at = moment if outcome == "other" else None
    session.flush()
    if outcome == "other":
        steps.ease(session, home, holder, restore=True)
    audit.record(
        session,
        actor=actor,
        action="sales.decide_address",
        object_type="address_doubt",
        object_id=doubt.id,
        home_id=home.id,
        outcome=outcome,
    )
    telling.tell_address_decided(session, doubt, holder)
    return doubt


def _end_moved(session: Session, places: dict[int, addresses.Place]) -> None:
    """End the doubts of homes that have another address now, and give those homes back.

    What the regulator said of two homes counts as long as they stand where they stood.
    """
    rows = addresses.open_doubts(session, places)
    said = addresses.told_other(session, places)
    sides = addresses.places_of(session, {one for row in (*rows, *said) for one in _sides(row)})
    left = [row for row in (*rows, *said) if not _is_one_address(sides, row)]
    for row in left:
        row.state, row.ended_at = "moved", row.ended_at or clock.now()
    session.flush()
    ours = {row.home_id for row in rows if row in left}
    for home in locks.lock_all(session, Home, ours):
        steps.ease(session, home, redemptions.lock_holds(session, [home]).get(home.id), restore=True)


def _sides(row: AddressDoubt) -> tuple[int, int]:
    return row.home_id, row.sold_home_id


def _is_one_address(places: Mapping[int, addresses.Place], row: AddressDoubt) -> bool:
    return places[row.home_id].is_same_as(places[row.sold_home_id])
