"""A bureau's table of filed prices: its rows, and what each comes to beside the price in force.

A filed price of the bureau is always accepted, whatever it does to a listing; the developer's own figure only
stands beside it.
"""

from dataclasses import dataclass
from datetime import date

from app.core import clock
from app.core.errors import DomainError
from app.homes import rules
from app.imports import readings
from app.imports.cells import Merge, Row, Value
from app.imports.compare import Judged, Present
from app.imports.places import Buildings
from app.imports.plan import Plan, SheetPlan
from app.imports.readings import Unreadable
from app.imports.rows import Place, SheetReader
from app.imports.stocks import DistrictStock, Neighbourhood


@dataclass(frozen=True, slots=True)
class FilingRow:
    """A filed price as its row tells it, and the home it is for; an empty price changes nothing."""

    development: str
    place: Place
    present: Present
    filed_fen: int | None
    filing_number: str | None
    filed_on: date | None

    @property
    def key(self) -> tuple[object, ...]:
        """What no two rows share: the home."""
        return (self.present.home_id,)


class FilingReader(SheetReader[FilingRow]):
    """Reads a bureau's table of filed prices."""

    numbers = ("area", "filed")

    def __init__(self, plan: Plan, stock: DistrictStock, sheet: SheetPlan, merges: list[Merge]) -> None:
        super().__init__(plan, Buildings(()), sheet, merges)
        self._stock = stock
        self._development: Neighbourhood | None = None

    def _home(self, row: Row, cells: dict[str, Value]) -> FilingRow | None:
        self._try(row, "kind", readings.dwelling_of, cells.get("kind"))
        development = self._try(row, "development", self._development_of, cells.get("development"))
        found = self._rooms(row, cells) if development else None
        area = self._try(row, "area", readings.area_of, cells.get("area"))
        storey = self._try(row, "storey", readings.storey_of, cells.get("storey"))
        home = None
        if development and found:
            home = self._try(row, "room", lambda _: development.find(*found, storey), None)
        area = area or (home[1].area_m2 if home else None)
        fen = self._price(row, "filed", area) if area else None
        number = self._filing_number(row, cells, fen)
        filed_on = self._filed_on(row, cells)
        if development is None or home is None:
            return None
        return FilingRow(development.name, *home, fen, number, filed_on)

    def _development_of(self, value: Value) -> Neighbourhood:
        """Return the row's development; an empty cell repeats the one above."""
        text = readings.text_of(value) or ("" if self._development else self._plan.development)
        if not text and self._development is None:
            raise Unreadable("development_missing")
        found = self._stock.development(text) if text else self._development
        if found is None:
            raise Unreadable("development_missing")
        if found is not self._development:
            self._development, self._buildings = found, found.buildings
            self._building, self._unit = None, None
        return found

    def _filed_on(self, row: Row, cells: dict[str, Value]) -> date | None:
        day = self._try(row, "filed_on", readings.day_of, cells.get("filed_on"))
        return day or (date.fromisoformat(self._plan.filed_on) if self._plan.filed_on else None)


def judge(row: FilingRow) -> Judged:
    """Return what a row comes to: changed, with old, new and why its home would leave the pool, or same."""
    present = row.present
    before = (present.filed_fen, present.filing_number, present.filed_on, present.filed_source)
    after = (row.filed_fen, row.filing_number, row.filed_on, "bureau")
    if row.filed_fen is None or after == before:
        return Judged("same")
    refusals = [(refusal.field or "room", refusal) for refusal in _refusals(row)]
    if refusals:
        return Judged("bad", refusals=refusals)
    values = {"filed_fen": row.filed_fen, "filing_number": row.filing_number, "filed_on": row.filed_on}
    amounts = present.amounts.with_price("filed", row.filed_fen)
    return Judged(
        "changed",
        values=values,
        before={name: getattr(present, name) for name in values},
        leaves=rules.find_breach(amounts) if present.listed else None,
    )


def _refusals(row: FilingRow) -> list[DomainError]:
    found = []
    if row.present.status == "sold":
        found.append(DomainError("home_sold", "room"))
    if not row.filing_number:
        found.append(DomainError("filing_number_missing", "filing_number"))
    if row.filed_on is None:
        found.append(DomainError("filed_on_missing", "filed_on"))
    elif row.filed_on > clock.today():
        found.append(DomainError("filed_on_ahead", "filed_on"))
    return found
