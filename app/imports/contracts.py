"""A registry's table of contracts in anybody's columns: each row becomes a line of the registry's own file.

What comes of a contract is not judged here: ``app.sales`` does, for this and for every other road.
"""

import unicodedata
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial

from app.core import clock
from app.homes.rules import tidy_room, tidy_unit
from app.imports import places, readings
from app.imports.cells import Merge, Row, Value
from app.imports.marks import MARKS, mark_of, payment_of
from app.imports.places import Buildings
from app.imports.plan import Plan, SheetPlan
from app.imports.readings import Unreadable
from app.imports.rows import Place, SheetReader
from app.imports.stocks import DistrictStock
from app.sales.reader import CONTROL, LONGEST_NAME, fold
from app.sales.rules import FIRST_DAY


@dataclass(frozen=True, slots=True)
class ContractRow:
    """A contract as its row tells it, in the columns of the registry's file."""

    cells: dict[str, str]

    @property
    def key(self) -> tuple[object, ...]:
        """What no two rows share: the contract's number."""
        return (self.cells["contract_number"],)

    @property
    def place(self) -> Place:
        """Where the contract says that the home is."""
        return self.cells["building"], self.cells["unit"], None, self.cells["room"]

    @property
    def development(self) -> str:
        """The development that the contract names."""
        return self.cells["development"]


class ContractReader(SheetReader[ContractRow]):
    """Reads a table of contracts. Nothing is taken over from the row above but within merged cells."""

    numbers = ("area", "price", "contract_number")

    def __init__(self, plan: Plan, stock: DistrictStock, sheet: SheetPlan, merges: list[Merge]) -> None:
        super().__init__(plan, Buildings(()), sheet, merges)
        self._stock = stock

    def _home(self, row: Row, cells: dict[str, Value]) -> ContractRow | None:
        self._try(row, "kind", readings.dwelling_of, cells.get("kind"))
        number = self._try(row, "contract_number", _contract_number, cells.get("contract_number"))
        signed_on = self._try(row, "signed_on", _signed_on, cells.get("signed_on"))
        area = self._try(row, "area", readings.area_of, cells.get("area"))
        payment = self._try(row, "payment", payment_of, cells.get("payment"))
        fit_out = self._try(row, "fit_out", readings.finish_of, cells.get("fit_out"))
        told = {
            "contract_number": number or "",
            "development": self._try(row, "development", self._name, cells.get("development")) or "",
            **self._where(row, cells),
            "signed_on": signed_on.isoformat() if signed_on else "",
            "price": self._total(row, area),
            "payment": payment or "",
            "fit_out": fit_out or "",
        }
        for name, words in MARKS.items():
            marked = self._try(row, name, partial(mark_of, words=words), cells.get(name))
            told[name] = "1" if marked else "0"
        return ContractRow(told)

    def _name(self, value: Value) -> str:
        """Return the development's name as the row has it; one we do not know is no fault of the contract."""
        text = _text(value) or self._plan.development
        if not text:
            raise Unreadable("development_missing")
        return text if not self._stock.knows(text) or _text(value) else self._stock.name_of(text)

    def _where(self, row: Row, cells: dict[str, Value]) -> dict[str, str]:
        """Return building, unit and room as the row has them; a room number may tell all three."""
        building = self._try(row, "building", _text, cells.get("building")) or self._section or ""
        unit = tidy_unit(self._try(row, "unit", _text, cells.get("unit")) or "")
        room = self._try(row, "room", _room, cells.get("room"))
        if room and not (building and unit):
            split = partial(_split, building_known=bool(building), unit_known=bool(unit))
            parts = self._try(row, "room", split, cells.get("room"))
            if parts is None:
                return {"building": building, "unit": unit, "room": ""}
            building, unit, room = building or parts.building or "", unit or parts.unit or "", parts.room
        if not building:
            self._miss(row, "building", "building_missing")
        if not unit and "unit" in self._columns:
            self._miss(row, "unit", "unit_missing")
        return {"building": building, "unit": unit or "1", "room": room or ""}

    def _total(self, row: Row, area: Decimal | None) -> str:
        fen = self._price(row, "price", area)
        if fen is None:
            self._miss(row, "price", "contract_price_missing")
            return ""
        return f"{fen // 100}.{fen % 100:02d}"

    def _miss(self, row: Row, key: str, code: str) -> None:
        """Note that something is missing, unless its cell has a fault already."""
        if not any(fault.key == key for fault in self._faults):
            self._note(row, self._columns.get(key), key, Unreadable(code))


def _text(value: Value) -> str:
    """Return a name as the registry's file may hold it; "" for nothing. Raises Unreadable."""
    text = fold(readings.text_of(value))
    if len(text) > LONGEST_NAME:
        raise Unreadable("text_too_long", most=LONGEST_NAME)
    if any(unicodedata.category(sign) in CONTROL for sign in text):
        raise Unreadable("control_character")
    return text


def _contract_number(value: Value) -> str:
    readings.refuse_rounded(value)
    number = _text(value)
    if not number:
        raise Unreadable("contract_number_missing")
    return number


def _room(value: Value) -> str:
    room = tidy_room(_text(value))
    if not room:
        raise Unreadable("room_missing")
    return room


def _split(value: Value, *, building_known: bool, unit_known: bool) -> places.Place:
    return places.read_room(_room(value), building_known=building_known, unit_known=unit_known)


def _signed_on(value: Value) -> date:
    day = readings.day_of(value)
    if day is None:
        raise Unreadable("signed_on_missing")
    if day > clock.today():
        raise Unreadable("contract_day_ahead")
    if day < FIRST_DAY:
        raise Unreadable("contract_day_early")
    return day
