"""Correcting what an agreement entitles to (应安置面积、安置人口) once a voucher stands on it: by two people.

What was paid, promised or issued by the figure that stood stays; bonuses and limits of later purchases go by
the corrected one (docs/decisions/0024). What was noted, asked and decided stays as approvals.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.approvals import service as approvals
from app.approvals.errors import AlreadyDecided
from app.approvals.models import ApprovalRequest
from app.core import locks
from app.core.actor import Actor, Role
from app.core.db import refused_by
from app.core.errors import Conflict, DomainError, stated
from app.policies.tiers import Entitled
from app.projects.models import Agreement
from app.projects.queries import get_agreement
from app.vouchers import corrections, telling
from app.vouchers.models import Voucher

ENTITLED: Final = "agreement.entitled"
"""Kind of the approval: an officer asks, a checker decides."""
_SCHEMA: Final = 1


@dataclass(frozen=True, slots=True)
class Figures:
    """What an agreement entitles to, as it is noted: ㎡ and people; None where it does not say it."""

    m2: Decimal | None
    residents: int | None

    @property
    def entitled(self) -> Entitled:
        """The same as policies reckon by it."""
        return Entitled(self.m2 or Decimal(0), self.residents or 0)


@dataclass(frozen=True, slots=True)
class Shown:
    """A correction as a page shows it."""

    asked: ApprovalRequest
    was: Figures
    to: Figures
    reason: str
    evidence: str


def propose(
    session: Session, *, actor: Actor, number: str, to: Figures, reason: str, evidence: str
) -> ApprovalRequest:
    """Ask a checker, as an officer, to correct what is noted; ``evidence`` names the papers that show it.

    Raises Forbidden, NotFound; Conflict where no voucher stands on it, so that it is noted anew alone, where
    one waits for its checker, or another correction does; DomainError at ``reason``, ``evidence``, and at
    ``entitled_m2`` for the same figures or one that is left out by now.
    """
    actor.demand(Role.OFFICER)
    found = get_agreement(session, actor=actor, number=number)
    why, papers = stated(reason), evidence.strip()
    if not papers:
        raise DomainError("evidence_missing", "evidence")
    _locked(session, found)
    was = Figures(found.entitled_m2, found.residents)
    if to == was:
        raise DomainError("entitled_same", "entitled_m2")
    if (was.m2 and not to.m2) or (was.residents and not to.residents):
        raise DomainError("entitled_left_out", "entitled_m2")
    payload = {
        "schema": _SCHEMA,
        "was": _written(was),
        "to": _written(to),
        "reason": why,
        "evidence": papers,
    }
    return approvals.request(session, actor=actor, kind=ENTITLED, subject_id=found.id, payload=payload)


def approve(session: Session, *, actor: Actor, number: str, seen: str | None = None) -> Agreement:
    """Correct the figures as a checker: they hold for what is bought from now on.

    ``seen`` as in ``approvals.decide``. Raises Forbidden, NotFound, SamePerson, Conflict when it was decided,
    other figures stand by now, or a voucher waits for its checker.
    """
    actor.demand(Role.CHECKER)
    found = get_agreement(session, actor=actor, number=number)
    vouchers = _locked(session, found)
    asked = corrections.get_asked(session, actor=actor, agreement=found, kind=ENTITLED)
    correction = shown(asked)
    _write(session, found, correction)
    for voucher in vouchers:
        if voucher.state == "issued":
            telling.tell_entitled_corrected(session, voucher, asked)
    corrections.approve(
        session,
        actor=actor,
        agreement=found,
        asked=asked,
        action="agreement.correct_entitled",
        seen=seen,
        said=("was", "to"),
    )
    return found


def list_of(session: Session, agreement: Agreement) -> list[Shown]:
    """Return every correction that was asked for of an agreement, the newest first."""
    return [shown(one) for one in corrections.list_asked(session, agreement, kind=ENTITLED)]


def before(session: Session, agreement_ids: Collection[int], moment: datetime) -> dict[int, Figures]:
    """Return what agreements entitled to at a moment, by id, of those that were corrected since."""
    statement = (
        select(ApprovalRequest)
        .where(
            ApprovalRequest.kind == ENTITLED,
            ApprovalRequest.subject_id.in_(agreement_ids),
            ApprovalRequest.state == "approved",
            ApprovalRequest.decided_at > moment,
        )
        .order_by(ApprovalRequest.id.desc())
    )
    return {asked.subject_id: shown(asked).was for asked in session.scalars(statement)}


def shown(asked: ApprovalRequest) -> Shown:
    """Return a correction in its parts."""
    said = asked.payload
    return Shown(asked, _read(said["was"]), _read(said["to"]), said["reason"], said["evidence"])


def _locked(session: Session, agreement: Agreement) -> list[Voucher]:
    """Return the vouchers over an agreement, locked, and lock it: until then none is submitted over it.

    Raises Conflict where there is none, or one waits for its checker.
    """
    own = select(Voucher.id).where(Voucher.agreement_id == agreement.id, Voucher.state != "rejected")
    vouchers = locks.lock_all(session, Voucher, session.scalars(own))
    locks.lock(session, Agreement, agreement.id)
    if not vouchers:
        raise Conflict("agreement_not_vouched")
    waiting = select(Voucher.id).where(Voucher.agreement_id == agreement.id, Voucher.state == "submitted")
    if session.scalars(waiting.limit(1)).first() is not None:
        raise Conflict("entitled_voucher_waits")
    return vouchers


def _write(session: Session, agreement: Agreement, correction: Shown) -> None:
    """Write the figures, unless others stand there by now, or nothing that waits asks for it."""
    was, to = correction.was, correction.to
    statement = (
        update(Agreement)
        .where(
            Agreement.id == agreement.id,
            Agreement.entitled_m2.is_not_distinct_from(was.m2),
            Agreement.residents.is_not_distinct_from(was.residents),
        )
        .values(entitled_m2=to.m2, residents=to.residents)
        .returning(Agreement.id)
    )
    with refused_by("is kept once a voucher stands on it", AlreadyDecided()):
        written = session.scalar(statement)
    if written is None:
        raise Conflict("agreement_changed")
    session.refresh(agreement)


def _written(figures: Figures) -> dict[str, Any]:
    return {"m2": None if figures.m2 is None else f"{figures.m2:.2f}", "residents": figures.residents}


def _read(said: dict[str, Any]) -> Figures:
    return Figures(None if said["m2"] is None else Decimal(said["m2"]), said["residents"])
