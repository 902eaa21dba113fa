"""A district's stock as the monitor's two tables: its registered cash sales, and its listed homes.

Everything is read by district, so nothing of another one can come in. Prices are in yuan; identifiers are our
internal keys as text, and features are those that every home has.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

import polars as pl
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import clock
from app.homes.models import DWELLING, Development, Home
from app.homes.pool_models import PoolListing
from app.homes.queries import current_prices
from app.homes.rules import Amounts
from app.monitor.cash import why_left_out
from app.monitor.contract import Listings, Sales
from app.sales.models import CashSale

_HOMES_AT_ONCE: Final = 1_000
_FEN: Final = Decimal(100)

_SCHEMA: Final[dict[str, Any]] = {
    "id": pl.String,
    "unit_id": pl.String,
    "date": pl.Date,
    "price": pl.Float64,
    "area": pl.Float64,
    "district": pl.String,
    "development": pl.String,
    "developer": pl.String,
    "lat": pl.Float64,
    "lon": pl.Float64,
    "x_storey": pl.Float64,
    "x_rooms": pl.Float64,
    "c_building": pl.String,
}


@dataclass(frozen=True, slots=True)
class Listed:
    """A listed home with what a voucher buyer and a cash buyer pay at best (fen, promotions counted)."""

    home_id: int
    developer_id: int
    development_id: int
    voucher_fen: int
    cash_fen: int | None


@dataclass(frozen=True)
class Stock:
    """What one run compares; rows of ``homes`` are those of the listings."""

    sales: Sales
    listings: Listings
    homes: list[Listed]
    left_out: dict[str, int]
    """Contracts that are no comparables, by reason."""
    as_of: date

    @property
    def data_hash(self) -> str:
        """SHA-256 of both tables, row by row in the order of their ids."""
        digest = hashlib.sha256()
        for frame in (self.sales.frame, self.listings.frame):
            digest.update(frame.sort("id").write_csv().encode())
        digest.update("\n".join(str(price) for price in self.listings.cash).encode())
        return digest.hexdigest()


def read_stock(session: Session, *, district_id: int) -> Stock:
    """Return a district's cash sales and listed homes as they are now; spaces are compared with none."""
    today = clock.today()
    rows, left_out = _sales(session, district_id, today)
    homes, listed = _listings(session, district_id, today)
    frame = pl.DataFrame(listed, schema=_SCHEMA, orient="row")
    return Stock(
        Sales(pl.DataFrame(rows, schema=_SCHEMA, orient="row")),
        Listings(
            frame,
            [_yuan(home.voucher_fen) for home in homes],
            [None if home.cash_fen is None else _yuan(home.cash_fen) for home in homes],
        ),
        homes,
        left_out,
        today,
    )


def _sales(session: Session, district_id: int, today: date) -> tuple[list[tuple[Any, ...]], dict[str, int]]:
    found = session.execute(
        select(CashSale, Home, Development)
        .join(Home, Home.id == CashSale.home_id)
        .join(Development, Development.id == Home.development_id)
        .where(CashSale.district_id == district_id, CashSale.signed_on <= today, DWELLING)
        .order_by(CashSale.id)
    )
    rows: list[tuple[Any, ...]] = []
    left_out: dict[str, int] = {}
    for sale, home, development in found:
        why = why_left_out(sale)
        if why is None:
            area = sale.area_m2 or home.area_m2
            rows.append(_row(sale.id, sale.signed_on, sale.price_fen or 0, area, home, development))
        else:
            left_out[why] = left_out.get(why, 0) + 1
    return rows, left_out


def _listings(session: Session, district_id: int, today: date) -> tuple[list[Listed], list[tuple[Any, ...]]]:
    statement = (
        select(Home, Development)
        .join(PoolListing, PoolListing.home_id == Home.id)
        .join(Development, Development.id == Home.development_id)
        .where(PoolListing.district_id == district_id, PoolListing.state == "listed", Home.status != "sold")
        .where(DWELLING)
        .order_by(Home.id)
    )
    found = [(home, development) for home, development in session.execute(statement)]
    homes: list[Listed] = []
    rows: list[tuple[Any, ...]] = []
    for home, development, amounts in _priced(session, found):
        voucher, cash = amounts.voucher_net, amounts.cash_net
        if voucher is None or not voucher.fen:
            continue
        homes.append(
            Listed(
                home.id,
                development.developer_id,
                development.id,
                voucher.fen,
                None if cash is None else cash.fen,
            )
        )
        rows.append(_row(home.id, today, voucher.fen, home.area_m2, home, development))
    return homes, rows


def _priced(
    session: Session, found: Sequence[tuple[Home, Development]]
) -> Iterator[tuple[Home, Development, Amounts]]:
    for start in range(0, len(found), _HOMES_AT_ONCE):
        part = found[start : start + _HOMES_AT_ONCE]
        prices = current_prices(session, [home.id for home, _ in part])
        for home, development in part:
            yield home, development, prices[home.id].amounts


def _row(
    identifier: int, day: date, price_fen: int, area: Decimal, home: Home, development: Development
) -> tuple[Any, ...]:
    return (
        str(identifier),
        str(home.id),
        day,
        float(_yuan(price_fen)),
        float(area),
        "1",
        str(development.id),
        str(development.developer_id),
        development.lat,
        development.lon,
        float(home.storey),
        float(home.rooms),
        str(home.building_id),
    )


def _yuan(fen: int) -> Decimal:
    return Decimal(fen) / _FEN
