"""The price rule, the words of a home's address, and what may be typed about a place. Pure.

The rule is the equal-treatment undertaking: the voucher price of a home is never above its cash price, nor,
less the promotions open to voucher buyers, above the lowest net cash price; and no price is above the filed
price, the ceiling registered with the bureau.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, Literal

from app.core.errors import Conflict, DomainError
from app.homes.errors import (
    CashAboveFiled,
    NotAdmitted,
    VoucherAboveCash,
    VoucherAboveFiled,
    VoucherAboveNet,
)
from app.homes.promotions import Deal, Net, highest_listed, lowest_net, opened

PriceKind = Literal["filed", "cash", "voucher"]
KINDS: Final[tuple[PriceKind, ...]] = ("filed", "cash", "voucher")


class StockKind(StrEnum):
    """What a piece of stock is: a dwelling, or a space that is bought beside one (车位, 储藏室)."""

    HOME = "home"
    PARKING = "parking"
    STORAGE = "storage"

    @property
    def is_space(self) -> bool:
        """Whether it is no dwelling: it counts as no home, and nobody buys it alone."""
        return self is not StockKind.HOME


_SPACE_NAMES: Final = {StockKind.PARKING: "号车位", StockKind.STORAGE: "号储藏室"}
LOWEST_STOREY: Final = -9
"""Spaces lie below ground as well; a home does not."""


class Orientation(StrEnum):
    """Which way a home's main windows look (朝向)."""

    SOUTH = "south"
    NORTH_SOUTH = "north-south"
    SOUTH_EAST = "south-east"
    SOUTH_WEST = "south-west"
    EAST = "east"
    WEST = "west"
    EAST_WEST = "east-west"
    NORTH_EAST = "north-east"
    NORTH_WEST = "north-west"
    NORTH = "north"


class Finish(StrEnum):
    """How a home is handed over: bare (毛坯) or fitted (精装)."""

    BARE = "bare"
    FITTED = "fitted"


OutReason = Literal["voucher_above_cash", "voucher_above_filed", "voucher_above_net"]
"""``voucher_above_filed`` is older than its meaning: the cash price counts as well, see ``above_filed``."""


@dataclass(frozen=True, slots=True)
class Amounts:
    """The three prices of a home in fen, None where none was ever given, and its promotions."""

    filed_fen: int | None = None
    cash_fen: int | None = None
    voucher_fen: int | None = None
    deals: tuple[Deal, ...] = ()

    def of(self, kind: PriceKind) -> int | None:
        """Return one of the prices."""
        return {"filed": self.filed_fen, "cash": self.cash_fen, "voucher": self.voucher_fen}[kind]

    def with_price(self, kind: PriceKind, amount_fen: int) -> "Amounts":
        """Return the prices after one of them was changed."""
        changes: dict[str, Any] = {f"{kind}_fen": amount_fen}
        return replace(self, **changes)

    @property
    def complete(self) -> bool:
        """Whether none is missing."""
        return None not in (self.filed_fen, self.cash_fen, self.voucher_fen)

    @property
    def cash_net(self) -> Net | None:
        """The lowest net cash price over all payment modes; None without a cash price."""
        return None if self.cash_fen is None else lowest_net(self.cash_fen, self.deals)

    @property
    def voucher_net(self) -> Net | None:
        """What a voucher buyer pays and gets; None without a voucher price."""
        return None if self.voucher_fen is None else lowest_net(self.voucher_fen, opened(self.deals))


def find_breach(amounts: Amounts) -> OutReason | None:
    """Return why a home with these prices may not stand in a pool, the cash price first; None when it may."""
    if _voucher_breach(amounts) is None and above_filed(amounts) is not None:
        return "voucher_above_filed"
    return _voucher_breach(amounts)


def above_filed(amounts: Amounts) -> PriceKind | None:
    """Return which price stands above the filed price, the voucher price first; None when none does."""
    if amounts.filed_fen is None:
        return None
    if amounts.voucher_fen is not None and amounts.voucher_fen > amounts.filed_fen:
        return "voucher"
    if amounts.cash_fen is not None and amounts.cash_fen > amounts.filed_fen:
        return "cash"
    return None


def _voucher_breach(amounts: Amounts) -> OutReason | None:
    voucher, cash, filed = amounts.voucher_fen, amounts.cash_fen, amounts.filed_fen
    if voucher is not None and cash is not None and voucher > cash:
        return "voucher_above_cash"
    if voucher is not None and filed is not None and voucher > filed:
        return "voucher_above_filed"
    if amounts.voucher_net and amounts.cash_net and amounts.voucher_net.fen > amounts.cash_net.fen:
        return "voucher_above_net"
    return None


def most_voucher_fen(amounts: Amounts) -> int | None:
    """Return the highest voucher price in fen that keeps the rule; None while nothing bounds it."""
    most = min((fen for fen in (amounts.cash_fen, amounts.filed_fen) if fen is not None), default=None)
    if most is None or amounts.cash_net is None:
        return most
    return highest_listed(amounts.cash_net.fen, most, opened(amounts.deals))


