"""Finding the table in a sheet: which row is the head, what each column is, which building. Pure.

Works on a sample, the first rows as texts, so that a person can correct the guess without the file being read
again.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, Self

from app.imports.cells import Merge, Row, Source, shown
from app.imports.columns import PriceUnit, Table, guess_choice, named_unit, plain_head, unit_of_all

SAMPLE_ROWS: Final = 30
SAMPLE_COLUMNS: Final = 60
_LONGEST_SAMPLE: Final = 60
MOST_DEPTH: Final = 3
"""Rows of a head."""

_BUILDING: Final = re.compile(
    r"(?:[A-Za-z]?\d{1,3}|[A-Za-z]|[一二三四五六七八九十]{1,3})(?:号楼|[幢栋座]|#楼?|号(?=$|\s))"
)
_MONEY_OR_AREA: Final = re.compile(r"[\d.,]+(?:元|万|㎡)?")
_OF_PRICES: Final = re.compile(r".{0,12}(?:价|元|款|price).{0,6}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sample:
    """The beginning of a sheet: (row number, texts of its columns), and what is merged there."""

    name: str
    hidden: bool
    rows: list[tuple[int, list[str]]]
    merges: list[Merge]
    count: int
    """How many rows of the sheet hold anything."""

    def as_json(self) -> dict[str, Any]:
        """Return it as it is stored."""
        return {name: getattr(self, name) for name in ("name", "hidden", "rows", "merges", "count")}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """Return what ``as_json`` gave."""
        rows = [(number, texts) for number, texts in stored["rows"]]
        merges: list[Merge] = [(top, left, bottom, right) for top, left, bottom, right in stored["merges"]]
        return cls(stored["name"], stored["hidden"], rows, merges, stored["count"])


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a table: its last row, how many rows it has, the texts above each column from the top."""

    row: int
    depth: int
    levels: list[list[str]]
    unit: PriceUnit = "yuan"
    """The unit of sums whose column names none: what the lines above say."""

    @property
    def texts(self) -> list[str]:
        """What stands above each column, as one text."""
        return [" ".join(levels) for levels in self.levels]

    @property
    def signature(self) -> str:
        """What two tables with the same columns in the same order, and the same unit of all, share."""
        heads = "\n".join(plain_head(text) for text in self.texts)
        return hashlib.sha256(f"{heads}\n{self.unit}".encode()).hexdigest()


def take_sample(source: Source, index: int) -> Sample:
    """Read a whole sheet and keep its beginning; the rest is only counted."""
    sheet = source.sheets[index]
    rows = source.rows(index)
    first = list(islice(rows, SAMPLE_ROWS))
    texts = [(row.number, _texts(row)) for row in first]
    last = first[-1].number if first else 0
    merges = [merge for merge in sheet.merges if merge[0] <= last and merge[1] < SAMPLE_COLUMNS]
    return Sample(sheet.name, sheet.hidden, texts, merges[:500], len(first) + sum(1 for _ in rows))


def _texts(row: Row) -> list[str]:
    return [shown(value)[:_LONGEST_SAMPLE] for value in row.cells[:SAMPLE_COLUMNS]]


def find_head(sample: Sample, table: Table) -> Head | None:
    """Return the most likely head: the rows, up to three, in which the most columns are recognised."""
    found: list[tuple[tuple[int, int, int, int], Head]] = []
    for position, (row, _) in enumerate(sample.rows):
        for head in heads_at(sample, row):
            keys = {choice.partition(":")[0] for choice in guess(head, table).values()}
            if table.needed[0] in keys and len(keys) >= 2:
                known, units = worth(head, table)
                found.append(((known, units, -head.depth, -position), head))
    return max(found, key=lambda one: one[0])[1] if found else None


def worth(head: Head, table: Table) -> tuple[int, int]:
    """Return how much a head tells: columns recognised, prices whose unit is named."""
    choices = guess(head, table)
    units = sum(
        ":" in choice and named_unit(head.levels[column]) is not None for column, choice in choices.items()
    )
    return len(choices), units


