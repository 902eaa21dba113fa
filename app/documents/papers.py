"""The data of papers that several packages print."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a list on paper: a fixed one is as wide as its text, a wide one has more of the rest."""

    name: str
    numeric: bool = False
    wide: bool = False
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class List:
    """What the template ``list`` shows: a table under its title and facts; ``wide`` turns the sheet.

    ``printed`` stands at the foot of each page: by whom, and when.
    """

    title: str
    facts: Sequence[tuple[str, str]]
    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    printed: str
    wide: bool = False
