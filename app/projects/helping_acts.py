"""What a helper does: looking, preparing, and binding acts that the holder agreed to by a code."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core import audit, clock, locks
from app.core.actor import Actor, HelpLevel
from app.core.errors import DomainError, Forbidden
from app.core.ids import new_ref
from app.identity import phones
from app.notices.service import Recipient, tell
from app.projects import helping_queries as queries
from app.projects.errors import HelpOver
from app.projects.helping_models import RELATIONS, HelperAct, HelperGrant, HelperLogEntry


@dataclass(frozen=True, slots=True)
class Binding:
    """An act that a helper asks for: which, about what, which home, what sum (fen), and how one says it."""

    action: str
    about_ref: str
    place: str
    sum_fen: int
    words: str


def demand(session: Session, *, actor: Actor, level: HelpLevel) -> HelperGrant:
    """Return the grant under which an actor helps, if it holds this moment and goes that far.

    Raises HelpOver, Forbidden.
    """
    grant = _present(session, actor)
    if not queries.may(grant, level):
        raise Forbidden("helper_level")
    return grant


def hold(session: Session, *, actor: Actor, level: HelpLevel) -> HelperGrant:
    """Return the grant as ``demand`` does, and keep it as it is until this commits.

    Whoever ends the grant waits for the act, or was there first and the act finds it ended. Raises HelpOver,
    Forbidden.
    """
    locks.share(session, HelperGrant, actor.grant_id or 0)
    return demand(session, actor=actor, level=level)


def ask(session: Session, *, actor: Actor, binding: Binding) -> tuple[HelperAct, str]:
    """Ask the holder to agree to an act: a code goes to their telephone; returns the act and a token.

    The token is for the helper's browser: it and the code together carry out this act and no other. Raises
    HelpOver, Forbidden, DomainError where the holder has no number of their own.
    """
    grant = hold(session, actor=actor, level=HelpLevel.ACT)
    act = HelperAct(
        district_id=grant.district_id,
        grant_id=grant.id,
        ref=new_ref("DQ"),
        action=binding.action,
        about_ref=binding.about_ref,
        place=binding.place,
        sum_fen=binding.sum_fen,
        words=binding.words,
        asked_at=clock.now(),
    )
    session.add(act)
    session.flush()
    note(session, grant=grant, what=f"ask_{act.action}", act=act)
    audit.record(
        session,
        actor=actor,
        action="helping.ask",
        object_type="helper_act",
        object_id=act.id,
        act=act.action,
        sum_fen=act.sum_fen,
    )
    return act, _send(session, grant, act)


def send_again(session: Session, *, actor: Actor, act_ref: str) -> str:
    """Send another code for the same act; returns its token. Raises as ``ask``, and once it was done."""
    grant = hold(session, actor=actor, level=HelpLevel.ACT)
    act = queries.get_act(session, actor=actor, ref=act_ref)
    if act.agreed_at is not None:
        raise DomainError("help_act_done")
    return _send(session, grant, act)


def agree(session: Session, *, actor: Actor, act_ref: str, token: str, code: str) -> HelperAct:
    """Use up the holder's code for an act; whoever calls carries it out in the same transaction.

    Raises HelpOver, NotFound, WrongPhoneCode for a wrong, used or old code and one for another act. Whoever
    calls counts the tries.
    """
    demand(session, actor=actor, level=HelpLevel.ACT)
    act = queries.get_act(session, actor=actor, ref=act_ref)
    phones.use(session, token=token, purpose="act", subject=act.ref, code=code)
    once = update(HelperAct).where(HelperAct.id == act.id, HelperAct.agreed_at.is_(None))
    if session.scalar(once.values(agreed_at=clock.now()).returning(HelperAct.id)) is None:
        raise DomainError("help_act_done")
    return act


def note(
    session: Session,
    *,
    grant: HelperGrant,
    what: str,
    act: HelperAct | None = None,
    about_ref: str | None = None,
    place: str | None = None,
    sum_fen: int | None = None,
) -> None:
    """Write an act into the log that the holder reads, in the transaction of the act."""
    session.add(
        HelperLogEntry(
            district_id=grant.district_id,
            grant_id=grant.id,
            what=what,
            at=clock.now(),
            about_ref=act.about_ref if act else about_ref,
            place=act.place if act else place,
            sum_fen=act.sum_fen if act else sum_fen,
        )
    )
    session.flush()


def note_prepared(
    session: Session,
    *,
    actor: Actor,
    what: str,
    about_ref: str,
    place: str | None = None,
    sum_fen: int | None = None,
    told: str | None = None,
) -> None:
    """Log what a helper prepared; nothing for whoever acts for themselves.

    ``told`` is the kind of message by which the household hears of it, None for small steps that the log
    alone keeps. Raises HelpOver, Forbidden for a helper who may only look.
    """
    if actor.grant_id is None:
        return
    grant = hold(session, actor=actor, level=HelpLevel.PREPARE)
    note(session, grant=grant, what=what, about_ref=about_ref, place=place, sum_fen=sum_fen)
    if told is not None:
        _tell(session, grant, told, f"{what}:{about_ref}", home=place, price=sum_fen)


def demand_agreed(*, actor: Actor) -> None:
    """Let nobody bind a household through a helper without its agreement, whatever page led there.

    Raises Forbidden for a helper without the holder's code; whoever acts for themselves needs none.
    """
    if actor.grant_id is not None and actor.helper_act_id is None:
        raise Forbidden("helper_needs_code")


def note_done(session: Session, *, actor: Actor) -> None:
    """Log the act that the holder agreed to as done, once, and tell the household; the last step of it.

    Raises HelpOver where the grant has ended since the code was typed: then nothing of the act stays.
    """
    demand_agreed(actor=actor)
    grant = hold(session, actor=actor, level=HelpLevel.ACT)
    act = session.get_one(HelperAct, actor.helper_act_id)
    note(session, grant=grant, what=act.action, act=act)
    _tell(session, grant, "helper_acted", f"{act.action}:{act.id}", words=act.words)


def note_read(session: Session, *, grant: HelperGrant, what: str) -> None:
    """Log that a kind of page was looked at today; again on the same day it changes nothing."""
    session.execute(
        insert(HelperLogEntry)
        .values(
            district_id=grant.district_id, grant_id=grant.id, what=what, read_on=clock.today(), at=clock.now()
        )
        .on_conflict_do_nothing()
    )


def _present(session: Session, actor: Actor) -> HelperGrant:
    """Return the grant of an actor as it stands now, not as it stood when the request began."""
    row = session.get(HelperGrant, actor.grant_id or 0)
    found = queries.find_active(session, user_id=actor.user_id or 0, ref=row.ref) if row else None
    if found is None:
        raise HelpOver
    return found


def _send(session: Session, grant: HelperGrant, act: HelperAct) -> str:
    phone = queries.holder_phone(session, grant)
    if phone is None:
        raise DomainError("holder_unreachable")
    words = f"帮办人{grant.name}要替您{act.words}。"
    return phones.ask_to_agree(session, subject=act.ref, phone=phone, words=words).token


def _tell(session: Session, grant: HelperGrant, kind: str, event: str, **data: Any) -> None:
    tell(
        session,
        kind=kind,
        to=Recipient(district_id=grant.district_id, household_id=grant.household_id),
        event=f"helping.{event}",
        about_ref=grant.ref,
        relation=RELATIONS[grant.relation],
        **data,
    )
