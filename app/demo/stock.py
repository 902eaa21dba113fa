"""The demo's stock: six developments of four developers, 300 homes, prices from a stated formula.

Price of a home = area x base price of its development x (1 + 0.4% for each storey above the ninth, and a
noise of up to 2% either way). The filed price is that; cash buyers pay 3% less; the voucher price is the cash
price, or up to 1% less. All are rounded down to whole hundreds of yuan: voucher <= cash <= filed survives.
"""

import io
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.demo.papers import FLOOR_PLANS, floor_plan
from app.documents.rules import Kind
from app.homes import service as homes
from app.homes.models import Home
from app.homes.queries import current_prices, owner_of
from app.homes.rules import Finish, Orientation

HOMES_A_BUILDING: Final = 25
STOREYS: Final = 18
_HUNDRED_YUAN: Final = 10_000
_MISTYPED: Final = 2
_MISTYPED_BY_FEN: Final = 1_000_00
"""Which home's filed price its developer typed too high, and by how much: still above its other prices."""
_FITTED_FROM: Final = 5400
"""Developments of this base price and above are handed over fitted."""
_INNER_SHARE: Final = Decimal("0.79")
_LAYOUTS: Final = (
    (2, Decimal("78.60")),
    (2, Decimal("86.35")),
    (3, Decimal("95.20")),
    (3, Decimal("108.75")),
    (3, Decimal("118.40")),
    (4, Decimal("136.90")),
)
_ORIENTATIONS: Final = {"01": Orientation.NORTH_SOUTH, "02": Orientation.SOUTH}
"""By the room's place on its storey: the corner home has windows on both sides."""


@dataclass(frozen=True)
class Place:
    """One development of the demo; ``base`` in yuan per ㎡, the point in WGS-84 degrees."""

    developer: str
    name: str
    address: str
    stage: str
    base: int
    lat: float
    lon: float
    phone: str


PLACES: Final = (
    Place(
        "菱湖滨江置业有限公司",
        "滨江壹品",
        "沿江东路 88 号",
        "finished",
        6200,
        30.5172,
        117.0661,
        "0556-5550188",
    ),
    Place(
        "菱湖滨江置业有限公司",
        "菱湖雅苑",
        "菱湖南路 12 号",
        "presale",
        5430,
        30.5264,
        117.0523,
        "0556-5550112",
    ),
    Place(
        "宜城安居房地产有限公司",
        "振风家园",
        "振风大道 305 号",
        "finished",
        4700,
        30.5341,
        117.0812,
        "0556-5550305",
    ),
    Place(
        "宜城安居房地产有限公司",
        "宜秀花园",
        "湖心北路 66 号",
        "presale",
        4700,
        30.5527,
        117.0409,
        "0556-5550166",
    ),
    Place(
        "皖江城建开发有限公司",
        "东部新城滨江苑",
        "港华路 201 号",
        "finished",
        4400,
        30.5218,
        117.0935,
        "0556-5550201",
    ),
    Place(
        "长风置业有限公司", "长风小筑", "华中东路 9 号", "finished", 4400, 30.5399, 117.0287, "0556-5550109"
    ),
)


@dataclass(frozen=True)
class Lot:
    """What is settled about a home before it is typed in; prices in fen."""

    storey: int
    room: str
    rooms: int
    area_m2: Decimal
    filed_fen: int
    cash_fen: int
    voucher_fen: int


def lots_of(place: Place, chance: random.Random) -> list[Lot]:
    """Return the homes of one building."""
    lots = []
    for number in range(HOMES_A_BUILDING):
        storey, room = 3 + number // 2, f"0{1 + number % 2}"
        rooms, area = chance.choice(_LAYOUTS)
        lots.append(_priced(place, storey, room, rooms, area, chance))
    return lots


def _priced(place: Place, storey: int, room: str, rooms: int, area: Decimal, chance: random.Random) -> Lot:
    per_mille = 1000 + 4 * (storey - 9) + chance.randint(-20, 20)
    truth_fen = int(area * place.base * per_mille / 10)
    filed = _round(truth_fen)
    cash = _round(truth_fen * 97 // 100)
    voucher = _round(cash * chance.choice((1000, 1000, 995, 990)) // 1000)
    return Lot(storey, room, rooms, area, filed, cash, voucher)


def _round(fen: int) -> int:
    return fen // _HUNDRED_YUAN * _HUNDRED_YUAN


def build(
    session: Session, *, actor: Actor, place: Place, district_id: int, chance: random.Random
) -> list[Home]:
    """Type in one development with two buildings and 50 homes; none is listed yet."""
    presale = place.stage == "presale"
    development = homes.create_development(
        session,
        actor=actor,
        district_id=district_id,
        name=place.name,
        address=place.address,
        stage=place.stage,
        sales_phone=place.phone,
        presale_permit=f"菱房预售证第 2015{PLACES.index(place) + 1:03} 号" if presale else None,
        delivery_on=date(2017, 6, 30) if presale else date(2015, 12, 31),
        lat=place.lat,
        lon=place.lon,
    )
    for rooms, plan in FLOOR_PLANS.items():
        homes.add_picture(
            session,
            actor=actor,
            owner=owner_of(development),
            kind=Kind.FLOOR_PLAN,
            source=io.BytesIO(floor_plan(plan)),
            name=f"{rooms}室户型图.png",
            caption=f"{rooms} 室户型示意图，上排是卧室，下排是客厅和厨房卫生间",
        )
    # Pictures lock the development, homes come after it in the order of locks.
    session.commit()
    made = []
    for building_number in (1, 2):
        building = homes.create_building(
            session,
            actor=actor,
            development_id=development.id,
            name=f"{building_number}号楼",
            storeys=STOREYS,
            units=1,
            has_lift=True,
        )
        for lot in lots_of(place, chance):
            made.append(_type_in(session, actor, building.id, place, building_number, lot))
    return made


def _type_in(
    session: Session, actor: Actor, building_id: int, place: Place, building_number: int, lot: Lot
) -> Home:
    filing = f"菱价备 2016-{PLACES.index(place) + 1}{building_number}{lot.storey:02}{lot.room}"
    return homes.create_home(
        session,
        actor=actor,
        building_id=building_id,
        unit="1单元",
        storey=lot.storey,
        room=f"{lot.storey}{lot.room}",
        rooms=lot.rooms,
        area_m2=lot.area_m2,
        inner_area_m2=(lot.area_m2 * _INNER_SHARE).quantize(Decimal("0.01")),
        orientation=_ORIENTATIONS[lot.room],
        finish=Finish.FITTED if place.base >= _FITTED_FROM else Finish.BARE,
        filed_fen=lot.filed_fen,
        filing_number=filing,
        cash_fen=lot.cash_fen,
        voucher_fen=lot.voucher_fen,
    )


def register(session: Session, *, regulator: Actor, made: Sequence[Home]) -> None:
    """Let the bureau register the prices of the first building, one of them below the developer's figure."""
    building = made[:HOMES_A_BUILDING]
    prices = current_prices(session, [home.id for home in building])
    amounts = {home_id: found.amounts.filed_fen or 0 for home_id, found in prices.items()}
    amounts[building[_MISTYPED].id] -= _MISTYPED_BY_FEN
    homes.file_prices(
        session,
        actor=regulator,
        amounts=amounts,
        filing_number="菱价备 2016-018",
        filed_on=date(2016, 5, 10),
    )
    session.commit()
