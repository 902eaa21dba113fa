"""Reading homes, their prices and their place in the pool: what other packages and public pages ask for."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ARRAY, ColumnElement, Select, Text, any_, bindparam, exists, func, select
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.orm.interfaces import LoaderOption

from app.core import clock
from app.core.errors import NotFound
from app.core.prepared import Among, Prepared, Together
from app.documents.models import Document
from app.documents.queries import Owner, list_documents
from app.documents.rules import Access
from app.homes import deals, plans, promotions
from app.homes.models import DWELLING, Development, Home, PriceVersion
from app.homes.pool_models import PoolListing, PoolMembership
from app.homes.pricing_models import PlannedPrice
from app.homes.promotions import Deal
from app.homes.rules import Amounts, PriceKind, StockKind, find_breach
from app.identity.models import User

PLACE: Final[tuple[LoaderOption, ...]] = (
    joinedload(Home.building),
    joinedload(Home.development).joinedload(Development.developer),
    joinedload(Home.development).joinedload(Development.district),
)
"""Loads, with a home, all that tells where it is and whose."""


@dataclass(frozen=True, slots=True)
class Prices:
    """The three price versions of a home at one moment (None: never given), and its promotions."""

    filed: PriceVersion | None = None
    cash: PriceVersion | None = None
    voucher: PriceVersion | None = None
    deals: tuple[Deal, ...] = ()

    def of(self, kind: PriceKind) -> PriceVersion | None:
        """Return one of them."""
        return {"filed": self.filed, "cash": self.cash, "voucher": self.voucher}[kind]

    def with_version(self, kind: PriceKind, version: PriceVersion) -> "Prices":
        """Return the prices with another version of one of them."""
        changes: dict[str, Any] = {kind: version}
        return replace(self, **changes)

    @property
    def amounts(self) -> Amounts:
        """The sums alone, in fen, with the promotions."""
        filed, cash, voucher = (
            version.amount_fen if version else None for version in (self.filed, self.cash, self.voucher)
        )
        return Amounts(filed, cash, voucher, self.deals)


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
    """Return the prices in force of each home; every id asked for is in the answer.

    A planned price whose moment has come counts, though it may not be a stored version yet (it has no id).
    """
    moment, ids = clock.now(), list(home_ids)
    found = stored_prices(session, ids, moment)
    waiting = plans.due(session, ids, moment)
    return found | {
        home_id: _after(session, home_id, found[home_id], waiting[home_id]) for home_id in waiting
    }


def stored_prices(session: Session, home_ids: Iterable[int], moment: datetime) -> dict[int, Prices]:
    """Return the stored versions in force, without plans that are due, and the promotions of a moment."""
    ids = list(home_ids)
    if len(ids) == 1:
        stored = session.scalars(_STORED_OF_ONE, {"home_id": ids[0]}, execution_options=_AFRESH)
        return _prices(session, ids, stored, moment)
    among = select(PriceVersion).where(PriceVersion.home_id.in_(ids), PriceVersion.effective_to.is_(None))
    return _prices(session, ids, session.scalars(among, execution_options=_AFRESH), moment)


def prices_at(session: Session, home_ids: Iterable[int], moment: datetime) -> dict[int, Prices]:
    """Return the prices in force at a moment; a version holds from its start until just before its end."""
    ids = list(home_ids)
    ended_later = PriceVersion.effective_to.is_(None) | (PriceVersion.effective_to > moment)
    then = select(PriceVersion).where(
        PriceVersion.home_id.in_(ids), PriceVersion.effective_from <= moment, ended_later
    )
    return _prices(session, ids, session.scalars(then, execution_options=_AFRESH), moment)


_AFRESH: Final = {"populate_existing": True}
_STORED_OF_ONE: Final = select(PriceVersion).where(
    PriceVersion.home_id == bindparam("home_id"), PriceVersion.effective_to.is_(None)
)


def _prices(
    session: Session, home_ids: Sequence[int], versions: Iterable[PriceVersion], moment: datetime
) -> dict[int, Prices]:
    found: dict[int, dict[str, PriceVersion]] = {home_id: {} for home_id in home_ids}
    for version in versions:
        found[version.home_id][version.kind] = version
    promoted = deals.spans(session, home_ids, since=moment, until=moment)
    return {
        home_id: Prices(**versions, deals=promotions.in_force(promoted[home_id], moment))
        for home_id, versions in found.items()
    }


def _after(session: Session, home_id: int, prices: Prices, waiting: Sequence[PlannedPrice]) -> Prices:
    """Return a home's prices with its due plans carried out."""
    for outcome in play_due(session, home_id, prices, waiting):
        plan = outcome.plan
        if outcome.refusal is None:
            version = PriceVersion(
                home_id=home_id,
                kind=plan.kind,
                amount_fen=plan.amount_fen,
                effective_from=plan.effective_at,
                reason=plan.reason,
                source="developer",
                author_id=plan.author_id,
            )
            prices = prices.with_version(plans.kind_of(plan), version)
    return prices


