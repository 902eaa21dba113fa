"""What corrections of an agreement that vouchers stand on share: an officer asks, a checker decides.

The agreement is locked from reading what is asked until it is decided: who approves and who sends it back
wait for each other, and the later one hears that it was decided.
"""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.approvals import service as approvals
from app.approvals.models import ApprovalRequest
from app.approvals.queries import find_latest
from app.core import audit, locks
from app.core.actor import Actor, Role
from app.core.errors import NotFound, stated
from app.projects.models import Agreement
from app.projects.queries import get_agreement


def get_asked(session: Session, *, actor: Actor, agreement: Agreement, kind: str) -> ApprovalRequest:
    """Return what a checker may decide now of an agreement, which is locked.

    Raises NotFound, AlreadyDecided, SamePerson.
    """
    asked = find_latest(session, actor=actor, kind=kind, subject_id=agreement.id)
    approvals.demand_decidable(asked, actor=actor)
    if asked is None:
        raise NotFound("approval_gone")
    return asked


def approve(
    session: Session,
    *,
    actor: Actor,
    agreement: Agreement,
    asked: ApprovalRequest,
    action: str,
    seen: str | None,
    said: Sequence[str],
) -> None:
    """Decide what was carried out by now, and put it on record with what was ``said`` of it.

    Last, because approvals are locked after all else; a refusal here undoes the rest. Raises as
    ``approvals.decide``.
    """
    approvals.decide(session, actor=actor, kind=asked.kind, subject_id=agreement.id, approve=True, seen=seen)
    audit.record(
        session,
        actor=actor,
        action=action,
        object_type="agreement",
        object_id=agreement.id,
        **{name: asked.payload[name] for name in said},
    )


def send_back(
    session: Session, *, actor: Actor, kind: str, number: str, reason: str, seen: str | None = None
) -> None:
    """Refuse a correction as a checker: what stands stays. Raises as ``approvals.decide``."""
    actor.demand(Role.CHECKER)
    found = get_agreement(session, actor=actor, number=number)
    why = stated(reason)
    locks.lock(session, Agreement, found.id)
    approvals.decide(
        session, actor=actor, kind=kind, subject_id=found.id, approve=False, reason=why, seen=seen
    )


def list_asked(session: Session, agreement: Agreement, *, kind: str) -> Sequence[ApprovalRequest]:
    """Return every correction of a kind that was asked for of an agreement, the newest first."""
    statement = select(ApprovalRequest).where(
        ApprovalRequest.kind == kind,
        ApprovalRequest.subject_id == agreement.id,
        ApprovalRequest.district_id == agreement.district_id,
    )
    return session.scalars(statement.order_by(ApprovalRequest.id.desc())).all()


def list_waiting(session: Session, *, actor: Actor, kind: str) -> Sequence[tuple[Agreement, ApprovalRequest]]:
    """Return the agreements of the district whose correction waits for a checker, the oldest first."""
    statement = (
        select(Agreement, ApprovalRequest)
        .join(ApprovalRequest, ApprovalRequest.subject_id == Agreement.id)
        .where(
            ApprovalRequest.kind == kind,
            ApprovalRequest.state == "pending",
            ApprovalRequest.district_id == actor.district,
        )
        .order_by(ApprovalRequest.id)
    )
    return [(agreement, asked) for agreement, asked in session.execute(statement)]
