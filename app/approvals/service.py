"""The only writer of approvals: one person asks, a second one decides."""

from collections.abc import Collection, Mapping
from typing import Any, Final, cast

from sqlalchemy import BigInteger, Table, bindparam, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.approvals.errors import AlreadyDecided, SamePerson
from app.approvals.models import ApprovalRequest
from app.approvals.queries import mark_of
from app.core import audit, clock, locks
from app.core.actor import Actor
from app.core.errors import Busy, Conflict, DomainError, NotFound
from app.core.prepared import Prepared, held


def request(
    session: Session, *, actor: Actor, kind: str, subject_id: int, payload: dict[str, Any]
) -> ApprovalRequest:
    """Ask for a second person's decision and return the pending request.

    ``kind`` reads "voucher.issue"; ``payload`` (JSON with a ``schema`` number) is what is asked, frozen:
    whoever carries the decision out uses it and nothing newer. Raises Conflict while the same subject already
    waits for a decision.
    """
    values = {
        "district_id": actor.district,
        "kind": kind,
        "subject_id": subject_id,
        "payload": payload,
        "requested_by_id": actor.user_id,
        "requested_at": clock.now(),
        "state": "pending",
    }
    written = _REQUEST.first(session, **values)
    if written is None:
        raise Conflict("approval_pending")
    asked = held(session, ApprovalRequest, {"id": written[0], **values})
    _note(session, actor, asked, "approval.request")
    return asked


_REQUESTS: Final = cast(Table, ApprovalRequest.__table__)
_REQUEST: Final = Prepared(
    insert(_REQUESTS).on_conflict_do_nothing().returning(_REQUESTS.c.id),
    (
        *("district_id", "kind", "subject_id", "payload", "requested_by_id", "requested_at"),
        "state",
    ),
)


def request_many(
    session: Session, *, actor: Actor, kind: str, payloads: Mapping[int, dict[str, Any]]
) -> None:
    """Ask for one decision about many subjects, each with its own frozen payload. Raises as ``request``."""
    moment = clock.now()
    rows = [
        {
            "district_id": actor.district,
            "kind": kind,
            "subject_id": subject_id,
            "payload": payload,
            "requested_by_id": actor.user_id,
            "requested_at": moment,
            "state": "pending",
        }
        for subject_id, payload in payloads.items()
    ]
    statement = insert(ApprovalRequest).on_conflict_do_nothing().returning(ApprovalRequest.id)
    if len(session.scalars(statement, rows).all()) != len(rows):
        raise Conflict("approval_pending")


def decide(
    session: Session,
    *,
    actor: Actor,
    kind: str,
    subject_id: int,
    approve: bool,
    reason: str | None = None,
    seen: str | None = None,
) -> ApprovalRequest:
    """Decide the newest request about a subject, under its lock, and return it with its frozen payload.

    ``seen`` is the mark of the request that the page showed; None asks nothing. Raises NotFound when nothing
    was asked in the actor's district, AlreadyDecided (a Conflict) when somebody was first, even if it was
    asked anew since; SamePerson when the actor asked for it, and DomainError("reason_missing") for a
    rejection without reason.
    """
    stated = (reason or "").strip() or None
    wanted = {"district_id": actor.district, "kind": kind, "subject_id": subject_id}
    decision = {
        "decision": "approved" if approve else "rejected",
        "decider_id": actor.user_id,
        "moment": clock.now(),
        "why": stated,
    }
    written = _DECIDE.first(session, **wanted, **decision) if approve or stated else None
    if written is None:
        newest = session.scalars(_NEWEST, wanted, execution_options={"populate_existing": True}).first()
        demand_decidable(newest, actor=actor)
        # Nothing forbids it: a reason is missing, or it was asked anew in this very moment.
        raise Busy if approve or stated else DomainError("reason_missing", field="reason")
    asked = held(session, ApprovalRequest, dict(zip(_REQUESTS.c.keys(), written, strict=True)))
    locks.note(session, ApprovalRequest, asked.id)
    if seen is not None and seen != mark_of(asked):
        raise AlreadyDecided
    _note(session, actor, asked, "approval.approve" if approve else "approval.reject")
    return asked


