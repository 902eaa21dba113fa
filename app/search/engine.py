"""What every search engine does, in words that name none of them.

An engine answers with ids and counts; what people see is read from the database (``queries``). It takes
documents in any order and any number of times: a version never replaces a newer one.

PostgreSQL's index is always kept true, in the transactions that change homes. Where another engine answers,
it is kept true by jobs of its own, and PostgreSQL's answers while it does not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

from app.search.cursor import Position
from app.search.documents import Document
from app.search.places import Places
from app.search.request import LISTS, SearchRequest


class FacetCount(NamedTuple):
    """One value of a facet and how many homes it would show, its own filter left aside."""

    value: str
    homes: int


@dataclass(frozen=True, slots=True)
class Hits:
    """One page of an answer: ids in order, the number of all hits, all facets, where the next page begins.

    Where nothing was counted ``facets`` is None, and ``total`` only how many homes are known to match.
    """

    total: int
    home_ids: tuple[int, ...]
    facets: dict[str, tuple[FacetCount, ...]] | None
    next: Position | None
    stand_in: bool = False
    """Whether another engine answered than the one that should have."""


def uncounted(home_ids: Sequence[int], further: Position | None) -> Hits:
    """Return a page of which nothing was counted."""
    return Hits(len(home_ids) + (further is not None), tuple(home_ids), None, further)


NOTHING: Final = Hits(0, (), dict.fromkeys(LISTS, ()), None)
"""The answer to words that cannot be looked for."""


class Stamp(NamedTuple):
    """Which document an index holds of a home."""

    doc_version: int
    digest: str


class Answers(Protocol):
    """What can be searched."""

    def search(self, request: SearchRequest) -> Hits:
        """Return the page that the request asks for; uncounted where there was no time to count."""

    def page(self, request: SearchRequest) -> Hits:
        """Return the page that the request asks for, with nothing counted."""

    def count(self, request: SearchRequest) -> int:
        """Return how many homes match, whatever the page."""

    def places(self, request: SearchRequest) -> Places:
        """Return what is found of each development, whatever the page."""

    def firsts(self, request: SearchRequest, refs: Sequence[str]) -> dict[str, tuple[int, ...]]:
        """Return the ids of the first homes that match in each of these developments, in order."""


class SearchEngine(Answers, Protocol):
    """An index of documents that can be searched, written and rebuilt aside."""

    name: str
    silences: tuple[type[Exception], ...]
    """What it raises while it does not answer at all, whatever it is asked."""

    def write(self, documents: Sequence[Document]) -> None:
        """Put documents into the index, and into the one being built; older versions are dropped silently."""

    def stamps(self, home_ids: Sequence[int]) -> dict[int, Stamp]:
        """Return what the index holds of these homes; absent ones are not in the answer."""

    def size(self) -> int:
        """Return how many documents the index holds."""

    def begin_build(self) -> str:
        """Begin an empty index aside and return the build's name; an unfinished one is given up."""

    def write_build(self, build: str, documents: Sequence[Document]) -> None:
        """Put documents into the index being built. Raises BuildOvertaken when another build took over."""

    def finish_build(self, build: str, expected: int) -> None:
        """Let the new index answer from now on.

        Raises BuildIncomplete when it holds fewer documents than expected, BuildOvertaken when another took
        over.
        """

    def go_back(self) -> None:
        """Let the index that answered before answer again, as it was then; this one is kept in its place.

        Raises NoIndexBefore when there is none, BuildOvertaken when a build changed them meanwhile.
        """


class OwnEngine(SearchEngine, Protocol):
    """PostgreSQL's index, which can also be asked about some homes alone."""

    def among(self, request: SearchRequest, home_ids: Sequence[int]) -> frozenset[int]:
        """Return which of these homes match, whatever the page."""


class _Process:
    """What the wiring set for this process."""

    own: OwnEngine | None = None
    remote: SearchEngine | None = None
    answering: Answers | None = None


def use(own: OwnEngine, *, remote: SearchEngine | None = None, answering: Answers | None = None) -> None:
    """Set the process's engines: PostgreSQL's, the one beside it, and what is asked. Called by the wiring."""
    _Process.own, _Process.remote, _Process.answering = own, remote, answering or own


def current() -> Answers:
    """Return what answers searches. Raises LookupError before the wiring chose."""
    if _Process.answering is None:
        raise LookupError("no search engine is chosen")
    return _Process.answering


def own() -> OwnEngine:
    """Return PostgreSQL's engine. Raises LookupError before the wiring chose."""
    if _Process.own is None:
        raise LookupError("no search engine is chosen")
    return _Process.own


def remote() -> SearchEngine | None:
    """Return the engine beside PostgreSQL, None where there is none."""
    return _Process.remote


def kept() -> tuple[SearchEngine, ...]:
    """Return every engine that is kept true."""
    beside = remote()
    return (own(),) if beside is None else (own(), beside)
