"""The only writer of messages. A message is written in the transaction of what it tells."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Table, any_, bindparam, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core import audit, clock, locks
from app.core.actor import Actor
from app.core.errors import NotFound
from app.core.ids import new_ref
from app.core.queue import enqueue
from app.notices import rules, words
from app.notices.models import Notice, NoticeAttempt
from app.notices.queries import inbox_of
from app.notices.rules import Next, Outcome, State
from app.notices.templates import TEMPLATES
from app.notices.templates.base import Way

_LONGEST_REASON: Final = 120
"""What somebody typed is cut for a message; the page it leads to has it whole."""

_NOTICES: Final = cast(Table, Notice.__table__)
_INSERT_ONCE: Final = (
    insert(_NOTICES)
    .on_conflict_do_nothing(index_elements=[_NOTICES.c.once])
    .returning(_NOTICES.c.id, _NOTICES.c.state)
)
"""Built once, and past the ORM: every lock of a home writes two."""


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
    due = [notice.id for notice in session.execute(_INSERT_ONCE, rows) if notice.state == State.DUE]
    if due:
        enqueue(session, "notices.deliver", notice_ids=due)


def _row(message: Message) -> dict[str, Any]:
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
        "written_at": clock.now(),
        "state": first.state,
        "way": first.way,
        "tries": 0,
        "due_at": clock.system_now() if first.state is State.DUE else None,
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


def take_due(session: Session, *, notice_ids: Collection[int]) -> Sequence[Notice]:
    """Take those of these messages that are due for one try, and keep others from trying them meanwhile.

    Counts the try. The others are somebody else's, or have gone on.
    """
    locks.lock_rows(session, Notice, notice_ids)
    now = clock.system_now()
    return session.scalars(
        update(Notice)
        .where(_one_of(notice_ids), Notice.state == State.DUE, Notice.due_at <= now)
        .values(due_at=now + rules.LEASE, tries=Notice.tries + 1)
        .returning(Notice)
    ).all()


def note_outcomes(session: Session, tried: Sequence[Tried]) -> list[int]:
    """Write down what came of tries and send the messages on; return those whose next way is due at once.

    The caller tries them, or has them tried. A try that was overtaken changes nothing.
    """
    by_id = {one.notice_id: one for one in tried}
    due_now = []
    for notice in locks.lock_all(session, Notice, by_id):
        one = by_id[notice.id]
        if not _is_awaited(notice, one):
            continue
        session.add(
            NoticeAttempt(
                notice_id=notice.id, way=one.way, outcome=one.outcome, detail=one.detail, at=clock.now()
            )
        )
        everywhere = TEMPLATES[notice.kind].everywhere
        step = rules.after(
            one.outcome, way=one.way, ways=_ways(notice), tries=one.tries, everywhere=everywhere
        )
        _move(session, notice, step)
        if step.state is State.SENT:
            notice.sent_at, notice.gateway_id = clock.system_now(), one.gateway_id
        if step.state is State.DUE and not step.wait:
            due_now.append(notice.id)
    session.flush()
    return due_now


def _is_awaited(notice: Notice, tried: Tried) -> bool:
    """Tell whether a message still waits for what came of this try."""
    states = {State.DUE, State.SENT}
    if tried.outcome is Outcome.LOST and notice.read_at is None:
        states.add(State.ARRIVED)
    return notice.state in states and (notice.way, notice.tries) == (tried.way, tried.tries)


def _one_of(notice_ids: Collection[int]) -> ColumnElement[bool]:
    return Notice.id == any_(bindparam("ids", list(notice_ids), type_=ARRAY(BigInteger)))


def mark_printed(session: Session, *, actor: Actor, refs: Iterable[str]) -> int:
    """Take letters of the actor's district off the list once they are printed; return how many there were.

    A letter somebody else printed meanwhile is left alone.
    """
    wanted = select(Notice.id).where(
        Notice.ref.in_(list(refs)), Notice.district_id == actor.district, Notice.state == State.TO_PRINT
    )
    found = locks.lock_all(session, Notice, session.scalars(wanted))
    letters = [notice for notice in found if notice.state == State.TO_PRINT]
    for notice in letters:
        session.add(
            NoticeAttempt(
                notice_id=notice.id,
                way=Way.PRINT,
                outcome=Outcome.PRINTED,
                user_id=actor.user_id,
                at=clock.now(),
            )
        )
        _move(session, notice, rules.after(Outcome.PRINTED, way=Way.PRINT, ways=_ways(notice), tries=1))
    session.flush()
    if letters:
        audit.record(
            session,
            actor=actor,
            action="notices.print",
            object_type="notice",
            object_id=None,
            notice_ids=[notice.id for notice in letters],
        )
    return len(letters)


def _ways(notice: Notice) -> tuple[Way, ...]:
    return TEMPLATES[notice.kind].ways


def _move(session: Session, notice: Notice, step: Next) -> None:
    """Put a message where the rules say, and have it tried there when it has to wait."""
    if step.way != notice.way:
        notice.tries = 0
    notice.state, notice.way, notice.due_at = step.state, step.way, None
    if step.state is State.DUE and step.wait is not None:
        notice.due_at = clock.system_now() + step.wait
        if step.wait:
            enqueue(session, "notices.deliver", at=notice.due_at, notice_ids=[notice.id])
