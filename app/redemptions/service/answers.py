"""The developer's answer to a lock, and the free extension (延期) where it did not come in time."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import clock, locks
from app.core.actor import Actor, Role, system_actor
from app.core.apart import Due
from app.core.errors import Conflict
from app.homes.models import Home
from app.redemptions import queries, snapshot, states
from app.redemptions.errors import HoldOver, NotBuyer
from app.redemptions.models import Redemption
from app.redemptions.rules import answer_by
from app.redemptions.service import record
from app.redemptions.states import Action, State
from app.vouchers.queries import purses_by_id

_AT_A_TIME = 50


def answer(session: Session, *, actor: Actor, redemption_ref: str) -> Redemption:
    """Note that the developer told the household when to come; a second time changes nothing.

    Raises NotFound for another developer's, HoldOver after the deadline, Conflict in any other state.
    """
    _, redemption = record.take(session, actor, redemption_ref)
    states.after(actor.role, State(redemption.state), Action.ANSWER)
    if queries.is_over(redemption, clock.now()):
        raise HoldOver
    if redemption.answered_at is None:
        redemption.answered_at = clock.now()
        record.note(session, actor, redemption, Action.ANSWER, before=State.LOCKED)
    return redemption


def extend(session: Session, *, actor: Actor, redemption_ref: str) -> Redemption:
    """Lengthen a hold for nothing, once, because the developer has not answered in time.

    Raises NotFound, NotBuyer, HoldOver after the deadline, Conflict in any other state, when the developer
    answered, may still answer, or the hold was lengthened before.
    """
    _, redemption = record.take(session, actor, redemption_ref)
    if actor.role == Role.HOUSEHOLD and redemption.household_id != actor.household:
        raise NotBuyer
    states.after(actor.role, State(redemption.state), Action.EXTEND)
    moment = clock.now()
    if queries.is_over(redemption, moment):
        raise HoldOver
    if not may_extend(redemption, moment):
        raise Conflict("extension_not_due")
    _extend(session, actor, redemption, moment)
    return redemption


def may_extend(redemption: Redemption, moment: datetime) -> bool:
    """Tell whether a hold may be lengthened now: no answer, its time over, and not lengthened before."""
    return (
        redemption.state == State.LOCKED
        and redemption.answered_at is None
        and redemption.extended_at is None
        and answer_by(redemption.locked_at) <= moment < redemption.deadline_at
    )


def unanswered(session: Session, *, limit: int = _AT_A_TIME) -> list[Due[int]]:
    """Return the holds that ``extend_unanswered`` would lengthen, the oldest first."""
    return [Due(one.id, one.district_id, one.ref) for one in _unanswered(session, clock.now())[:limit]]


def extend_unanswered(session: Session, *, limit: int = _AT_A_TIME, only: int | None = None) -> int:
    """Lengthen the holds whose developer missed its answer time, the oldest first; return how many.

    ``only`` lengthens one, where it is due.
    """
    found = _unanswered(session, clock.now())
    due = [one for one in found if only is None or one.id == only][:limit]
    locks.lock_all(session, Home, [one.home_id for one in due])
    locked = locks.lock_all(session, Redemption, [one.id for one in due])
    moment = clock.now()  # a hold that ended while this waited is not lengthened
    late = [redemption for redemption in locked if may_extend(redemption, moment)]
    for redemption in late:
        _extend(session, system_actor(redemption.district_id), redemption, moment)
    return len(late)


def _unanswered(session: Session, moment: datetime) -> list[Redemption]:
    waiting = (
        select(Redemption)
        .where(
            Redemption.state == State.LOCKED,
            Redemption.answered_at.is_(None),
            Redemption.extended_at.is_(None),
            Redemption.deadline_at > moment,
            # No working day is shorter than a day: what is younger cannot be late yet.
            Redemption.locked_at < moment - timedelta(days=1),
        )
        .order_by(Redemption.locked_at, Redemption.id)
    )
    return [one for one in session.scalars(waiting) if may_extend(one, moment)]


def _extend(session: Session, actor: Actor, redemption: Redemption, moment: datetime) -> None:
    """Let the hold run from now as long as a new lock would, never shorter than before."""
    frozen = snapshot.read(redemption.quote.snapshot)
    paying = purses_by_id(session, [part.voucher_id for part in frozen.used_parts])
    until = min(purse.hold_until(moment, frozen.home.kind, is_delay_of_others=True) for purse in paying)
    redemption.deadline_at = max(redemption.deadline_at, until)
    redemption.extended_at = moment
    reason = f"{clock.legal_day(answer_by(redemption.locked_at) - timedelta(microseconds=1)):%Y-%m-%d}"
    record.note(
        session,
        actor,
        redemption,
        Action.EXTEND,
        before=State.LOCKED,
        reason=f"房企没有在 {reason} 24:00 前答复，免费延期",
        deadline_at=redemption.deadline_at.isoformat(),
    )
