"""What a developer sees of its own stock: developments, the sales table (销控表), homes to mend."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final, get_args

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from app.core.actor import Actor
from app.core.errors import DomainError, NotFound
from app.homes.models import DWELLING, Building, Development, Home, PriceVersion
from app.homes.pool_models import PoolListing
from app.homes.queries import PLACE, Prices, current_prices
from app.homes.rules import OutReason

_ENOUGH_FOR_MEDIAN: Final = 3


@dataclass(frozen=True, slots=True)
class StockHome:
    """A home of the developer, its prices, and its place in the pool of its district (None: never listed)."""

    home: Home
    listing: PoolListing | None
    prices: Prices


@dataclass(frozen=True, slots=True)
class Counts:
    """How many homes there are, and how many of them in which situation."""

    homes: int = 0
    listed: int = 0
    """Free and in the pool."""
    unlisted: int = 0
    """Free, and never listed, withdrawn, or out with its developer."""
    to_mend: int = 0
    """Free, and out of the pool because the prices broke the rule."""
    locked: int = 0
    sold: int = 0


@dataclass(frozen=True, slots=True)
class Storey:
    """The homes of one unit on one storey, by room."""

    number: int
    homes: list[StockHome]


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit of a building, top storey first."""

    name: str
    storeys: list[Storey]


def count_developments(session: Session, *, actor: Actor) -> int:
    """Return how many developments the actor's company has."""
    own = Development.developer_id == actor.organisation
    return session.scalar(select(func.count()).select_from(Development).where(own)) or 0


def list_developments(
    session: Session, *, actor: Actor, limit: int, offset: int = 0
) -> Sequence[Development]:
    """Return the company's developments, the newest first, with their districts."""
    statement = (
        select(Development)
        .where(Development.developer_id == actor.organisation)
        .options(joinedload(Development.district))
        .order_by(Development.created_at.desc(), Development.id.desc())
    )
    return session.scalars(statement.limit(limit).offset(offset)).all()


def get_development(session: Session, *, actor: Actor, ref: str) -> Development:
    """Return one of the company's developments with its district. Raises NotFound for anybody else's."""
    statement = (
        select(Development)
        .where(Development.ref == ref, Development.developer_id == actor.organisation)
        .options(joinedload(Development.district))
    )
    development = session.scalars(statement).first()
    if development is None:
        raise NotFound("development_not_found")
    return development


def list_buildings(session: Session, *, development_id: int) -> Sequence[Building]:
    """Return a development's buildings in the order they were entered."""
    statement = select(Building).where(Building.development_id == development_id).order_by(Building.id)
    return session.scalars(statement).all()


def get_home(session: Session, *, actor: Actor, ref: str) -> StockHome:
    """Return one of the company's homes with its place loaded. Raises NotFound for anybody else's."""
    statement = _stock().where(Home.ref == ref, Development.developer_id == actor.organisation)
    found = _with_prices(session, statement.options(*PLACE))
    if not found:
        raise NotFound("home_not_found")
    return found[0]


def list_homes_after(session: Session, *, actor: Actor, after: str | None, limit: int) -> list[StockHome]:
    """Return the company's homes in the order they were entered, from just after the one of that reference.

    Their places are loaded. Raises DomainError at ``cursor`` when the reference is not one of theirs.
    """
    statement = _stock().where(Development.developer_id == actor.organisation)
    if after is not None:
        last = session.scalar(statement.with_only_columns(Home.id).where(Home.ref == after))
        if last is None:
            raise DomainError("bad_cursor", "cursor")
        statement = statement.where(Home.id > last)
    return _with_prices(session, statement.order_by(Home.id).limit(limit).options(*PLACE))


def median_unit_price(session: Session, *, development_id: int, leave_out: int | None = None) -> int | None:
    """Return the median price in fen of one ㎡ over a development's homes, one of them left out.

    Judged by filed prices, which every listed home has. None while fewer than three homes have one.
    """
    unit = PriceVersion.amount_fen / Home.area_m2
    median = func.percentile_cont(0.5).within_group(unit)
    statement = (
        select(func.count(), median)
        .select_from(Home)
        .join(PriceVersion, PriceVersion.home_id == Home.id)
        .where(
            Home.development_id == development_id,
            DWELLING,
            Home.id != (leave_out or 0),
            PriceVersion.kind == "filed",
            PriceVersion.effective_to.is_(None),
        )
    )
    count, found = session.execute(statement).one()
    return round(found) if count >= _ENOUGH_FOR_MEDIAN else None


def statuses_of(session: Session, *, development_id: int, building_id: int | None = None) -> set[str]:
    """Return the states that homes of a development, or of one building of it, are in."""
    where = [Home.development_id == development_id]
    if building_id is not None:
        where.append(Home.building_id == building_id)
    return set(session.scalars(select(Home.status).where(*where).distinct()))


