"""The registry's file of contracts, read strictly: docs/sales.md is its contract. Pure.

A file is right as a whole or refused as a whole, at the first line and column that is wrong: half a night's
contracts would be worse than none.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from app.core import money
from app.homes.keys import address_key
from app.homes.rules import tidy_room, tidy_unit
from app.sales.errors import SalesFileInvalid
from app.sales.rules import FIRST_DAY, FIT_OUTS, LONGEST_CONTRACT_NUMBER, PAYMENTS

MOST_BYTES: Final = 8 * 1024 * 1024
MOST_ROWS: Final = 20_000
_LONGEST_LINE: Final = 2_000
LONGEST_NAME: Final = 60
CONTROL: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Categories of characters that no value holds."""

COLUMNS: Final = (
    *("contract_number", "development", "building", "unit", "room", "signed_on", "price", "payment"),
    *("fit_out", "bulk", "staff", "cancelled", "voucher_paid"),
)
_MAY_BE_EMPTY: Final = frozenset({"payment", "fit_out", "bulk", "staff", "cancelled", "voucher_paid"})
_YUAN: Final = re.compile(r"\d{1,13}(?:\.\d{1,2})?", re.ASCII)
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Contract:
    """One line of the file: a registered contract and the home it names."""

    line: int
    contract_number: str
    development: str
    building: str
    unit: str
    room: str
    signed_on: date
    price_fen: int
    payment: str | None
    fit_out: str | None
    is_bulk: bool
    is_staff: bool
    is_cancelled: bool
    by_voucher: bool

    @property
    def key(self) -> str:
        """What finds its home in a district."""
        return address_key(
            development=self.development, building=self.building, unit=self.unit, room=self.room
        )


def read(content: bytes, *, today: date, most_rows: int = MOST_ROWS) -> list[Contract]:
    """Return the contracts of a file. Raises SalesFileInvalid at the first thing that is wrong."""
    text = _decode(content)
    lines = _lines(text)
    _, heading = next(lines, (1, []))
    _check_heading(heading)
    contracts: list[Contract] = []
    seen: dict[str, int] = {}
    for number, cells in lines:
        if number - 1 > most_rows:
            raise SalesFileInvalid(number, "-", f"more than {most_rows} rows")
        contract = contract_of(number, dict(zip(heading, _cells(number, heading, cells), strict=True)), today)
        earlier = seen.setdefault(contract.contract_number, number)
        if earlier != number:
            raise SalesFileInvalid(number, "contract_number", f"already stands in line {earlier}")
        contracts.append(contract)
    if not contracts:
        raise SalesFileInvalid(2, "-", "there are no rows")
    return contracts


def fold(text: str) -> str:
    """Return a name as it is compared: full-width signs plain, no blanks around it."""
    return unicodedata.normalize("NFKC", text).strip()


def _decode(content: bytes) -> str:
    if len(content) > MOST_BYTES:
        raise SalesFileInvalid(1, "-", f"larger than {MOST_BYTES // (1024 * 1024)} MiB")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SalesFileInvalid(line, "-", "is not UTF-8 text") from error


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Return each line with its number; a value never reaches over the end of its line."""
    for number, line in enumerate(io.StringIO(text, newline=None), start=1):
        if len(line) > _LONGEST_LINE:
            raise SalesFileInvalid(number, "-", f"is longer than {_LONGEST_LINE} characters")
        for character in line.rstrip("\n"):
            if unicodedata.category(character) in CONTROL:
                raise SalesFileInvalid(number, "-", f"holds the control character U+{ord(character):04X}")
        if not line.strip():
            raise SalesFileInvalid(number, "-", "is empty")
        try:
            yield number, next(csv.reader([line], strict=True))
        except csv.Error as error:
            raise SalesFileInvalid(number, "-", f"quotes do not match: {error}") from error


def _check_heading(heading: list[str]) -> None:
    for name in heading:
        if name not in COLUMNS:
            raise SalesFileInvalid(1, name[:40] or "-", "is no column of the contract")
        if heading.count(name) > 1:
            raise SalesFileInvalid(1, name, "stands twice")
    for name in COLUMNS:
        if name not in heading:
            raise SalesFileInvalid(1, name, "is missing")


def _cells(number: int, heading: list[str], cells: list[str]) -> list[str]:
    if len(cells) != len(heading):
        raise SalesFileInvalid(number, "-", f"has {len(cells)} values, not {len(heading)}")
    tidy = [fold(cell) for cell in cells]
    for name, cell in zip(heading, tidy, strict=True):
        if not cell and name not in _MAY_BE_EMPTY:
            raise SalesFileInvalid(number, name, "is empty")
        if len(cell) > LONGEST_NAME:
            raise SalesFileInvalid(number, name, f"is longer than {LONGEST_NAME} characters")
    return tidy


def contract_of(number: int, cells: dict[str, str], today: date) -> Contract:
    """Return the contract of a line, its cells by column. Raises SalesFileInvalid."""
    if len(cells["contract_number"]) > LONGEST_CONTRACT_NUMBER:
        raise SalesFileInvalid(
            number, "contract_number", f"is longer than {LONGEST_CONTRACT_NUMBER} characters"
        )
    return Contract(
        line=number,
        contract_number=cells["contract_number"],
        development=cells["development"],
        building=cells["building"],
        unit=tidy_unit(cells["unit"]),
        room=tidy_room(cells["room"]),
        signed_on=_day(number, cells["signed_on"], today),
        price_fen=_price(number, cells["price"]),
        payment=_choice(number, "payment", cells["payment"], PAYMENTS),
        fit_out=_choice(number, "fit_out", cells["fit_out"], FIT_OUTS),
        is_bulk=_flag(number, "bulk", cells["bulk"]),
        is_staff=_flag(number, "staff", cells["staff"]),
        is_cancelled=_flag(number, "cancelled", cells["cancelled"]),
        by_voucher=_flag(number, "voucher_paid", cells["voucher_paid"]),
    )


def _day(number: int, text: str, today: date) -> date:
    if not _DAY.fullmatch(text):
        raise SalesFileInvalid(number, "signed_on", f"{text[:20]!r} is no day such as 2016-06-01")
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise SalesFileInvalid(number, "signed_on", f"{text} is not in the calendar") from error
    if not FIRST_DAY <= day <= today:
        raise SalesFileInvalid(number, "signed_on", f"{text} is not between {FIRST_DAY} and {today}")
    return day


def _price(number: int, text: str) -> int:
    if not _YUAN.fullmatch(text):
        raise SalesFileInvalid(number, "price", f"{text[:20]!r} is no amount in yuan such as 560000.00")
    try:
        fen = money.yuan_to_fen(text)
    except ValueError as error:
        raise SalesFileInvalid(number, "price", f"{text[:20]!r} is {error}") from error
    if fen == 0:
        raise SalesFileInvalid(number, "price", "is zero")
    return fen


def _choice(number: int, name: str, text: str, offered: tuple[str, ...]) -> str | None:
    if text and text not in offered:
        raise SalesFileInvalid(number, name, f"{text[:20]!r} is none of {', '.join(offered)}")
    return text or None


def _flag(number: int, name: str, text: str) -> bool:
    if text not in {"", "0", "1"}:
        raise SalesFileInvalid(number, name, f"{text[:20]!r} is neither 0 nor 1")
    return text == "1"
