"""Tidying up after holds that ran out."""

from sqlalchemy.orm import Session

from app.jobs.runner import task
from app.redemptions import service


@task("redemptions.expire", cron="* * * * *")
def expire(session: Session) -> None:
    """Release homes and money whose deadline passed without a contract, some every minute."""
    service.expire_overdue(session)
