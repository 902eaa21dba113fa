"""The only writer of payments that left the bank: each reference once in a district, returns corrected."""

import unicodedata
from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.core.db import unless_taken
from app.core.errors import DomainError, stated
from app.ledger.bank_models import BankPayment


def tidy_reference(typed: str, *, field: str) -> str:
    """Return a bank's reference as it is kept: half width, without blanks and signs that nobody sees.

    Else one payment could be noted twice. Raises DomainError at ``field`` for none.
    """
    signs = unicodedata.normalize("NFKC", typed)
    tidy = "".join(sign for sign in signs if sign.isprintable() and not sign.isspace())
    if not tidy:
        raise DomainError("bank_ref_missing", field)
    return tidy


def note_payment(
    session: Session,
    *,
    actor: Actor,
    owner: str,
    transfer_id: int,
    reference: str,
    paid_on: date,
    field: str,
) -> BankPayment:
    """Note that the bank paid what a transfer moved, under a reference that ``tidy_reference`` returned.

    Raises DomainError("bank_reference_used") at ``field`` for a reference of any other payment of the
    district. The caller holds the lock of what was paid.
    """
    payment = BankPayment(
        district_id=actor.district,
        owner=owner,
        reference=reference,
        paid_on=paid_on,
        transfer_id=transfer_id,
        noted_by_id=actor.user_id,
        noted_at=clock.now(),
    )
    with unless_taken(
        session, "uq_bank_payments_district_id_reference", DomainError("bank_reference_used", field)
    ):
        session.add(payment)
    return payment


def note_return(
    session: Session,
    *,
    actor: Actor,
    payment: BankPayment,
    reference: str,
    returned_on: date,
    reason: str,
    transfer_id: int,
) -> None:
    """Note that the bank sent a payment back, which a correcting transfer moved.

    Raises DomainError at ``returned_on`` for a day before it was paid or to come, at ``reference`` for one
    that is used or is the payment's own, at ``reason`` without one.
    """
    if not payment.paid_on <= returned_on <= clock.today():
        raise DomainError("returned_on_bad", "returned_on")
    reason, tidy = stated(reason), tidy_reference(reference, field="reference")
    if tidy == payment.reference:
        raise DomainError("returned_reference_same", "reference")
    with unless_taken(
        session,
        "uq_bank_payments_district_id_returned_reference",
        DomainError("bank_reference_used", "reference"),
    ):
        payment.returned_reference = tidy
        payment.returned_on, payment.reason = returned_on, reason
        payment.returned_by_id, payment.returned_at = actor.user_id, clock.now()
        payment.back_transfer_id = transfer_id


def find_standing(session: Session, *, district_id: int, owner: str) -> BankPayment | None:
    """Return the payment for an owner that did not come back, or None."""
    wanted = select(BankPayment).where(
        BankPayment.district_id == district_id,
        BankPayment.owner == owner,
        BankPayment.returned_on.is_(None),
    )
    return session.scalars(wanted).first()


def count_payments(session: Session, *, district_id: int, owner: str) -> int:
    """Return how often an owner was paid, counting what came back."""
    wanted = select(func.count(BankPayment.id)).where(
        BankPayment.district_id == district_id, BankPayment.owner == owner
    )
    return session.scalars(wanted).one()


def list_returned(session: Session, *, district_id: int, owner: str) -> Sequence[BankPayment]:
    """Return the payments for an owner that came back, the oldest first."""
    wanted = select(BankPayment).where(
        BankPayment.district_id == district_id,
        BankPayment.owner == owner,
        BankPayment.returned_on.is_not(None),
    )
    return session.scalars(wanted.order_by(BankPayment.id)).all()
