"""Rows of a table, with the reason for each cell that cannot be used: what all kinds share. Pure."""

import re
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any, ClassVar, Final, Generic, Protocol, TypeVar

from app.core import money
from app.imports import places, readings
from app.imports.cells import Merge, Row, Value, shown
from app.imports.columns import PRICES, UNITS, PriceUnit, plain_head
from app.imports.heads import building_in
from app.imports.places import Buildings
from app.imports.plan import Plan, SheetPlan
from app.imports.readings import Amount, Unreadable

T = TypeVar("T")
Place = tuple[str, str, int | None, str]
"""Building, unit, storey (None where nothing tells it) and room."""


class Told(Protocol):
    """What a row tells, whatever the kind of table."""

    @property
    def key(self) -> tuple[object, ...]:
        """What no two rows of a file share."""

    @property
    def place(self) -> Place:
        """Where the home is within its development."""

    @property
    def development(self) -> str | None:
        """The development's name, where the file may speak of several."""


R = TypeVar("R", bound=Told)
R_co = TypeVar("R_co", bound=Told, covariant=True)

LEAST_PER_M2_FEN: Final = 300_00
MOST_PER_M2_FEN: Final = 300_000_00
"""A price of a ㎡ outside these is a slip of the unit: 万 for yuan, the ㎡ for the home."""

_SUM: Final = r"(?:小计|合计|总计|共计|累计|汇总|平均|均价|subtotal|total)"
_SUBTOTAL: Final = re.compile(rf".{{0,8}}{_SUM}.{{0,4}}", re.IGNORECASE)
_SUBTOTAL_FIRST: Final = re.compile(rf".{{0,16}}{_SUM}.{{0,40}}", re.IGNORECASE)
"""What a line of sums may begin with: ``本页合计（共12套）``."""
_NOTE: Final = re.compile(r"(?:备\s*注|说\s*明|注)(?:$|[:：\s\d、.])")
_DIGIT: Final = re.compile(r"[0-9０-９]")
_LABEL: Final = re.compile(r"[:：]")
_FEW: Final = 2
_LONGEST_ROOM: Final = 12
_FEWEST_HEADS: Final = 4
_COUNTED: Final = [str(number) for number in range(1, 61)]
"""Forms number their columns below the head."""
_ENDS_IN_ROOM: Final = re.compile(r"\d\s*[室号]?$")
_LONGEST_NUMBER_OF_FILING: Final = 60
_SPANNING: Final = frozenset({"development", "building", "unit", "storey", "storeys", "units", "lift"})
"""Columns in which merged cells speak for all their rows."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a cell (or, without a column, a row) cannot be used; ``params`` fill the sentence of ``code``."""

    column: int | None
    key: str
    code: str
    shown: str = ""
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Read(Generic[R_co]):
    """A row that was read: the home it tells of, unless it has faults."""

    sheet: int
    row: int
    home: R_co | None
    faults: list[Fault]
    columns: dict[str, int]
    """Where each field stands, for faults that only a comparison finds."""


class TableReader(Generic[R]):
    """Reads the sheets of one file after each other; counts the lines that were passed over, by reason."""

    def __init__(self, reader: "Callable[[SheetPlan, list[Merge]], SheetReader[R]]") -> None:
        self._reader = reader
        self.skipped: Counter[str] = Counter()

    def read(self, sheet: SheetPlan, rows: Iterable[Row], merges: list[Merge]) -> Iterator[Read[R]]:
        """Yield the rows of a sheet that tell of a home for sale, good or bad."""
        reader = self._reader(sheet, merges)
        for row in rows:
            if row.number <= sheet.head_row:
                continue
            reason = reader.reason_to_skip(row)
            if reason:
                self.skipped[reason] += 1
                continue
            result = reader.read(row)
            if result is None:
                self.skipped["not_for_sale"] += 1
            else:
                yield result


