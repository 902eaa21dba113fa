"""Reading homes, their prices and their place in the pool: what other packages and public pages ask for."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.orm.interfaces import LoaderOption

from app.core.errors import NotFound
from app.homes.models import Development, Home, PoolListing, PoolMembership, PriceVersion
from app.homes.rules import Amounts, PriceKind
from app.identity.models import User

PLACE: Final[tuple[LoaderOption, ...]] = (
    joinedload(Home.building),
    joinedload(Home.development).joinedload(Development.developer),
    joinedload(Home.development).joinedload(Development.district),
)
"""Loads, with a home, all that tells where it is and whose."""


@dataclass(frozen=True, slots=True)
class Prices:
    """The three price versions of a home at one moment; None where none was ever given."""

    filed: PriceVersion | None = None
    cash: PriceVersion | None = None
    voucher: PriceVersion | None = None

    def of(self, kind: PriceKind) -> PriceVersion | None:
        """Return one of them."""
        return {"filed": self.filed, "cash": self.cash, "voucher": self.voucher}[kind]

    @property
    def amounts(self) -> Amounts:
        """The sums alone, in fen."""
        return Amounts(
            *(version.amount_fen if version else None for version in (self.filed, self.cash, self.voucher))
        )


@dataclass(frozen=True, slots=True)
class PriceChange:
    """A step of a price's history: the version, the sum before it (fen), and who made it."""

    version: PriceVersion
    before_fen: int | None
    author: str | None


@dataclass(frozen=True, slots=True)
class Offer:
    """A home that stands listed in the pool of its district, its place loaded; it may be locked or sold."""

    home: Home
    listing: PoolListing
    prices: Prices


def current_prices(session: Session, home_ids: Iterable[int]) -> dict[int, Prices]:
    """Return the prices in force of each home; every id asked for is in the answer."""
    return _prices(session, home_ids, PriceVersion.effective_to.is_(None))


def prices_at(session: Session, home_ids: Iterable[int], moment: datetime) -> dict[int, Prices]:
    """Return the prices in force at a moment; a version holds from its start until just before its end."""
    ended_later = PriceVersion.effective_to.is_(None) | (PriceVersion.effective_to > moment)
    return _prices(session, home_ids, (PriceVersion.effective_from <= moment) & ended_later)


def _prices(session: Session, home_ids: Iterable[int], in_force: ColumnElement[bool]) -> dict[int, Prices]:
    found: dict[int, dict[str, PriceVersion]] = {home_id: {} for home_id in home_ids}
    statement = select(PriceVersion).where(PriceVersion.home_id.in_(found), in_force)
    for version in session.scalars(statement, execution_options={"populate_existing": True}):
        found[version.home_id][version.kind] = version
    return {home_id: Prices(**versions) for home_id, versions in found.items()}


def count_price_changes(session: Session, *, home_id: int) -> int:
    """Return how many price versions a home has had."""
    return session.scalar(select(func.count()).where(PriceVersion.home_id == home_id)) or 0


def list_price_changes(session: Session, *, home_id: int, limit: int, offset: int = 0) -> list[PriceChange]:
    """Return a home's price history over all three kinds, newest first."""
    earlier = func.lag(PriceVersion.amount_fen).over(partition_by=PriceVersion.kind, order_by=PriceVersion.id)
    statement = (
        select(PriceVersion, earlier, User.display_name)
        .outerjoin(User, User.id == PriceVersion.author_id)
        .where(PriceVersion.home_id == home_id)
        .order_by(PriceVersion.effective_from.desc(), PriceVersion.id.desc())
    )
    rows = session.execute(statement.limit(limit).offset(offset))
    return [PriceChange(version, before, author) for version, before, author in rows]


def find_listing(session: Session, *, district_id: int, home_id: int) -> PoolListing | None:
    """Return a home's place in the pool of a district, listed or out; None when it was never listed there."""
    statement = select(PoolListing).where(
        PoolListing.district_id == district_id, PoolListing.home_id == home_id
    )
    return session.scalars(statement, execution_options={"populate_existing": True}).first()


def has_history(session: Session, *, home_id: int) -> bool:
    """Tell whether a home was ever listed, or the bureau ever filed a price for it."""
    listed = exists().where(PoolListing.home_id == home_id)
    filed = exists().where(PriceVersion.home_id == home_id, PriceVersion.source == "bureau")
    return bool(session.scalar(select(listed | filed)))


def get_public_home(session: Session, *, ref: str) -> Home:
    """Return a home that is or was listed, with its place loaded.

    Raises NotFound for a home that was never listed: its prices are still its developer's own draft.
    """
    was_listed = exists().where(PoolListing.home_id == Home.id)
    home = session.scalars(select(Home).where(Home.ref == ref, was_listed).options(*PLACE)).first()
    if home is None:
        raise NotFound("home_not_found")
    return home


def get_public_development(session: Session, *, ref: str) -> Development:
    """Return a development with developer and district loaded.

    Raises NotFound unless a home of it is or was listed.
    """
    was_listed = exists().where(PoolListing.home_id == Home.id, Home.development_id == Development.id)
    statement = (
        select(Development)
        .where(Development.ref == ref, was_listed)
        .options(joinedload(Development.developer), joinedload(Development.district))
    )
    development = session.scalars(statement).first()
    if development is None:
        raise NotFound("development_not_found")
    return development


def offers(session: Session, *, home_ids: Iterable[int]) -> dict[int, Offer]:
    """Return, of these homes, those that stand listed in the pool of their own district right now, by id.

    This is the truth that search results are checked against before they are shown.
    """
    statement = _listed().where(Home.id.in_(list(home_ids)))
    return {offer.home.id: offer for offer in _with_prices(session, statement)}


def count_offers(session: Session, *, development_id: int) -> int:
    """Return how many homes of a development stand listed."""
    listed = _listed().where(Home.development_id == development_id).with_only_columns(Home.id)
    return session.scalar(select(func.count()).select_from(listed.subquery())) or 0


def list_offers(session: Session, *, development_id: int, limit: int, offset: int = 0) -> list[Offer]:
    """Return the homes of a development that stand listed: free ones first, then by building and storey."""
    order = (Home.status != "free", Home.building_id, Home.unit, Home.storey, Home.room)
    statement = _listed().where(Home.development_id == development_id).order_by(*order)
    return _with_prices(session, statement.limit(limit).offset(offset))


def _listed() -> Select[Home, PoolListing]:
    return (
        select(Home, PoolListing)
        .join(Development, Development.id == Home.development_id)
        .join(
            PoolListing,
            (PoolListing.home_id == Home.id) & (PoolListing.district_id == Development.district_id),
        )
        .where(PoolListing.state == "listed")
        .options(*PLACE)
    )


def _with_prices(session: Session, statement: Select[Home, PoolListing]) -> list[Offer]:
    rows = session.execute(statement).all()
    prices = current_prices(session, [home.id for home, _ in rows])
    return [Offer(home, listing, prices[home.id]) for home, listing in rows]


def is_admitted(session: Session, *, district_id: int, developer_id: int) -> bool:
    """Tell whether a developer is admitted (入库) to the pool of a district."""
    return session.get(PoolMembership, (district_id, developer_id)) is not None
