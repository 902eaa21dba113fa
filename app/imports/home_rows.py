"""A developer's sales table: the home that each row tells of. Pure."""

from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from app.homes.rules import Finish, Orientation, StockKind, tidy_space
from app.imports import places, readings
from app.imports.cells import Row, Value
from app.imports.columns import PRICES
from app.imports.readings import Unreadable
from app.imports.rows import Place, SheetReader


@dataclass(frozen=True, slots=True)
class HomeRow:
    """A home as its row tells it; what the row leaves open is None. Sums are fen."""

    building: str
    unit: str
    storey: int
    room: str
    kind: StockKind = StockKind.HOME
    rooms: int | None = None
    area_m2: Decimal | None = None
    inner_area_m2: Decimal | None = None
    orientation: Orientation | None = None
    finish: Finish | None = None
    filed_fen: int | None = None
    filing_number: str | None = None
    cash_fen: int | None = None
    voucher_fen: int | None = None
    storeys: int | None = None
    units: int | None = None
    has_lift: bool | None = None
    """What its building is, for one that is new."""

    @property
    def key(self) -> tuple[str, str, int, str]:
        """What no two homes share."""
        return self.building, self.unit, self.storey, self.room

    @property
    def place(self) -> Place:
        """Where it is within its development."""
        return self.key

    @property
    def development(self) -> None:
        """The file is one development's."""
        return


class HomeReader(SheetReader[HomeRow]):
    """Reads a developer's sales table."""

    def _home(self, row: Row, cells: dict[str, Value]) -> HomeRow | None:
        kind = self._try(row, "kind", readings.stock_kind_of, cells.get("kind")) or StockKind.HOME
        place = self._space(row, cells, kind) if kind.is_space else self._place(row, cells)
        area = self._try(row, "area", readings.area_of, cells.get("area"))
        rooms = 0 if kind.is_space else self._try(row, "rooms", readings.bedrooms_of, cells.get("rooms"))
        prices = {kind: self._price(row, kind, area) for kind in PRICES}
        number = self._filing_number(row, cells, prices["filed"])
        if place is None:
            return None
        building, unit, storey, room = place
        return HomeRow(
            building=building,
            unit=unit,
            storey=storey,
            room=room,
            kind=kind,
            rooms=rooms,
            area_m2=area,
            inner_area_m2=self._try(row, "inner", readings.area_of, cells.get("inner")),
            orientation=self._try(row, "orientation", readings.orientation_of, cells.get("orientation")),
            finish=self._try(row, "finish", readings.finish_of, cells.get("finish")),
            filed_fen=prices["filed"],
            filing_number=number,
            cash_fen=prices["cash"],
            voucher_fen=prices["voucher"],
            storeys=self._try(row, "storeys", partial(readings.count_of, most=120), cells.get("storeys")),
            units=self._try(row, "units", partial(readings.count_of, most=50), cells.get("units")),
            has_lift=self._try(row, "lift", readings.lift_of, cells.get("lift")),
        )

    def _place(self, row: Row, cells: dict[str, Value]) -> tuple[str, str, int, str] | None:
        found = self._rooms(row, cells)
        if not any(fault.key == "room" for fault in self._faults):
            storey = self._try(row, "storey", readings.storey_of, cells.get("storey"))
            if storey is None and found and not any(fault.key == "storey" for fault in self._faults):
                storey = self._try(row, "storey", lambda _: _derived_storey(found[2]), None)
            if found and storey:
                building, unit, room = found
                return building, unit, storey, room
        return None

    def _space(self, row: Row, cells: dict[str, Value], kind: StockKind) -> tuple[str, str, int, str] | None:
        """Return where a space is: it has no unit, and its number tells no storey."""
        found = self._number(row, cells)
        storey = self._try(row, "storey", _storey_of_space, cells.get("storey"))
        if found is None or storey is None:
            return None
        building, number = found
        return building, "", storey, tidy_space(kind, number)


def _storey_of_space(value: Value) -> int:
    storey = readings.storey_of_space(value)
    if storey is None:
        raise Unreadable("storey_missing")
    return storey


def _derived_storey(room: str) -> int:
    storey = places.storey_in(room)
    if storey is None:
        raise Unreadable("storey_missing")
    return storey