def heads_at(sample: Sample, row: int) -> list[Head]:
    """Return the heads of one to three rows that end in a row; none where it holds nothing."""
    texts = dict(sample.rows)
    if row not in texts:
        return []
    merges = [merge for merge in sample.merges if merge[0] <= row]
    above = [text for number, line in sample.rows if number < row for text in line]
    unit = next((found for text in above if (found := unit_of_all(text))), None) or "yuan"
    heads: list[Head] = []
    levels = [[text] if text else [] for text in texts[row]]
    for depth in range(1, MOST_DEPTH + 1):
        heads.append(Head(row, depth, [list(level) for level in levels], unit))
        upper = _spread(merges, row - depth, texts.get(row - depth, []), levels)
        if not any(upper) or any(_is_data(level) for level in levels):
            break
        levels += [[] for _ in range(len(upper) - len(levels))]
        for level, text in zip(levels, upper, strict=False):
            if text and text not in level:
                level.insert(0, text)
    return heads


def _is_data(level: list[str]) -> bool:
    return any(_MONEY_OR_AREA.fullmatch(text) for text in level)


def _spread(merges: list[Merge], row: int, texts: list[str], below: list[list[str]]) -> list[str]:
    """Return a row with each text standing above all the columns it is meant for.

    Those are the columns it is merged over; a label of prices that is not merged reaches to the next label,
    as far as there are heads below it. A title, and the unit of all sums, are meant for no column.
    """
    texts = ["" if unit_of_all(text) else text for text in texts]
    if _begins_with_title(merges, row, texts, below):
        texts = ["" if text == next(filter(None, texts)) else text for text in texts]
    spread = list(texts)
    for top, left, bottom, right in merges:
        if top <= row <= bottom and left < len(texts):
            spread += [""] * (right + 1 - len(spread))
            spread[left : right + 1] = [texts[left]] * (right + 1 - left)
    merged = {left for top, left, bottom, right in merges if top <= row <= bottom and right > left}
    for column, text in enumerate(texts):
        if column not in merged and _OF_PRICES.fullmatch(text) and column < len(below) and below[column]:
            following = column + 1
            while following < len(below) and below[following] and not _text_at(spread, following):
                spread += [""] * (following + 1 - len(spread))
                spread[following] = text
                following += 1
    return spread


def _begins_with_title(merges: list[Merge], row: int, texts: list[str], below: list[list[str]]) -> bool:
    """Tell whether a row's first text stands over at least half of the table, or alone over its beginning."""
    filled = [column for column, text in enumerate(texts) if text]
    if not filled:
        return False
    start = next((column for column, level in enumerate(below) if level), 0)
    wide = any(
        top <= row <= bottom and left == filled[0] and 2 * (right + 1 - left) > len(below)
        for top, left, bottom, right in merges
    )
    return filled[0] <= start and (wide or len(filled) == 1)


def _text_at(texts: list[str], column: int) -> str:
    return texts[column] if column < len(texts) else ""


def guess(head: Head, table: Table) -> dict[int, str]:
    """Return what each column most likely is; of two that seem the same the first."""
    choices: dict[int, str] = {}
    for column, levels in enumerate(head.levels):
        choice = guess_choice(levels, table, head.unit)
        if choice and choice not in choices.values():
            choices[column] = choice
    return choices


def digest(found: Mapping[int, Head]) -> str:
    """Return a short text that tells whether any sheet's head moved."""
    rows = ",".join(f"{index}:{head.row}:{head.depth}" for index, head in sorted(found.items()))
    return hashlib.sha256(rows.encode()).hexdigest()[:16]


def building_in(texts: Iterable[str]) -> str | None:
    """Return the one building that titles or the name of a sheet speak of; None for none, or several."""
    found = {match for text in texts for match in _BUILDING.findall(unicodedata.normalize("NFKC", text))}
    return found.pop() if len(found) == 1 else None


def title_building(sample: Sample, head: Head) -> str | None:
    """Return the building named above the table, else in the sheet's name."""
    above = [
        text for number, texts in sample.rows if number <= head.row - head.depth for text in texts if text
    ]
    return building_in(above) or building_in([sample.name])