class SheetReader(ABC, Generic[R]):
    """Reads the rows of one sheet; each kind of table says what a row tells."""

    numbers: ClassVar[tuple[str, ...]] = ("area", *PRICES)
    """Columns that only lines about a home fill."""
    named_by: ClassVar[str] = "room"
    """The column that says what a row is about."""

    def __init__(self, plan: Plan, buildings: Buildings, sheet: SheetPlan, merges: list[Merge]) -> None:
        self._plan, self._buildings, self._sheet = plan, buildings, sheet
        self._choices = {choice: column for column, choice in sheet.columns.items()}
        self._columns = {choice.partition(":")[0]: column for column, choice in sheet.columns.items()}
        self._section = sheet.building
        self._building: str | None = None
        self._unit: str | None = None
        self._spans = {
            (left, top): bottom for top, left, bottom, _ in merges if left in sheet.columns and bottom > top
        }
        self._held: dict[int, tuple[Value, int]] = {}
        self._faults: list[Fault] = []

    def reason_to_skip(self, row: Row) -> str | None:
        """Return why a row tells of no home: ``subtotal``, ``head`` or ``note``; None when it does."""
        texts = [text for text in (shown(value) for value in row.cells) if text]
        room = shown(row.at(self._columns[self.named_by]))
        if _tells_sums(texts):
            return "subtotal"
        if self._repeats_head(row):
            return "head"
        numbers = [choice for choice in self._choices if choice.partition(":")[0] in self.numbers]
        figures = [shown(row.at(self._choices[choice])) for choice in numbers]
        if any(_DIGIT.search(figure) for figure in figures):
            return None
        named = building_in(text for text in texts if not _NOTE.match(text))
        if named and (not room or building_in([room])) and not _ENDS_IN_ROOM.search(room or texts[0]):
            self._section, self._building, self._unit = named, None, None
            return "note"
        remark = _LABEL.search(room) or (len(texts) <= _FEW and len(room) > _LONGEST_ROOM)
        return "note" if not room or remark else None

    def _repeats_head(self, row: Row) -> bool:
        """Tell whether a row is part of a head once more, or the numbers of the columns below it."""
        key = shown(row.at(self._columns[self.named_by]))
        if _DIGIT.search(key) and key not in _COUNTED:
            return False
        filled = [
            (column, text) for column, value in enumerate(row.cells) if (text := plain_head(shown(value)))
        ]
        if len(filled) >= _FEWEST_HEADS and [text for _, text in filled] == _COUNTED[: len(filled)]:
            return True
        heads = [plain_head(text) for text in self._sheet.heads]
        same = sum(
            column < len(heads) and text in heads[column] and not text.isdecimal() for column, text in filled
        )
        room = (self._columns[self.named_by], plain_head(self._heads(self.named_by)))
        return room in filled or (same >= 2 and 2 * same > len(filled))

    def read(self, row: Row) -> Read[R] | None:
        """Return the row's home or its faults; None when its state says that it is not for sale."""
        self._faults = []
        cells = {key: self._cell(row, key) for key in self._columns}
        if "state" in cells and self._try(row, "state", readings.for_sale, cells["state"]) is False:
            return None
        home = self._home(row, cells)
        return Read(
            self._sheet.index, row.number, None if self._faults else home, self._faults, self._columns
        )

    @abstractmethod
    def _home(self, row: Row, cells: dict[str, Value]) -> R | None:
        """Return what a row tells; its faults are noted beside."""

    def _rooms(self, row: Row, cells: dict[str, Value]) -> tuple[str, str, str] | None:
        """Return building, unit and room; None with a fault noted."""
        building = self._try(row, "building", readings.text_of, cells.get("building")) or None
        unit = self._try(row, "unit", _unit_of, cells.get("unit"))
        if building and building != self._building:
            self._building, self._unit = building, None
        self._unit = unit or self._unit
        building = building or self._building or self._section
        room = self._try(
            row,
            "room",
            lambda value: self._room(value, building_known=building is not None, unit_known=bool(self._unit)),
            cells.get("room"),
        )
        if room is None:
            return None
        name = self._try(row, "building", lambda _: self._same_building(building, room.building), None)
        unit = self._try(row, "unit", lambda _: _same_unit(self._unit, room.unit), None)
        return (name, unit, room.room) if name and unit else None

    def _number(self, row: Row, cells: dict[str, Value]) -> tuple[str, str] | None:
        """Return building and number of what has no unit; None with a fault noted."""
        typed = self._try(row, "building", readings.text_of, cells.get("building")) or None
        if typed and typed != self._building:
            self._building, self._unit = typed, None
        building = self._try(
            row, "building", lambda _: self._same_building(self._building or self._section, None), None
        )
        number = self._try(row, "room", _number_of, cells.get("room"))
        return (building, number) if building and number else None

    def _room(self, value: Value, *, building_known: bool, unit_known: bool) -> places.Place:
        text = readings.text_of(value)
        if not text:
            raise Unreadable("room_missing")
        return places.read_room(text, building_known=building_known, unit_known=unit_known)

    def _same_building(self, beside: str | None, within: str | None) -> str:
        if beside is None and within is None:
            raise Unreadable("building_missing")
        names = {self._buildings.name_of(name) for name in (beside, within) if name}
        if len(names) > 1:
            raise Unreadable("building_differs", beside=beside, within=within)
        return names.pop()

    def _price(self, row: Row, kind: str, area: Decimal | None) -> int | None:
        found: dict[PriceUnit, Amount] = {}
        for unit in UNITS:
            column = self._choices.get(f"{kind}:{unit}")
            amount = self._try_at(row, column, kind, partial(readings.amount_of, unit=unit))
            if amount is not None:
                found[unit] = amount
        if not found:
            return None
        total = found.get("yuan") or found.get("wan")
        column = self._choices[f"{kind}:{next(iter(found))}"]
        return self._try_at(row, column, kind, lambda _: self._sum(total, found.get("per_m2"), area))

    def _sum(self, total: Amount | None, each: Amount | None, area: Decimal | None) -> int:
        """Return a price in fen, its unit price and total checked against each other. Raises Unreadable."""
        if area is None:
            if total is None:
                raise Unreadable("area_needed")
            return total.fen(Decimal(1))
        fen = (total or each).fen(area) if (total or each) else 0  # type: ignore[union-attr]  # one is there
        if total and each:
            _check_product(fen, total, each, area, self._plan.tolerance_fen)
        if not LEAST_PER_M2_FEN <= money.unit_price(fen, area) <= MOST_PER_M2_FEN:
            raise Unreadable("price_implausible", each_fen=money.unit_price(fen, area), price_fen=fen)
        return fen

    def _filing_number(self, row: Row, cells: dict[str, Value], filed_fen: int | None) -> str | None:
        number = self._try(row, "filing_number", readings.text_of, cells.get("filing_number"))
        if filed_fen is None:
            return None
        number = number or self._plan.filing_number
        if len(number) > _LONGEST_NUMBER_OF_FILING:
            self._note(
                row, self._columns.get("filing_number"), "filing_number", Unreadable("filing_too_long")
            )
        return number or None

    def _cell(self, row: Row, key: str) -> Value:
        """Return a cell; one below the first of merged cells has the first one's value."""
        column = self._columns[key]
        value = row.at(column)
        if value is not None:
            bottom = self._spans.get((column, row.number))
            if bottom is not None:
                self._held[column] = (value, bottom)
            return value
        held, bottom = self._held.get(column, (None, 0))
        return held if row.number <= bottom and key in _SPANNING else None

    def _heads(self, key: str) -> str:
        column = self._columns[key]
        return self._sheet.heads[column] if column < len(self._sheet.heads) else ""

    def _try(self, row: Row, key: str, act: Callable[[Value], T], value: Value) -> T | None:
        try:
            return act(value)
        except Unreadable as reason:
            self._note(row, self._columns.get(key), key, reason)
            return None

    def _try_at(self, row: Row, column: int | None, key: str, act: Callable[[Value], T]) -> T | None:
        if column is None:
            return None
        try:
            return act(row.at(column))
        except Unreadable as reason:
            self._note(row, column, key, reason)
            return None

    def _note(self, row: Row, column: int | None, key: str, reason: Unreadable) -> None:
        text = shown(row.at(column))[:60] if column is not None else ""
        self._faults.append(Fault(column, key, reason.code, text, reason.params))


