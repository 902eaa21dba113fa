"""A made-up stock to search: two districts, three developments, nine homes, all through the services.

Publishing locks the home and then an audit head, so each home is a transaction of its own: it commits.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from app.core import audit
from app.core.actor import Actor
from app.homes import service as homes
from app.homes.models import Building, Development, Home
from app.identity.models import District
from tests.factories.homes import FILING_NUMBER, make_developer
from tests.factories.identity import make_district


@dataclass
class Stock:
    """What was made; ``homes`` are keyed by room number, every one listed."""

    port: District
    east: District
    riverside: Development
    """滨江花园, finished, 港区 port, two buildings of 18 and 6 storeys."""
    brocade: Development
    """锦绣天城, pre-sale, same district and developer."""
    harbour: Development
    """港华名苑, finished, district east, another developer; it has told no point."""
    seller: Actor
    rival: Actor
    homes: dict[str, Home] = field(default_factory=dict)

    @property
    def ids(self) -> list[int]:
        """The ids of all homes."""
        return [home.id for home in self.homes.values()]


def make_stock(session: Session) -> Stock:
    """Return nine listed homes. The index is not written: that is the test's."""
    audit.initialise(session)
    port, east = make_district(session), make_district(session)
    seller, rival = make_developer(session, admitted_to=port), make_developer(session, admitted_to=east)
    session.commit()
    riverside = _development(session, seller, port, "滨江花园", "滨江路 8 号", point=(30.5251, 117.0523))
    brocade = _development(
        session, seller, port, "锦绣天城", "人民路 108 号", point=(30.5402, 117.0611), presale=True
    )
    harbour = _development(session, rival, east, "港华名苑", "港华路 2 号")
    tall = _building(session, seller, riverside, "3幢", 18)
    low = _building(session, seller, riverside, "5幢", 6)
    tower = _building(session, seller, brocade, "A座", 33)
    block = _building(session, rival, harbour, "1幢", 11)
    stock = Stock(port, east, riverside, brocade, harbour, seller, rival)
    for building, storey, room, rooms, area, yuan in (
        (tall, 1, "101", 2, "70.10", 350_000),
        (tall, 9, "901", 3, "89.50", 462_000),
        (tall, 18, "1801", 3, "120.00", 640_000),
        (low, 6, "601", 1, "48.80", 240_000),
        (tower, 3, "301", 2, "70.10", 402_000),
        (tower, 20, "2001", 4, "143.25", 900_000),
        (block, 2, "202", 3, "89.50", 462_000),
        (block, 5, "505", 2, "66.00", 310_000),
        (block, 11, "1101", 3, "101.00", 515_000),
    ):
        who = rival if building is block else seller
        stock.homes[room] = _home(session, who, building, storey, room, rooms, area, yuan)
    return stock


def _development(
    session: Session,
    who: Actor,
    district: District,
    name: str,
    address: str,
    *,
    point: tuple[float, float] | None = None,
    presale: bool = False,
) -> Development:
    lat, lon = point or (None, None)
    return homes.create_development(
        session,
        actor=who,
        district_id=district.id,
        name=name,
        address=address,
        stage="presale" if presale else "finished",
        sales_phone="0513-5550000",
        presale_permit="预售2016-018" if presale else None,
        delivery_on=date(2017, 12, 31) if presale else None,
        lat=lat,
        lon=lon,
    )


def _building(session: Session, who: Actor, place: Development, name: str, storeys: int) -> Building:
    return homes.create_building(session, actor=who, development_id=place.id, name=name, storeys=storeys)


def _home(
    session: Session,
    who: Actor,
    building: Building,
    storey: int,
    room: str,
    rooms: int,
    area: str,
    yuan: int,
) -> Home:
    home = homes.create_home(
        session,
        actor=who,
        building_id=building.id,
        unit="2",
        storey=storey,
        room=room,
        rooms=rooms,
        area_m2=Decimal(area),
        filed_fen=(yuan + 20_000) * 100,
        filing_number=FILING_NUMBER,
        cash_fen=(yuan + 10_000) * 100,
        voucher_fen=yuan * 100,
    )
    homes.publish(session, actor=who, home_id=home.id)
    session.commit()
    return home


def rooms_of(stock: Stock, home_ids: Sequence[int]) -> list[str]:
    """Return the room numbers of these homes, in their order: what a failed test can be read by."""
    rooms = {home.id: room for room, home in stock.homes.items()}
    return [rooms[home_id] for home_id in home_ids]
