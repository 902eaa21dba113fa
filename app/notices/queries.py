"""Reading messages: one's own inbox, the letters of a district, and what came of each."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Final

from sqlalchemy import BigInteger, ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor, Role
from app.core.errors import NotFound
from app.core.prepared import Prepared, hidden
from app.notices import rules
from app.notices.models import Notice, NoticeAttempt
from app.notices.rules import State

MOST_COUNTED: Final = 99
"""Nobody reads a larger number than this beside a link."""


def inbox_of(actor: Actor) -> ColumnElement[bool]:
    """Return the condition for what is told to the actor: as a person, as a household or at their desk."""
    return or_(*(getattr(Notice, column) == value for column, value in _told_to(actor).items()))


def _told_to(actor: Actor) -> dict[str, int]:
    """Return by which columns of a message its reader is found, and the actor's own value of each."""
    if actor.user_id is None:
        raise LookupError("the system has no inbox")
    mine = {"user_id": actor.user_id}
    if actor.grant_id is not None:
        # A household's messages are read by its own people: a helper who opened one would hide it from them.
        return mine
    if actor.role == Role.HOUSEHOLD:
        return {**mine, "household_id": actor.household}
    if actor.organisation_id is None:
        return mine
    return {**mine, "organisation_id": actor.organisation}


def count_unread(session: Session, *, actor: Actor) -> int:
    """Return how many messages the actor has not read, counted up to ``MOST_COUNTED`` + 1."""
    asked = _told_to(actor)
    ((count,),) = _unread(tuple(asked)).rows(session, **asked)
    return int(count)


@cache
def _unread(columns: tuple[str, ...]) -> Prepared:
    """Build, once for each kind of inbox, what every page asks of whoever is signed in."""
    told = or_(*(getattr(Notice, column) == hidden(column, BigInteger) for column in columns))
    unread = select(Notice.id).where(told, Notice.read_at.is_(None)).limit(MOST_COUNTED + 1)
    return Prepared(select(func.count()).select_from(unread.subquery()))


def count_inbox(session: Session, *, actor: Actor) -> int:
    """Return how many messages ``list_inbox`` would list without a limit."""
    return session.scalars(select(func.count(Notice.id)).where(inbox_of(actor))).one()


def list_inbox(session: Session, *, actor: Actor, offset: int = 0, limit: int = 20) -> Sequence[Notice]:
    """Return the actor's messages: what must be seen and is unread in front, then the newest first."""
    waits = and_(Notice.must_see, Notice.read_at.is_(None))
    statement = select(Notice).where(inbox_of(actor)).order_by(waits.desc(), Notice.id.desc())
    return session.scalars(statement.offset(offset).limit(limit)).all()


def get_notice(session: Session, *, actor: Actor, ref: str) -> Notice:
    """Return a message of the actor's inbox. Raises NotFound for anybody else's."""
    notice = session.scalars(select(Notice).where(Notice.ref == ref, inbox_of(actor))).first()
    if notice is None:
        raise NotFound("notice_gone")
    return notice


def attempts_of(session: Session, notice_ids: Sequence[int]) -> dict[int, list[NoticeAttempt]]:
    """Return the delivery record of messages by id, oldest first."""
    statement = (
        select(NoticeAttempt).where(NoticeAttempt.notice_id.in_(notice_ids)).order_by(NoticeAttempt.id)
    )
    found: dict[int, list[NoticeAttempt]] = {notice_id: [] for notice_id in notice_ids}
    for attempt in session.scalars(statement):
        found[attempt.notice_id].append(attempt)
    return found


def count_letters(session: Session, *, actor: Actor) -> int:
    """Return how many letters of the actor's district wait to be printed."""
    return session.scalars(select(func.count(Notice.id)).where(*_letters(actor))).one()


def list_letters(session: Session, *, actor: Actor, offset: int = 0, limit: int = 20) -> Sequence[Notice]:
    """Return the letters of the actor's district that wait to be printed, oldest first."""
    statement = select(Notice).where(*_letters(actor)).order_by(Notice.id)
    return session.scalars(statement.offset(offset).limit(limit)).all()


def count_of_household(session: Session, *, actor: Actor, household_id: int) -> int:
    """Return how many messages ``list_of_household`` would list without a limit."""
    return session.scalars(select(func.count(Notice.id)).where(*_of(actor, household_id))).one()


def list_of_household(
    session: Session, *, actor: Actor, household_id: int, offset: int = 0, limit: int = 20
) -> Sequence[Notice]:
    """Return what a household of the actor's district was told, newest first."""
    statement = select(Notice).where(*_of(actor, household_id)).order_by(Notice.id.desc())
    return session.scalars(statement.offset(offset).limit(limit)).all()


def list_due(session: Session, *, limit: int) -> Sequence[int]:
    """Return the ids of messages whose time has come, the longest waiting first."""
    statement = select(Notice.id).where(Notice.state == State.DUE, Notice.due_at <= clock.system_now())
    return session.scalars(statement.order_by(Notice.due_at).limit(limit)).all()


def list_unconfirmed(session: Session, *, limit: int) -> Sequence[Notice]:
    """Return messages that a gateway took and has not reported on, the longest waiting first."""
    statement = select(Notice).where(Notice.state == State.SENT)
    return session.scalars(statement.order_by(Notice.sent_at).limit(limit)).all()


def list_unread_mail(session: Session, *, limit: int) -> Sequence[Notice]:
    """Return what must be seen, went by mail alone, and was not read in time, the oldest first."""
    statement = select(Notice).where(
        Notice.state == "arrived",
        Notice.way == "mail",
        Notice.must_see,
        Notice.read_at.is_(None),
        Notice.household_id.is_not(None),
        Notice.written_at <= clock.now() - rules.UNREAD,
    )
    return session.scalars(statement.order_by(Notice.written_at).limit(limit)).all()


def is_silent(notice: Notice, now: datetime, *, patience: timedelta = rules.SILENCE) -> bool:
    """Tell whether the gateway has kept quiet about a message for too long (system time)."""
    return notice.sent_at is not None and now - notice.sent_at > patience


def _letters(actor: Actor) -> list[ColumnElement[bool]]:
    return [Notice.district_id == actor.district, Notice.state == State.TO_PRINT]


def _of(actor: Actor, household_id: int) -> list[ColumnElement[bool]]:
    return [Notice.district_id == actor.district, Notice.household_id == household_id]
