"""The search indexes follow the homes."""

from sqlalchemy.orm import Session

from app.core.queue import enqueue
from app.jobs.runner import task
from app.search import engine, flows, names

_ATTEMPTS = 100
"""With ten seconds more each time some fourteen hours: a server that was down all night catches up."""


@task("search.index", gathers="home_ids")
def index(session: Session, home_ids: list[int]) -> None:
    """Put the present state of these homes into the index; enqueued by whoever raised their doc_version."""
    flows.index(session, own=engine.own(), beside=engine.remote(), home_ids=home_ids)


@task("search.send", attempts=_ATTEMPTS, wait_seconds=10)
def send(session: Session, home_ids: list[int]) -> None:
    """Put the present state of these homes into the index of the other engine, if there still is one.

    It gathers nothing: what it took off the queue would be gone once it has read, before it has written. The
    job that comes before it has gathered.
    """
    beside = engine.remote()
    if beside is not None:
        flows.send(session, engine=beside, home_ids=home_ids)


@task("search.names", cron="*/10 * * * *")
def recount_names(session: Session) -> None:
    """Bring the names up to the index; also now and then, for what was indexed while such a job began."""
    names.recount(session)


@task("search.reindex", cron="11 18 * * *")
def reindex(session: Session) -> None:
    """Have every index built anew aside, at night: what many changes leave behind goes with the old one.

    Each in a job of its own: one engine that fails keeps no other from it.
    """
    for one in engine.kept():
        enqueue(session, "search.rebuild", engine_name=one.name)


@task("search.rebuild")
def rebuild(session: Session, engine_name: str) -> None:
    """Build the index of one engine anew aside, if it is still kept."""
    for one in engine.kept():
        if one.name == engine_name:
            flows.reindex(session, one, lambda _done: None)


@task("search.verify", cron="41 19 * * *")
def verify(session: Session) -> None:
    """Have every index compared with every public home, at night: each in a job of its own, as above."""
    for one in engine.kept():
        enqueue(session, "search.compare", engine_name=one.name)


@task("search.compare")
def compare(session: Session, engine_name: str) -> None:
    """Compare the index of one engine with every public home and mend what differs, if it is still kept."""
    for one in engine.kept():
        if one.name == engine_name:
            flows.verify(session, one, lambda _done: None)
            names.recount(session)
