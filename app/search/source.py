"""The truth about homes: what documents are built from, and what results are checked against.

One statement is one snapshot, so a document never mixes two versions of its home.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    FromClause,
    Select,
    any_,
    bindparam,
    func,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by
from sqlalchemy.orm import Session

from app.core import clock
from app.core.prepared import Prepared
from app.homes import deals
from app.homes.models import DWELLING, Building, Development, Home, PriceVersion
from app.homes.pool_models import PoolListing
from app.homes.pricing_models import Promotion
from app.homes.promotions import Deal, PromotionKind
from app.homes.rules import Finish, Orientation
from app.identity.models import District, Organisation
from app.search.documents import HomeFacts
from app.search.request import Kind, Stage


class DevelopmentFacts(NamedTuple):
    """One development as the database has it now; the point is in WGS-84 degrees."""

    ref: str
    name: str
    address: str
    district: str
    developer: str
    stage: str
    lat: float | None
    lon: float | None


def load(session: Session, home_ids: Iterable[int]) -> dict[int, HomeFacts]:
    """Return the facts of these homes by id, except those never listed, which are not public, and spaces."""
    wanted = list(home_ids)
    ask = _FACTS.rows if len(wanted) <= _FEW else _FACTS.rows_of_many
    # Written out here: the driver takes longer over a list than PostgreSQL over reading this.
    rows = ask(session, home_ids="{" + ",".join(map(str, wanted)) + "}", moment=clock.now())
    return {row[0]: _home(row) for row in rows}


def load_developments(session: Session, refs: Iterable[str]) -> dict[str, DevelopmentFacts]:
    """Return what these developments are, by reference."""
    statement = (
        select(
            Development.ref,
            Development.name,
            Development.address,
            District.name.label("district"),
            Organisation.name.label("developer"),
            Development.stage,
            Development.lat,
            Development.lon,
        )
        .join(District, District.id == Development.district_id)
        .join(Organisation, Organisation.id == Development.developer_id)
        .where(Development.ref.in_(list(refs)))
    )
    return {row.ref: DevelopmentFacts(*row) for row in session.execute(statement)}


def public_ids(session: Session, *, after: int, limit: int) -> Sequence[int]:
    """Return ids of homes that are or were listed, ascending, from just above ``after``."""
    statement = _public(select(Home.id)).where(Home.id > after).order_by(Home.id).limit(limit)
    return session.scalars(statement).all()


def count_public(session: Session) -> int:
    """Return how many homes are or were listed: how many documents a complete index holds at least."""
    return int(session.scalars(_public(select(func.count(Home.id)))).one())


def _public(statement: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return statement.join(Development, Development.id == Home.development_id).join(
        PoolListing,
        (PoolListing.home_id == Home.id) & (PoolListing.district_id == Development.district_id) & DWELLING,
    )


def _facts() -> Select[Any]:
    """Return the select of the facts, in their order, of the homes ``home_ids`` at ``moment``."""
    prices = _current_prices()
    columns = select(
        Home.id,
        Home.doc_version,
        Home.ref,
        Building.name,
        Building.storeys,
        Home.unit,
        Home.storey,
        Home.room,
        Home.kind,
        Home.rooms,
        Home.area_m2,
        Home.inner_area_m2,
        Home.orientation,
        Home.finish,
        Building.has_lift,
        Home.status,
        Development.name,
        Development.ref,
        Development.address,
        Development.stage,
        District.name,
        District.code,
        Organisation.name,
        prices.c.filed,
        prices.c.cash,
        prices.c.voucher,
        PoolListing.state == "listed",
        PoolListing.out_reason,
        PoolListing.first_listed_at,
        Development.lat,
        Development.lon,
        _open_promotions(),
    )
    statement = (
        _public(columns)
        .join(Building, Building.id == Home.building_id)
        .join(District, District.id == Development.district_id)
        .join(Organisation, Organisation.id == Development.developer_id)
        .join(prices, true())
    )
    return statement.where(Home.id == any_(bindparam("home_ids", type_=ARRAY(BigInteger))))


def _current_prices() -> FromClause:
    """Return the three prices of a home as one row, of which there is none where one of them is missing.

    They lie side by side, so one look into their index finds all three.
    """
    price = PriceVersion
    amounts = (func.max(price.amount_fen).filter(price.kind == kind).label(kind) for kind in _PRICES)
    current = select(*amounts).where(price.home_id == Home.id, price.effective_to.is_(None))
    return current.having(func.count() == len(_PRICES)).correlate(Home).lateral("prices")


_PRICES: Final = ("filed", "cash", "voucher")


def _open_promotions() -> ColumnElement[Any]:
    """Return the promotions that voucher buyers of a home have at ``moment``, as JSON; NULL for none."""
    moment = bindparam("moment", type_=DateTime(timezone=True))
    holding = (deals.covers(), deals.holding(moment), Promotion.open_to_vouchers)
    figures = func.json_build_array(*(getattr(Promotion, column) for column in _FIGURES))
    one_each = func.json_agg(aggregate_order_by(figures, Promotion.id))
    return select(one_each).where(*holding).correlate(Home).scalar_subquery()


_FIGURES: Final = (
    *("id", "kind", "off_fen", "rate_bp", "worth_fen", "stackable", "open_to_vouchers", "title"),
)
"""The columns of a promotion in the order of ``Deal``'s fields."""


def _home(row: Sequence[Any]) -> HomeFacts:
    *values, deals = row
    for place, members in _TYPED:
        values[place] = members[values[place]]
    made = (Deal(first, PromotionKind(kind), *others) for first, kind, *others in deals or ())
    return HomeFacts._make((*values, tuple(made)))


_MEMBERS: Final = {"kind": Kind, "stage": Stage, "orientation": Orientation, "finish": Finish}
_TYPED: Final = [
    (HomeFacts._fields.index(name), {None: None, **{one.value: one for one in members}})
    for name, members in _MEMBERS.items()
]
"""The places of a home's facts whose texts have a type, and what each text means."""

_FEW: Final = 100
"""Homes for which the plan that is kept is good enough."""

_FACTS: Final = Prepared(_facts())