def check_voucher_price(amounts: Amounts) -> None:
    """Refuse a voucher price above the cash, the filed or the lowest net cash price, naming both.

    Raises VoucherAboveCash, VoucherAboveFiled or VoucherAboveNet, at the field ``voucher_price``.
    """
    breach = _voucher_breach(amounts)
    if breach is None:
        return
    voucher, cash, filed = amounts.voucher_fen or 0, amounts.cash_fen or 0, amounts.filed_fen or 0
    most = most_voucher_fen(amounts) or 0
    if breach == "voucher_above_cash":
        raise VoucherAboveCash(voucher_fen=voucher, cash_fen=cash, most_fen=most)
    if breach == "voucher_above_filed":
        raise VoucherAboveFiled(voucher_fen=voucher, filed_fen=filed, most_fen=most)
    voucher_net, cash_net = amounts.voucher_net, amounts.cash_net
    if voucher_net and cash_net:
        raise VoucherAboveNet(net_fen=voucher_net.fen, cash_net_fen=cash_net.fen, most_fen=most)


def check_change(kind: PriceKind, amount_fen: int, before: Amounts) -> Amounts:
    """Return the prices after a change, if it may be made.

    Lowering a cash or filed price is always accepted, whatever it does to the listing. A new voucher price
    has to keep the rule, also one lower than before. A cash price may not be raised above the filed price.
    Raises VoucherAboveCash, VoucherAboveFiled, VoucherAboveNet or CashAboveFiled at the field of the price.
    """
    after = before.with_price(kind, amount_fen)
    if kind == "voucher":
        check_voucher_price(after)
    if kind == "cash" and (before.cash_fen is None or amount_fen > before.cash_fen):
        _check_cash_price(after)
    return after


def check_listing(*, status: str, amounts: Amounts, admitted: bool, district: str) -> None:
    """Check that a home may be listed in the pool of a district, named for the refusal.

    Raises Conflict when it is sold, NotAdmitted, DomainError while a price is missing, the refusals of
    ``check_voucher_price``, and CashAboveFiled.
    """
    if status == "sold":
        raise Conflict("home_sold")
    if not admitted:
        raise NotAdmitted(district)
    if not amounts.complete:
        raise DomainError("prices_missing")
    check_voucher_price(amounts)
    _check_cash_price(amounts)


def check_first_prices(amounts: Amounts) -> None:
    """Check the prices a home is created with, as far as they are given. Raises as ``check_change``."""
    _check_cash_price(amounts)
    check_voucher_price(amounts)


def _check_cash_price(amounts: Amounts) -> None:
    cash, filed = amounts.cash_fen, amounts.filed_fen
    if cash is not None and filed is not None and cash > filed:
        raise CashAboveFiled(cash_fen=cash, filed_fen=filed)


def check_filing_number(kind: PriceKind, number: str | None) -> str | None:
    """Return the filing number to store with a price: a filed price has one, the others have none.

    Raises DomainError at ``filing_number`` when a filed price lacks it.
    """
    if kind != "filed":
        return None
    tidy = (number or "").strip()
    if not tidy:
        raise DomainError("filing_number_missing", "filing_number")
    return tidy


def home_name(building: str, unit: str, room: str) -> str:
    """Return a home's address within its development, ``3幢2单元1101室``.

    A space has no unit, and its number says what it is: ``地下车库B-023号车位``.
    """
    return f"{building}{unit}单元{room}室" if unit else f"{building}{room}"


def tidy_unit(typed: str) -> str:
    """Return a unit as it is stored: ``2单元`` and ``2`` are the same unit."""
    return typed.strip().removesuffix("单元").strip()


def tidy_room(typed: str) -> str:
    """Return a room number as it is stored: ``1101室`` and ``1101`` are the same room."""
    return typed.strip().removesuffix("室").strip()


_SPACE_NUMBER: Final = re.compile(
    r"(?:产权|地下)?(?:车位|停车位|储藏室|储藏间)?(?P<number>.+?)号?(?:车位|停车位|储藏室|储藏间)?"
)


def tidy_space(kind: StockKind, typed: str) -> str:
    """Return a space's number as it is stored, with what it is: ``车位b-023`` becomes ``B-023号车位``."""
    plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", typed)).upper()
    found = _SPACE_NUMBER.fullmatch(plain)
    return f"{found['number'] if found else plain}{_SPACE_NAMES[kind]}"


_PHONES: Final = (
    re.compile(r"1[3-9]\d{9}"),
    re.compile(r"0(?:10|2\d|[3-9]\d{2})-?[2-8]\d{6,7}(?:转\d{1,6})?"),
    re.compile(r"400-?\d{3}-?\d{4}(?:转\d{1,6})?"),
)
_LATITUDES: Final = (3.5, 53.6)
_LONGITUDES: Final = (73.4, 135.1)


