"""Bringing messages out of the inbox: a gateway is never called inside a transaction.

Taking some and noting what came of them are transactions of their own. A worker that dies between the two
leaves a lease that ends; then a message is sent again under the same key, which a gateway knows as the same.
"""

import time
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import structlog
from sqlalchemy.orm import Session

from app.core import apart, clock
from app.core.apart import Due
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

_LOOKED_AT: Final = 40
"""Messages of a transaction that finds out who is reached at all: many are not, and wait for no gateway."""

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
    for start in range(0, len(notice_ids), _LOOKED_AT):
        due = notice_ids[start : start + _LOOKED_AT]
        while due:
            due = _try(session, due)


def _try(session: Session, notice_ids: Sequence[int]) -> list[int]:
    """Try messages once, as many as one lease may hold; return those that are due at once after that."""
    parcels, due = _taken(session, notice_ids)
    session.commit()
    for tried in _sent(parcels):
        due += service.note_outcomes(session, tried)
        session.commit()
        for one in tried:
            log.info("notice", notice_id=one.notice_id, way=one.way, outcome=one.outcome, detail=one.detail)
    return due


def _taken(session: Session, notice_ids: Sequence[int]) -> tuple[list[_Parcel], list[int]]:
    """Pack some messages that are due for one try; return these and the ids of those that wait for the next.

    What nobody is reached by goes on at once. One that cannot be packed counts as tried and unreachable.
    """
    try:
        return _pack(session, service.lock_due(session, notice_ids=notice_ids))
    except Exception:
        session.rollback()
        log.exception("notices are packed one by one", notice_ids=notice_ids)
    parcels: list[_Parcel] = []
    for one in sorted(notice_ids)[:_TAKEN_AT_ONCE]:
        due = service.lock_due(session, notice_ids=[one])
        try:
            with session.begin_nested():
                parcels += _pack(session, due)[0]
        except Exception:
            service.put_off(session, due)
            log.exception("notice cannot be packed", notice_id=one)
    return parcels, sorted(notice_ids)[_TAKEN_AT_ONCE:]


def _sent(parcels: Sequence[_Parcel]) -> Iterator[list[Tried]]:
    """Send one after the other, and yield what came of them, so often that nothing waits long to be noted."""
    tried: list[Tried] = []
    began = time.monotonic()
    for parcel in parcels:
        tried.append(_send(parcel))
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
    waiting = _named(queries.list_unconfirmed(session, limit=_AT_A_TIME))
    session.commit()
    apart.each(session, "notices.confirm", waiting, partial(_confirm, session, sms.current()))


def _confirm(session: Session, gateway: sms.Sms | None, notice_id: int) -> None:
    notice = session.get_one(Notice, notice_id)
    tries, gateway_id = notice.tries, notice.gateway_id
    silent = queries.is_silent(notice, clock.system_now())
    session.commit()
    outcome = _fate(gateway, gateway_id, silent=silent)
    if outcome is not None:
        _note(session, [Tried(notice_id, Way.SMS, tries, outcome)])


def chase(session: Session) -> None:
    """Have a letter printed of what must be seen and lies unread in a mail box."""
    unread = queries.list_unread_mail(session, limit=_AT_A_TIME)
    tries = {one.id: one.tries for one in unread}

    def print_letter(notice_id: int) -> None:
        _note(session, [Tried(notice_id, Way.MAIL, tries[notice_id], Outcome.LOST, "unread")])

    apart.each(session, "notices.chase", _named(unread), print_letter)


def _named(notices: Sequence[Notice]) -> list[Due[int]]:
    return [Due(one.id, one.district_id, one.ref) for one in notices]


def _note(session: Session, tried: Sequence[Tried]) -> None:
    """Write down what came of earlier tries, and have the next ways tried."""
    due = service.note_outcomes(session, tried)
    if due:
        enqueue(session, "notices.deliver", notice_ids=due)


def _pack(session: Session, notices: Sequence[Notice]) -> tuple[list[_Parcel], list[int]]:
    """Take messages for one try, and pack them; return the ids of those that the lease has no room for."""
    reached = _addresses(session, notices)
    ways = {notice_id: _ways_to(address) for notice_id, address in reached.items()}
    due = service.set_out(session, notices, reached=ways, most=_TAKEN_AT_ONCE)
    texts = {notice.id: (notice.subject, notice.text) for notice in notices}
    parcels = [
        _Parcel(road.notice_id, road.way, road.tries, reached[road.notice_id], *texts[road.notice_id])
        for road in due[:_TAKEN_AT_ONCE]
        if road.way is not None
    ]
    return parcels, [road.notice_id for road in due[_TAKEN_AT_ONCE:]]


def _addresses(session: Session, notices: Sequence[Notice]) -> dict[int, Address]:
    """Return by message where its recipient is reached."""
    book = addresses.current()
    households = {one.household_id for one in notices if one.household_id is not None}
    reached = book.of_households(session, households) if households else {}
    found = {}
    for notice in notices:
        found[notice.id] = Address()
        if notice.household_id is not None:
            found[notice.id] = reached.get(notice.household_id, Address())
        elif notice.user_id is not None:
            found[notice.id] = book.of_user(session, notice.user_id)
    return found


def _ways_to(address: Address) -> set[Way]:
    """Return the ways that lead to somebody reached there; paper waits for a person and not for us."""
    ways = set()
    if sms.current() is not None and address.phone is not None:
        ways.add(Way.SMS)
    if mail.current() is not None and address.mail is not None:
        ways.add(Way.MAIL)
    return ways


def _send(parcel: _Parcel) -> Tried:
    try:
        return _send_sms(parcel) if parcel.way is Way.SMS else _send_mail(parcel)
    except Undeliverable as error:
        return parcel.tried(Outcome.REFUSED, error.code)
    except Unreachable as error:
        return parcel.tried(Outcome.UNREACHABLE, error.code)
    except Exception as error:  # noqa: BLE001  # a gateway of somebody else may raise anything
        # It may have been taken: tried again it has the same key. What the error says may name the address.
        place = traceback.extract_tb(error.__traceback__)[-1]
        where, name = f"{place.filename}:{place.lineno}", type(error).__name__
        log.error("gateway failed", notice_id=parcel.notice_id, way=parcel.way, error=name, where=where)
        return parcel.tried(Outcome.UNREACHABLE, "unforeseen")


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
