"""The data of papers that several packages print."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a list on paper; a wide one takes what room the others leave."""

    name: str
    numeric: bool = False
    wide: bool = False


@dataclass(frozen=True, slots=True)
class List:
    """What the template ``list`` shows: a table under its title and facts; ``wide`` turns the sheet."""

    title: str
    facts: Sequence[tuple[str, str]]
    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    wide: bool = False
