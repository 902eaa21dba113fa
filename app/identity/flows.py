"""Secrets on their way to their owner: a gateway is never called inside a transaction.

What is to be sent is read in one transaction, which is closed before the gateway is called. A worker that
dies after the call sends again under the same key, which a gateway knows as the same message.
"""

from sqlalchemy.orm import Session

from app.gateways import sms
from app.gateways.delivery import Undeliverable
from app.identity import phones


def send_code(session: Session, *, code_id: int) -> None:
    """Send a code to its telephone; harmless again, and once the code is used or too old.

    Raises Unreachable, for the job to be tried again.
    """
    parcel = phones.find_parcel(session, code_id=code_id)
    session.commit()
    gateway = sms.current()
    if parcel is None or gateway is None:
        return
    try:
        gateway.send(to=parcel.to, text=parcel.text, key=parcel.key)
    except Undeliverable:
        return
