"""Staged rows in and out of the database: the stock to compare with, rows by COPY, wishes for the writer."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import Subquery, exists, literal, select, true, tuple_, update
from sqlalchemy.orm import Session, aliased

from app.core import clock
from app.core.failures import redacted
from app.homes import deals
from app.homes.models import DWELLING, Building, Home, PriceVersion
from app.homes.pool_models import PoolListing
from app.homes.promotions import Deal
from app.homes.rules import KINDS
from app.imports.compare import BUILDING, SET, Present, Size
from app.imports.models import ImportRow
from app.imports.rows import Fault, Place

Key = tuple[str, str, int, str]

_PAGE: Final = 10_000
"""Homes read at a time."""

_COLUMNS: Final = (
    "run_id", "sheet", "row", "verdict", "ref", "home_id", "seen_version", "status",
    "development", "building", "unit", "storey", "room",
    *SET, *BUILDING, "kind", "filed_on", "before", "leaves", "contract",
)  # fmt: skip
_COPY: Final = f"COPY import_rows ({', '.join(_COLUMNS)}) FROM STDIN"
_COPY_FAULTS: Final = "COPY import_faults (run_id, sheet, row, position, key, code, shown, params) FROM STDIN"


@dataclass(frozen=True, slots=True)
class Staged:
    """A row about to be staged."""

    sheet: int
    row: int
    verdict: str
    place: Place | None = None
    development: str | None = None
    ref: str | None = None
    present: Present | None = None
    values: dict[str, Any] | None = None
    before: dict[str, Any] | None = None
    leaves: str | None = None
    contract: dict[str, str] | None = None


def load_stock(
    session: Session, development_id: int, *, with_spaces: bool = False
) -> tuple[dict[Key, Present], dict[str, Size]]:
    """Return a development's homes by building, unit, storey and room, and its buildings by name.

    Its spaces are among them where they are asked for. Read a page at a time: the versions of the homes tell
    later whether one moved meanwhile.
    """
    prices = {kind: aliased(PriceVersion, name=kind) for kind in KINDS}
    listed = exists().where(PoolListing.home_id == Home.id, PoolListing.state == "listed")
    statement = (
        select(
            Building.name, Home.unit, Home.storey, Home.room,
            Home.id, Home.doc_version, Home.status, listed.label("listed"),
            Home.rooms, Home.area_m2, Home.inner_area_m2, Home.orientation, Home.finish,
            prices["filed"].amount_fen, prices["filed"].filing_number, prices["filed"].source,
            prices["filed"].filed_on,
            prices["cash"].amount_fen, prices["voucher"].amount_fen,
        )
        .join(Building, Building.id == Home.building_id)
        .where(Home.development_id == development_id, true() if with_spaces else DWELLING)
    )  # fmt: skip
    for kind, price in prices.items():
        current = (price.home_id == Home.id) & (price.kind == kind) & price.effective_to.is_(None)
        statement = statement.outerjoin(price, current)
    promoted = deals.of_development(session, development_id, clock.now())
    stock: dict[Key, Present] = {}
    last = 0
    rows: list[tuple[Any, ...]] = [()]
    while rows:
        page = statement.where(Home.id > last).order_by(Home.id).limit(_PAGE)
        rows = [tuple[Any, ...](row) for row in session.execute(page)]
        stock |= {
            (row[0], row[1], row[2], row[3]): _present(row[4:], promoted.get(row[4], ())) for row in rows
        }
        last = rows[-1][4] if rows else last
    sizes = select(Building.name, Building.storeys, Building.units).where(
        Building.development_id == development_id
    )
    return stock, {name: Size(storeys, units) for name, storeys, units in session.execute(sizes)}


def _present(columns: Sequence[Any], promotions: tuple[Deal, ...]) -> Present:
    present = Present(*columns)
    return replace(present, deals=promotions) if promotions else present


def copy_rows(session: Session, run_id: int, rows: Iterable[Staged]) -> None:
    """Add rows to the staging table, on the session's own connection."""
    connection: Any = session.connection().connection.driver_connection
    with redacted(), connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        for row in rows:
            copy.write_row(_line(run_id, row))


def _line(run_id: int, row: Staged) -> tuple[Any, ...]:
    place = (row.development, *(row.place or (None, None, None, None)))
    present, values = row.present, row.values or {}
    seen = (present.home_id, present.doc_version, present.status) if present else (None, None, None)
    facts = (values.get(name) for name in (*SET, *BUILDING, "kind", "filed_on"))
    told = (_json(row.before), row.leaves, _json(row.contract))
    return (run_id, row.sheet, row.row, row.verdict, row.ref, *seen, *place, *facts, *told)


def _json(facts: dict[str, Any] | None) -> str | None:
    return json.dumps(facts, ensure_ascii=False, default=str) if facts else None


def copy_faults(session: Session, run_id: int, faults: Iterable[tuple[int, int, Fault]]) -> None:
    """Add faults, each with its sheet and row."""
    connection: Any = session.connection().connection.driver_connection
    with redacted(), connection.cursor() as cursor, cursor.copy(_COPY_FAULTS) as copy:
        for sheet, row, fault in faults:
            params = json.dumps(fault.params, ensure_ascii=False, default=str)
            copy.write_row((run_id, sheet, row, fault.column, fault.key, fault.code, fault.shown, params))


def call_bad(session: Session, run_id: int, places: Sequence[tuple[int, int]]) -> None:
    """Call staged rows bad after all, each given by sheet and row."""
    if places:
        named = tuple_(ImportRow.sheet, ImportRow.row).in_(places)
        session.execute(
            update(ImportRow).where(ImportRow.run_id == run_id, named).values(verdict="bad", leaves=None)
        )


def wishes(run_id: int) -> Subquery:
    """Return what the good rows of a run ask for, as the writers of ``homes.service`` want it."""
    places = ("ref", "building", "unit", "storey", "room")
    names = ("home_id", "seen_version", *places, "kind", *SET, *BUILDING, "filed_on", "leaves")
    columns = [getattr(ImportRow, name).label(name) for name in names]
    good = ImportRow.verdict.in_(("new", "changed"))
    return select(*columns).where(ImportRow.run_id == literal(run_id), good).subquery("wishes")
