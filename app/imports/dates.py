"""Days in workbooks: numbers that only their style tells from other numbers. Pure."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from app.imports.cells import Broken

_BUILT_IN: Final = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
"""Formats every spreadsheet knows by number; 27 to 58 are the East Asian ones."""
_QUOTED: Final = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.|\*.')
_LAST: Final = 2_958_465
"""The number of 9999-12-31."""


@dataclass(frozen=True, slots=True)
class Dates:
    """How one workbook writes days."""

    from_1904: bool
    styles: frozenset[int]

    def day(self, serial: Decimal) -> date | datetime | Broken:
        """Return the day, or the moment, that a number stands for."""
        if not 0 <= serial <= _LAST:
            return Broken.ERROR
        first = datetime(1904, 1, 1) if self.from_1904 else datetime(1899, 12, 30)  # noqa: DTZ001  # a day on paper has no zone
        moment = first + timedelta(seconds=round(serial * 86_400))
        return moment.date() if serial == int(serial) else moment


def is_date_format(number: int, code: str | None) -> bool:
    """Tell whether a format shows a number as a day or a time."""
    if code is None:
        return number in _BUILT_IN
    letters = _QUOTED.sub("", code).lower()
    return "general" not in letters and any(sign in letters for sign in "ymdhs年月日")


def iso(text: str) -> date | datetime | Broken:
    """Return a day stored as text."""
    try:
        return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)
    except ValueError:
        return Broken.ERROR
