"""Tables for spreadsheets: numbers are numbers, days are days, and no text is ever computed."""

import io
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, islice
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.utils import get_column_letter

from app.core import clock

Cell = str | int | Decimal | date | None
"""A Decimal is an amount or a measure with two decimals, a datetime a moment with its zone."""

FORMULA_SIGNS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""A cell that begins with one of these would be computed when the file is opened; full-width signs too."""

_NUMBER: Final = re.compile(r"-[0-9]+(\.[0-9]+)?", re.ASCII)
"""A sum below zero, which is what it looks like."""
_UNFIT: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Signs that XML cannot hold: one of them, and nobody could open the workbook."""
_DECIMALS: Final = "#,##0.00"
_DAY: Final = "yyyy-mm-dd"
_MOMENT: Final = "yyyy-mm-dd hh:mm:ss"
_LOOKED_AT: Final = 100
"""Rows by which the width of a column is chosen."""


def plain_cell(text: str) -> str:
    """Return a text that a spreadsheet shows and never computes: an apostrophe makes it text.

    A plain number below zero stays one.
    """
    if _NUMBER.fullmatch(text):
        return text
    return f"'{text}" if text.lstrip(" \u3000").startswith(FORMULA_SIGNS) else text


def text_of(cell: Cell) -> str:
    """Return a cell as a file of plain text has it: ``1234567.89``, ``2026-11-24``, ``2026-11-24 15:30:09``.

    A moment is told in Asia/Shanghai.
    """
    if isinstance(cell, datetime):
        return cell.astimezone(clock.LEGAL_ZONE).strftime("%Y-%m-%d %H:%M:%S")
    return "" if cell is None else plain_cell(str(cell))


def workbook(heads: Sequence[str], rows: Iterable[Sequence[Cell]], *, name: str | None = None) -> bytes:
    """Return an Excel workbook of one sheet whose heads stay in sight.

    Texts stay texts, whatever they look like: a number of an ID card keeps all its digits. Amounts are exact
    to fifteen digits, which is all that Excel itself keeps.
    """
    lines = iter(rows)
    first = list(islice(lines, _LOOKED_AT))
    book = Workbook(write_only=True)
    sheet = book.create_sheet(name)
    sheet.freeze_panes = "A2"
    for position, head in enumerate(heads, 1):
        cells = [row[position - 1] for row in first if len(row) >= position]
        width = max(10, _width(head) + 2, *(min(_width(cell), 40) + 2 for cell in cells))
        sheet.column_dimensions[get_column_letter(position)].width = width
    sheet.append([_excel(sheet, head) for head in heads])
    for row in chain(first, lines):
        sheet.append([_excel(sheet, cell) for cell in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _width(cell: Cell) -> int:
    """Return about how many small letters wide a cell is; a Chinese sign is two."""
    shown = f"{cell:,.2f}" if isinstance(cell, Decimal) else text_of(cell)
    return sum(1 if sign.isascii() else 2 for sign in shown)


def _excel(sheet: Any, cell: Cell) -> Any:
    if isinstance(cell, datetime):
        return _formatted(sheet, cell.astimezone(clock.LEGAL_ZONE).replace(tzinfo=None), _MOMENT)
    if isinstance(cell, date):
        return _formatted(sheet, cell, _DAY)
    if isinstance(cell, Decimal):
        return _formatted(sheet, cell, _DECIMALS)
    return cell if isinstance(cell, int | None) else _text(sheet, str(cell))


def _text(sheet: Any, text: str) -> Any:
    """Return a text cell; one that reads like an error of a formula (``#N/A``) stays a text too."""
    plain = _UNFIT.sub("\ufffd", plain_cell(text))
    if not plain.startswith("#"):
        return plain
    made = WriteOnlyCell(sheet, plain)
    made.data_type = "s"
    return made


def _formatted(sheet: Any, value: Any, shape: str) -> Any:
    made = WriteOnlyCell(sheet, value)
    made.number_format = shape
    return made
