"""Converter: Singapore's public-housing resales (data.gov.sg, as published) into the monitor's file contract.

The source names block, street, storey band, area, type, model and first year of the lease, never the flat. So
`unit_id` stays empty: two sales that agree in everything may be two flats, and pretending to know would turn
neighbours into the same home. The workable development is street plus lease year (flats built together).
"""

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from app.monitor.errors import InputError
from app.monitor.files import csv_text, write_together
from app.monitor.textfile import CsvFile

SOURCE_COLUMNS: Final = (
    "month",
    "town",
    "flat_type",
    "block",
    "street_name",
    "storey_range",
    "floor_area_sqm",
    "flat_model",
    "lease_commence_date",
    "resale_price",
)
PATTERNS: Final = {
    "month": re.compile(r"(19|20)\d\d-(0[1-9]|1[0-2])", re.ASCII),
    "storey_range": re.compile(r"\d{1,3} TO \d{1,3}", re.ASCII),
    "floor_area_sqm": re.compile(r"\d+(\.\d+)?", re.ASCII),
    "lease_commence_date": re.compile(r"(19|20)\d\d", re.ASCII),
    "resale_price": re.compile(r"\d+(\.\d+)?", re.ASCII),
}
SHARED_HEADER: Final = (
    "unit_id",
    "date",
    "area",
    "district",
    "development",
    "lat",
    "lon",
    "x_storey",
    "x_lease_year",
    "c_flat_type",
    "c_flat_model",
    "c_block",
)


@dataclass(frozen=True)
class Converted:
    """How many rows went where."""

    sales: int
    listings: int


def convert(source: Path, *, sales: Path, listings: Path, split: date) -> Converted:
    """Write sales of before `split` as cash sales, later ones as listings at the price they sold for.

    The month of registration becomes its first day. A listing's developer is its development: resales have no
    developer, and no invented one may look like a fact. Raises InputError naming file, line and column.
    """
    records = _read(source)
    earlier = [record for record in records if record.day < split]
    later = [record for record in records if record.day >= split]
    write_together(
        {
            sales: csv_text(
                ("sale_id", "price", *SHARED_HEADER),
                ([f"S{record.line}", record.price, *record.home] for record in earlier),
            ),
            listings: csv_text(
                ("listing_id", "voucher_price", "developer", *SHARED_HEADER),
                ([f"L{record.line}", record.price, record.development, *record.home] for record in later),
            ),
        }
    )
    return Converted(len(earlier), len(later))


@dataclass(frozen=True)
class _Record:
    line: int
    day: date
    price: str
    development: str
    home: list[str]
    """The fields of SHARED_HEADER."""


def _read(source: Path) -> list[_Record]:
    file = CsvFile(source)
    missing = [name for name in SOURCE_COLUMNS if name not in file.header]
    if missing:
        raise InputError(
            file.name, "missing column; this is not the resale format", line=1, column=missing[0]
        )
    records = []
    for chunk in file.chunks():
        by_name = dict(zip(file.header, chunk.columns, strict=True))
        rows = zip(*(by_name[name] for name in SOURCE_COLUMNS), strict=True)
        records += [
            _record(file.name, line, dict(zip(SOURCE_COLUMNS, (field.strip() for field in row), strict=True)))
            for line, row in zip(chunk.lines, rows, strict=True)
        ]
    return records


def _record(file: str, line: int, row: dict[str, str]) -> _Record:
    for column, pattern in PATTERNS.items():
        if not pattern.fullmatch(row[column]):
            raise InputError(file, f"{row[column][:40]!r} is not understood", line=line, column=column)
    day = date.fromisoformat(f"{row['month']}-01")
    low, high = (int(storey) for storey in row["storey_range"].split(" TO "))
    development = f"{row['street_name']} {row['lease_commence_date']}"
    home = {
        "unit_id": "",
        "date": day.isoformat(),
        "area": row["floor_area_sqm"],
        "district": row["town"],
        "development": development,
        "lat": "",
        "lon": "",
        "x_storey": f"{(low + high) / 2:g}",
        "x_lease_year": row["lease_commence_date"],
        "c_flat_type": row["flat_type"],
        "c_flat_model": row["flat_model"],
        "c_block": f"{row['block']} {row['street_name']}",
    }
    return _Record(line, day, row["resale_price"], development, [home[name] for name in SHARED_HEADER])
