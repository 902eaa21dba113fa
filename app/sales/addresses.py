"""Reading homes at the address of one that is bought or sold: who stands where, and what waits for a word."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Select,
    String,
    and_,
    any_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session, aliased, joinedload

from app.core.actor import Actor
from app.core.errors import NotFound
from app.core.prepared import Prepared
from app.homes.keys import PLAIN_ROOM, address_key, development_key, names_storey
from app.homes.models import Building, Development, Home
from app.redemptions.models import Redemption
from app.redemptions.states import ACTIVE
from app.sales.address_models import AddressDoubt
from app.sales.matching import among, homes_by_key
from app.sales.models import CashSale, CashSaleCandidate, CashSaleMove
from app.sales.states import Action

_OTHER: Final = aliased(Development)
_ITS_BUILDING: Final = aliased(Building)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a home is, as addresses are compared."""

    district_id: int
    key: str
    storey: int
    room: str

    def is_same_as(self, other: "Place") -> bool:
        """Tell whether both are one address; the storey counts only where the room's number leaves it out."""
        told_apart = self.storey != other.storey and not names_storey(self.room)
        return (self.district_id, self.key) == (other.district_id, other.key) and not told_apart


def places_of(session: Session, home_ids: Collection[int]) -> dict[int, Place]:
    """Return where each of these homes is."""
    rows = session.execute(_PLACES, {"home_ids": list(home_ids)})
    return {
        row.id: Place(
            row.district_id,
            address_key(development=row.name, building=row.building, unit=row.unit, room=row.room),
            row.storey,
            row.room,
        )
        for row in rows
    }


_PLACES: Final = (
    select(
        *(Home.id, Development.district_id, Development.name, Building.name.label("building")),
        *(Home.unit, Home.room, Home.storey),
    )
    .join(Building, Building.id == Home.building_id)
    .join(Development, Development.id == Home.development_id)
    .where(Home.id == any_(bindparam("home_ids", type_=ARRAY(BigInteger))))
)
"""Built once: it is asked of every purchase that is verified."""


def taken_twins(session: Session, places: dict[int, Place]) -> list[tuple[int, int]]:
    """Return which of these homes stand at the address of another that is bought or sold: pairs of ids.

    Homes that moved together, as with their building, are no news to each other.
    """
    pairs: list[tuple[int, int]] = []
    for district_id in sorted({place.district_id for place in places.values()}):
        here = {home_id: place for home_id, place in places.items() if place.district_id == district_id}
        keys = {place.key for place in here.values()}
        by_key = homes_by_key(session, district_id, keys, Home.status != "free")
        taken = places_of(session, {one for ids in by_key.values() for one in ids} - places.keys())
        pairs += [
            (home_id, one)
            for home_id, place in here.items()
            for one in by_key.get(place.key, ())
            if one in taken and place.is_same_as(taken[one])
        ]
    return sorted(pairs)


def with_namesakes(session: Session, home_ids: Collection[int]) -> list[int]:
    """Return those of these homes whose address another has as well, storeys aside, ascending."""
    places = places_of(session, home_ids)
    found: list[int] = []
    for district_id in {place.district_id for place in places.values()}:
        here = {home_id: place for home_id, place in places.items() if place.district_id == district_id}
        keys, rooms = ({getattr(place, name) for place in here.values()} for name in ("key", "room"))
        by_key = homes_by_key(session, district_id, keys, *_written_like(rooms))
        found += [home_id for home_id, place in here.items() if len(by_key.get(place.key, ())) > 1]
    return sorted(found)


def _written_like(rooms: Collection[str]) -> list[ColumnElement[bool]]:
    """Return the condition on homes that have one of these rooms, as all do that are at the same addresses.

    A room that is written otherwise than it is compared may be any; where one of these is, so may all.
    """
    if not all(map(_is_plain, rooms)):
        return []
    return [or_(among(Home.room, rooms, String), _IS_ODD)]


