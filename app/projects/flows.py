"""What leaves the house about helpers: a gateway is never called inside a transaction."""

from sqlalchemy.orm import Session

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
