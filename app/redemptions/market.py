"""What quotes of homes are made of besides vouchers, read once for all homes of a quote. Reads only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.errors import Conflict
from app.core.prepared import Prepared
from app.homes.models import Home
from app.homes.queries import Prices, current_prices, listing_states
from app.projects.models import Household
from app.redemptions import queries
from app.redemptions.snapshot import HomeFacts


@dataclass(frozen=True, slots=True)
class Market:
    """Prices in force and states in the household's pool by home id, and who is to stand in the contract."""

    prices: Mapping[int, Prices]
    listings: Mapping[int, str]
    buyers: tuple[str, ...]

    def demand(self, session: Session, home: Home, moment: datetime) -> Prices:
        """Return a home's prices. Raises Conflict with what keeps the household's district from it."""
        prices, state = self.prices[home.id], self.listings.get(home.id)
        found = queries.obstacle_to(session, home=home, prices=prices, listing_state=state, moment=moment)
        if found:
            raise Conflict(found)
        return prices


def look(session: Session, *, actor: Actor, homes: Sequence[Home]) -> Market:
    """Return how these homes stand for the acting household now."""
    ids = [home.id for home in homes]
    ((holder,),) = _HOLDER.rows(session, household_id=actor.household)
    return Market(
        prices=current_prices(session, ids),
        listings=listing_states(session, district_id=actor.district, home_ids=ids),
        buyers=(holder,),
    )


_HOLDER: Final = Prepared(select(Household.holder_name).where(Household.id == bindparam("household_id")))


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