def play_due(
    session: Session, home_id: int, prices: Prices, waiting: Sequence[PlannedPrice]
) -> list[plans.Outcome]:
    """Return what becomes of a home's due plans, judged each by the promotions of its own moment."""
    moments = [plan.effective_at for plan in waiting]
    promoted = deals.spans(session, [home_id], since=min(moments), until=max(moments))[home_id]
    return plans.play(prices.amounts, waiting, lambda moment: promotions.in_force(promoted, moment))


def count_price_changes(session: Session, *, home_id: int, since: datetime | None = None) -> int:
    """Return how many price versions a home has had, of those still in force after ``since`` if given."""
    return session.scalar(select(func.count()).where(*_history(home_id, since))) or 0


def list_price_changes(
    session: Session, *, home_id: int, limit: int, offset: int = 0, since: datetime | None = None
) -> list[PriceChange]:
    """Return a home's price history over all three kinds, newest first.

    ``since`` leaves out versions that had ended by then; of the first that is left the sum before is unknown.
    """
    earlier = func.lag(PriceVersion.amount_fen).over(partition_by=PriceVersion.kind, order_by=PriceVersion.id)
    statement = (
        select(PriceVersion, earlier, User.display_name)
        .outerjoin(User, User.id == PriceVersion.author_id)
        .where(*_history(home_id, since))
        .order_by(PriceVersion.effective_from.desc(), PriceVersion.id.desc())
    )
    rows = session.execute(statement.limit(limit).offset(offset))
    return [PriceChange(version, before, author) for version, before, author in rows]


def _history(home_id: int, since: datetime | None) -> list[ColumnElement[bool]]:
    own = [PriceVersion.home_id == home_id]
    if since is not None:
        own.append(PriceVersion.effective_to.is_(None) | (PriceVersion.effective_to > since))
    return own


def find_listing(session: Session, *, district_id: int, home_id: int) -> PoolListing | None:
    """Return a home's place in the pool of a district, listed or out; None when it was never listed there."""
    statement = select(PoolListing).where(
        PoolListing.district_id == district_id, PoolListing.home_id == home_id
    )
    return session.scalars(statement, execution_options={"populate_existing": True}).first()


def listing_states(session: Session, *, district_id: int, home_ids: Collection[int]) -> dict[int, str]:
    """Return the states of homes' places in the pool of a district; those never listed there are absent."""
    return dict(_LISTING_STATES.rows(session, home_ids, district_id=district_id))


_LISTING_STATES: Final = Among(
    PoolListing.home_id,
    lambda among: select(PoolListing.home_id, PoolListing.state).where(
        PoolListing.district_id == bindparam("district_id"), among
    ),
)


def listings_of(session: Session, *, district_id: int, home_ids: Sequence[int]) -> dict[int, PoolListing]:
    """Return the places of homes in the pool of a district, by home id; those never listed are absent."""
    statement = select(PoolListing).where(
        PoolListing.district_id == district_id, PoolListing.home_id.in_(home_ids)
    )
    rows = session.scalars(statement, execution_options={"populate_existing": True})
    return {listing.home_id: listing for listing in rows}


def pictures_of(session: Session, home: Home | Development) -> Sequence[Document]:
    """Return the pictures of a home or a development in their order."""
    return list_documents(session, owner_of(home), access=Access.PUBLIC)


def owner_of(thing: Home | Development) -> Owner:
    """Return a home or a development as the owner of its files."""
    return Owner("home" if isinstance(thing, Home) else "development", thing.id)


def has_history(session: Session, *, home_id: int) -> bool:
    """Tell whether a home was ever listed, or the bureau ever filed a price for it."""
    listed = exists().where(PoolListing.home_id == home_id)
    filed = exists().where(PriceVersion.home_id == home_id, PriceVersion.source == "bureau")
    return bool(session.scalar(select(listed | filed)))


