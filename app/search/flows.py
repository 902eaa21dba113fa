"""What the search does with many homes: one that cannot be read or written holds up no other.

The long acts take a transaction for each batch, so that they hold no lock and can be stopped; ``progress`` is
called with the number of homes done after each batch. Nothing stands open while another server is asked: what
is written there is read before, and its version keeps it from replacing a newer one.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import Final

from sqlalchemy.orm import Session

from app.core import apart, clock
from app.core.apart import Left
from app.core.queue import enqueue, enqueue_once
from app.search import service, source, standing
from app.search.documents import Document
from app.search.engine import SearchEngine
from app.search.errors import BuildRefused

Progress = Callable[[int], None]

_NAMES_AFTER: Final = timedelta(seconds=20)
"""They are counted over the whole index: once for all that happens within so long, not for each home."""


def index(
    session: Session, *, own: SearchEngine, beside: SearchEngine | None, home_ids: Sequence[int]
) -> None:
    """Put the present state of these homes into PostgreSQL's index, and have done what comes of that.

    That is looking whom it concerns, and sending it to the engine ``beside`` it. Raises apart.Left when it
    was not possible for some.
    """

    def put(some: Sequence[int]) -> None:
        service.index(session, engine=own, home_ids=some)
        enqueue(session, "following.look", home_ids=list(some))
        enqueue_once(session, "search.names", at=clock.system_now() + _NAMES_AFTER)
        if beside is not None:
            enqueue(session, "search.send", home_ids=list(some))

    Left.demand_none(apart.several(session, "search.index", home_ids, put, named=service.named))


def send(session: Session, *, engine: SearchEngine, home_ids: Sequence[int]) -> None:
    """Put the present state of these homes into the index of the engine beside PostgreSQL.

    Raises apart.Left when that was not possible for some, and what an engine that is silent raises.
    """

    def put(some: Sequence[int]) -> None:
        for start in range(0, len(some), service.BATCH):
            found = service.read_documents(session, some[start : start + service.BATCH])
            session.commit()
            engine.write(found)

    left = apart.several(session, "search.send", home_ids, put, named=service.named, stops=engine.silences)
    Left.demand_none(left)


def reindex(session: Session, engine: SearchEngine, progress: Progress) -> int:
    """Build the index anew aside, let it answer, and return how many homes it holds.

    Searches go on meanwhile, and changes reach both indexes. A build that was stopped leaves the old index
    answering. A home that cannot be read is left out, and stands on the status page by its reference. Raises
    BuildIncomplete or BuildOvertaken, the old index still answering.
    """
    build = engine.begin_build()
    session.commit()

    def put(home_ids: Sequence[int]) -> None:
        found = service.read_documents(session, home_ids)
        session.commit()
        engine.write_build(build, found)

    task, stops = standing.JOBS[engine.name], (*engine.silences, BuildRefused)
    done = left = 0
    for home_ids, documents in _read_ahead(session):
        if documents is None:
            left += len(apart.several(session, task, home_ids, put, named=service.named, stops=stops))
        else:
            engine.write_build(build, documents)
            session.commit()
        done += len(home_ids)
        progress(done)
    expected = source.count_public(session) - left
    session.commit()
    engine.finish_build(build, expected)
    session.commit()
    return engine.size()


def verify(session: Session, engine: SearchEngine, progress: Progress) -> service.Drift:
    """Compare every public home with the index, mend what differs, note and return what was found.

    Raises what an engine that is silent raises.
    """
    drift = service.Drift(0)
    found: dict[int, service.Difference] = {}

    def mend(some: Sequence[int]) -> None:
        session.commit()
        stamps = engine.stamps(some)
        differing, written = service.differing(session, stamps, some)
        session.commit()
        engine.write(written)
        # By home: what is undone, and then done anew one by one, differed once.
        found.update(differing)

    # Stuck are those that their job left: here they come again, and are done with it.
    task, stops = standing.JOBS[engine.name], engine.silences
    for home_ids in _batches(session):
        found.clear()
        left = apart.several(session, task, home_ids, mend, named=service.named, stops=stops)
        mended = [kind for home_id, kind in found.items() if home_id not in left]
        drift += service.drift_of(len(home_ids), mended, left=len(left))
        progress(drift.homes)
    standing.note(session, engine.name, drift)
    session.commit()
    return drift


_Read = tuple[Sequence[int], list[Document] | None]
"""Homes and their documents; None where these could not be read together."""


def _read_ahead(session: Session) -> Iterator[_Read]:
    """Yield the documents of all homes, each batch read and made while the one before it is written.

    They are read on a connection of their own. A home that changes after it was read is written by its job,
    whose newer version stays.
    """
    with Session(session.get_bind()) as reader, ThreadPoolExecutor(1, "search-read") as pool:
        batches = _documents(reader)
        coming = pool.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = pool.submit(next, batches, None)
            yield batch


def _documents(reader: Session) -> Iterator[_Read]:
    for home_ids in _batches(reader):
        documents = None
        with suppress(Exception):  # who writes reads them one by one, and says which it is
            documents = service.read_documents(reader, home_ids)
        reader.rollback()
        yield home_ids, documents


def _batches(session: Session) -> Iterator[Sequence[int]]:
    last = 0
    while home_ids := source.public_ids(session, after=last, limit=service.BATCH):
        yield home_ids
        last = home_ids[-1]
