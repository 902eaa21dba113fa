"""What a spreadsheet would compute instead of showing it."""

import re
from typing import Final

FORMULA_SIGNS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""A cell that begins with one of these would be computed when the file is opened; full-width signs too."""

_NUMBER: Final = re.compile(r"-[0-9]+(\.[0-9]+)?", re.ASCII)
"""A sum below zero, which is what it looks like."""


def plain_cell(text: str) -> str:
    """Return a text that a spreadsheet shows and never computes: an apostrophe makes it text.

    A plain number below zero stays one.
    """
    if _NUMBER.fullmatch(text):
        return text
    return f"'{text}" if text.lstrip(" \u3000").startswith(FORMULA_SIGNS) else text
