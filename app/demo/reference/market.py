"""The homes of the reference district and what they are worth: a stated formula, so the truth is known. Pure.

The price of a ㎡ on a day is

    5,150 yuan x exp(-0.055 a km from the centre  -0.0009 a ㎡ above 90  +0.0035 a storey above the middle
                     + line  + development  + 0.0025 a month since May 2014  + home)

``line`` is the place of the room on its storey, ``development`` is drawn once for each (3.5%), ``home`` once
for each (1.2%): view, light, noise. A cash buyer is asked just that, in whole hundreds of yuan, at the prices
of the day when the developer last set them. The filed price has no such noise: the formula at opening without
``home``, plus 12%, to the yuan. Voucher prices are the cash price, or up to 1% less; what is planted against
the rules, and only that, stands in ``planted``.
"""

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from app.demo.reference.places import CENTRE, SITES, Site
from app.demo.reference.planted import last_cash_sale
from app.demo.reference.spreading import spread

SEED: Final = 2014
FIRST_DAY: Final = date(2014, 5, 5)
EARLIER_ROUND: Final = date(2015, 4, 13)
ROUND_OPENS: Final = date(2016, 4, 18)
"""When vouchers of the round begin to be signed for; its prices were set a week before."""
PRICED_FOR_ROUND: Final = date(2016, 4, 11)
LAST_DAY: Final = date(2016, 5, 13)
"""The last day of what happened before the visitor's story begins."""

HOMES: Final = 7_700
"""With the story's 300 they are 8,000."""
SOLD_FOR_CASH: Final = 2_000

_YUAN_A_M2: Final = 5_150
_FALL_A_KM: Final = 0.055
_FALL_A_M2: Final = 0.0009
_RISE_A_STOREY: Final = 0.0035
_RISE_A_MONTH: Final = 0.0025
_DEVELOPMENT_SD: Final = 0.035
_HOME_SD: Final = 0.012
_FILED_ABOVE: Final = 0.12
_LINES: Final = (0.012, -0.008, -0.014, 0.010)
_HUNDRED_YUAN: Final = 10_000
_M2: Final = (
    (2, Decimal("74.82")),
    (2, Decimal("81.36")),
    (2, Decimal("88.10")),
    (3, Decimal("92.47")),
    (3, Decimal("98.65")),
    (3, Decimal("106.30")),
    (3, Decimal("117.94")),
    (4, Decimal("132.58")),
)
"""Bedrooms and gross floor area of the layouts on offer."""
_LINES_OFFERED: Final = (3, 0, 1, 5, 4, 2, 6, 7)
_LONGITUDE_KM: Final = 111.32 * math.cos(math.radians(CENTRE[0]))
_LATITUDE_KM: Final = 110.85


@dataclass(frozen=True, slots=True)
class Lot:
    """One home as the plan has it: its place, its facts, and what no formula explains of its price."""

    site: int
    building: str
    unit: str
    storey: int
    room: str
    line: int
    rooms: int
    area_m2: Decimal
    noise: float
    cash_sold_on: date | None
    """The day on which a cash buyer signs for it; None: it stays for vouchers."""


@dataclass(frozen=True, slots=True)
class Market:
    """All homes, and what each development's prices stand above the formula without it."""

    lots: Sequence[Lot]
    effects: Sequence[float]

    def cash_fen(self, lot: Lot, day: date, *, above: float = 0.0) -> int:
        """Return what a cash buyer is asked at prices of that day, in whole hundreds of yuan.

        ``above`` is a planted premium, 0.08 for 8%.
        """
        rate = self._rate(lot, day) * math.exp(lot.noise) * (1 + above)
        return round(rate * float(lot.area_m2) * 100) // _HUNDRED_YUAN * _HUNDRED_YUAN

    def filed_fen(self, lot: Lot, *, above: float = 0.0) -> int:
        """Return the filed price, whole yuan: the schedule at opening, without the home's own part."""
        rate = round(self._rate(lot, opening(SITES[lot.site])) * (1 + _FILED_ABOVE) * (1 + above))
        return round(rate * float(lot.area_m2)) * 100

    def _rate(self, lot: Lot, day: date) -> float:
        """Return yuan per ㎡ without what is only the home's."""
        site = SITES[lot.site]
        return _YUAN_A_M2 * math.exp(
            -_FALL_A_KM * math.hypot(site.east_km, site.north_km)
            - _FALL_A_M2 * (float(lot.area_m2) - 90)
            + _RISE_A_STOREY * (lot.storey - site.storeys / 2)
            + _LINES[lot.line % len(_LINES)]
            + self.effects[lot.site]
            + _RISE_A_MONTH * months_since_start(day)
        )


def months_since_start(day: date) -> int:
    """Return the whole months from May 2014 to a day's month."""
    return (day.year - FIRST_DAY.year) * 12 + day.month - FIRST_DAY.month


def opening(site: Site) -> date:
    """Return the day on which a development's homes were first for sale."""
    return max(date(*site.opened, 8), FIRST_DAY)


def point(site: Site) -> tuple[float, float]:
    """Return where a development stands: latitude and longitude in WGS-84 degrees."""
    lat = CENTRE[0] + site.north_km / _LATITUDE_KM
    return round(lat, 5), round(CENTRE[1] + site.east_km / _LONGITUDE_KM, 5)


def plan() -> Market:
    """Return the market: the same for everybody."""
    chance = random.Random(SEED)  # noqa: S311  # reproducible, not secret
    effects = [chance.gauss(0, _DEVELOPMENT_SD) for _ in SITES]
    lots: list[Lot] = []
    for number, count in enumerate(spread(HOMES, [site.size for site in SITES])):
        lots += _homes(number, count, chance)
    return Market(_sell_some(lots, chance), effects)


def _homes(number: int, count: int, chance: random.Random) -> Iterator[Lot]:
    """Return the homes of a development, building by building; the last building is lower."""
    site = SITES[number]
    first = chance.randrange(len(_M2))
    for place in range(count):
        line = place % (site.rooms * site.units)
        storey_of_all = place // (site.rooms * site.units)
        storey = 1 + storey_of_all % site.storeys
        rooms, area = _M2[_LINES_OFFERED[(first + line) % len(_M2)]]
        yield Lot(
            site=number,
            building=f"{1 + storey_of_all // site.storeys}号楼",
            unit=str(1 + line // site.rooms),
            storey=storey,
            room=f"{storey}{1 + line % site.rooms:02}",
            line=line % site.rooms,
            rooms=rooms,
            area_m2=area,
            noise=chance.gauss(0, _HOME_SD),
            cash_sold_on=None,
        )


def _sell_some(lots: Sequence[Lot], chance: random.Random) -> list[Lot]:
    """Have cash buyers sign for some of the homes, in each development from its opening on."""
    chosen = set(chance.sample(range(len(lots)), SOLD_FOR_CASH))
    return [_sold(lot, chance) if place in chosen else lot for place, lot in enumerate(lots)]


def _sold(lot: Lot, chance: random.Random) -> Lot:
    site = SITES[lot.site]
    begins = opening(site) + timedelta(days=3)
    ends = last_cash_sale(site.developer, site.name)
    day = begins + timedelta(days=chance.randrange((ends - begins).days))
    return replace(lot, cash_sold_on=day)
