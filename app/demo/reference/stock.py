"""Two years of the stock, typed in through the services: developments, homes, prices, cash contracts.

A development opens, sets its prices anew, lists its homes for a round; the registry sends a month's file. A
home that a cash buyer has signed for is left alone from then on.
"""

import json
import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property, partial
from typing import Any, Final

from sqlalchemy import BigInteger, Boolean, Numeric, String, Subquery, bindparam, cast, column, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.core.ids import new_ref
from app.demo import supervising
from app.demo.reference import market, planted
from app.demo.reference.market import Lot, Market
from app.demo.reference.places import SITES, Site
from app.demo.reference.timeline import Step
from app.homes import listing
from app.homes import service as homes
from app.homes.models import Development, Home
from app.sales import flows, reader

SEED: Final = 2015
_EARLIER_EVERY: Final = 2
"""Every other development that was open then was in the earlier round."""
_PRESALE_FROM: Final = (2015, 3)
"""What opened in this month or later is not finished yet."""
_OFF: Final = (1000, 1000, 995, 990)
"""A voucher price in thousandths of the cash price: one of these."""
_HUNDRED_YUAN: Final = 10_000
_ORIENTATIONS: Final = ("south", "north-south", "south", "south-east")
_WISH_COLUMNS: Final[dict[str, Any]] = {
    "home_id": BigInteger, "seen_version": BigInteger, "ref": String, "building": String,
    "storeys": BigInteger, "units": BigInteger, "has_lift": Boolean, "unit": String, "storey": BigInteger,
    "room": String, "kind": String, "rooms": BigInteger, "area_m2": Numeric(8, 2),
    "inner_area_m2": Numeric(8, 2), "orientation": String, "finish": String, "filed_fen": BigInteger,
    "filing_number": String, "cash_fen": BigInteger, "voucher_fen": BigInteger, "leaves": String,
}  # fmt: skip


@dataclass
class Stock:
    """What stands in the database so far, by the plan's own numbering of sites and homes."""

    market: Market
    developers: dict[str, Actor]
    developments: dict[int, Development] = field(default_factory=dict)
    home_ids: dict[int, int] = field(default_factory=dict)
    """By the place of the lot in the plan."""
    refs: dict[int, str] = field(default_factory=dict)
    cash_fen: dict[int, int] = field(default_factory=dict)
    voucher_fen: dict[int, int] = field(default_factory=dict)

    def places(self, site: int, *, unsold_on: date | None = None) -> list[int]:
        """Return the homes of a site by their place in the plan, only those not signed for by that day."""
        return [
            place
            for place, lot in enumerate(self.market.lots)
            if lot.site == site and (unsold_on is None or not _is_signed(lot, unsold_on))
        ]


def _is_signed(lot: Lot, day: date) -> bool:
    return lot.cash_sold_on is not None and lot.cash_sold_on <= day


def steps(writer: "Writer") -> Iterator[Step]:
    """Return two years of the market: until the homes are listed for the round, and its contracts are in.

    Within a day the market comes before whoever buys in it.
    """
    for number, site in enumerate(SITES):
        opened = market.opening(site)
        yield Step(opened, 0, partial(writer.open, number))
        if opened < market.EARLIER_ROUND and number % _EARLIER_EVERY == 0:
            yield Step(market.EARLIER_ROUND, 1, partial(writer.price_for_earlier_round, number))
        if (day := _repricing_day(number, opened)) < market.PRICED_FOR_ROUND:
            yield Step(day, 1, partial(writer.reprice, number))
        if site.name in planted.RAISED_BEFORE_ROUND:
            yield Step(planted.RAISED_ON, 1, partial(writer.raise_before_round, number))
        yield Step(market.PRICED_FOR_ROUND, 1, partial(writer.price_for_round, number))
    for last in [*_month_ends(), market.LAST_DAY]:
        yield Step(last, 9, partial(writer.register, last))


def _month_ends() -> Iterator[date]:
    day = market.FIRST_DAY.replace(day=1)
    while (following := clock.add_months(day, 1)) <= market.LAST_DAY:
        yield following - timedelta(days=1)
        day = following


def _repricing_day(number: int, opened: date) -> date:
    """Return when a development set its cash prices anew: some months after it opened, each its own."""
    return clock.add_months(opened, 5 + number % 5) + timedelta(days=number % 7)