def tidy_phone(typed: str) -> str:
    """Return a telephone number as it is stored, without blanks and in half-width signs.

    A mobile, a landline with its area code, or a 400 number; the last two may name an extension (转 8001).
    Raises DomainError at ``sales_phone``.
    """
    signs = unicodedata.normalize("NFKC", typed)
    tidy = re.sub(r"\s", "", signs).replace("(", "").replace(")", "-").replace("—", "-").replace("–", "-")
    tidy = re.sub(r"(?:分机|转接|ext\.?)-?", "转", tidy, flags=re.IGNORECASE)
    mobile = tidy.replace("-", "").removeprefix("+86")
    for candidate, phone in ((mobile, _PHONES[0]), (tidy, _PHONES[1]), (tidy, _PHONES[2])):
        if phone.fullmatch(candidate):
            return candidate
    raise DomainError("phone_wrong", "sales_phone")


def check_point(lat: float | None, lon: float | None) -> None:
    """Check that a point, in WGS-84 degrees, is whole and lies within China's bounds.

    Raises DomainError at ``lat`` or ``lon``, saying so when the two look exchanged.
    """
    if lat is None and lon is None:
        return
    if lat is None or lon is None:
        raise DomainError("point_half", "lat" if lat is None else "lon")
    if _within(lon, _LATITUDES) and _within(lat, _LONGITUDES):
        raise DomainError("point_exchanged", "lat")
    if not _within(lat, _LATITUDES):
        raise DomainError("lat_outside_china", "lat")
    if not _within(lon, _LONGITUDES):
        raise DomainError("lon_outside_china", "lon")


def _within(value: float, bounds: tuple[float, float]) -> bool:
    return bounds[0] <= value <= bounds[1]


def check_presale(*, stage: str, presale_permit: str | None, delivery_on: date | None) -> None:
    """Check that homes not yet built have their permit and the day they will be handed over.

    Raises DomainError at ``presale_permit`` or ``delivery_on``.
    """
    if stage == "presale" and not presale_permit:
        raise DomainError("presale_permit_missing", "presale_permit")
    if stage == "presale" and delivery_on is None:
        raise DomainError("delivery_day_missing", "delivery_on")


def check_place(
    *, unit: str, storey: int, storeys: int, units: int | None, kind: StockKind = StockKind.HOME
) -> None:
    """Check that a home lies within its building: ``storeys`` and ``units`` are the building's.

    A unit that is no number is not counted; a space has none, and may lie below ground. Raises DomainError
    at ``storey`` or ``unit``.
    """
    if kind.is_space:
        if storey == 0 or not LOWEST_STOREY <= storey <= storeys:
            raise DomainError("storey_of_space", "storey", lowest=-LOWEST_STOREY, storeys=storeys)
        return
    if not 1 <= storey <= storeys:
        raise DomainError("storey_not_in_building", "storey", storeys=storeys)
    number = tidy_unit(unit)
    if units is not None and number.isdecimal() and not 1 <= int(number) <= units:
        raise DomainError("unit_not_in_building", "unit", units=units)


def check_size(*, storeys: int, units: int | None, places: Iterable[tuple[str, int]]) -> None:
    """Check that a building still holds all its homes, each given as unit and storey.

    Raises DomainError at ``storeys`` or ``units``.
    """
    for unit, storey in places:
        if storey > storeys:
            raise DomainError("storeys_below_homes", "storeys", storey=storey)
        if units is not None and unit.isdecimal() and int(unit) > units:
            raise DomainError("units_below_homes", "units", unit=int(unit))


Thing = Literal["development", "building", "home"]

_FIXED_WHILE_BOUGHT: Final[dict[Thing, tuple[str, ...]]] = {
    "development": ("name", "address", "stage", "presale_permit", "delivery_on"),
    "building": ("name", "storeys", "units", "has_lift"),
    "home": ("unit", "storey", "room", "rooms", "area_m2", "inner_area_m2", "orientation", "finish"),
}
"""What a household that is buying was shown, and may rely on until its purchase ends."""

_FIXED_ONCE_SOLD: Final[dict[Thing, tuple[str, ...]]] = {
    "development": ("name", "address", "presale_permit"),
    "building": ("name",),
    "home": _FIXED_WHILE_BOUGHT["home"],
}
"""What stands in the contract of a home that is sold."""


def fixed_facts(thing: Thing, statuses: Collection[str]) -> dict[str, str]:
    """Return the facts that may not change now, each with the code of the reason.

    ``statuses`` are those of the homes it is about. A fact that was never stated is not fixed.
    """
    fixed = {name: "fixed_while_bought" for name in _FIXED_WHILE_BOUGHT[thing] if "locked" in statuses}
    return fixed | {name: "fixed_once_sold" for name in _FIXED_ONCE_SOLD[thing] if "sold" in statuses}


def check_areas(area_m2: Decimal, inner_area_m2: Decimal | None) -> None:
    """Check that the area within its walls is not above the gross area. Raises DomainError."""
    if inner_area_m2 is not None and inner_area_m2 > area_m2:
        raise DomainError("inner_above_gross", "inner_area_m2")
