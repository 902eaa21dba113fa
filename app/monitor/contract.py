"""The monitor's two input files: cash sales and listings, read strictly (docs/monitor.md has the contract).

Text columns are kept as they are, dates become days, numbers finite floats. The two prices of a listing are
kept as decimals besides, because the same-home test is exact.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import polars as pl

from app.monitor.errors import InputError
from app.monitor.textfile import CsvFile

Parser = Callable[[str], Any]

NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
MOST: Final = 1e13
"""The largest price, area or feature taken: beyond it is a slip of the keyboard, whatever the currency."""

FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2100

SALES_REQUIRED: Final = ("sale_id", "unit_id", "date", "price", "area", "district", "development")
LISTINGS_REQUIRED: Final = (
    "listing_id",
    "unit_id",
    "date",
    "voucher_price",
    "area",
    "district",
    "development",
    "developer",
)
COORDINATES: Final = ("lat", "lon")

_TYPES: Final[dict[str, type[pl.DataType]]] = {
    "date": pl.Date,
    "price": pl.Float64,
    "area": pl.Float64,
    "lat": pl.Float64,
    "lon": pl.Float64,
}


@dataclass(frozen=True)
class Sales:
    """Cash sales, one row each: id, unit_id, date, price, area, district, development, lat, lon, x_*, c_*."""

    frame: pl.DataFrame


@dataclass(frozen=True)
class Listings:
    """Listings, one row each, with `price` the voucher price; `voucher` and `cash` are the exact amounts."""

    frame: pl.DataFrame
    voucher: list[Decimal]
    cash: list[Decimal | None]


def read_sales(path: Path) -> Sales:
    """Return the cash sales of a file. Raises InputError, naming file, line and column."""
    columns = _read_columns(path, SALES_REQUIRED, _SALES_PARSERS)
    return Sales(_frame(columns, id_column="sale_id"))


def read_listings(path: Path) -> Listings:
    """Return the listings of a file. Raises InputError, naming file, line and column."""
    columns = _read_columns(path, LISTINGS_REQUIRED, _LISTINGS_PARSERS)
    voucher = columns.pop("voucher_price")
    cash = columns.pop("cash_price", [None] * len(voucher))
    columns["price"] = [float(amount) for amount in voucher]
    return Listings(_frame(columns, id_column="listing_id"), voucher, cash)


def _read_columns(path: Path, required: Sequence[str], parsers: dict[str, Parser]) -> dict[str, list[Any]]:
    file = CsvFile(path)
    _check_header(file, required)
    chosen = {name: parser for name in file.header if (parser := _parser_for(name, parsers)) is not None}
    columns: dict[str, list[Any]] = {name: [] for name in chosen}
    first_line_of: dict[str, int] = {}
    for chunk in file.chunks():
        by_name = dict(zip(file.header, chunk.columns, strict=True))
        parsed = {name: _parse(file.name, name, by_name[name], chunk.lines, p) for name, p in chosen.items()}
        _check_ids(file.name, required[0], parsed[required[0]], chunk.lines, first_line_of)
        for name, values in parsed.items():
            columns[name].extend(values)
    return columns


def _check_header(file: CsvFile, required: Sequence[str]) -> None:
    wanted = [*required, *(COORDINATES if set(COORDINATES) & set(file.header) else ())]
    missing = [name for name in wanted if name not in file.header]
    if missing:
        raise InputError(
            file.name,
            f"missing column; the header has {', '.join(file.header)[:200]}",
            line=1,
            column=missing[0],
        )


def _parser_for(name: str, parsers: dict[str, Parser]) -> Parser | None:
    if name.startswith("x_"):
        return _feature
    if name.startswith("c_"):
        return _text
    return parsers.get(name)


def _parse(file: str, name: str, raw: Sequence[str], lines: Sequence[int], parser: Parser) -> list[Any]:
    values = []
    for line, text in zip(lines, raw, strict=True):
        stripped = text.strip()
        try:
            values.append(parser(stripped))
        except ValueError as error:
            shown = stripped if len(stripped) <= 40 else stripped[:37] + "..."
            raise InputError(file, f"{error}, found {shown!r}", line=line, column=name) from error
    return values


def _check_ids(
    file: str, name: str, ids: Sequence[str], lines: Sequence[int], first_line_of: dict[str, int]
) -> None:
    for line, identifier in zip(lines, ids, strict=True):
        first = first_line_of.setdefault(identifier, line)
        if first != line:
            raise InputError(
                file, f"the id {identifier[:40]!r} stands already in line {first}", line=line, column=name
            )


def _frame(columns: dict[str, list[Any]], *, id_column: str) -> pl.DataFrame:
    series = []
    for name, values in columns.items():
        new_name = "id" if name == id_column else name
        kind = pl.Float64 if name.startswith("x_") else _TYPES.get(new_name, pl.String)
        series.append(pl.Series(new_name, values, dtype=kind))
    frame = pl.DataFrame(series)
    if "lat" in frame.columns:
        return frame
    return frame.with_columns(lat=pl.lit(None, dtype=pl.Float64), lon=pl.lit(None, dtype=pl.Float64))


def _text(text: str) -> str:
    return text


def _identifier(text: str) -> str:
    if not text:
        raise ValueError("an id is needed")
    return text


def _number(text: str) -> float:
    if not NUMBER.fullmatch(text):
        raise ValueError("a plain number is needed (no separators, no unit, not NaN or inf)")
    value = float(text)
    if abs(value) > MOST:
        raise ValueError(f"a number up to {MOST:.0e} is needed")
    return value


def _positive(text: str) -> float:
    value = _number(text)
    if value <= 0:
        raise ValueError("a number above 0 is needed")
    return value


def _amount(text: str) -> Decimal:
    _positive(text)
    return Decimal(text)


def _amount_or_empty(text: str) -> Decimal | None:
    return _amount(text) if text else None


def _feature(text: str) -> float | None:
    return _number(text) if text else None


def _within(limit: float) -> Parser:
    def parse(text: str) -> float | None:
        if not text:
            return None
        value = _number(text)
        if abs(value) > limit:
            raise ValueError(f"degrees between -{limit:.0f} and {limit:.0f} are needed")
        return value

    return parse


def _day(text: str) -> date:
    problem = f"a date as YYYY-MM-DD between {FIRST_YEAR} and {LAST_YEAR} is needed"
    if not DATE.fullmatch(text) or not FIRST_YEAR <= int(text[:4]) <= LAST_YEAR:
        raise ValueError(problem)
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(problem) from error


_COMMON_PARSERS: Final[dict[str, Parser]] = {
    "unit_id": _text,
    "date": _day,
    "area": _positive,
    "district": _text,
    "development": _text,
    "lat": _within(90),
    "lon": _within(180),
}
_SALES_PARSERS: Final[dict[str, Parser]] = _COMMON_PARSERS | {"sale_id": _identifier, "price": _positive}
_LISTINGS_PARSERS: Final[dict[str, Parser]] = _COMMON_PARSERS | {
    "listing_id": _identifier,
    "voucher_price": _amount,
    "cash_price": _amount_or_empty,
    "developer": _text,
}
