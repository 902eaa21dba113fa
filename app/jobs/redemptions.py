"""Holds that were left unanswered or ran out, and purchases that were approved together."""

from sqlalchemy.orm import Session

from app.jobs.runner import task
from app.redemptions import flows


@task("redemptions.expire", cron="* * * * *")
def expire(session: Session) -> None:
    """Release homes and money whose deadline passed without a contract, some every minute."""
    flows.expire_overdue(session)


@task("redemptions.let_spaces_go", cron="* * * * *")
def let_spaces_go(session: Session) -> None:
    """Release spaces whose home's purchase has ended."""
    flows.let_spaces_go(session)


@task("redemptions.end_cash", cron="20 16 * * *")
def end_cash(session: Session) -> None:
    """End bonuses in cash that no payment brings any more."""
    flows.end_too_late(session)


@task("redemptions.carry_out")
def carry_out(session: Session, batch_id: int) -> None:
    """Write off what a checker approved together."""
    flows.carry_out(session, batch_id=batch_id)


@task("redemptions.extend", cron="*/10 * * * *")
def extend(session: Session) -> None:
    """Lengthen holds whose developer missed its answer time."""
    flows.extend_unanswered(session)