def taken_at_address_of(session: Session, home_id: int) -> list[int]:
    """Return the taken homes at the address of one that is taken itself, it among them, ascending.

    Of the others of its development only those are read whose room may be written otherwise than it is
    compared: every verification asks this, of a home that it has locked.
    """
    home = session.get_one(Home, home_id)
    taken = _TAKEN_LIKE if _is_plain(home.room) else _TAKEN
    asked = {"building_id": home.building_id, "room": home.room}
    (here,) = taken.rows(session, development_id=home.development_id, **asked)
    district_id, name, building, ids, names, homes = here
    key, place = development_key(name), _place(district_id, name, building, home.unit, home.room, home.storey)
    found = _same_as(place, name, homes)
    for there, called in zip(ids, names, strict=True):  # hardly ever another is called the same
        if there != home.development_id and development_key(called) == key:
            ((*_, homes),) = taken.rows(session, development_id=there, **asked)
            found += _same_as(place, called, homes)
    return sorted(found)


def _same_as(place: Place, development: str, homes: Sequence[Any] | None) -> list[int]:
    """Return which of a development's homes, each with building, unit, room and storey, are at a place."""
    return [
        one for one, *rest in homes or () if place.is_same_as(_place(place.district_id, development, *rest))
    ]


def _place(district_id: int, development: str, building: str, unit: str, room: str, storey: int) -> Place:
    key = address_key(development=development, building=building, unit=unit, room=room)
    return Place(district_id, key, storey, room)


_is_plain: Final = re.compile(PLAIN_ROOM).fullmatch
_TAKEN_HOMES: Final = (
    select(
        func.jsonb_agg(func.jsonb_build_array(Home.id, _ITS_BUILDING.name, Home.unit, Home.room, Home.storey))
    )
    .join(_ITS_BUILDING, _ITS_BUILDING.id == Home.building_id)
    .where(Home.development_id == Development.id, Home.status != literal_column("'free'"))
)
_IS_ODD: Final = ~Home.room.regexp_match(literal_column(f"'{PLAIN_ROOM}'"))
_LIKE: Final = or_(Home.room == bindparam("room", type_=String), _IS_ODD)


def _there(taken: Select[Any]) -> Prepared:
    """Build the question for a development: its names, all developments of its district, its taken homes."""
    in_district = _OTHER.district_id == Development.district_id
    others = (
        select(func.array_agg(aggregate_order_by(one, _OTHER.id))).where(in_district).scalar_subquery()
        for one in (_OTHER.id, _OTHER.name)
    )
    building = select(Building.name).where(Building.id == bindparam("building_id", type_=BigInteger))
    return Prepared(
        select(
            *(Development.district_id, Development.name, building.scalar_subquery()),
            *(*others, taken.scalar_subquery()),
        ).where(Development.id == bindparam("development_id", type_=BigInteger))
    )


_TAKEN: Final = _there(_TAKEN_HOMES)
_TAKEN_LIKE: Final = _there(_TAKEN_HOMES.where(_LIKE))
"""Two, and with their constants in the text: what a value may do away with is planned anew each time."""


def twins_of(session: Session, home_id: int) -> list[int]:
    """Return all homes at the address of one, itself among them, ascending; none when it is gone."""
    place = places_of(session, [home_id]).get(home_id)
    if place is None:
        return []
    ids = homes_by_key(session, place.district_id, {place.key}).get(place.key, [])
    if len(ids) < 2:  # a home alone has no twin
        return ids
    places = places_of(session, ids)
    return [one for one in ids if one in places and place.is_same_as(places[one])]


Turn = tuple[bool, datetime, int]
"""What orders homes of one address that are taken: sold ones first, then by when they were locked."""

_ANY_TIME: Final = datetime(2000, 1, 1, tzinfo=UTC)


def turns_of(session: Session, home_ids: Collection[int]) -> dict[int, Turn]:
    """Return whose turn comes before whose among those of these homes that are bought, held or sold."""
    held = and_(Redemption.home_id == Home.id, Redemption.state.in_(ACTIVE))
    statement = (
        select(
            *(Home.id, Home.status),
            func.coalesce(Redemption.locked_at, _ANY_TIME).label("since"),
            func.coalesce(Redemption.id, Home.id).label("place"),
        )
        .outerjoin(Redemption, held)
        .where(among(Home.id, home_ids), Home.status != "free")
    )
    return {row.id: (row.status != "sold", row.since, row.place) for row in session.execute(statement)}


