"""What an agreement's sum is made of: typed in by one person or from a file, approved by another."""

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.approvals import service as approvals
from app.approvals.models import ApprovalRequest
from app.core import audit
from app.core.actor import Actor, Role
from app.core.errors import Conflict, DomainError
from app.projects.models import Agreement, AgreementLine
from app.projects.queries import get_agreement

LINES: Final = "agreement.lines"
"""Kind of the approval: an officer asks, a checker decides."""
KINDS: Final = (
    "home",
    "decoration",
    "attachments",
    "moving",
    "interim",
    "business",
    "area_aid",
    "award",
    "moving_award",
    "deduction",
)
"""What a line may be, in the order of the printed agreement; only a deduction lowers the sum."""
_PAYLOAD_SCHEMA: Final = 1


def propose(
    session: Session, *, actor: Actor, number: str, amounts: Mapping[str, int]
) -> Sequence[tuple[str, int]]:
    """Propose the lines of an agreement as an officer, for a checker to compare with the paper.

    ``amounts`` are fen by kind, all of them positive, what a deduction takes off too; those of 0 are left
    out. Returns the lines as they will stand. Raises Forbidden, NotFound, Conflict for an agreement that has
    its lines or waits for a decision, DomainError at ``lines`` when they are not the sum.
    """
    actor.demand(Role.OFFICER)
    agreement = get_agreement(session, actor=actor, number=number)
    if has_lines(session, agreement):
        raise Conflict("agreement_has_lines")
    lines, total = signed_lines(amounts), total_of(amounts)
    if total != agreement.compensation_fen:
        raise DomainError("agreement_lines_off", "lines", sum_fen=total, whole_fen=agreement.compensation_fen)
    payload = {
        "schema": _PAYLOAD_SCHEMA,
        "compensation_fen": agreement.compensation_fen,
        "lines": [[kind, fen] for kind, fen in lines],
    }
    approvals.request(session, actor=actor, kind=LINES, subject_id=agreement.id, payload=payload)
    return lines


def signed_lines(amounts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Return amounts as lines, in the order of the printed agreement; those of 0 are left out."""
    return [(kind, _signed(kind, amounts[kind])) for kind in KINDS if amounts.get(kind)]


def total_of(amounts: Mapping[str, int]) -> int:
    """Return what lines come to, in fen."""
    return sum(fen for _kind, fen in signed_lines(amounts))


def approve(session: Session, *, actor: Actor, number: str, seen: str | None = None) -> Agreement:
    """Write the proposed lines down as a checker; they are never changed again.

    ``seen`` as in ``approvals.decide``. Raises Forbidden, NotFound, Conflict when it was decided or the
    agreement's sum moved, SamePerson.
    """
    agreement = _decidable(session, actor, number)
    asked = approvals.decide(
        session, actor=actor, kind=LINES, subject_id=agreement.id, approve=True, seen=seen
    )
    if asked.payload["compensation_fen"] != agreement.compensation_fen or has_lines(session, agreement):
        raise Conflict("agreement_changed")
    session.add_all(
        AgreementLine(
            district_id=agreement.district_id,
            agreement_id=agreement.id,
            place=place,
            kind=kind,
            amount_fen=fen,
        )
        for place, (kind, fen) in enumerate(proposed_lines(asked), start=1)
    )
    session.flush()
    audit.record(
        session,
        actor=actor,
        action=LINES,
        object_type="agreement",
        object_id=agreement.id,
        count=len(asked.payload["lines"]),
    )
    return agreement


def send_back(
    session: Session, *, actor: Actor, number: str, reason: str, seen: str | None = None
) -> Agreement:
    """Return proposed lines to the officer. Raises as ``approve``, DomainError at ``reason`` without one."""
    agreement = _decidable(session, actor, number)
    approvals.decide(
        session, actor=actor, kind=LINES, subject_id=agreement.id, approve=False, reason=reason, seen=seen
    )
    return agreement


def has_lines(session: Session, agreement: Agreement) -> bool:
    """Tell whether an agreement says what its sum is made of."""
    statement = select(AgreementLine.id).where(AgreementLine.agreement_id == agreement.id).limit(1)
    return session.scalars(statement).first() is not None


def proposed_lines(asked: ApprovalRequest) -> list[tuple[str, int]]:
    """Return what was proposed, kind and fen."""
    return [(kind, fen) for kind, fen in asked.payload["lines"]]


def list_waiting(
    session: Session, *, actor: Actor, offset: int = 0, limit: int = 20
) -> list[tuple[Agreement, ApprovalRequest]]:
    """Return the agreements whose lines wait for a checker, the oldest first."""
    statement = (
        select(Agreement, ApprovalRequest)
        .join(ApprovalRequest, ApprovalRequest.subject_id == Agreement.id)
        .where(
            ApprovalRequest.district_id == actor.district,
            ApprovalRequest.kind == LINES,
            ApprovalRequest.state == "pending",
        )
        .options(joinedload(Agreement.household))
        .order_by(ApprovalRequest.id)
    )
    rows = session.execute(statement.offset(offset).limit(limit))
    return [(agreement, asked) for agreement, asked in rows]


def _decidable(session: Session, actor: Actor, number: str) -> Agreement:
    actor.demand(Role.CHECKER)
    return get_agreement(session, actor=actor, number=number)


def _signed(kind: str, amount_fen: int) -> int:
    """Return an amount as a line has it: only a deduction is below zero."""
    return -amount_fen if kind == "deduction" else amount_fen
