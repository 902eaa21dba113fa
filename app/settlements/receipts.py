"""The only writer of the bank's receipts: a file marks the payments of a batch, all of its lines or none."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import audit, clock
from app.core.actor import Actor, Role
from app.core.db import unless_taken
from app.core.errors import Conflict, DomainError
from app.documents.rules import tidy_name
from app.settlements import bank_file, batch_queries, batches, receipt_file, terms
from app.settlements.bank_file import ReceiptLine
from app.settlements.payment_models import BankReceipt, PaymentBatch, SettlementPayment


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A line that does not fit its payment: ``code`` says why."""

    line: ReceiptLine
    code: str


class ReceiptMismatch(DomainError):
    """Lines of the file do not fit; nothing of it was taken."""

    def __init__(self, mismatches: Sequence[Mismatch]) -> None:
        super().__init__("receipt_mismatch", "file", count=len(mismatches))
        self.mismatches = mismatches


def take_in(session: Session, *, actor: Actor, batch_ref: str, content: bytes, name: str) -> BankReceipt:
    """Mark as an officer what a receipt says of a batch: paid, with the bank's number and day, or failed.

    A line counts by reference, sum and account. One that is marked the same already is passed over. Raises
    Forbidden, NotFound, Conflict for a batch that nobody released or a file that was taken in before,
    ReceiptMismatch when any line does not fit, DomainError at ``file`` for what is no receipt.
    """
    actor.demand(Role.OFFICER)
    batch = batch_queries.get_batch(session, actor=actor, ref=batch_ref)
    if batch.state != "released":
        raise Conflict("batch_not_released")
    columns = terms.columns_of(session, district_id=batch.district_id)
    lines = receipt_file.read(content, name, columns)
    bank_file.demand_clear(lines)
    known = {one.ref: one for one in batch_queries.payments_of(session, batch)}
    payments = {one.ref: one for one in batches.take(session, actor, list(known))}
    batches.lock_accounts(session, list(payments.values()))
    if mismatches := _mismatches(lines, payments):
        raise ReceiptMismatch(mismatches)
    made = _keep(session, actor, batch, content, name)
    fresh = [line for line in lines if payments[line.reference].state == "sent"]
    for line in fresh:
        _mark(session, actor, payments[line.reference], line)
    audit.record(
        session,
        actor=actor,
        action="settlements.take_receipt",
        object_type="payment_batch",
        object_id=batch.id,
        count=len(fresh),
        sha256=made.sha256,
    )
    return made


def _mismatches(lines: Sequence[ReceiptLine], payments: dict[str, SettlementPayment]) -> list[Mismatch]:
    found: list[Mismatch] = []
    seen: set[str] = set()
    for line in lines:
        payment = payments.get(line.reference)
        code = "double" if line.reference in seen else _misfit(line, payment)
        seen.add(line.reference)
        if code:
            found.append(Mismatch(line, code))
    return found


def _misfit(line: ReceiptLine, payment: SettlementPayment | None) -> str | None:
    """Return why a line does not fit the payment of its reference, or None."""
    if payment is None:
        return "unknown"
    if line.amount_fen != payment.amount_fen:
        return "sum"
    if line.number != payment.number:
        return "account"
    if payment.state == "sent":
        return None
    said_paid = not line.failure
    same = payment.state == "paid" and said_paid and payment.bank_reference == line.serial
    return None if same or (payment.state == "failed" and not said_paid) else "answered"


def _mark(session: Session, actor: Actor, payment: SettlementPayment, line: ReceiptLine) -> None:
    if line.failure or line.paid_on is None:
        batches.note_failed(session, actor=actor, payment=payment, reason=line.failure)
        return
    try:
        batches.note_paid(session, actor=actor, payment=payment, reference=line.serial, paid_on=line.paid_on)
    except DomainError as error:
        raise DomainError(error.code, "file") from error


def _keep(session: Session, actor: Actor, batch: PaymentBatch, content: bytes, name: str) -> BankReceipt:
    made = BankReceipt(
        district_id=batch.district_id,
        batch_id=batch.id,
        sha256=receipt_file.hash_of(content),
        name=tidy_name(name),
        taken_by_id=actor.user_id,
        taken_at=clock.now(),
    )
    with unless_taken(session, "uq_bank_receipts_batch_id_sha256", Conflict("receipt_known")):
        session.add(made)
    return made


def list_receipts(session: Session, batch: PaymentBatch) -> Sequence[BankReceipt]:
    """Return the receipt files of a batch, the newest first."""
    wanted = select(BankReceipt).where(BankReceipt.batch_id == batch.id)
    return session.scalars(wanted.order_by(BankReceipt.id.desc())).all()
