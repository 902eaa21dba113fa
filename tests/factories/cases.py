"""Price signals, made as in life: a developer lists a home, then lowers its cash or filed price."""

import itertools
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cases.models import Signal
from app.core.actor import Actor, Role
from app.homes import service
from app.homes.models import Home
from app.homes.rules import PriceKind
from app.identity.models import District
from tests.factories.identity import make_actor, make_district

FILED_FEN, CASH_FEN, VOUCHER_FEN = 60_000_000, 57_000_000, 57_000_000

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Market:
    """A district with its regulator, and a developer with a home in its pool."""

    district: District
    regulator: Actor
    developer: Actor
    home: Home


def make_market(session: Session, *, district: District | None = None, name: str = "滨江花园") -> Market:
    """Return a new district, or a new developer in the given one, with one listed home."""
    district = district or make_district(session)
    officer = make_actor(session, role=Role.OFFICER, district=district)
    regulator = make_actor(session, role=Role.REGULATOR, district=district)
    developer = make_actor(session, role=Role.DEVELOPER)
    service.admit_developer(session, actor=officer, developer_id=developer.organisation)
    development = service.create_development(
        session,
        actor=developer,
        district_id=district.id,
        name=name,
        address="滨江路 8 号",
        stage="finished",
        sales_phone="0513-5550000",
    )
    building = service.create_building(
        session, actor=developer, development_id=development.id, name="3幢", storeys=30
    )
    home = list_home(session, developer=developer, building_id=building.id)
    return Market(district=district, regulator=regulator, developer=developer, home=home)


def list_home(session: Session, *, developer: Actor, building_id: int) -> Home:
    """Return another listed home of a building."""
    number = next(_numbers)
    home = service.create_home(
        session,
        actor=developer,
        building_id=building_id,
        unit="2",
        storey=1 + number % 30,
        room=f"{100 + number}",
        rooms=3,
        area_m2=Decimal("89.50"),
        filed_fen=FILED_FEN,
        filing_number="备2016-0012",
        cash_fen=CASH_FEN,
        voucher_fen=VOUCHER_FEN,
    )
    service.publish(session, actor=developer, home_id=home.id)
    return home


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
