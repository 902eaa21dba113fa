"""Codes on their way to telephones."""

from sqlalchemy.orm import Session

from app.identity import flows, phones
from app.jobs.runner import task


@task("identity.send_code", attempts=3)
def send_code(session: Session, code_id: int, page: str | None = None) -> None:
    """Send a code or a link out; enqueued for unknown numbers too, for which it does nothing."""
    flows.send_code(session, code_id=code_id, page=page)


@task("identity.forget_codes", cron="41 * * * *")
def forget_codes(session: Session) -> None:
    """Forget codes a day after they were made."""
    phones.forget_old_codes(session)
