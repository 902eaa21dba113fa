"""The long acts of the search, a transaction for each batch, so that they hold no lock and can be stopped.

``progress`` is called with the number of homes done after each batch.
"""

from collections.abc import Callable, Iterator, Sequence

from sqlalchemy.orm import Session

from app.search import service, source, standing
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
    for home_ids in _batches(session):
        engine.write_build(build, service.read_documents(session, home_ids))
        session.commit()
        done += len(home_ids)
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


def _batches(session: Session) -> Iterator[Sequence[int]]:
    last = 0
    while home_ids := source.public_ids(session, after=last, limit=service.BATCH):
        yield home_ids
        last = home_ids[-1]
