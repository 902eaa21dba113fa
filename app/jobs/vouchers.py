"""Issuing batches, and ending what is over."""

from sqlalchemy.orm import Session

from app.jobs.runner import task
from app.vouchers import flows


@task("vouchers.issue_batch")
def issue_batch(session: Session, batch_id: int) -> None:
    """Carry out a checker's decision on a batch."""
    flows.issue_batch(session, batch_id=batch_id)


@task("vouchers.extend_batch")
def extend_batch(session: Session, batch_id: int) -> None:
    """Carry out a checker's decision on the longer terms of many vouchers."""
    flows.extend_batch(session, batch_id=batch_id)


@task("vouchers.lapse", cron="3 * * * *")
def lapse(session: Session) -> None:
    """End stops and terms that are over: an hour at most behind the day's end, also after missed nights."""
    flows.lapse(session)