def home_ids_of(session: Session, *, development_id: int, building_id: int | None = None) -> Sequence[int]:
    """Return the ids of the homes of a development, or of one building of it."""
    where = [Home.development_id == development_id]
    if building_id is not None:
        where.append(Home.building_id == building_id)
    return session.scalars(select(Home.id).where(*where)).all()


def sales_table(session: Session, *, building_id: int) -> list[Unit]:
    """Return a building's homes by unit, storey (top first) and room; its spaces stand apart."""
    homes = _with_prices(session, _stock().where(Home.building_id == building_id, DWELLING))
    homes.sort(key=lambda row: (_natural(row.home.unit), -row.home.storey, _natural(row.home.room)))
    return [
        Unit(unit, [Storey(storey, list(row)) for storey, row in groupby(rows, lambda one: one.home.storey)])
        for unit, rows in groupby(homes, lambda one: one.home.unit)
    ]


def spaces_table(session: Session, *, development_id: int) -> list[StockHome]:
    """Return a development's parking spaces and store rooms by kind, building, storey and number."""
    wanted = _stock().where(Home.development_id == development_id, ~DWELLING).options(*PLACE)
    spaces = _with_prices(session, wanted)
    spaces.sort(
        key=lambda row: (row.home.kind, row.home.building_id, -row.home.storey, _natural(row.home.room))
    )
    return spaces


def list_free_unlisted(
    session: Session, *, development_id: int, building_id: int | None = None
) -> list[StockHome]:
    """Return the free homes of a development, or of a building, that do not stand listed, by place."""
    statement = _stock().where(
        Home.development_id == development_id,
        Home.status == "free",
        func.coalesce(PoolListing.state, "new") != "listed",
    )
    if building_id is not None:
        statement = statement.where(Home.building_id == building_id)
    order = (Home.building_id, Home.unit, Home.storey, Home.room)
    return _with_prices(session, statement.order_by(*order).options(*PLACE))


def list_homes_to_mend(session: Session, *, actor: Actor, limit: int, offset: int = 0) -> list[StockHome]:
    """Return the company's free homes that fell out of the pool by their prices, the latest first."""
    statement = (
        _stock()
        .where(Development.developer_id == actor.organisation, Home.status == "free", _FELL_OUT)
        .order_by(PoolListing.changed_at.desc(), Home.id.desc())
        .options(*PLACE)
    )
    return _with_prices(session, statement.limit(limit).offset(offset))


def count_homes(session: Session, *, actor: Actor) -> Counts:
    """Return how the company's homes stand; spaces are none of them."""
    counted = _counts(session, _counting().where(Development.developer_id == actor.organisation))
    return Counts(*(sum(column) for column in zip(*counted.values(), strict=True))) if counted else Counts()


def count_homes_of(session: Session, development_ids: Iterable[int]) -> dict[int, Counts]:
    """Return how the homes of these developments stand; every id asked for is in the answer."""
    ids = list(development_ids)
    counted = _counts(session, _counting().where(Development.id.in_(ids)))
    return {one: Counts(*counted[one]) if one in counted else Counts() for one in ids}


_NOT_BY_PRICE = ("withdrawn", "developer_suspended", "developer_left")
_FELL_OUT = PoolListing.out_reason.in_(get_args(OutReason))


def _stock() -> Select[Home, PoolListing]:
    here = (PoolListing.home_id == Home.id) & (PoolListing.district_id == Development.district_id)
    return (
        select(Home, PoolListing)
        .join(Development, Development.id == Home.development_id)
        .outerjoin(PoolListing, here)
    )


def _with_prices(session: Session, statement: Select[Home, PoolListing]) -> list[StockHome]:
    rows = session.execute(statement, execution_options={"populate_existing": True}).all()
    prices = current_prices(session, [home.id for home, _ in rows])
    return [StockHome(home, listing, prices[home.id]) for home, listing in rows]


def _counting() -> Select[int, int, int, int, int, int, int]:
    free = Home.status == "free"
    listed = PoolListing.state == "listed"
    return (
        _stock()
        .with_only_columns(
            Development.id,
            func.count(),
            func.count().filter(free, listed),
            func.count().filter(free, PoolListing.id.is_(None) | PoolListing.out_reason.in_(_NOT_BY_PRICE)),
            func.count().filter(free, _FELL_OUT),
            func.count().filter(Home.status == "locked"),
            func.count().filter(Home.status == "sold"),
        )
        .where(DWELLING)
        .group_by(Development.id)
    )


def _counts(
    session: Session, statement: Select[int, int, int, int, int, int, int]
) -> dict[int, tuple[int, ...]]:
    return {row[0]: tuple(row)[1:] for row in session.execute(statement)}


def _natural(number: str) -> tuple[int, str]:
    """Return a key that puts unit 2 before unit 10."""
    return len(number), number
