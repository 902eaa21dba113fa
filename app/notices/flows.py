"""Bringing a message out of the inbox: a gateway is never called inside a transaction.

Taking it and noting what came of it are transactions of their own. A worker that dies between the two leaves
a lease that ends; then the message is sent again under the same key, which a gateway knows as the same.
"""

from dataclasses import dataclass

import structlog
from sqlalchemy.orm import Session

from app.core import clock
from app.core.queue import enqueue
from app.gateways import mail, sms
from app.gateways.delivery import Undeliverable, Unreachable
from app.gateways.sms import Fate
from app.notices import addresses, queries, service
from app.notices.addresses import Address
from app.notices.models import Notice
from app.notices.rules import Outcome
from app.notices.templates.base import Way

log = structlog.get_logger()

_AT_A_TIME = 200


@dataclass(frozen=True, slots=True)
class _Parcel:
    """What is needed to send a message once the transaction is closed."""

    notice_id: int
    way: Way
    tries: int
    address: Address
    subject: str
    text: str

    @property
    def key(self) -> str:
        return f"notice-{self.notice_id}-{self.way}"


@dataclass(frozen=True, slots=True)
class _Result:
    outcome: Outcome
    detail: str | None = None
    gateway_id: str | None = None


def deliver(session: Session, *, notice_id: int) -> None:
    """Try a message once on its present way, and on each next one that is due at once.

    Harmless when it is not due; whoever dies between two ways leaves it to the sweep.
    """
    while _try(session, notice_id):
        pass


def _try(session: Session, notice_id: int) -> bool:
    """Try a message once; tell whether its next way is due at once."""
    notice = service.take_due(session, notice_id=notice_id)
    parcel = _pack(session, notice) if notice else None
    session.commit()
    if parcel is None:
        return False
    result = _send(parcel)
    goes_on = service.note_outcome(
        session,
        notice_id=parcel.notice_id,
        way=parcel.way,
        tries=parcel.tries,
        outcome=result.outcome,
        detail=result.detail,
        gateway_id=result.gateway_id,
    )
    session.commit()
    log.info("notice", notice_id=notice_id, way=parcel.way, outcome=result.outcome, detail=result.detail)
    return goes_on


def sweep(session: Session) -> None:
    """Have every message tried whose time has come and whose job was lost."""
    for notice_id in queries.list_due(session, limit=_AT_A_TIME):
        enqueue(session, "notices.deliver", notice_id=notice_id)
    session.commit()


def confirm(session: Session) -> None:
    """Ask the SMS gateway what became of the messages it took; lost and silent ones go on."""
    gateway = sms.current()
    waiting = [
        (notice.id, notice.tries, notice.gateway_id, queries.is_silent(notice, clock.system_now()))
        for notice in queries.list_unconfirmed(session, limit=_AT_A_TIME)
    ]
    session.commit()
    for notice_id, tries, gateway_id, silent in waiting:
        outcome = _fate(gateway, gateway_id, silent=silent)
        if outcome is not None:
            _note(session, notice_id, Way.SMS, tries, outcome)
            session.commit()


def chase(session: Session) -> None:
    """Have a letter printed of what must be seen and lies unread in a mail box."""
    unread = [(notice.id, notice.tries) for notice in queries.list_unread_mail(session, limit=_AT_A_TIME)]
    for notice_id, tries in unread:
        _note(session, notice_id, Way.MAIL, tries, Outcome.LOST, "unread")
    session.commit()


def _note(
    session: Session, notice_id: int, way: Way, tries: int, outcome: Outcome, detail: str | None = None
) -> None:
    """Write down what came of an earlier try, and have the next way tried."""
    if service.note_outcome(
        session, notice_id=notice_id, way=way, tries=tries, outcome=outcome, detail=detail
    ):
        enqueue(session, "notices.deliver", notice_id=notice_id)


def _pack(session: Session, notice: Notice) -> _Parcel:
    book = addresses.current()
    if notice.household_id is not None:
        address = book.of_household(session, notice.household_id)
    elif notice.user_id is not None:
        address = book.of_user(session, notice.user_id)
    else:
        address = Address()
    if notice.way is None:
        raise LookupError(f"notice {notice.id} is due and has no way")
    return _Parcel(notice.id, Way(notice.way), notice.tries, address, notice.subject, notice.text)


def _send(parcel: _Parcel) -> _Result:
    try:
        if parcel.way is Way.SMS:
            return _send_sms(parcel)
        return _send_mail(parcel)
    except Undeliverable as error:
        return _Result(Outcome.REFUSED, error.code)
    except Unreachable as error:
        return _Result(Outcome.UNREACHABLE, error.code)


def _send_sms(parcel: _Parcel) -> _Result:
    gateway = sms.current()
    if gateway is None or parcel.address.phone is None:
        return _Result(Outcome.NO_ADDRESS)
    gateway_id = gateway.send(to=parcel.address.phone, text=f"【安居房票】{parcel.text}", key=parcel.key)
    return _Result(Outcome.TAKEN, gateway_id=gateway_id)


def _send_mail(parcel: _Parcel) -> _Result:
    server = mail.current()
    if server is None or parcel.address.mail is None:
        return _Result(Outcome.NO_ADDRESS)
    server.send(
        to=parcel.address.mail,
        subject=f"【安居房票】{parcel.subject}",
        text=parcel.text,
        key=parcel.key,
    )
    # A mail server that takes a message reports nothing more; one that bounces later writes to the sender.
    return _Result(Outcome.ARRIVED)


def _fate(gateway: sms.Sms | None, gateway_id: str | None, *, silent: bool) -> Outcome | None:
    try:
        fate = gateway.fate(gateway_id) if gateway and gateway_id else Fate.UNKNOWN
    except Unreachable:
        fate = Fate.UNKNOWN
    if fate is Fate.ARRIVED:
        return Outcome.ARRIVED
    if fate is Fate.LOST or silent:
        return Outcome.LOST
    return None
