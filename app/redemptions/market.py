"""What quotes of homes are made of besides vouchers, read once for all homes of a quote. Reads only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.errors import Conflict
from app.core.prepared import Among
from app.homes.deals import has_due_plan, is_promoted
from app.homes.models import Home, PriceVersion
from app.homes.pool_models import PoolListing
from app.homes.promotions import Deal
from app.homes.queries import Prices, current_prices
from app.homes.rules import Amounts
from app.projects.models import Household
from app.redemptions import queries
from app.redemptions.snapshot import HomeFacts, PriceSeen


@dataclass(frozen=True, slots=True)
class Priced:
    """The three prices of a home as a quote freezes them (None: never given), and its promotions."""

    filed: PriceSeen | None = None
    cash: PriceSeen | None = None
    voucher: PriceSeen | None = None
    deals: tuple[Deal, ...] = ()

    @property
    def amounts(self) -> Amounts:
        """The sums alone, in fen, with the promotions."""
        filed, cash, voucher = (
            seen.amount_fen if seen else None for seen in (self.filed, self.cash, self.voucher)
        )
        return Amounts(filed, cash, voucher, self.deals)


@dataclass(frozen=True, slots=True)
class Market:
    """Prices in force at a moment, and states in the household's pool, by home id."""

    moment: datetime
    prices: Mapping[int, Priced]
    listings: Mapping[int, str | None]
    has_due: bool
    """Whether a planned price waits though its moment has come: it counts, but is not stored yet."""
    buyers: tuple[str, ...]
    """Who is to stand in the contract."""
    holding: int
    """How many homes the household holds, spaces aside."""

    def demand(self, session: Session, home: Home) -> Priced:
        """Return a home's prices. Raises Conflict with what keeps the household's district from it."""
        prices = self.prices[home.id]
        found = queries.obstacle_to(
            session,
            home=home,
            amounts=prices.amounts,
            listing_state=self.listings[home.id],
            moment=self.moment,
        )
        if found:
            raise Conflict(found)
        return prices


def look(session: Session, *, actor: Actor, homes: Sequence[Home], moment: datetime) -> Market:
    """Return how these homes, at least one, stand for the acting household at a moment that is now."""
    asked = {"district_id": actor.district, "household_id": actor.household, "moment": moment}
    rows = _MARKET.rows(session, [home.id for home in homes], **asked)
    moving = [home_id for home_id, _, _, due, promoted, *_ in rows if due or promoted]
    stored = {home_id: _stored(prices) for home_id, _, prices, *_ in rows}
    moved = current_prices(session, moving) if moving else {}
    *_, holder, holding = rows[0]
    return Market(
        moment=moment,
        prices=stored | {home_id: _moved(prices) for home_id, prices in moved.items()},
        listings={home_id: state for home_id, state, *_ in rows},
        has_due=any(due for _, _, _, due, *_ in rows),
        buyers=(holder,),
        holding=holding,
    )


_LISTING: Final = (
    select(PoolListing.state)
    .where(PoolListing.home_id == Home.id, PoolListing.district_id == bindparam("district_id"))
    .scalar_subquery()
)
_STORED: Final = (
    select(
        func.jsonb_object_agg(
            PriceVersion.kind,
            func.jsonb_build_array(PriceVersion.id, PriceVersion.amount_fen, PriceVersion.effective_from),
        )
    )
    .where(PriceVersion.home_id == Home.id, PriceVersion.effective_to.is_(None))
    .scalar_subquery()
)
_HOLDER: Final = (
    select(Household.holder_name).where(Household.id == bindparam("household_id")).scalar_subquery()
)
_MARKET: Final = Among(
    Home.id,
    lambda among: select(
        *(Home.id, _LISTING, _STORED),
        *(has_due_plan(bindparam("moment")), is_promoted(bindparam("moment"))),
        *(_HOLDER, queries.HELD.scalar_subquery()),
    ).where(among),
)
"""One question, because every quote asks it."""


def _stored(prices: Mapping[str, Sequence[Any]] | None) -> Priced:
    """Return stored prices: each came as its version's id, its sum in fen and since when it holds."""
    seen = {
        kind: PriceSeen(version_id, amount_fen, datetime.fromisoformat(since))
        for kind, (version_id, amount_fen, since) in (prices or {}).items()
    }
    return Priced(seen.get("filed"), seen.get("cash"), seen.get("voucher"))


def _moved(prices: Prices) -> Priced:
    """Return prices of which the stored versions are not all."""
    filed, cash, voucher = (
        PriceSeen(version.id, version.amount_fen, version.effective_from) if version else None
        for version in (prices.filed, prices.cash, prices.voucher)
    )
    return Priced(filed, cash, voucher, prices.deals)


def facts_of(home: Home) -> HomeFacts:
    """Return how a quote describes a home, whose place is loaded."""
    development = home.development
    return HomeFacts(
        ref=home.ref,
        development_ref=development.ref,
        development=development.name,
        developer_id=development.developer_id,
        developer=development.developer.name,
        district=development.district.name,
        address=development.address,
        building=home.building.name,
        unit=home.unit,
        storey=home.storey,
        room=home.room,
        kind=home.kind,
        rooms=home.rooms,
        area_m2=home.area_m2,
        stage=development.stage,
    )
