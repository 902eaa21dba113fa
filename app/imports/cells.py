"""What a cell of a spreadsheet holds, and how it is written down. Pure.

Numbers are decimals from the first moment: a workbook stores them as text that a binary float wrote, so they
are read back to the 15 digits that spreadsheets themselves keep.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Context, Decimal, InvalidOperation, Overflow
from enum import Enum
from typing import Final, Protocol

DIGITS: Final = Context(prec=15)
"""What a spreadsheet keeps of a number; the rest is the noise of binary floats (0.1 + 0.2)."""


class Broken(Enum):
    """A cell that holds no value that could be used."""

    FORMULA = "formula"
    """A formula whose result was never saved."""
    ERROR = "error"
    """A formula that failed, such as #REF!."""


Value = str | Decimal | bool | date | datetime | Broken | None
"""A blank cell is None."""

Merge = tuple[int, int, int, int]
"""First row, first column, last row, last column; rows count from 1, columns from 0."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row with something in it: its number as the spreadsheet shows it, its cells from column A on."""

    number: int
    cells: list[Value]

    def at(self, column: int) -> Value:
        """Return a cell, None beyond the last one."""
        return self.cells[column] if column < len(self.cells) else None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet as the workbook lists it."""

    name: str
    hidden: bool = False
    merges: list[Merge] = field(default_factory=list)


class Source(Protocol):
    """A file that has been opened: its sheets, and the rows of each."""

    notices: list[str]
    """What a person should know about the file, once its rows were read: ``external_links``, ..."""

    @property
    def sheets(self) -> list[Sheet]:
        """The sheets in the workbook's order; a text file has one, without a name."""

    def rows(self, index: int) -> Iterator[Row]:
        """Yield the rows of a sheet that hold anything, from the top."""


def number(text: str) -> Decimal | Broken:
    """Return a stored number, to 15 digits."""
    try:
        value = DIGITS.create_decimal(text)
    except (InvalidOperation, Overflow):
        return Broken.ERROR
    return value if value.is_finite() else Broken.ERROR


def shown(value: Value) -> str:
    """Return a cell as a person sees it: in samples, messages and lists."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, datetime):
        return value.isoformat(" ", "minutes")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return {Broken.FORMULA: "=?", Broken.ERROR: "#?"}[value] if isinstance(value, Broken) else value.strip()


def plain(value: Decimal) -> str:
    """Return a number without exponent and without zeros after its last digit: 101.0 is ``101``."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def letter(column: int) -> str:
    """Return the name of a column: 0 is ``A``, 26 is ``AA``."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name
