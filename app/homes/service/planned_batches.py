"""Planning prices for many homes in one act, all or nothing, and cancelling what one act planned."""

from datetime import datetime

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from app.core import audit, clock, locks
from app.core.actor import Actor
from app.core.errors import Conflict
from app.core.ids import new_ref
from app.homes import batches, planned_batches
from app.homes.batches import Selection
from app.homes.models import Home
from app.homes.planned_batches import PlannedBatch
from app.homes.pricing_models import PlannedPrice
from app.homes.repricing import Preview, Recipe
from app.homes.service.batches import look_again


def plan_batch(
    session: Session,
    *,
    actor: Actor,
    development_id: int,
    selection: Selection,
    recipe: Recipe,
    effective_at: datetime,
    reason: str,
    seen: str,
    leave_out: bool = False,
) -> PlannedBatch:
    """Plan new prices of many homes from a later moment on, as a preview showed them: all of them or none.

    Each is judged again at its start, as any planned price. Raises as ``reprice``, and DomainError at
    ``effective_on`` for a moment that is not to come.
    """
    batches.own(session, actor, development_id)
    ids = [home.id for home in batches.chosen(session, development_id=development_id, selection=selection)]

    def look() -> Preview:
        return batches.preview(
            session,
            actor=actor,
            development_id=development_id,
            selection=selection,
            recipe=recipe,
            leave_out=leave_out,
            effective_at=effective_at,
        )

    found = look_again(session, ids, look, reason, seen)
    common = {
        "kind": found.kind,
        "effective_at": effective_at,
        "reason": reason.strip(),
        "author_id": actor.user_id,
        "planned_at": clock.now(),
        "state": "waiting",
    }
    rows = [
        {**common, "ref": new_ref("JH"), "home_id": line.home.id, "amount_fen": line.after_fen}
        for line in found.changing
    ]
    session.execute(insert(PlannedPrice), rows)
    made = planned_batches.get_planned_batch(session, actor=actor, ref=str(rows[0]["ref"]))
    _note(session, actor, made, "plan_batch")
    return made


def cancel_planned_batch(session: Session, *, actor: Actor, plan_ref: str) -> PlannedBatch:
    """Cancel all prices that one act planned and that still wait; return the act as it was.

    Raises NotFound for somebody else's, Conflict once they started or none of them waits.
    """
    made = planned_batches.get_planned_batch(session, actor=actor, ref=plan_ref)
    planned = planned_batches.list_plans_of(session, made)
    locks.lock_all(session, Home, [plan.home_id for plan in planned])
    moment = clock.now()
    waiting = (PlannedPrice.state == "waiting") & (PlannedPrice.effective_at > moment)
    cancelled = session.scalars(
        update(PlannedPrice)
        .where(PlannedPrice.id.in_([plan.id for plan in planned]), waiting)
        .values(state="cancelled", decided_at=moment)
        .returning(PlannedPrice.id)
    ).all()
    if not cancelled:
        raise Conflict("plan_started")
    _note(session, actor, made, "cancel_planned_batch")
    return made


def _note(session: Session, actor: Actor, made: PlannedBatch, verb: str) -> None:
    audit.record(
        session,
        actor=actor,
        action=f"homes.{verb}",
        object_type="planned_price",
        object_id=made.first.id,
        kind=made.kind,
        homes=made.waiting,
    )
