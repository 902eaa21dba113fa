"""Reading approvals."""

import hashlib
import json
from collections.abc import Collection

from sqlalchemy import ARRAY, BigInteger, any_, bindparam, func, select
from sqlalchemy.orm import Session

from app.approvals.models import ApprovalRequest
from app.core.actor import Actor
from app.identity import queries as identity


def find_latest(session: Session, *, actor: Actor, kind: str, subject_id: int) -> ApprovalRequest | None:
    """Return the newest request about a subject of the actor's district, or None."""
    statement = (
        select(ApprovalRequest)
        .where(
            ApprovalRequest.district_id == actor.district,
            ApprovalRequest.kind == kind,
            ApprovalRequest.subject_id == subject_id,
        )
        .order_by(ApprovalRequest.id.desc())
        .limit(1)
    )
    return session.scalars(statement).first()


def mark_of(asked: ApprovalRequest | None) -> str:
    """Return the mark of what is asked: a form carries it, so that only what its page showed is decided.

    What is asked of the same thing anew, once this was decided, has another one. Empty for None.
    """
    if asked is None:
        return ""
    shown = [asked.kind, asked.requested_at.timestamp(), asked.requested_by_id, asked.payload]
    text = json.dumps(shown, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def list_latest(
    session: Session, *, actor: Actor, kind: str, subject_ids: Collection[int]
) -> dict[int, ApprovalRequest]:
    """Return the newest request about each of these subjects of the actor's district, by subject."""
    statement = (
        select(ApprovalRequest)
        .where(
            ApprovalRequest.district_id == actor.district,
            ApprovalRequest.kind == kind,
            ApprovalRequest.subject_id == any_(bindparam(None, list(subject_ids), type_=ARRAY(BigInteger))),
        )
        .order_by(ApprovalRequest.id)
        .execution_options(populate_existing=True)
    )
    return {one.subject_id: one for one in session.scalars(statement)}


def count_pending(session: Session, *, actor: Actor, kind: str) -> int:
    """Return how many requests of a kind wait in the actor's district."""
    statement = select(func.count()).where(
        ApprovalRequest.district_id == actor.district,
        ApprovalRequest.kind == kind,
        ApprovalRequest.state == "pending",
    )
    return session.scalars(statement).one()


def count_pending_by(session: Session, *, user_id: int) -> dict[str, int]:
    """Return how many requests of a person wait for somebody else, by kind."""
    statement = (
        select(ApprovalRequest.kind, func.count())
        .where(ApprovalRequest.requested_by_id == user_id, ApprovalRequest.state == "pending")
        .group_by(ApprovalRequest.kind)
    )
    return {row.kind: row[1] for row in session.execute(statement)}


def names_of(session: Session, *requests: ApprovalRequest | None) -> dict[int | None, str]:
    """Return the display names of everybody who asked or decided, by user id."""
    known = [request for request in requests if request is not None]
    return identity.names_of(
        session, (one for request in known for one in (request.requested_by_id, request.decided_by_id))
    )