def ahead_of(turns: Mapping[int, Turn], home_id: int) -> set[int]:
    """Return which taken homes come before one: all of them before a free one."""
    own = turns.get(home_id)
    return {one for one, turn in turns.items() if one != home_id and (own is None or turn < own)}


def told_apart(session: Session, home_ids: Collection[int]) -> set[frozenset[int]]:
    """Return which of these homes are known to be two: the regulator said so, or an officer chose one."""
    said = select(AddressDoubt.home_id, AddressDoubt.sold_home_id).where(
        among(AddressDoubt.home_id, home_ids),
        among(AddressDoubt.sold_home_id, home_ids),
        AddressDoubt.state == "other",
    )
    chosen = (
        select(CashSaleCandidate.home_id, CashSale.home_id)
        .join(CashSale, CashSale.id == CashSaleCandidate.sale_id)
        .join(CashSaleMove, CashSaleMove.sale_id == CashSale.id)
        .where(
            among(CashSaleCandidate.home_id, home_ids),
            CashSale.home_id.is_not(None),
            CashSaleCandidate.home_id != CashSale.home_id,
            CashSaleMove.action == Action.CHOOSE,
        )
    )
    return {frozenset(pair) for pair in session.execute(said.union(chosen))}


def open_doubts(session: Session, home_ids: Iterable[int]) -> Sequence[AddressDoubt]:
    """Return the doubts that keep these homes from the pool, the oldest first."""
    statement = select(AddressDoubt).where(
        among(AddressDoubt.home_id, home_ids), AddressDoubt.ended_at.is_(None)
    )
    return session.scalars(
        statement.order_by(AddressDoubt.id), execution_options={"populate_existing": True}
    ).all()


def told_other(session: Session, home_ids: Iterable[int]) -> Sequence[AddressDoubt]:
    """Return where the regulator said of one of these homes, on either side, that it is another one."""
    ids = list(home_ids)
    either = or_(among(AddressDoubt.home_id, ids), among(AddressDoubt.sold_home_id, ids))
    return session.scalars(select(AddressDoubt).where(AddressDoubt.state == "other", either)).all()


def find_of_home(session: Session, *, home_id: int) -> AddressDoubt | None:
    """Return the oldest doubt that keeps a home from the pool; None without any."""
    return next(iter(open_doubts(session, [home_id])), None)


def count_doubts(session: Session, *, actor: Actor, waiting: bool) -> int:
    """Return how many doubts ``list_doubts`` would list without a limit."""
    return session.scalar(select(func.count()).select_from(_own(actor, waiting=waiting).subquery())) or 0


def list_doubts(
    session: Session, *, actor: Actor, waiting: bool, limit: int, offset: int = 0
) -> Sequence[AddressDoubt]:
    """Return the district's doubts with both homes, the newest first; only those that wait, or all."""
    statement = _own(actor, waiting=waiting).options(*_WHOLE).order_by(AddressDoubt.id.desc())
    return session.scalars(statement.limit(limit).offset(offset)).all()


def get_doubt(session: Session, *, actor: Actor, ref: str) -> AddressDoubt:
    """Return a doubt of the actor's district with both homes. Raises NotFound."""
    statement = _own(actor, waiting=False).where(AddressDoubt.ref == ref).options(*_WHOLE)
    found = session.scalars(statement).first()
    if found is None:
        raise NotFound("address_doubt_gone")
    return found


def _own(actor: Actor, *, waiting: bool) -> Select[AddressDoubt]:
    statement = select(AddressDoubt).where(AddressDoubt.district_id == actor.district)
    return statement.where(AddressDoubt.state == "waiting") if waiting else statement


_WHOLE = tuple(
    loaded
    for home in (joinedload(AddressDoubt.home), joinedload(AddressDoubt.sold_home))
    for loaded in (
        home.joinedload(Home.building),
        home.joinedload(Home.development).joinedload(Development.developer),
    )
)
