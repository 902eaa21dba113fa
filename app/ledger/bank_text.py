"""How banks write numbers, sums and days into files, and what a spreadsheet made of them since: pure."""

import re
import unicodedata
from datetime import date, datetime
from typing import Final

from app.core.money import yuan_to_fen

_SUM: Final = re.compile(r"([+-]?)¥?((?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?)")
_ROUNDED: Final = re.compile(r"[0-9](\.[0-9]+)?E\+?[0-9]+", re.IGNORECASE)
_DAYS: Final = {
    re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"): "%Y-%m-%d",
    re.compile(r"[0-9]{4}/[0-9]{1,2}/[0-9]{1,2}"): "%Y/%m/%d",
    re.compile(r"[0-9]{4}\.[0-9]{1,2}\.[0-9]{1,2}"): "%Y.%m.%d",
    re.compile(r"[0-9]{8}"): "%Y%m%d",
}


def read_number(cell: str) -> str:
    """Return a serial or an account's number as it is kept: half width, without blanks.

    Else the same money could come in under two numbers. What spreadsheets put around a number so that it
    stays text is left out. Raises ValueError for what one computes, or has rounded: 6.2E+15 was any of many.
    """
    number = "".join(unicodedata.normalize("NFKC", cell).split())
    if number.startswith('="') and number.endswith('"') and len(number) > 2:
        number = number[2:-1]
    number = number.lstrip("'")
    if number.startswith("=") or _ROUNDED.fullmatch(number):
        raise ValueError("a number that a spreadsheet computed or rounded")
    return number


def read_fen(cell: str) -> int:
    """Return a sum in fen: digits of any width, thousands set off by commas, with a sign.

    Raises ValueError for anything else, a fraction of a fen, and what a spreadsheet has rounded (1.2E+05).
    """
    found = _SUM.fullmatch("".join(unicodedata.normalize("NFKC", cell).split()))
    if found is None:
        raise ValueError("not a sum")
    return yuan_to_fen(found[1] + found[2].replace(",", ""))


def read_day(cell: str) -> date | None:
    """Return a day, whatever time of it is told behind; None for what is none."""
    told = unicodedata.normalize("NFKC", cell).strip().replace("T", " ").split(" ")[0]
    for looks, shape in _DAYS.items():
        if looks.fullmatch(told):
            try:
                return datetime.strptime(told, shape).date()  # noqa: DTZ007  # a day has no zone
            except ValueError:
                return None
    return None
