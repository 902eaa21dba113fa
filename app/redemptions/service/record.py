"""What every step of a redemption does besides its own: take what it is about, note it, end it unsold."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from sqlalchemy import Table, bindparam, insert, select, update
from sqlalchemy.orm import Session

from app.approvals import service as approvals
from app.core import audit, clock, locks
from app.core.actor import Actor
from app.core.errors import Conflict
from app.core.prepared import Prepared
from app.core.queue import enqueue
from app.homes import service as homes
from app.homes.models import Home
from app.notices.service import Message, tell_all
from app.payments import service as payments
from app.projects import helping_acts
from app.redemptions import change_states, promises, scope, states, telling
from app.redemptions.change_models import PurchaseChange
from app.redemptions.change_states import OPEN
from app.redemptions.events import ended_unsold
from app.redemptions.models import Redemption, RedemptionMove
from app.redemptions.rules import top_up_owner
from app.redemptions.snapshot import Snapshot
from app.redemptions.states import Action, State

_MOVES: Final = cast(Table, RedemptionMove.__table__)
_MOVED: Final = (
    *("district_id", "redemption_id", "action", "from_state", "to_state", "user_id", "role"),
    *("visit_id", "helper_act_id", "reason", "at"),
)
INSERT_MOVE: Final = (
    insert(_MOVES)
    .inline()
    .values({name: bindparam(f"move_{name}", type_=_MOVES.c[name].type) for name in _MOVED})
)
"""A step's row, from what ``move_of`` returns: by itself, or within a statement that writes more."""
_INSERT_MOVE: Final = Prepared(INSERT_MOVE)


def take(session: Session, actor: Actor, ref: str) -> tuple[Home, Redemption]:
    """Return a redemption that the actor may see, with its home, both locked; a space with its home's too."""
    place = scope.lock_place(session, actor=actor, ref=ref)
    return place.home, lock_with_home(session, place.id, place.beside_id)


def lock_with_home(session: Session, redemption_id: int, beside_id: int | None) -> Redemption:
    """Lock a redemption and, of a space, that of the home it stands beside; return the first."""
    if beside_id is None:
        return locks.lock(session, Redemption, redemption_id)
    locked = locks.lock_all(session, Redemption, [redemption_id, beside_id])
    return next(one for one in locked if one.id == redemption_id)


def demand_home_ahead(session: Session, redemption: Redemption, after: State) -> None:
    """Refuse a step of a space that its home's purchase has not taken. Raises Conflict."""
    if redemption.beside_id is None:
        return
    home = session.get_one(Redemption, redemption.beside_id)
    if not states.is_as_far(State(home.state), after):
        raise Conflict("space_before_home")


def free_spaces(session: Session, redemption: Redemption) -> None:
    """Have what was to stand beside a home go back, now that the home's purchase has ended."""
    waiting = select(Redemption.id).where(
        Redemption.beside_id == redemption.id, Redemption.state.in_(states.ACTIVE)
    )
    if redemption.beside_id is None and session.scalars(waiting.limit(1)).first() is not None:
        enqueue(session, "redemptions.let_spaces_go")


def release(
    session: Session,
    actor: Actor,
    redemption: Redemption,
    home: Home,
    action: Action,
    reason: str | None = None,
) -> None:
    """End a redemption without a sale: its money and its home are free again. Everything is locked."""
    before = State(redemption.state)
    redemption.state, redemption.ended_at = states.after(actor.role, before, action), clock.now()
    promises.end(session, redemption.allocations, keep=False)
    _let_change_lapse(session, redemption)
    free_spaces(session, redemption)
    payments.end(session, district_id=redemption.district_id, owner=top_up_owner(redemption.id))
    homes.mark_free(session, home)
    note(session, actor, redemption, action, before=before, reason=reason)
    if action != Action.RELEASE:
        ended_unsold.publish(
            session,
            redemption_id=redemption.id,
            home_id=home.id,
            district_id=redemption.district_id,
        )


def _let_change_lapse(session: Session, redemption: Redemption) -> None:
    """End what was asked about a contract that is no more."""
    waiting = (PurchaseChange.redemption_id == redemption.id, PurchaseChange.state.in_(OPEN))
    lapsed = {"state": change_states.State.LAPSED, "ended_at": clock.now()}
    ended = session.scalars(
        update(PurchaseChange).where(*waiting).values(lapsed).returning(PurchaseChange.id)
    ).all()
    if ended:
        approvals.lapse(session, kind=change_states.CHANGE, subject_ids=ended)


def note(
    session: Session,
    actor: Actor,
    redemption: Redemption,
    action: Action,
    *,
    before: State | None,
    reason: str | None = None,
    frozen: Snapshot | None = None,
    **detail: Any,
) -> None:
    """Write the step down, for the household's timeline and the audit trail.

    ``frozen`` is the purchase's quote, if the caller has read it. Raises Forbidden for a helper without the
    holder's agreement.
    """
    helping_acts.demand_agreed(actor=actor)
    _write(session, actor, redemption, action, before=before, reason=reason, **detail)
    telling.tell_of(session, redemption, action, reason=reason, frozen=frozen)


def note_all(
    session: Session,
    actor: Actor,
    redemptions: Sequence[Redemption],
    action: Action,
    *,
    before: State,
    frozen: Mapping[int, Snapshot],
) -> None:
    """Write one step of several down, as ``note`` does of one; the actor is nobody's helper.

    ``frozen`` holds the quote of each purchase.
    """
    messages = list[Message]()
    for redemption in redemptions:
        _write(session, actor, redemption, action, before=before, reason=None)
        messages += telling.messages_of(
            session, redemption, action, reason=None, frozen=frozen[redemption.id]
        )
    tell_all(session, messages)


def _write(
    session: Session,
    actor: Actor,
    redemption: Redemption,
    action: Action,
    *,
    before: State | None,
    reason: str | None,
    **detail: Any,
) -> None:
    after = State(redemption.state)
    _INSERT_MOVE.run(session, **move_of(actor, redemption, action, before=before, after=after, reason=reason))
    note_on_trail(session, actor, redemption, action, **detail)


def move_of(
    actor: Actor,
    redemption: Redemption,
    action: Action,
    *,
    before: State | None,
    after: State,
    reason: str | None,
) -> dict[str, Any]:
    """Return the values that ``INSERT_MOVE`` writes of a step."""
    values = {
        "district_id": redemption.district_id,
        "redemption_id": redemption.id,
        "action": action,
        "from_state": before,
        "to_state": after,
        "user_id": actor.user_id,
        "role": actor.role,
        "visit_id": actor.visit_id,
        "helper_act_id": actor.helper_act_id,
        "reason": reason,
        "at": clock.now(),
    }
    return {f"move_{name}": value for name, value in values.items()}


def note_on_trail(
    session: Session, actor: Actor, redemption: Redemption, action: Action, **detail: Any
) -> None:
    """Put a step on the audit trail."""
    audit.record(
        session,
        actor=actor,
        action=f"redemption.{action}",
        object_type="redemption",
        object_id=redemption.id,
        **detail,
    )
