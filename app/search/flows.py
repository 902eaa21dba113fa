"""The long acts of the search, a transaction for each batch, so that they hold no lock and can be stopped.

``progress`` is called with the number of homes done after each batch.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy.orm import Session

from app.search import service, source, standing
from app.search.documents import Document
from app.search.engine import SearchEngine

Progress = Callable[[int], None]


def reindex(session: Session, engine: SearchEngine, progress: Progress) -> int:
    """Build the index anew aside, let it answer, and return how many homes it holds.

    Searches go on meanwhile, and changes reach both indexes. A build that was stopped leaves the old index
    answering. Raises BuildIncomplete or BuildOvertaken, the old index still answering.
    """
    build = engine.begin_build()
    session.commit()
    done = 0
    for batch in _read_ahead(session):
        engine.write_build(build, batch)
        session.commit()
        done += len(batch)
        progress(done)
    engine.finish_build(build, source.count_public(session))
    session.commit()
    return engine.size()


def verify(session: Session, engine: SearchEngine, progress: Progress) -> service.Drift:
    """Compare every public home with the index, mend what differs, note and return what was found."""
    drift = service.Drift(0)
    for home_ids in _batches(session):
        drift += service.mend(session, engine=engine, home_ids=home_ids)
        session.commit()
        progress(drift.homes)
    standing.note(session, engine.name, drift)
    session.commit()
    return drift


def _read_ahead(session: Session) -> Iterator[list[Document]]:
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


def _documents(reader: Session) -> Iterator[list[Document]]:
    for home_ids in _batches(reader):
        documents = service.read_documents(reader, home_ids)
        reader.rollback()
        yield documents


def _batches(session: Session) -> Iterator[Sequence[int]]:
    last = 0
    while home_ids := source.public_ids(session, after=last, limit=service.BATCH):
        yield home_ids
        last = home_ids[-1]
