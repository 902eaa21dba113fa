"""The only writer of messages. A message is written in the transaction of what it tells."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.core import audit, clock, locks
from app.core.actor import Actor
from app.core.errors import NotFound
from app.core.ids import new_ref
from app.core.prepared import Prepared
from app.core.queue import enqueue
from app.notices import rules, words
from app.notices.models import Notice
from app.notices.queries import inbox_of
from app.notices.road import Road, write
from app.notices.rules import Outcome, State
from app.notices.templates import TEMPLATES
from app.notices.templates.base import Way

_LONGEST_REASON: Final = 120
"""What somebody typed is cut for a message; the page it leads to has it whole."""

_WRITTEN: Final = (
    "district_id, household_id, organisation_id, user_id, ref, kind, once, subject, text, about_type, "
    "about_ref, must_see, written_at, state, way, tries, due_at"
)
_INSERT_ONCE: Final = Prepared(
    text(
        f"INSERT INTO notices ({_WRITTEN}) SELECT {_WRITTEN} "  # noqa: S608  # our own words
        "FROM jsonb_populate_recordset(NULL::notices, CAST(:notices AS jsonb)) "
        "ON CONFLICT (once) DO NOTHING RETURNING id, state"
    )
)
"""However many there are it is one statement, which the database plans once: every step of a purchase has
another number of them."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a message goes to: a household, an organisation or a person, one of them."""

    district_id: int | None = None
    household_id: int | None = None
    organisation_id: int | None = None
    user_id: int | None = None

    @property
    def name(self) -> str:
        """What tells this recipient from all others."""
        return f"{self.household_id or 0}.{self.organisation_id or 0}.{self.user_id or 0}"


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of the ``tries``-th try of a message on a way, or a gateway's later word on it."""

    notice_id: int
    way: Way
    tries: int
    outcome: Outcome
    detail: str | None = None
    gateway_id: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A message of a kind (see ``templates``) to one recipient.

    ``event`` names what happened, such as "redemption.lock:17": told twice to the same recipient it is one
    message. ``data`` fills the blanks: texts, sums in fen, moments.
    """

    kind: str
    to: Recipient
    event: str
    about_ref: str | None
    data: Mapping[str, Any]


def tell(
    session: Session, *, kind: str, to: Recipient, event: str, about_ref: str | None = None, **data: Any
) -> None:
    """Write one message, as ``tell_all`` does; its words are those of ``Message``."""
    tell_all(session, [Message(kind, to, event, about_ref, data)])


def tell_all(session: Session, messages: Iterable[Message]) -> None:
    """Write messages together and have them delivered once the transaction commits.

    Raises KeyError for an unknown kind or an empty blank.
    """
    rows = [_row(message) for message in messages]
    if not rows:
        return
    written = _INSERT_ONCE.rows(session, notices=json.dumps(rows))
    due = [notice_id for notice_id, state in written if state == State.DUE]
    if due:
        enqueue(session, "notices.deliver", notice_ids=due)


def _row(message: Message) -> dict[str, Any]:
    """Return a message as it is written, in plain JSON."""
    template, to = TEMPLATES[message.kind], message.to
    filled = {name: _short(value) for name, value in message.data.items()}
    first = rules.begin(template.ways)
    return {
        "district_id": to.district_id,
        "household_id": to.household_id,
        "organisation_id": to.organisation_id,
        "user_id": to.user_id,
        "ref": new_ref("XX"),
        "kind": message.kind,
        "once": f"{message.event}/{message.kind}/{to.name}",
        "subject": template.subject,
        "text": words.fill(template.text, filled),
        "about_type": template.about,
        "about_ref": message.about_ref,
        "must_see": template.must_see,
        "written_at": clock.now().isoformat(),
        "state": first.state,
        "way": first.way,
        "tries": 0,
        "due_at": clock.system_now().isoformat() if first.state is State.DUE else None,
    }


def _short(value: Any) -> Any:
    if not isinstance(value, str) or len(value) <= _LONGEST_REASON:
        return value
    return value[: _LONGEST_REASON - 1] + "…"


def mark_read(session: Session, *, actor: Actor, ref: str) -> Notice:
    """Note that the actor has read a message of their inbox; again it changes nothing. Raises NotFound."""
    notice_id = session.scalar(select(Notice.id).where(Notice.ref == ref, inbox_of(actor)))
    if notice_id is None:
        raise NotFound("notice_gone")
    notice = locks.lock(session, Notice, notice_id)
    if notice.read_at is None:
        notice.read_at, notice.read_by_id = clock.now(), actor.user_id
        session.flush()
        audit.record(session, actor=actor, action="notices.read", object_type="notice", object_id=notice.id)
    return notice


def lock_due(session: Session, *, notice_ids: Collection[int]) -> list[Notice]:
    """Lock those of these messages that are due, and return them; the others are taken, or have gone on."""
    now = clock.system_now()
    return [
        notice
        for notice in locks.lock_all(session, Notice, notice_ids)
        if notice.due_at is not None and notice.due_at <= now
    ]


def set_out(
    session: Session, notices: Sequence[Notice], *, reached: Mapping[int, Collection[Way]], most: int
) -> list[Road]:
    """Send messages, locked and due, past the ways that reach nobody; return those that wait on another.

    ``reached`` holds by message the ways that lead to somebody. The first ``most`` are taken for one try, and
    others are kept from trying them meanwhile.
    """
    roads = [Road.of(notice) for notice in notices]
    for road in roads:
        while road.state is State.DUE and road.way not in reached[road.notice_id]:
            road.begin_try()
            road.note(Outcome.NO_ADDRESS)
    due = [road for road in roads if road.state is State.DUE]
    for road in due[:most]:
        road.begin_try()
    write(session, roads)
    return due


def put_off(session: Session, notices: Sequence[Notice]) -> None:
    """Note of messages, locked and due, that they could not even be packed for their try.

    As often as a gateway that does not answer; then they take their next way, and come to a person at last.
    """
    roads = [Road.of(notice) for notice in notices]
    for road in roads:
        road.begin_try()
        if road.way is not None:
            road.note(Outcome.UNREACHABLE, "unreadable")
    write(session, roads)


def note_outcomes(session: Session, tried: Sequence[Tried]) -> list[int]:
    """Write down what came of tries and send the messages on; return those whose next way is due at once.

    The caller tries them, or has them tried. A try that was overtaken changes nothing.
    """
    by_id = {one.notice_id: one for one in tried}
    roads = []
    for notice in locks.lock_all(session, Notice, by_id):
        one = by_id[notice.id]
        if _is_awaited(notice, one):
            road = Road.of(notice)
            road.note(one.outcome, one.detail, gateway_id=one.gateway_id)
            roads.append(road)
    write(session, roads)
    return [road.notice_id for road in roads if road.is_due_at_once]


def _is_awaited(notice: Notice, tried: Tried) -> bool:
    """Tell whether a message still waits for what came of this try."""
    states = {State.DUE, State.SENT}
    if tried.outcome is Outcome.LOST and notice.read_at is None:
        states.add(State.ARRIVED)
    return notice.state in states and (notice.way, notice.tries) == (tried.way, tried.tries)


def mark_printed(session: Session, *, actor: Actor, refs: Iterable[str]) -> int:
    """Take letters of the actor's district off the list once they are printed; return how many there were.

    A letter somebody else printed meanwhile is left alone.
    """
    wanted = select(Notice.id).where(
        Notice.ref.in_(list(refs)), Notice.district_id == actor.district, Notice.state == State.TO_PRINT
    )
    found = locks.lock_all(session, Notice, session.scalars(wanted))
    letters = [Road.of(notice) for notice in found if notice.state == State.TO_PRINT]
    for letter in letters:
        letter.note(Outcome.PRINTED, user_id=actor.user_id)
    write(session, letters)
    if letters:
        audit.record(
            session,
            actor=actor,
            action="notices.print",
            object_type="notice",
            object_id=None,
            notice_ids=[letter.notice_id for letter in letters],
        )
    return len(letters)