class Writer:
    """Carries out the days."""

    def __init__(self, session: Session, stock: Stock, regulator: Actor, checker: Actor) -> None:
        self._session = session
        self.stock = stock
        self._regulator, self._checker = regulator, checker
        self._chance = random.Random(SEED)  # noqa: S311  # reproducible, not secret
        self._registered: set[int] = set()

    @cached_property
    def _cheap(self) -> dict[int, float]:
        return cheap_contracts(self.stock.market)

    def open(self, number: int) -> None:
        """Type in a development with its buildings and homes, at the prices of that day."""
        site, stock = SITES[number], self.stock
        actor = stock.developers[site.developer]
        stock.developments[number] = development = _create_development(
            self._session, actor, site, number, self._regulator.district
        )
        supervising.open_account(
            self._session,
            manager=actor,
            checker=self._checker,
            development=development,
            number=f"201605560001{number + 1:04}",
        )
        places = stock.places(number)
        highest: dict[str, int] = defaultdict(int)
        for lot in (stock.market.lots[place] for place in places):
            highest[lot.building] = max(highest[lot.building], lot.storey)
        rows = [self._new_row(number, place, highest) for place in places]
        self._write(number, rows, "首次定价")
        named = select(Home.ref, Home.id).where(Home.development_id == development.id)
        ids: dict[str, int] = dict(self._session.execute(named).all())
        stock.refs |= {place: row["ref"] for place, row in zip(places, rows, strict=True)}
        stock.home_ids |= {place: ids[row["ref"]] for place, row in zip(places, rows, strict=True)}

    def _new_row(self, number: int, place: int, highest: Mapping[str, int]) -> dict[str, Any]:
        stock, site = self.stock, SITES[number]
        lot = stock.market.lots[place]
        above = planted.premium(site.developer, site.name)
        filed = stock.market.filed_fen(lot, above=above)
        cash = min(stock.market.cash_fen(lot, market.opening(site)), filed)
        stock.cash_fen[place] = cash
        return {
            "ref": new_ref("FY"),
            "building": lot.building,
            "storeys": highest[lot.building],
            "units": site.units,
            "has_lift": True,
            "unit": lot.unit,
            "storey": lot.storey,
            "room": lot.room,
            "rooms": lot.rooms,
            "area_m2": str(lot.area_m2),
            "inner_area_m2": str(round(lot.area_m2 * 79 / 100, 2)),
            "orientation": _ORIENTATIONS[lot.line],
            "finish": "bare",
            "filed_fen": filed,
            "filing_number": f"菱价备 {site.opened[0]}-{number + 10:02}",
            "cash_fen": cash,
        }

    def reprice(self, number: int) -> None:
        """Set the cash prices of unsold homes to those of the day."""
        self._set(number, "按市场调整现金价")

    def raise_before_round(self, number: int) -> None:
        """Raise the cash prices of a development by what is planted."""
        above = planted.premium(SITES[number].developer, SITES[number].name)
        self._set(number, "按市场调整现金价", above=above)

    def price_for_earlier_round(self, number: int) -> None:
        """Give unsold homes voucher prices for the earlier round, and list them."""
        below = planted.ROSE_SINCE_EARLIER_ROUND.get(SITES[number].name)
        self._set(number, "2015 年房票房源定价", vouchers=(lambda: 1 - below) if below else self._off)
        self._list(number)

    def price_for_round(self, number: int) -> None:
        """Give unsold homes the prices of the round, and list them."""
        site = SITES[number]
        above = planted.premium(site.developer, site.name)
        plain = above or site.name in planted.ROSE_SINCE_EARLIER_ROUND
        self._set(number, "2016 年房票房源定价", above=above, vouchers=(lambda: 1.0) if plain else self._off)
        self._list(number)

    def _off(self) -> float:
        return self._chance.choice(_OFF) / 1000

    def _set(
        self,
        number: int,
        reason: str,
        *,
        above: float = 0.0,
        vouchers: Callable[[], float] | None = None,
    ) -> None:
        stock, today = self.stock, clock.today()
        versions = self._versions(number)
        rows = []
        for place in stock.places(number, unsold_on=today):
            lot, home_id = stock.market.lots[place], stock.home_ids[place]
            cash = min(
                stock.market.cash_fen(lot, today, above=above), stock.market.filed_fen(lot, above=above)
            )
            row: dict[str, Any] = {"home_id": home_id, "seen_version": versions[home_id]}
            if cash != stock.cash_fen[place]:
                row["cash_fen"] = stock.cash_fen[place] = cash
            if vouchers is not None:
                voucher = int(cash * vouchers()) // _HUNDRED_YUAN * _HUNDRED_YUAN
                if voucher != stock.voucher_fen.get(place):
                    row["voucher_fen"] = stock.voucher_fen[place] = voucher
            if len(row) > 2:
                rows.append(row)
        if rows:
            self._write(number, rows, reason)

    def set_vouchers(self, number: int, wanted: Mapping[int, int], *, reason: str) -> None:
        """Give homes of a site, by their place in the plan, the voucher prices that are wanted, in fen."""
        versions, ids = self._versions(number), self.stock.home_ids
        rows = [
            {"home_id": ids[place], "seen_version": versions[ids[place]], "voucher_fen": fen}
            for place, fen in wanted.items()
            if fen != self.stock.voucher_fen[place]
        ]
        self._write(number, rows, reason)
        self.stock.voucher_fen |= wanted

    def _versions(self, number: int) -> dict[int, int]:
        of_site = Home.development_id == self.stock.developments[number].id
        rows = self._session.execute(select(Home.id, Home.doc_version).where(of_site))
        return dict(rows.all())

    def _list(self, number: int) -> None:
        # Prices lock homes; listing them is a transaction of its own, as on the page.
        self._session.commit()
        stock, development = self.stock, self.stock.developments[number]
        actor = stock.developers[SITES[number].developer]
        found = listing.candidates(self._session, actor=actor, development=development, building=None)
        signed = {
            stock.home_ids[place]
            for place in stock.places(number)
            if _is_signed(stock.market.lots[place], clock.today())
        }
        seen = {home_id: version for home_id, version in found.versions.items() if home_id not in signed}
        homes.publish_many(self._session, actor=actor, development_id=development.id, seen=seen)

    def _write(self, number: int, rows: Sequence[dict[str, Any]], reason: str) -> None:
        homes.write_homes(
            self._session,
            actor=self.stock.developers[SITES[number].developer],
            development_id=self.stock.developments[number].id,
            wishes=_wishes(rows),
            reason=reason,
        )

    def register(self, until: date) -> None:
        """Let the registry send the contracts that were signed since its last file."""
        fresh = [
            place
            for place, lot in enumerate(self.stock.market.lots)
            if _is_signed(lot, until) and place not in self._registered
        ]
        self._registered.update(fresh)
        lines = [",".join(reader.COLUMNS), *(self._line(place) for place in fresh)]
        district = self._regulator.district
        file = flows.receive(
            self._session,
            actor=self._regulator,
            district_id=district,
            name=f"网签备案 {until:%Y-%m}.csv",
            content=("\n".join(lines) + "\n").encode(),
        )
        self._session.commit()
        flows.carry_out(self._session, actor=self._regulator, district_id=district, file_ref=file.ref)

    def _line(self, place: int) -> str:
        lot = self.stock.market.lots[place]
        fen = self.stock.cash_fen[place]
        if place in self._cheap:
            fen -= fen * round(self._cheap[place] * 1000) // 1000
        payment = self._chance.choices(("full", "mortgage", "fund", "mixed"), (3, 5, 1, 1))[0]
        return (
            f"菱网签 {lot.cash_sold_on:%Y%m}{place:05},{SITES[lot.site].name},{lot.building},{lot.unit},"
            f"{lot.room},{lot.cash_sold_on},{fen // 100}.{fen % 100:02d},{payment},bare,0,0,0,0"
        )


