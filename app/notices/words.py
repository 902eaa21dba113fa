"""How sums and days read inside a message: pure. A message is a plain text, on paper or on a telephone."""

import string
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final, cast

from app.core import clock

SHAPES: Final = frozenset({"text", "yuan", "last_day", "number"})
"""The shapes that a blank of a message may have, written after its name: ``{price:yuan}``."""


class _Writer(string.Formatter):
    """Fills ``{name:shape}``; a blank without a value or with an unknown shape is a programming error."""

    def format_field(self, value: Any, format_spec: str) -> str:
        if format_spec == "yuan":
            return yuan(cast(int, value))
        if format_spec == "last_day":
            return named_day(_last_day(cast(datetime, value)))
        if format_spec == "number":
            return str(int(value))
        if format_spec == "text":
            return str(value)
        raise ValueError(f"no shape {format_spec!r}")


def fill(message: str, data: Mapping[str, Any]) -> str:
    """Return the message with its blanks filled. Raises KeyError for a blank without a value."""
    return _Writer().vformat(message, (), data)


def blanks(message: str) -> dict[str, str]:
    """Return the names of a message's blanks with the shape of each."""
    return {name: spec or "" for _, name, spec, _ in string.Formatter().parse(message) if name is not None}


def yuan(fen: int) -> str:
    """Return a sum in fen as a message says it: in yuan, with commas."""
    whole, rest = divmod(fen, 100)
    return f"{whole:,}.{rest:02d} 元" if rest else f"{whole:,} 元"


def named_day(day: date) -> str:
    """Return a day with its day of the week, as people keep appointments by it."""
    return f"{day.year}年{day.month}月{day.day}日（星期{'一二三四五六日'[day.weekday()]}）"


def _last_day(end: datetime) -> date:
    """Return the last whole day before a deadline, which ends at 24:00 of it."""
    return (end - timedelta(microseconds=1)).astimezone(clock.LEGAL_ZONE).date()
