"""Bringing messages out of the inbox: a gateway is never called inside a transaction.

Taking some and noting what came of them are transactions of their own. A worker that dies between the two
leaves a lease that ends; then a message is sent again under the same key, which a gateway knows as the same.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

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
from app.notices.service import Tried
from app.notices.templates.base import Way

log = structlog.get_logger()

_AT_A_TIME = 200

_TAKEN_AT_ONCE: Final = 10
"""Messages under one lease: as many as gateways can answer within it, twenty seconds at most for each."""

_UNNOTED_SECONDS: Final = 1.0
"""For so long what came of a try may stand nowhere: all that a worker which dies sends again."""


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

    def tried(self, outcome: Outcome, detail: str | None = None, gateway_id: str | None = None) -> Tried:
        """Return what came of it."""
        return Tried(self.notice_id, self.way, self.tries, outcome, detail, gateway_id)


def deliver(session: Session, *, notice_ids: Sequence[int]) -> None:
    """Try messages once on their present way, and on each next one that is due at once.

    Harmless for those that are not due; whoever dies between two ways leaves the rest to the sweep.
    """
    for start in range(0, len(notice_ids), _TAKEN_AT_ONCE):
        due = notice_ids[start : start + _TAKEN_AT_ONCE]
        while due:
            due = _try(session, due)


def _try(session: Session, notice_ids: Sequence[int]) -> list[int]:
    """Try messages once; return those whose next way is due at once."""
    parcels = _taken(session, notice_ids)
    session.commit()
    due: list[int] = []
    for tried in _sent(parcels):
        due += service.note_outcomes(session, tried)
        session.commit()
        for one in tried:
            log.info("notice", notice_id=one.notice_id, way=one.way, outcome=one.outcome, detail=one.detail)
    return due


def _taken(session: Session, notice_ids: Sequence[int]) -> list[_Parcel]:
    """Take messages that are due and pack them; one that cannot be packed waits for the end of its lease."""
    try:
        return _pack(session, service.take_due(session, notice_ids=notice_ids))
    except Exception:
        session.rollback()
        log.exception("notices are packed one by one", notice_ids=notice_ids)
    parcels: list[_Parcel] = []
    for one in sorted(notice_ids):
        due = service.take_due(session, notice_ids=[one])
        try:
            with session.begin_nested():
                parcels += _pack(session, due)
        except Exception:
            log.exception("notice cannot be packed", notice_id=one)
    return parcels


def _sent(parcels: Sequence[_Parcel]) -> Iterator[list[Tried]]:
    """Send one after the other, and yield what came of them, so often that nothing waits long to be noted."""
    tried: list[Tried] = []
    began = time.monotonic()
    for parcel in parcels:
        try:
            tried.append(_send(parcel))
        except Exception:
            yield tried
            raise
        if time.monotonic() - began > _UNNOTED_SECONDS:
            yield tried
            tried, began = [], time.monotonic()
    if tried:
        yield tried


def sweep(session: Session) -> None:
    """Have every message tried whose time has come and whose job was lost."""
    due = queries.list_due(session, limit=_AT_A_TIME)
    if due:
        enqueue(session, "notices.deliver", notice_ids=list(due))
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
            _note(session, [Tried(notice_id, Way.SMS, tries, outcome)])
            session.commit()


def chase(session: Session) -> None:
    """Have a letter printed of what must be seen and lies unread in a mail box."""
    unread = queries.list_unread_mail(session, limit=_AT_A_TIME)
    _note(session, [Tried(one.id, Way.MAIL, one.tries, Outcome.LOST, "unread") for one in unread])
    session.commit()


def _note(session: Session, tried: Sequence[Tried]) -> None:
    """Write down what came of earlier tries, and have the next ways tried."""
    due = service.note_outcomes(session, tried)
    if due:
        enqueue(session, "notices.deliver", notice_ids=due)


def _pack(session: Session, notices: Sequence[Notice]) -> list[_Parcel]:
    book = addresses.current()
    households = {one.household_id for one in notices if one.household_id is not None}
    reached = book.of_households(session, households) if households else {}
    parcels = []
    for notice in notices:
        if notice.way is None:
            raise LookupError(f"notice {notice.id} is due and has no way")
        address = Address()
        if notice.household_id is not None:
            address = reached.get(notice.household_id, address)
        elif notice.user_id is not None:
            address = book.of_user(session, notice.user_id)
        parcels.append(
            _Parcel(notice.id, Way(notice.way), notice.tries, address, notice.subject, notice.text)
        )
    return parcels


def _send(parcel: _Parcel) -> Tried:
    try:
        return _send_sms(parcel) if parcel.way is Way.SMS else _send_mail(parcel)
    except Undeliverable as error:
        return parcel.tried(Outcome.REFUSED, error.code)
    except Unreachable as error:
        return parcel.tried(Outcome.UNREACHABLE, error.code)


def _send_sms(parcel: _Parcel) -> Tried:
    gateway = sms.current()
    if gateway is None or parcel.address.phone is None:
        return parcel.tried(Outcome.NO_ADDRESS)
    gateway_id = gateway.send(to=parcel.address.phone, text=f"【安居房票】{parcel.text}", key=parcel.key)
    return parcel.tried(Outcome.TAKEN, gateway_id=gateway_id)


def _send_mail(parcel: _Parcel) -> Tried:
    server = mail.current()
    if server is None or parcel.address.mail is None:
        return parcel.tried(Outcome.NO_ADDRESS)
    server.send(
        to=parcel.address.mail,
        subject=f"【安居房票】{parcel.subject}",
        text=parcel.text,
        key=parcel.key,
    )
    # A mail server that takes a message reports nothing more; one that bounces later writes to the sender.
    return parcel.tried(Outcome.ARRIVED)


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
