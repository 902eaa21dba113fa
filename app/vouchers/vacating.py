"""Correcting the day on which an old home was handed over (腾空): by two people, while nothing stands on it.

A first time an officer notes the day alone (``projects.service.note_vacated``). What was noted, asked and
decided since stays as approvals.
"""

from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.approvals import service as approvals
from app.approvals.models import ApprovalRequest
from app.core import clock, locks
from app.core.actor import Actor, Role
from app.core.errors import Busy, Conflict, DomainError, stated
from app.policies.queries import policy_of
from app.projects.models import Agreement
from app.projects.queries import get_agreement
from app.vouchers import corrections, paper, purchases, telling
from app.vouchers.extension_models import VoucherExtension
from app.vouchers.models import Voucher
from app.vouchers.queries import live_of
from app.vouchers.service import handover_of, term_end

VACATED: Final = "agreement.vacated"
"""Kind of the approval: an officer asks, a checker decides."""
_SCHEMA: Final = 1


def propose(session: Session, *, actor: Actor, number: str, vacated_on: date, reason: str) -> ApprovalRequest:
    """Ask a checker, as an officer, to correct the day that was noted.

    Raises Forbidden, NotFound, Conflict where none was noted, another correction waits or something stands on
    the day ("vacated_built_on"); DomainError at ``reason``, or at ``vacated_on`` for a day to come or the
    same.
    """
    actor.demand(Role.OFFICER)
    found = get_agreement(session, actor=actor, number=number)
    why = stated(reason)
    if found.vacated_on is None:
        raise Conflict("agreement_not_vacated")
    if vacated_on > clock.today():
        raise DomainError("vacated_on_bad", "vacated_on")
    if vacated_on == found.vacated_on:
        raise DomainError("vacated_on_same", "vacated_on")
    _locked(session, found)
    payload = {
        "schema": _SCHEMA,
        "was": found.vacated_on.isoformat(),
        "vacated_on": vacated_on.isoformat(),
        "reason": why,
    }
    return approvals.request(session, actor=actor, kind=VACATED, subject_id=found.id, payload=payload)


def approve(session: Session, *, actor: Actor, number: str, seen: str | None = None) -> Agreement:
    """Correct the day as a checker; terms that count from it count anew, and their sheets are void.

    ``seen`` as in ``approvals.decide``. Raises Forbidden, NotFound, SamePerson, Conflict when it was decided,
    another day stands by now, or something stands on it; Conflict("policy_over") where a term would be over
    by it.
    """
    actor.demand(Role.CHECKER)
    found = get_agreement(session, actor=actor, number=number)
    vouchers = _locked(session, found)
    asked = corrections.get_asked(session, actor=actor, agreement=found, kind=VACATED)
    said = {name: date.fromisoformat(asked.payload[name]) for name in ("was", "vacated_on")}
    _correct(session, found, said["was"], said["vacated_on"])
    for voucher in vouchers:
        _count_anew(session, actor, voucher, asked)
    corrections.approve(
        session,
        actor=actor,
        agreement=found,
        asked=asked,
        action="agreement.correct_vacated",
        seen=seen,
        said=("was", "vacated_on"),
    )
    return found


def _locked(session: Session, agreement: Agreement) -> list[Voucher]:
    """Return the vouchers whose term counts from the day, locked, and lock the agreement.

    From then on no voucher is issued over it. Raises Conflict when more stands on the day, Busy when a
    voucher came while this waited.
    """
    own = select(Voucher.id).where(Voucher.agreement_id == agreement.id, Voucher.state != "rejected")
    known = locks.lock_all(session, Voucher, session.scalars(own))
    locks.lock(session, Agreement, agreement.id)
    if set(session.scalars(own)) != {one.id for one in known}:
        raise Busy
    vouchers = [one for one in known if policy_of(one.policy_version).counts_handover]
    ids = [one.id for one in vouchers]
    longer = select(VoucherExtension.id).where(
        VoucherExtension.voucher_id.in_(ids), VoucherExtension.state.in_(("proposed", "approved"))
    )
    if (
        any(one.state != "issued" or one.move_id is not None or one.is_moving for one in vouchers)
        or live_of(session, ids)
        or session.scalars(longer.limit(1)).first() is not None
        or purchases.current().are_used(session, ids)
    ):
        raise Conflict("vacated_built_on")
    return vouchers


def _correct(session: Session, agreement: Agreement, was: date, vacated_on: date) -> None:
    """Write the day, unless another one stands there by now."""
    statement = (
        update(Agreement)
        .where(Agreement.id == agreement.id, Agreement.vacated_on == was)
        .values(vacated_on=vacated_on)
        .returning(Agreement.id)
    )
    if session.scalar(statement) is None:
        raise Conflict("agreement_changed")
    session.refresh(agreement)


def _count_anew(session: Session, actor: Actor, voucher: Voucher, asked: ApprovalRequest) -> None:
    """Let a term count from the corrected day: paper and news follow."""
    if voucher.issued_at is None:
        raise LookupError(f"voucher {voucher.id} was never issued")
    before: datetime | None = voucher.expires_at
    voucher.expires_at, voucher.vacated_on = term_end(voucher, voucher.issued_at), handover_of(voucher)
    if voucher.expires_at <= clock.now():
        raise Conflict("policy_over")
    session.flush()
    if voucher.expires_at != before:
        paper.void(session, actor=actor, voucher=voucher, reason="extended")
        telling.tell_term_corrected(session, voucher, asked)


def shown(asked: ApprovalRequest) -> tuple[date, date, Any]:
    """Return the day that stood, the day that was asked for, and why."""
    said = asked.payload
    return date.fromisoformat(said["was"]), date.fromisoformat(said["vacated_on"]), said["reason"]
