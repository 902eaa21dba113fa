"""The audit trail's daily anchor."""

from flask import current_app
from sqlalchemy.orm import Session

from app.core.anchors import write_anchor
from app.jobs.runner import task


@task("audit.anchor", cron="5 18 * * *")
def anchor(session: Session) -> None:
    """Keep the heads' digest outside the database, once a day (02:05 local)."""
    write_anchor(session, current_app.config["ANJU"].anchors)