def _tells_sums(texts: list[str]) -> bool:
    plain = [text.replace(" ", "") for text in texts[:6]]
    return any(_SUBTOTAL.fullmatch(text) for text in plain) or bool(
        plain and _SUBTOTAL_FIRST.fullmatch(plain[0])
    )


def _unit_of(value: Value) -> str | None:
    return places.tidy_unit(readings.text_of(value))


def _number_of(value: Value) -> str:
    number = readings.text_of(value)
    if not number:
        raise Unreadable("room_missing")
    return number


def _same_unit(beside: str | None, within: str | None) -> str:
    if beside and within and beside != within:
        raise Unreadable("unit_differs", beside=beside, within=within)
    return beside or within or "1"


def _check_product(fen: int, total: Amount, each: Amount, area: Decimal, tolerance_fen: int) -> None:
    """Raise Unreadable where unit price x area lies further from the total than rounding explains.

    Each figure may be off by half of its last written digit; ``tolerance_fen`` comes on top.
    """
    product = each.fen(area)
    slack = money.nearest_fen((each.step * area + total.step) / 2) + tolerance_fen
    if abs(product - fen) > slack:
        raise Unreadable(
            "unit_price_differs",
            product_fen=product,
            price_fen=fen,
            off_fen=abs(product - fen),
            slack_fen=slack,
        )
