"""What time alone does to prices."""

from sqlalchemy.orm import Session

from app.homes import flows
from app.jobs.runner import task


@task("homes.settle_due", cron="* * * * *")
def settle_due(session: Session) -> None:
    """Begin planned prices, and judge homes whose promotions began or ended, every minute."""
    flows.settle_due(session)


@task("homes.judge_all", cron="25 18 * * *")
def judge_all(session: Session) -> None:
    """Judge every listed home under a promotion, once a day (02:25 local)."""
    flows.judge_all(session)
