"""What a checker approves together: nothing odd in it, a sample opened first, each case decided by itself."""

from typing import Any, Final, cast

from sqlalchemy import Table, insert, select, update
from sqlalchemy.orm import Session

from app.approvals.models import ApprovalRequest
from app.core import audit, clock, locks
from app.core.actor import Actor
from app.core.errors import Conflict, NotFound
from app.core.ids import new_ref
from app.core.queue import enqueue
from app.redemptions import batch_queries, checking, queues, scope, states
from app.redemptions.checking import MOST_IN_BATCH, Turn
from app.redemptions.checking_models import CheckBatch, CheckBatchCase
from app.redemptions.models import Redemption
from app.redemptions.service import steps
from app.redemptions.states import Action

_INSERT_CASES: Final = insert(cast(Table, CheckBatchCase.__table__))


def make_batch(session: Session, *, actor: Actor, development_ref: str | None = None) -> CheckBatch:
    """Put the oldest cases without anything odd into a batch, with its sample.

    Raises Forbidden for whoever is no checker, Conflict when nothing is left that the actor may decide.
    """
    states.demand(actor.role, Action.VERIFY_SECOND)
    # Cases have no row yet that says they are taken: two checkers meet here, and the index says so too.
    locks.hold_names(session, [f"check-batch:{actor.district}"])
    rest = queues.decidable(actor, Turn.SECOND, development_ref=development_ref, odd=False)
    found = session.execute(rest.limit(MOST_IN_BATCH)).all()
    if not found:
        raise Conflict("check_batch_empty")
    asked = _asked(session, [row.id for row in found])
    sha256 = checking.digest([(row.ref, asked[row.id]) for row in found])
    drawn = checking.sample(sha256, [row.ref for row in found])
    batch = CheckBatch(
        district_id=actor.district,
        ref=new_ref("FH"),
        user_id=actor.user_id,
        sha256=sha256,
        state="open",
        case_count=len(found),
        sample_count=len(drawn),
        looked_count=0,
        made_at=clock.now(),
    )
    session.add(batch)
    session.flush()
    rows = [
        {
            "district_id": actor.district,
            "batch_id": batch.id,
            "redemption_id": row.id,
            "place": place,
            "sampled": row.ref in drawn,
        }
        for place, row in enumerate(found, start=1)
    ]
    session.execute(_INSERT_CASES, rows)
    _note(session, actor, batch, "make")
    return batch


def open_sample(session: Session, *, actor: Actor, batch_ref: str) -> str | None:
    """Open the next case of the sample and return its reference; None when all were looked at.

    Raises NotFound, Conflict for a batch that is decided or another checker's.
    """
    batch = _take(session, actor, batch_ref)
    return _open_next(session, batch)


def look(session: Session, *, actor: Actor, batch_ref: str, redemption_ref: str) -> str | None:
    """Note that a sampled case is as its contract says, and open the next one; None when that was the last.

    Raises NotFound for a case that is not in the sample, Conflict when it was not opened, or as
    ``open_sample``.
    """
    batch = _take(session, actor, batch_ref)
    wanted = (
        select(CheckBatchCase)
        .join(Redemption, Redemption.id == CheckBatchCase.redemption_id)
        .where(CheckBatchCase.batch_id == batch.id, CheckBatchCase.sampled)
        .where(Redemption.ref == redemption_ref)
    )
    one = session.scalars(wanted).first()
    if one is None:
        raise NotFound("redemption_gone")
    if one.opened_at is None:
        raise Conflict("sample_unopened")
    if one.looked_at is None:
        one.looked_at = clock.now()
        batch.looked_count += 1
        session.flush()
    return _open_next(session, batch)


def approve_batch(session: Session, *, actor: Actor, batch_ref: str) -> CheckBatch:
    """Approve everything in a batch; a worker then writes the cases off (``carrying``).

    Raises NotFound, Conflict for a batch that is decided, another checker's, or whose sample is not done.
    """
    batch = _take(session, actor, batch_ref)
    if batch.looked_count < batch.sample_count:
        raise Conflict("sample_missing", left=batch.sample_count - batch.looked_count)
    batch.state, batch.decided_at = "approved", clock.now()
    session.flush()
    _note(session, actor, batch, "approve")
    enqueue(session, "redemptions.carry_out", lock=f"check-batch:{batch.id}", batch_id=batch.id)
    return batch


def drop_batch(session: Session, *, actor: Actor, batch_ref: str) -> None:
    """Give up an undecided batch, also another checker's; its cases wait as before.

    Raises Forbidden, NotFound, Conflict for one that is decided.
    """
    states.demand(actor.role, Action.VERIFY_SECOND)
    found = batch_queries.get_batch(session, actor=actor, ref=batch_ref)
    batch = locks.lock(session, CheckBatch, found.id)
    if batch.state != "open":
        raise Conflict("check_batch_decided")
    _give_back(session, batch, "dropped")
    _note(session, actor, batch, "drop")


def fail_by(session: Session, *, actor: Actor, redemption_ref: str) -> None:
    """Fail the undecided batch that a case is in, because the case is being refused. Raises NotFound."""
    redemption_id = scope.get_id(session, actor=actor, ref=redemption_ref)
    found = batch_queries.find_undecided(session, redemption_id)
    if found is None:
        return
    batch = locks.lock(session, CheckBatch, found[1].id)
    if batch.state == "open":
        _give_back(session, batch, "failed")
        _note(session, actor, batch, "fail")


def _asked(session: Session, redemption_ids: list[int]) -> dict[int, dict[str, Any]]:
    """Return what an officer asked about each, by redemption."""
    statement = select(ApprovalRequest.subject_id, ApprovalRequest.payload).where(
        ApprovalRequest.kind == steps.VERIFY,
        ApprovalRequest.subject_id.in_(redemption_ids),
        ApprovalRequest.state == "pending",
    )
    return {row.subject_id: row.payload for row in session.execute(statement)}


def _take(session: Session, actor: Actor, batch_ref: str) -> CheckBatch:
    """Return an undecided batch of the acting checker, locked."""
    states.demand(actor.role, Action.VERIFY_SECOND)
    found = batch_queries.get_batch(session, actor=actor, ref=batch_ref)
    batch = locks.lock(session, CheckBatch, found.id)
    if batch.user_id != actor.user_id:
        raise Conflict("check_batch_of_another")
    if batch.state != "open":
        raise Conflict("check_batch_decided")
    return batch


def _open_next(session: Session, batch: CheckBatch) -> str | None:
    waiting = (
        select(CheckBatchCase)
        .where(CheckBatchCase.batch_id == batch.id, CheckBatchCase.sampled)
        .where(CheckBatchCase.looked_at.is_(None))
    )
    one = session.scalars(waiting.order_by(CheckBatchCase.place).limit(1)).first()
    if one is None:
        return None
    one.opened_at = one.opened_at or clock.now()
    session.flush()
    return one.redemption.ref


def _give_back(session: Session, batch: CheckBatch, state: str) -> None:
    batch.state, batch.decided_at = state, clock.now()
    own = (CheckBatchCase.batch_id == batch.id, CheckBatchCase.outcome.is_(None))
    session.execute(update(CheckBatchCase).where(*own).values(outcome="returned"))
    session.flush()


def _note(session: Session, actor: Actor, batch: CheckBatch, act: str) -> None:
    audit.record(
        session,
        actor=actor,
        action=f"check_batch.{act}",
        object_type="check_batch",
        object_id=batch.id,
        count=batch.case_count,
        sample=batch.sample_count,
        sha256=batch.sha256,
    )
