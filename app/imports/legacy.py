"""Workbooks of the format before 2007 (.xls): read as a whole by a library, then as any other."""

import io
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetVisibleEnum

from app.imports.cells import Row, Sheet, Value, number
from app.imports.errors import FileRefused
from app.imports.workbook import MOST_COLUMNS, MOST_SHEETS

MOST_BYTES: Final = 10 * 1024 * 1024
_TRIAL: Final = Path(__file__).with_name("legacy_trial.py")


class LegacyWorkbook:
    """An .xls file; its numbers are binary floats, read back by their shortest writing."""

    def __init__(self, content: bytes) -> None:
        if len(content) > MOST_BYTES:
            raise FileRefused("import_xls_too_large", most_mib=MOST_BYTES // (1024 * 1024))
        _try_apart(content)
        with _reading():
            self._book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        if len(self._book.sheet_names) > MOST_SHEETS:
            raise FileRefused("import_too_many_sheets", most=MOST_SHEETS)
        self.notices = ["old_format"]

    @property
    def sheets(self) -> list[Sheet]:
        """The sheets in the workbook's order."""
        return [
            Sheet(
                found.name,
                found.visible != SheetVisibleEnum.Visible,
                [
                    (top + 1, left, bottom + 1, right)
                    for (top, left), (bottom, right) in self._sheet(index).merged_cell_ranges or []
                ],
            )
            for index, found in enumerate(self._book.sheets_metadata)
        ]

    def rows(self, index: int) -> Iterator[Row]:
        """Yield the rows of a sheet that hold anything."""
        sheet = self._sheet(index)
        if sheet.start is None:
            return
        # The library leaves out blank columns on the left, not blank rows at the top.
        aside: list[Value] = [None] * sheet.start[1]
        for position, cells in enumerate(sheet.iter_rows(), 1):
            values = aside + [_value(cell) for cell in cells[:MOST_COLUMNS]]
            if any(value is not None for value in values):
                yield Row(position, values)

    def _sheet(self, index: int) -> CalamineSheet:
        with _reading():
            return self._book.get_sheet_by_index(index)


def _try_apart(content: bytes) -> None:
    """Raise FileRefused for a workbook over which a process of its own fails; it could end this one."""
    command = [sys.executable, "-I", str(_TRIAL)]
    if subprocess.run(command, input=content, capture_output=True, check=False).returncode:
        raise FileRefused("import_truncated")


@contextmanager
def _reading() -> Iterator[None]:
    """Refuse what the library finds broken, also where it gives up altogether (a panic of Rust)."""
    try:
        yield
    except CalamineError as error:
        raise FileRefused("import_truncated") from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # which nobody can import
            raise
        raise FileRefused("import_truncated") from error


def _value(cell: object) -> Value:
    if isinstance(cell, bool):
        return cell
    if isinstance(cell, int | float):
        return number(repr(cell))
    if isinstance(cell, str):
        text = cell.replace("\0", "")  # which no database takes
        return text if text.strip() else None
    return cell if hasattr(cell, "year") else None  # type: ignore[return-value]  # a day or a moment
