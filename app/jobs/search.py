"""The search index follows the homes."""

from sqlalchemy.orm import Session

from app.jobs.runner import task
from app.search import engine, service


@task("search.index")
def index(session: Session, home_ids: list[int]) -> None:
    """Put the present state of these homes into the index; enqueued by whoever raised their doc_version."""
    service.index(session, engine=engine.current(), home_ids=home_ids)
