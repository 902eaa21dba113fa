"""The desk at which cases are opened one after the other: softly claimed, decided, the next one opened."""

from typing import Final

from sqlalchemy import or_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.core.errors import Conflict
from app.redemptions import checking, queries, queues
from app.redemptions.checking import LEASE, STATE_OF, Turn
from app.redemptions.checking_models import CaseLease
from app.redemptions.service import batches, looks, steps

_TRIES: Final = 5
"""So many cases are tried when somebody else opens the same ones at the same moment."""


def open_next(
    session: Session, *, actor: Actor, development_ref: str | None = None, after_ref: str | None = None
) -> str | None:
    """Claim the oldest case that nobody else has open, behind ``after_ref`` if given; return its reference.

    None when there is none. Officers are given every case, checkers the odd ones. What the actor had open
    is left. Raises Forbidden for other roles.
    """
    turn = checking.turn_of(actor.role)
    waiting = queues.list_next(
        session,
        actor=actor,
        turn=turn,
        development_ref=development_ref,
        after_ref=after_ref,
        limit=_TRIES,
    )
    for redemption_id, ref in waiting:
        if _claim(session, actor, redemption_id, turn):
            _leave_others(session, actor, redemption_id)
            return ref
    _leave_others(session, actor, None)
    return None


def open_case(session: Session, *, actor: Actor, redemption_ref: str) -> None:
    """Claim one case.

    Raises NotFound, Forbidden, Conflict when it does not wait for the actor's role or somebody else has it
    open.
    """
    turn = checking.turn_of(actor.role)
    redemption = queries.get_redemption(session, actor=actor, ref=redemption_ref)
    if redemption.state != STATE_OF[turn]:
        raise Conflict("case_decided")
    if not _claim(session, actor, redemption.id, turn):
        raise Conflict("case_open_elsewhere")
    _leave_others(session, actor, redemption.id)


def verify(
    session: Session,
    *,
    actor: Actor,
    redemption_ref: str,
    explanation: str = "",
    seen_ref: str | None = None,
    development_ref: str | None = None,
    opens_next: bool = True,
) -> str | None:
    """Take the actor's step of the verification, and open the next case; return its reference, if any.

    Without ``opens_next`` this was one purchase by itself, and there is no next.
    Raises what ``verify_first`` and ``verify_second`` raise.
    """
    if checking.turn_of(actor.role) is Turn.FIRST:
        steps.verify_first(
            session,
            actor=actor,
            redemption_ref=redemption_ref,
            explanation=explanation,
            seen_ref=seen_ref,
        )
    else:
        steps.verify_second(
            session, actor=actor, redemption_ref=redemption_ref, alone=True, seen_ref=seen_ref
        )
    if not opens_next:
        return None
    return open_next(session, actor=actor, development_ref=development_ref, after_ref=redemption_ref)


def refuse(
    session: Session,
    *,
    actor: Actor,
    redemption_ref: str,
    reason: str,
    seen_ref: str | None = None,
    development_ref: str | None = None,
    opens_next: bool = True,
) -> str | None:
    """Refuse a case, and open the next one as ``verify`` does; return its reference, if any.

    A refused case of a batch's sample fails the batch: each of its cases is then looked at by itself. Raises
    what ``steps.refuse`` raises.
    """
    turn = checking.turn_of(actor.role)
    batches.fail_by(session, actor=actor, redemption_ref=redemption_ref)
    done = steps.refuse(session, actor=actor, redemption_ref=redemption_ref, reason=reason, seen_ref=seen_ref)
    looks.end(session, actor, done.id, turn, "refused")
    if not opens_next:
        return None
    return open_next(session, actor=actor, development_ref=development_ref, after_ref=redemption_ref)


def _claim(session: Session, actor: Actor, redemption_id: int, turn: Turn) -> bool:
    """Open a lease, go on with one's own, or take over one that ran out or is of the turn before."""
    now = clock.now()
    fresh = {"turn": turn, "user_id": actor.user_id, "began_at": now, "until": now + LEASE}
    is_mine = (CaseLease.user_id == actor.user_id) & (CaseLease.until > now) & (CaseLease.turn == turn)
    opened = insert(CaseLease).values(district_id=actor.district, redemption_id=redemption_id, **fresh)
    claimed = opened.on_conflict_do_update(
        index_elements=["redemption_id"],
        index_where=CaseLease.ended_at.is_(None),
        set_=fresh,
        where=or_(CaseLease.until <= now, CaseLease.turn != turn),
    ).returning(CaseLease.id)
    if session.scalar(claimed) is not None:
        return True
    again = (
        update(CaseLease)
        .where(CaseLease.redemption_id == redemption_id, CaseLease.ended_at.is_(None), is_mine)
        .values(until=now + LEASE)
        .returning(CaseLease.id)
    )
    return session.scalar(again) is not None


def _leave_others(session: Session, actor: Actor, redemption_id: int | None) -> None:
    mine = (CaseLease.user_id == actor.user_id, CaseLease.ended_at.is_(None))
    others = () if redemption_id is None else (CaseLease.redemption_id != redemption_id,)
    session.execute(update(CaseLease).where(*mine, *others).values(outcome="left", ended_at=clock.now()))
