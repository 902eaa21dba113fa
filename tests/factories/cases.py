"""Price signals, made as in life: a developer lists a home, then lowers its cash or filed price."""

from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cases.models import Signal
from app.core.actor import Actor, Role
from app.homes import service
from app.homes.models import Building, Home
from app.homes.rules import PriceKind
from app.identity.models import District
from tests.factories.homes import CASH_FEN, make_building, make_developer, make_development, make_home
from tests.factories.identity import make_actor, make_district


@dataclass(frozen=True)
class Market:
    """A district with its regulator, and a developer with a home in its pool."""

    district: District
    regulator: Actor
    developer: Actor
    home: Home


def make_market(session: Session, *, district: District | None = None, name: str | None = None) -> Market:
    """Return a new developer with one listed home, its voucher price equal to its cash price.

    The district, with a regulator, is new as well when none is given; ``name`` is the development's.
    """
    district = district or make_district(session)
    developer = make_developer(session, admitted_to=district)
    development = make_development(session, developer=developer, district=district, name=name)
    building = make_building(session, developer=developer, development=development)
    home = make_home(session, developer=developer, building=building, voucher_fen=CASH_FEN)
    service.publish(session, actor=developer, home_id=home.id)
    regulator = make_actor(session, role=Role.REGULATOR, district=district)
    return Market(district=district, regulator=regulator, developer=developer, home=home)


def add_home(session: Session, market: Market) -> Market:
    """Return the market with another listed home of the same building, as its home."""
    building, developer = session.get_one(Building, market.home.building_id), market.developer
    home = make_home(session, developer=developer, building=building, voucher_fen=CASH_FEN)
    service.publish(session, actor=developer, home_id=home.id)
    return replace(market, home=home)


def break_rule(
    session: Session, market: Market, *, kind: PriceKind = "cash", amount_fen: int = 55_800_000
) -> Signal:
    """Lower a price of the market's home below its voucher price; return the signal this opens."""
    service.set_price(
        session,
        actor=market.developer,
        home_id=market.home.id,
        kind=kind,
        amount_fen=amount_fen,
        reason="现金促销",
        filing_number="备2016-0034" if kind == "filed" else None,
    )
    newest = select(Signal).where(Signal.home_id == market.home.id).order_by(Signal.id.desc())
    return session.scalars(newest.limit(1)).one()


def make_signal(session: Session, *, district: District | None = None) -> tuple[Market, Signal]:
    """Return a new market, and the signal that its developer's lowered cash price opened."""
    market = make_market(session, district=district)
    return market, break_rule(session, market)
