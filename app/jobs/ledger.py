"""The ledger's daily closing."""

from sqlalchemy.orm import Session

from app.jobs.runner import task
from app.ledger import trial


@task("ledger.close_days", cron="25 16 * * *")
def close_days(session: Session) -> None:
    """Write down the trial balance of every day that is over (00:25 local); days that were missed follow."""
    trial.close_days(session)
