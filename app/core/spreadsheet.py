"""What a spreadsheet would compute instead of showing it."""

from typing import Final

FORMULA_SIGNS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""A cell that begins with one of these would be computed when the file is opened; full-width signs too."""


def plain_cell(text: str) -> str:
    """Return a text that a spreadsheet shows and never computes: an apostrophe makes it text."""
    return f"'{text}" if text.lstrip(" \u3000").startswith(FORMULA_SIGNS) else text
