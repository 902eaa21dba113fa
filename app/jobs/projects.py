"""Helpers of households: invitations on their way, and what ends."""

from sqlalchemy.orm import Session

from app.jobs.runner import task
from app.projects import flows


@task("projects.invite_helper", attempts=3)
def invite_helper(session: Session, grant_id: int) -> None:
    """Tell a helper that they are invited."""
    flows.send_invitation(session, grant_id=grant_id)


@task("projects.end_help", cron="13 * * * *")
def end_help(session: Session) -> None:
    """End what is over and tell who helps not much longer; what is over opens nothing before that, too."""
    flows.end_help(session)
