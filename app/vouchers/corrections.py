"""Reading what two people correct of an agreement that vouchers stand on: day of handover, figures."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.approvals.models import ApprovalRequest
from app.core.actor import Actor
from app.projects.models import Agreement


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
