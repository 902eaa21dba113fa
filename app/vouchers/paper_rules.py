"""Numbers of preprinted sheets: pure."""

import re
from typing import Final

_SERIAL: Final = re.compile(r"([A-Z]{0,4})(\d{4,10})", re.ASCII)


def tidy_serial(typed: str) -> str | None:
    """Return a sheet's number as it is stored, such as ``A0012001``, or None for what is none."""
    signs = typed.strip().upper()
    return signs if _SERIAL.fullmatch(signs) else None


def serials(first: str, count: int) -> list[str]:
    """Return so many numbers of a pack of paper from the first on.

    Raises ValueError for what is no number, and where the digits run over.
    """
    found = _SERIAL.fullmatch(first)
    if found is None:
        raise ValueError(first)
    letters, digits = found.groups()
    start, width = int(digits), len(digits)
    if start + count > 10**width:
        raise ValueError(first)
    return [f"{letters}{start + number:0{width}d}" for number in range(count)]
