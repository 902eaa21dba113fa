"""Made-up documents: few names, prices and areas, so that filters overlap and orders are full of ties."""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from app.homes.rules import Finish, Orientation
from app.search import documents
from app.search.documents import Document, HomeFacts
from app.search.request import Kind, Stage

NAMES: Final = ("滨江花园", "滨江花园二期", "锦绣天城", "港华名苑", "重庆新城", "Park One", "瓴犀郡")
DISTRICTS: Final = (("gang", "港区"), ("dong", "东部新城"), ("xi", "西区"))
DEVELOPERS: Final = ("安庆滨江置业有限公司", "港华地产", "东方置业")
PRICES: Final = (300_000, 350_000, 350_050, 462_000, 900_000)
AREAS: Final = ("48.80", "70.10", "89.50", "89.51", "120.00")
POINTS: Final = ((30.531, 117.052), (30.531, 117.0611), (30.5, 117.05), None, (30.499999, 117.100001))
"""Where developments stand, two of them on one line; one has told no point."""
BEGIN: Final = datetime(2016, 1, 1, tzinfo=UTC)


def made_up_documents(
    count: int, *, seed: int = 1, version: int = 1, places: int = len(NAMES)
) -> list[Document]:
    """Return that many documents in that many developments; the same seed makes the same homes."""
    chance = random.Random(seed)
    return [documents.build(_facts(chance, number, version, places)) for number in range(1, count + 1)]


def _facts(chance: random.Random, number: int, version: int, places: int) -> HomeFacts:
    place = chance.randrange(places)
    code, district = DISTRICTS[place % len(DISTRICTS)]
    lat, lon = POINTS[place % len(POINTS)] or (None, None)
    price, storey = chance.choice(PRICES), chance.randint(1, 18)
    return HomeFacts(
        home_id=number,
        doc_version=version,
        ref=f"FY-{number:010}",
        building=f"{chance.randint(1, 3)}幢",
        storeys=18,
        unit=str(chance.randint(1, 2)),
        storey=storey,
        room=f"{storey}0{chance.randint(1, 4)}",
        kind=Kind.HOME,
        rooms=chance.randint(1, 4),
        area_m2=Decimal(chance.choice(AREAS)),
        inner_area_m2=None,
        orientation=(Orientation.SOUTH, Orientation.NORTH_SOUTH, None)[number % 3],
        finish=(Finish.BARE, Finish.FITTED)[number % 2],
        has_lift=number % 4 != 0,
        dwelling=chance.choice(("free", "free", "free", "locked", "sold")),
        development=_name(place),
        development_ref=f"DV-{place:010}",
        address=("人民路 8 号", "港华路 108 号")[place % 2],
        stage=(Stage.FINISHED, Stage.PRESALE)[place % 2],
        district=district,
        district_code=code,
        developer=DEVELOPERS[place % len(DEVELOPERS)],
        filed_fen=price * 100 + 200,
        cash_fen=price * 100 + 100,
        voucher_fen=price * 100,
        listed=chance.random() < 0.9,
        out_reason=None,
        first_listed_at=BEGIN + timedelta(days=chance.randint(0, 5)),
        lat=lat,
        lon=lon,
    )


def _name(place: int) -> str:
    phase, name = divmod(place, len(NAMES))
    return NAMES[name] + (f"{phase}区" if phase else "")
