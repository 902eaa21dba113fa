"""Handovers that are late."""

from sqlalchemy.orm import Session

from app.jobs.runner import task
from app.settlements import flows


@task("settlements.look_after", cron="20 0 * * *")
def look_after(session: Session) -> None:
    """Note promised days that passed, remind whoever does not answer: at 8:20 in the morning (Shanghai)."""
    flows.look_after(session)
