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
from app.imports.columns import Table, guess_choice, plain_head

SAMPLE_ROWS: Final = 30
SAMPLE_COLUMNS: Final = 60
_LONGEST_SAMPLE: Final = 60

_BUILDING: Final = re.compile(
    r"(?:[A-Za-z]?\d{1,3}|[A-Za-z]|[一二三四五六七八九十]{1,3})(?:号楼|[幢栋座]|#楼?|号(?=$|\s))"
)
_MONEY_OR_AREA: Final = re.compile(r"[\d.,]+(?:元|万|㎡)?")


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
    """The head of a table: its last row, how many rows it has, the text above each column."""

    row: int
    depth: int
    texts: list[str]

    @property
    def signature(self) -> str:
        """What two tables with the same columns in the same order share."""
        heads = "\n".join(plain_head(text) for text in self.texts)
        return hashlib.sha256(heads.encode()).hexdigest()


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
    """Return the most likely head: the row, or two rows, in which the most columns are recognised."""
    found: list[tuple[int, int, int, Head]] = []
    for position in range(len(sample.rows)):
        for depth in (1, 2):
            head = head_at(sample, sample.rows[position][0], depth)
            if head is None:
                continue
            keys = {choice.partition(":")[0] for choice in guess(head, table).values()}
            if table.needed[0] in keys and len(keys) >= 2:
                found.append((len(guess(head, table)), -depth, -position, head))
    return max(found, key=lambda one: one[:3])[3] if found else None


def head_at(sample: Sample, row: int, depth: int) -> Head | None:
    """Return the head that ends in a row; of two rows each column reads top then bottom. None: no head."""
    texts = dict(sample.rows)
    if row not in texts:
        return None
    bottom = texts[row]
    if depth == 1:
        return Head(row, 1, bottom)
    top = _spread(sample, row - 1, texts.get(row - 1, []))
    if not any(top) or any(_MONEY_OR_AREA.fullmatch(text) for text in bottom):
        return None
    width = max(len(top), len(bottom))
    joined = [_joined(_text_at(top, column), _text_at(bottom, column)) for column in range(width)]
    return Head(row, 2, joined)


def _spread(sample: Sample, row: int, texts: list[str]) -> list[str]:
    """Return a row with each merged text standing above all the columns it spans."""
    spread = list(texts)
    for top, left, bottom, right in sample.merges:
        if top <= row <= bottom and left < len(texts):
            spread += [""] * (right + 1 - len(spread))
            spread[left : right + 1] = [texts[left]] * (right + 1 - left)
    return spread


def _joined(top: str, bottom: str) -> str:
    return bottom if top == bottom else f"{top} {bottom}".strip()


def _text_at(texts: list[str], column: int) -> str:
    return texts[column] if column < len(texts) else ""


def guess(head: Head, table: Table) -> dict[int, str]:
    """Return what each column most likely is; of two that seem the same the first."""
    choices: dict[int, str] = {}
    for column, text in enumerate(head.texts):
        choice = guess_choice(text, table) if text else None
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
