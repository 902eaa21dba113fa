"""The second person's word on a payment batch: a checker releases it to the bank, or sends it back."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.approvals import service as approvals
from app.core import clock, locks
from app.core.actor import Actor, Role
from app.core.errors import Conflict, stated
from app.settlements import batch_queries, batches
from app.settlements.bank_table import outdated
from app.settlements.payment_models import PaymentBatch, SettlementPayment


def release(session: Session, *, actor: Actor, ref: str, seen: str | None = None) -> PaymentBatch:
    """Let a batch go to the bank as a checker, exactly as it was made.

    ``seen`` as in ``approvals.decide``. Raises NotFound, Forbidden, SamePerson, Conflict when it was decided
    on, or when a correction or another account overtook a payment: then it is sent back.
    """
    batch, payments = _take(session, actor, ref)
    if outdated(session, payments):
        raise Conflict("batch_outdated")
    decision = approvals.decide(
        session, actor=actor, kind=batches.RELEASE, subject_id=batch.id, approve=True, seen=seen
    )
    if decision.payload != batches.payload_of(batch, payments):
        raise Conflict("batch_outdated")
    _decide(session, actor, batch, payments, "released", None)
    return batch


def refuse(session: Session, *, actor: Actor, ref: str, reason: str, seen: str | None = None) -> PaymentBatch:
    """Send a batch back as a checker: its source has the sums again, its claims go into another batch.

    ``seen`` as in ``release``. Raises NotFound, Forbidden, SamePerson, Conflict when it was decided on,
    DomainError at ``reason``.
    """
    batch, payments = _take(session, actor, ref)
    why = stated(reason)
    batches.lock_accounts(session, payments)
    for payment in payments:
        batches.drop(session, actor=actor, payment=payment, why=why)
    approvals.decide(
        session, actor=actor, kind=batches.RELEASE, subject_id=batch.id, approve=False, reason=why, seen=seen
    )
    _decide(session, actor, batch, payments, "refused", why)
    return batch


def _take(session: Session, actor: Actor, ref: str) -> tuple[PaymentBatch, list[SettlementPayment]]:
    """Return a batch that waits and its payments, locked with everything that they stand on."""
    actor.demand(Role.CHECKER)
    found = batch_queries.get_batch(session, actor=actor, ref=ref)
    batch = locks.lock(session, PaymentBatch, found.id)
    if batch.state != "made":
        raise Conflict(f"payment_batch_{batch.state}")
    payments = list(batch_queries.payments_of(session, batch))
    batches.lock_claims(session, [one.claim_id for one in payments])
    return batch, payments


def _decide(
    session: Session,
    actor: Actor,
    batch: PaymentBatch,
    payments: Sequence[SettlementPayment],
    state: str,
    reason: str | None,
) -> None:
    """Write a decision down; the foreign key takes it to every payment."""
    batch.state, batch.reason = state, reason
    batch.decided_by_id, batch.decided_at = actor.user_id, clock.now()
    verb = "release_batch" if state == "released" else "refuse_batch"
    batches.note(session, actor, verb, "payment_batch", batch.id)
    for payment in payments:
        session.expire(payment, ["batch_state"])
