"""A district that a run of the monitor can judge: sold and listed homes at prices of a stated formula."""

import math
import random
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.core.ids import new_ref
from app.homes.models import Building, Development, Home, PriceVersion
from app.homes.pool_models import PoolListing
from app.identity.models import District
from app.sales.models import CashSale
from tests.factories.homes import make_building, make_developer, make_development
from tests.factories.identity import make_district
from tests.factories.sales import make_number

DEVELOPMENTS = 14
SALES_EACH = 22
LISTED_EACH = 5
DAYS = 150
DEAR = 0.15


@dataclass(frozen=True)
class Watched:
    """The district, its developers, and which of the developments is dear."""

    district: District
    developers: list[Actor]
    developments: list[Development]
    listed: dict[int, list[Home]] = field(default_factory=dict)
    """Listed homes by development."""

    @property
    def dear(self) -> Development:
        """The development whose voucher prices are above what cash buyers paid in it."""
        return self.developments[0]


def make_watched(
    session: Session, *, developments: int = DEVELOPMENTS, seed: int = 1, alone: float = 0.0
) -> Watched:
    """Return a new district with sales of 150 days; two developments a company, the first of them dear.

    ``alone`` is the premium of a single home of the last development.
    """
    chance = random.Random(seed)  # reproducible, not secret
    district = make_district(session)
    developers = [make_developer(session, admitted_to=district) for _ in range((developments + 1) // 2)]
    made = Watched(district, developers, [])
    for number in range(developments):
        developer = developers[number // 2]
        development = make_development(session, developer=developer, district=district)
        development.lat, development.lon = 31.9 + chance.gauss(0, 0.03), 120.9 + chance.gauss(0, 0.03)
        building = make_building(session, developer=developer, development=development)
        made.developments.append(development)
        effect = chance.gauss(0, 0.02)
        for room in range(SALES_EACH):
            _sell(session, district, _home(session, building, room, chance), effect, chance)
        above = DEAR if number == 0 else 0.0
        single = alone if number == developments - 1 else 0.0
        premiums = [above + single, *[above] * (LISTED_EACH - 1)]
        made.listed[development.id] = [
            _offer(
                session,
                district,
                _home(session, building, SALES_EACH + room, chance),
                effect + premium,
                chance,
            )
            for room, premium in enumerate(premiums)
        ]
    session.flush()
    return made


def _home(session: Session, building: Building, number: int, chance: random.Random) -> Home:
    home = Home(
        ref=new_ref("FY"),
        development_id=building.development_id,
        building_id=building.id,
        unit="1",
        storey=1 + number % 18,
        room=f"{1 + number % 18}{1 + number // 18:02}",
        kind="home",
        rooms=chance.choice((2, 3)),
        area_m2=Decimal(chance.randrange(7000, 13000)) / 100,
        status="free",
        doc_version=1,
        created_at=clock.now(),
    )
    session.add(home)
    session.flush()
    return home


def _worth_fen(home: Home, effect: float, chance: random.Random) -> int:
    a_m2 = 5_000 * math.exp(effect + 0.003 * home.storey + chance.gauss(0, 0.012))
    return round(a_m2 * float(home.area_m2)) * 100


def _sell(session: Session, district: District, home: Home, effect: float, chance: random.Random) -> None:
    home.status = "sold"
    session.add(
        CashSale(
            ref=new_ref("XJ"),
            district_id=district.id,
            contract_number=make_number(),
            signed_on=clock.today() - timedelta(days=chance.randrange(1, DAYS)),
            development_name="",
            building_name="",
            unit=home.unit,
            room=home.room,
            match_key=f"{home.id}",
            home_id=home.id,
            developer_id=home.building.development.developer_id,
            area_m2=home.area_m2,
            price_fen=_worth_fen(home, effect, chance),
            payment="full",
            is_bulk=False,
            is_staff=False,
            is_cancelled=False,
            by_voucher=False,
            state="standing",
            source="developer",
            reported_at=clock.now(),
            registered_at=clock.now(),
        )
    )


def _offer(session: Session, district: District, home: Home, effect: float, chance: random.Random) -> Home:
    voucher = _worth_fen(home, effect, chance)
    moment = clock.now() - timedelta(days=30)
    for kind, amount in (("filed", voucher * 12 // 10), ("cash", voucher), ("voucher", voucher)):
        session.add(
            PriceVersion(
                home_id=home.id,
                kind=kind,
                amount_fen=amount,
                effective_from=moment,
                reason="首次定价",
                source="developer",
            )
        )
    session.add(
        PoolListing(
            district_id=district.id,
            home_id=home.id,
            state="listed",
            changed_at=moment,
            first_listed_at=moment,
        )
    )
    return home