def demand_decidable(asked: ApprovalRequest | None, *, actor: Actor) -> None:
    """Refuse to decide what was not asked, or was decided, or the actor asked for. Raises as ``decide``."""
    if asked is None:
        raise NotFound("approval_gone")
    if asked.state != "pending":
        raise AlreadyDecided
    if asked.requested_by_id == actor.user_id:
        raise SamePerson


_NEWEST: Final = (
    select(ApprovalRequest)
    .where(
        ApprovalRequest.district_id == bindparam("district_id"),
        ApprovalRequest.kind == bindparam("kind"),
        ApprovalRequest.subject_id == bindparam("subject_id"),
    )
    .order_by(ApprovalRequest.id.desc())
    .limit(1)
)
_DECIDE: Final = Prepared(
    update(_REQUESTS)
    .where(
        _REQUESTS.c.id == _NEWEST.with_only_columns(ApprovalRequest.id).scalar_subquery(),
        _REQUESTS.c.state == "pending",
        _REQUESTS.c.requested_by_id.is_distinct_from(bindparam("decider_id", type_=BigInteger)),
    )
    .values(
        state=bindparam("decision"),
        decided_by_id=bindparam("decider_id"),
        decided_at=bindparam("moment"),
        reason=bindparam("why"),
    )
    .returning(*_REQUESTS.c)
)
"""The lock and what is demanded under it in one: whoever waits for another's decision finds it made."""


def decide_many(
    session: Session,
    *,
    actor: Actor,
    kind: str,
    subject_ids: Collection[int],
    approve: bool,
    reason: str | None = None,
    note_each: bool = False,
) -> dict[int, ApprovalRequest]:
    """Decide what was asked about many subjects, under its locks, and return it by subject.

    Whoever calls has put the decision as a whole on record, or has each put there. Raises AlreadyDecided
    unless every one of them waits, SamePerson when the actor asked for any.
    """
    waiting = select(ApprovalRequest.id).where(
        ApprovalRequest.district_id == actor.district,
        ApprovalRequest.kind == kind,
        ApprovalRequest.subject_id.in_(subject_ids),
        ApprovalRequest.state == "pending",
    )
    asked = locks.lock_all(session, ApprovalRequest, session.scalars(waiting))
    if len(asked) != len(subject_ids) or any(one.state != "pending" for one in asked):
        raise AlreadyDecided
    if any(one.requested_by_id == actor.user_id for one in asked):
        raise SamePerson
    moment = clock.now()
    for one in asked:
        one.state = "approved" if approve else "rejected"
        one.decided_by_id, one.decided_at, one.reason = actor.user_id, moment, (reason or "").strip() or None
    session.flush()
    for one in asked if note_each else ():
        _note(session, actor, one, "approval.approve" if approve else "approval.reject")
    return {one.subject_id: one for one in asked}


def lapse(session: Session, *, kind: str, subject_ids: Collection[int]) -> None:
    """End what waits about subjects that ended by themselves: nobody is asked any more.

    Whoever calls holds the locks under which these are decided, and has put the end on record.
    """
    waiting = (
        ApprovalRequest.kind == kind,
        ApprovalRequest.subject_id.in_(subject_ids),
        ApprovalRequest.state == "pending",
    )
    session.execute(
        update(ApprovalRequest).where(*waiting).values(state="lapsed", decided_at=clock.now()),
    )


def _note(session: Session, actor: Actor, asked: ApprovalRequest, action: str) -> None:
    audit.record(
        session,
        actor=actor,
        action=action,
        object_type="approval_request",
        object_id=asked.id,
        kind=asked.kind,
        subject_id=asked.subject_id,
    )
