"""Files on their way into the stock."""

from sqlalchemy.orm import Session

from app.gateways import files
from app.imports import flows, service
from app.jobs.runner import task


@task("imports.look")
def look(session: Session, run_id: int) -> None:
    """Look at a file that was just sent."""
    flows.look(session, files.current(), run_id=run_id)


@task("imports.read")
def read(session: Session, run_id: int) -> None:
    """Read a file as it was planned."""
    flows.read(session, files.current(), run_id=run_id)


@task("imports.apply")
def apply(session: Session, run_id: int) -> None:
    """Write a file's rows into the stock."""
    flows.apply(session, run_id=run_id)


@task("imports.tidy", cron="41 3 * * *")
def tidy(session: Session) -> None:
    """Forget staged rows that nobody needs any more."""
    service.tidy(session)
