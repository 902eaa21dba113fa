"""The only writer of disputes: what a payer contests is held, as far as it is there, until banks decide."""

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import audit, clock, locks
from app.core.actor import system_actor
from app.gateways.stripe import CURRENCY, Disputed
from app.payments import money
from app.payments.card_models import CardDispute, CardPayment
from app.payments.models import TopUp
from app.payments.money import Code, net_fen

_ENDS: Final = {"won": "won", "lost": "lost", "warning_closed": "won", "prevented": "won"}
"""Stripe's words for the end of a dispute, and which way it went; the others wait for somebody."""


def find_payment(session: Session, disputed: Disputed) -> CardPayment | None:
    """Return the payment that a dispute is about; None where it is none of ours, or not known as paid."""
    wanted = select(CardPayment).where(CardPayment.intent_id == (disputed.intent_id or ""))
    return session.scalars(wanted).first()


def note_dispute(session: Session, *, payment_id: int, disputed: Disputed) -> CardDispute:
    """Take over what Stripe says of a dispute, whoever tells and how often.

    An enquiry (warning) takes no money yet. Of a dispute as much is held as is there of the payment and of
    the top-up; what ended has ended.
    """
    known = session.get_one(CardPayment, payment_id)
    top_up = locks.lock(session, TopUp, known.top_up_id)
    payment = session.get_one(CardPayment, payment_id, populate_existing=True)
    dispute = session.scalars(
        select(CardDispute)
        .where(CardDispute.stripe_id == disputed.id)
        .execution_options(populate_existing=True)
    ).first() or _open(session, payment, disputed)
    if dispute.outcome is not None:
        return dispute
    dispute.status, dispute.due_by = disputed.status, disputed.due_by
    outcome = _ENDS.get(disputed.status)
    if outcome != "won" and not disputed.status.startswith("warning"):
        _hold(session, top_up, payment, dispute)
    if outcome is not None:
        _end(session, payment, dispute, outcome)
    session.flush()
    return dispute


def _open(session: Session, payment: CardPayment, disputed: Disputed) -> CardDispute:
    same = disputed.currency == CURRENCY
    dispute = CardDispute(
        district_id=payment.district_id,
        payment_id=payment.id,
        stripe_id=disputed.id,
        amount_fen=min(disputed.amount_fen, payment.captured_fen) if same else payment.captured_fen,
        held_fen=0,
        reason=disputed.reason,
        status=disputed.status,
        due_by=disputed.due_by,
        opened_at=disputed.opened_at,
    )
    session.add(dispute)
    session.flush()
    _note(session, "open", dispute)
    return dispute


def _hold(session: Session, top_up: TopUp, payment: CardPayment, dispute: CardDispute) -> None:
    if dispute.hold_id is not None:
        return
    left_fen = min(payment.captured_fen - payment.refunded_fen, net_fen(session, top_up))
    held_fen = min(dispute.amount_fen, left_fen)
    if held_fen <= 0:
        return
    payment.refunded_fen += held_fen
    session.flush()
    dispute.hold_id = money.promise(
        session, top_up, Code.CARD_DISPUTE, amount_fen=held_fen, key=dispute.stripe_id
    )
    dispute.held_fen = held_fen


def _end(session: Session, payment: CardPayment, dispute: CardDispute, outcome: str) -> None:
    dispute.outcome, dispute.ended_at = outcome, clock.system_now()
    if dispute.hold_id is not None:
        if outcome == "won":
            payment.refunded_fen -= dispute.held_fen
            session.flush()
        money.end_promise(session, transfer_id=dispute.hold_id, paid=outcome == "lost")
    _note(session, outcome, dispute)


def _note(session: Session, verb: str, dispute: CardDispute) -> None:
    audit.record(
        session,
        actor=system_actor(dispute.district_id),
        action=f"card_dispute.{verb}",
        object_type="card_dispute",
        object_id=dispute.id,
        payment_id=dispute.payment_id,
        amount_fen=dispute.amount_fen,
    )
