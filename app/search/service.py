"""Keeping the index true: put homes into it, find where it differs from the database, and mend that."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.apart import Due
from app.homes.models import Home
from app.search import documents, source
from app.search.documents import Document
from app.search.engine import SearchEngine, Stamp

BATCH = 2_000
"""Homes read and written at a time."""


Difference = Literal["missing", "late", "wrong"]


@dataclass(frozen=True, slots=True)
class Drift:
    """How homes stood in the index: how many were looked at, and what kinds of difference were found."""

    homes: int
    missing: int = 0
    late: int = 0
    wrong: int = 0
    """The version is right, the content is not: something wrote past the rules, or the analysis changed."""
    left: int = 0
    """They could not be compared or mended, and stand on the status page."""

    def __add__(self, other: "Drift") -> "Drift":
        return Drift(
            self.homes + other.homes,
            self.missing + other.missing,
            self.late + other.late,
            self.wrong + other.wrong,
            self.left + other.left,
        )

    @property
    def total(self) -> int:
        """How many homes differed."""
        return self.missing + self.late + self.wrong


def named(session: Session, home_ids: Sequence[int]) -> list[Due[int]]:
    """Return what a person finds these homes by; whose a home is does not matter: all look for it."""
    found = select(Home.id, Home.ref).where(Home.id.in_(home_ids)).order_by(Home.id)
    return [Due(home_id, None, ref) for home_id, ref in session.execute(found)]


def index(session: Session, *, engine: SearchEngine, home_ids: Sequence[int]) -> None:
    """Put the present state of these homes into the index, except those never listed: they are not public.

    Harmless when repeated, late or doubled: the document carries its version, and an older one is dropped.
    """
    for batch in _batches(home_ids):
        engine.write(read_documents(session, batch))


def mend(session: Session, *, engine: SearchEngine, home_ids: Sequence[int]) -> Drift:
    """Compare these homes with the index, write those that differ, and return what was found."""
    found, written = differing(session, engine.stamps(home_ids), home_ids)
    engine.write(written)
    return drift_of(len(home_ids), found.values())


def differing(
    session: Session, stamps: Mapping[int, Stamp], home_ids: Sequence[int]
) -> tuple[dict[int, Difference], list[Document]]:
    """Return how each of these homes differs that does from what an index holds, and what mends it."""
    found: dict[int, Difference] = {}
    written: list[Document] = []
    for document in read_documents(session, home_ids):
        kind = _difference(document, stamps.get(document.home_id))
        if kind is not None:
            found[document.home_id] = kind
            written.append(document)
    return found, written


def drift_of(homes: int, found: Iterable[Difference], *, left: int = 0) -> Drift:
    """Return how so many homes stood, from how those differed that did."""
    counts = Counter(found)
    return Drift(homes, counts["missing"], counts["late"], counts["wrong"], left)


def _difference(document: Document, stamp: Stamp | None) -> Difference | None:
    if stamp is None:
        return "missing"
    if stamp.doc_version < document.doc_version:
        return "late"
    # A newer one was written after the database was read: it is as it should be.
    if stamp.doc_version == document.doc_version and stamp.digest != document.digest:
        return "wrong"
    return None


def read_documents(session: Session, home_ids: Sequence[int]) -> list[Document]:
    """Return the documents of these homes as the database has them now."""
    return [documents.build(facts) for facts in source.load(session, home_ids).values()]


def _batches(home_ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(home_ids), BATCH):
        yield home_ids[start : start + BATCH]
