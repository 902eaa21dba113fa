"""Messages on their way out, and reminders of what ends soon."""

from sqlalchemy.orm import Session

from app.jobs.runner import task
from app.notices import flows
from app.redemptions import flows as redemptions
from app.vouchers import flows as vouchers


@task("notices.deliver", gathers="notice_ids")
def deliver(session: Session, notice_ids: list[int]) -> None:
    """Try messages once; enqueued by whoever wrote them, and again for each later try."""
    flows.deliver(session, notice_ids=notice_ids)


@task("notices.sweep", cron="*/5 * * * *")
def sweep(session: Session) -> None:
    """Pick up messages whose job was lost, ask what became of those a gateway took, and chase unread mail."""
    flows.sweep(session)
    flows.confirm(session)
    flows.chase(session)


@task("notices.remind", cron="7 * * * *")
def remind(session: Session) -> None:
    """Tell who has a lock, a loan or a voucher that is due soon; each is told once for each of the days."""
    redemptions.remind(session)
    vouchers.remind(session)
