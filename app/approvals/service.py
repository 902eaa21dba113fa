"""The only writer of approvals: one person asks, a second one decides."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.approvals.errors import AlreadyDecided, SamePerson
from app.approvals.models import ApprovalRequest
from app.core import audit, clock, locks
from app.core.actor import Actor
from app.core.errors import Conflict, DomainError, NotFound


def request(
    session: Session, *, actor: Actor, kind: str, subject_id: int, payload: dict[str, Any]
) -> ApprovalRequest:
    """Ask for a second person's decision and return the pending request.

    ``kind`` reads "voucher.issue"; ``payload`` (JSON with a ``schema`` number) is what is asked, frozen:
    whoever carries the decision out uses it and nothing newer. Raises Conflict while the same subject already
    waits for a decision.
    """
    statement = (
        insert(ApprovalRequest)
        .values(
            district_id=actor.district,
            kind=kind,
            subject_id=subject_id,
            payload=payload,
            requested_by_id=actor.user_id,
            requested_at=clock.now(),
            state="pending",
        )
        .on_conflict_do_nothing()
        .returning(ApprovalRequest)
    )
    asked = session.scalars(statement).first()
    if asked is None:
        raise Conflict("approval_pending")
    _note(session, actor, asked, "approval.request")
    return asked


def decide(
    session: Session, *, actor: Actor, kind: str, subject_id: int, approve: bool, reason: str | None = None
) -> ApprovalRequest:
    """Decide the newest request about a subject, under its lock, and return it with its frozen payload.

    Raises NotFound when nothing was asked in the actor's district, AlreadyDecided (a Conflict) when somebody
    was first, SamePerson when the actor asked for it, and DomainError("reason_missing") for a rejection
    without reason.
    """
    newest = (
        select(ApprovalRequest.id)
        .where(
            ApprovalRequest.district_id == actor.district,
            ApprovalRequest.kind == kind,
            ApprovalRequest.subject_id == subject_id,
        )
        .order_by(ApprovalRequest.id.desc())
        .limit(1)
    )
    request_id = session.scalar(newest)
    if request_id is None:
        raise NotFound("approval_gone")
    asked = locks.lock(session, ApprovalRequest, request_id)
    if asked.state != "pending":
        raise AlreadyDecided
    if asked.requested_by_id == actor.user_id:
        raise SamePerson
    stated = (reason or "").strip()
    if not approve and not stated:
        raise DomainError("reason_missing", field="reason")
    asked.state = "approved" if approve else "rejected"
    asked.decided_by_id = actor.user_id
    asked.decided_at = clock.now()
    asked.reason = stated or None
    session.flush()
    _note(session, actor, asked, "approval.approve" if approve else "approval.reject")
    return asked


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
