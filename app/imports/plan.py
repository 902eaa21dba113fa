"""How a file is to be read, as a person decided it: sheets, heads, columns, units, tolerance. Pure.

Stored as JSON with a schema number, in the run and, by the head's signature, for the company's next file.
"""

from dataclasses import asdict, dataclass, field
from typing import Any, Final, Self

SCHEMA: Final = 1

DEFAULT_TOLERANCE_FEN: Final = 100
"""One yuan: how far unit price x area may lie from the total beside what their own rounding explains."""


@dataclass(frozen=True, slots=True)
class SheetPlan:
    """How one sheet is read: rows below ``head_row``; what each column is; its building, if titles tell."""

    index: int
    name: str
    head_row: int
    heads: list[str]
    columns: dict[int, str]
    building: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """How a whole file is read."""

    table: str
    sheets: list[SheetPlan]
    tolerance_fen: int = DEFAULT_TOLERANCE_FEN
    filing_number: str = ""
    """For filed prices of rows that carry no number of their own."""
    filed_on: str = ""
    """The day of the filing, ISO, for rows that carry none of their own."""
    development: str = ""
    """The reference of the development that rows without one of their own are about."""
    schema: int = field(default=SCHEMA)

    def as_json(self) -> dict[str, Any]:
        """Return it as it is stored; JSON has no numbers as keys."""
        stored = asdict(self)
        for sheet in stored["sheets"]:
            sheet["columns"] = {str(column): choice for column, choice in sheet["columns"].items()}
        return stored

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """Return what ``as_json`` gave."""
        sheets = [
            SheetPlan(**{**one, "columns": {int(key): choice for key, choice in one["columns"].items()}})
            for one in stored["sheets"]
        ]
        return cls(**{**stored, "sheets": sheets})