def cheap_contracts(known: Market) -> dict[int, float]:
    """Return the homes whose cash contract is planted below the declared price, and by which share."""
    found: dict[int, float] = {}
    for name, below in planted.CHEAP_CONTRACTS:
        found[
            min(
                place
                for place, lot in enumerate(known.lots)
                if SITES[lot.site].name == name
                and lot.cash_sold_on is not None
                and lot.cash_sold_on >= market.ROUND_OPENS
            )
        ] = below
    return found


def _create_development(
    session: Session, actor: Actor, site: Site, number: int, district_id: int
) -> Development:
    presale = site.opened >= _PRESALE_FROM
    lat, lon = market.point(site)
    return homes.create_development(
        session,
        actor=actor,
        district_id=district_id,
        name=site.name,
        address=site.street,
        stage="presale" if presale else "finished",
        sales_phone=f"0556-555{1000 + number}",
        presale_permit=f"菱房预售证第 {site.opened[0]}{number + 100:03} 号",
        delivery_on=date(2017, 6, 30) if presale else date(2015, 12, 31),
        lat=lat,
        lon=lon,
    )


def _wishes(rows: Sequence[dict[str, Any]]) -> Subquery:
    """Return rows as the table of wishes that many homes are written from."""
    content = cast(bindparam(None, json.dumps(rows, ensure_ascii=False)), JSONB)
    table = func.jsonb_to_recordset(content).table_valued(
        *(column(name, kind) for name, kind in _WISH_COLUMNS.items())
    )
    return select(table.render_derived(name="wish", with_types=True)).subquery("wishes")
