"""The words of ``synonyms.yaml``, checked when they are read. Pure, once read."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final

import yaml
from pydantic import BaseModel, ConfigDict, Field

from app.homes.rules import Finish, Orientation
from app.search.request import SearchRequest, parse

_FILE: Final = Path(__file__).with_name("synonyms.yaml")

_Words = Annotated[list[str], Field(min_length=1)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    words: _Words


class _FilterEntry(_Entry):
    filter: dict[str, str | int]
    roughly: bool = False


class _FactEntry(_Entry):
    has_lift: bool | None = None
    finish: list[Finish] = []
    orientation: list[Orientation] = []


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    filters: list[_FilterEntry]
    facts: list[_FactEntry]
    unsaid: list[_Words]
    fillers: _Words
    name_endings: _Words


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a word means: filters, or the fact's own word, or neither for what no home says of itself."""

    filters: tuple[tuple[str, Any], ...] = ()
    """Fields of a request with their values."""
    fact: str | None = None
    roughly: bool = False
    """Whether no filter says exactly what the word says."""


@dataclass(frozen=True, slots=True)
class Words:
    """The file, by word."""

    meanings: dict[str, Meaning]
    fillers: frozenset[str]
    name_endings: tuple[str, ...]
    """The longest first."""
    facts: tuple[_FactEntry, ...]

    def said_of(
        self, *, has_lift: bool | None, finish: Finish | None, orientation: Orientation | None
    ) -> tuple[str, ...]:
        """Return all words for the facts that hold of a home; what is not known of it has none."""
        holding = (
            entry.words
            for entry in self.facts
            if (has_lift and entry.has_lift) or finish in entry.finish or orientation in entry.orientation
        )
        return tuple(word for words in holding for word in words)


@cache
def words() -> Words:
    """Return the words of the file. Raises ValueError when it is not as it should be."""
    content = _File.model_validate(yaml.safe_load(_FILE.read_text(encoding="utf-8")))
    meanings: dict[str, Meaning] = {}
    for word, meaning in _meanings(content):
        if word in meanings:
            raise ValueError(f"{word} stands in two places of {_FILE.name}")
        meanings[word] = meaning
    return Words(
        meanings,
        frozenset(content.fillers),
        tuple(sorted(content.name_endings, key=len, reverse=True)),
        tuple(content.facts),
    )


def _meanings(content: _File) -> Iterator[tuple[str, Meaning]]:
    for said in content.filters:
        meaning = Meaning(filters=_filters(said.filter), roughly=said.roughly)
        yield from ((word, meaning) for word in said.words)
    for fact in content.facts:
        yield from ((word, Meaning(fact=fact.words[0])) for word in fact.words)
    for unsaid in content.unsaid:
        yield from ((word, Meaning()) for word in unsaid)


def _filters(pairs: dict[str, str | int]) -> tuple[tuple[str, Any], ...]:
    """Return the fields that these pairs of an address set. Raises InvalidSearch for nonsense."""
    plain, meant = SearchRequest(), parse((name, str(value)) for name, value in pairs.items())
    changed = [(field.name, getattr(meant, field.name)) for field in fields(SearchRequest)]
    return tuple((name, value) for name, value in changed if value != getattr(plain, name))
