"""What leaves the house about helpers, never inside a transaction, and the ends of their terms."""

from sqlalchemy.orm import Session

from app.core import apart
from app.gateways import sms
from app.gateways.delivery import Undeliverable
from app.projects import helping


def send_invitation(session: Session, *, grant_id: int) -> None:
    """Tell a helper by SMS that they are invited; harmless again, and once it is accepted or over.

    Raises Unreachable, for the job to be tried again.
    """
    parcel = helping.find_parcel(session, grant_id=grant_id)
    session.commit()
    gateway = sms.current()
    if parcel is None or gateway is None:
        return
    try:
        gateway.send(to=parcel.to, text=parcel.text, key=parcel.key)
    except Undeliverable:
        return


def end_help(session: Session) -> None:
    """End what is over and tell who helps not much longer; one that cannot be told holds up no other."""
    apart.sweep(session, "projects.end_help", helping.close_overdue, helping.overdue)
    apart.sweep(session, "projects.remind_of_help", helping.remind, helping.ending_soon)