def get_public_home(session: Session, *, ref: str) -> Home:
    """Return a home that is or was listed, with its place loaded.

    Raises NotFound for a space, and for a home that was never listed: its prices are still its developer's
    own draft.
    """
    home = get_public_stock(session, ref=ref)
    if home.kind != StockKind.HOME:
        raise NotFound("home_not_found")
    return home


def get_public_stock(session: Session, *, ref: str) -> Home:
    """Return a home or a space that is or was listed, with its place loaded. Raises NotFound."""
    found = _PUBLIC_STOCK.rows(session, ref=ref)
    if not found:
        raise NotFound("home_not_found")
    return found[0]


def list_public_stock(session: Session, *, refs: Sequence[str]) -> list[Home]:
    """Return homes and spaces as ``get_public_stock`` does, in the order of the references.

    Raises NotFound when one of them is none.
    """
    found = {home.ref: home for home in _PUBLIC_STOCKS.rows(session, refs=list(refs))}
    if found.keys() != set(refs):
        raise NotFound("home_not_found")
    return [found[ref] for ref in refs]


_WAS_LISTED: Final = select(Home).where(exists().where(PoolListing.home_id == Home.id))
_PLACE: Final = (Home.building, Home.development, Development.developer, Development.district)
_PUBLIC_STOCK: Final = Together(Home, _WAS_LISTED.where(Home.ref == bindparam("ref")), *_PLACE)
_PUBLIC_STOCKS: Final = Together(
    Home, _WAS_LISTED.where(Home.ref == any_(bindparam("refs", type_=ARRAY(Text)))), *_PLACE
)


def kind_of_public_home(session: Session, *, ref: str) -> tuple[int, str]:
    """Return the id and the kind of a home that ``get_public_home`` returns whole. Raises NotFound."""
    found = _PUBLIC_KIND.first(session, ref=ref)
    if found is None:
        raise NotFound("home_not_found")
    home_id, kind = found
    return home_id, kind


_PUBLIC_KIND: Final = Prepared(
    select(Home.id, Home.kind).where(
        Home.ref == bindparam("ref"), exists().where(PoolListing.home_id == Home.id)
    )
)


def find_public_homes(session: Session, *, refs: Iterable[str]) -> dict[str, int]:
    """Return the ids of those of these homes that are or were listed, by reference."""
    was_listed = exists().where(PoolListing.home_id == Home.id)
    rows = session.execute(select(Home.ref, Home.id).where(Home.ref.in_(list(refs)), was_listed, DWELLING))
    return {row.ref: row.id for row in rows}


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
    listed = _listed().where(Home.development_id == development_id, DWELLING).with_only_columns(Home.id)
    return session.scalar(select(func.count()).select_from(listed.subquery())) or 0


def list_offers(session: Session, *, development_id: int, limit: int, offset: int = 0) -> list[Offer]:
    """Return the homes of a development that stand listed: free ones first, then by building and storey."""
    order = (Home.status != "free", Home.building_id, Home.unit, Home.storey, Home.room)
    statement = _listed().where(Home.development_id == development_id, DWELLING).order_by(*order)
    return _with_prices(session, statement.limit(limit).offset(offset))


def list_spaces(session: Session, *, development_id: int) -> list[Offer]:
    """Return the parking spaces and store rooms of a development that stand listed and are free."""
    order = (Home.kind, Home.building_id, Home.storey.desc(), func.length(Home.room), Home.room)
    wanted = (Home.development_id == development_id, ~DWELLING, Home.status == "free")
    return _with_prices(session, _listed().where(*wanted).order_by(*order))


def with_spaces(session: Session, development_ids: Iterable[int]) -> frozenset[int]:
    """Return those of these developments that have a free space in the pool."""
    ids = list(development_ids)
    if not ids:
        return frozenset()
    wanted = _listed().where(Home.development_id.in_(ids), ~DWELLING, Home.status == "free")
    return frozenset(session.scalars(wanted.with_only_columns(Home.development_id).distinct()))


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
    # A promotion that began this minute may break the rule before the job has taken the home out.
    return [
        Offer(home, listing, prices[home.id])
        for home, listing in rows
        if home.status == "sold" or find_breach(prices[home.id].amounts) is None
    ]


def is_admitted(session: Session, *, district_id: int, developer_id: int) -> bool:
    """Tell whether a developer is admitted (入库) to the pool of a district, and not suspended."""
    admitted = select(PoolMembership.id).where(
        PoolMembership.district_id == district_id,
        PoolMembership.developer_id == developer_id,
        PoolMembership.state == "admitted",
    )
    return session.scalar(admitted) is not None
