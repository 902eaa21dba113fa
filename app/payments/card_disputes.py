"""The only writer of disputes: what a payer contests is held, as far as it is there, until banks decide."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import audit, clock, locks
from app.core.actor import Actor, Role, system_actor
from app.core.errors import Conflict, stated
from app.gateways.stripe import CURRENCY, Disputed
from app.payments import money
from app.payments.card_models import CardDispute, CardDisputeHold, CardPayment
from app.payments.card_queries import TAKES, get_dispute
from app.payments.events import contested
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

    An enquiry (warning) takes no money yet. A bank may decide anew: a lost dispute may be won after all, and
    a won one go on.
    """
    known = session.get_one(CardPayment, payment_id)
    top_up = locks.lock(session, TopUp, known.top_up_id)
    payment = session.get_one(CardPayment, payment_id, populate_existing=True)
    dispute = session.scalars(
        select(CardDispute)
        .where(CardDispute.stripe_id == disputed.id)
        .execution_options(populate_existing=True)
    ).first()
    took = dispute is not None and dispute.takes
    dispute = dispute or _open(session, payment, disputed)
    decided = dispute.outcome
    dispute.status, dispute.due_by = disputed.status, disputed.due_by
    outcome = _ENDS.get(disputed.status)
    if outcome is None and dispute.outcome == "won":
        dispute.outcome = dispute.ended_at = None
    elif outcome is not None and outcome != dispute.outcome:
        if outcome == "won":
            _let_go(session, top_up, payment, dispute)
            dispute.closed_at = dispute.closed_by_id = dispute.close_reason = None
        else:
            _keep(session, dispute)
        dispute.outcome, dispute.ended_at = outcome, clock.system_now()
        _note(session, outcome, dispute, dispute.amount_fen)
    session.flush()
    cover(session, top_up, payment)
    if dispute.takes != took or (took and dispute.outcome != decided):
        contested.publish(session, dispute_id=dispute.id)
    return dispute


def close(session: Session, *, actor: Actor, payment_ref: str, stripe_id: str, reason: str) -> CardDispute:
    """Say as a checker what became of the money that a lost dispute lacks: got back, or borne.

    No money moves: what comes back to its payment later goes to it all the same, and a bank that decides
    anew is followed. Raises Forbidden, NotFound, Conflict where nothing is lacking or it is closed,
    DomainError at ``reason`` without one.
    """
    actor.demand(Role.CHECKER)
    found = get_dispute(session, actor=actor, payment_ref=payment_ref, stripe_id=stripe_id)
    locks.lock(session, TopUp, session.get_one(CardPayment, found.payment_id).top_up_id)
    session.refresh(found)
    if not found.waits_for_closing:
        raise Conflict("dispute_closed")
    found.close_reason = stated(reason)
    found.closed_at, found.closed_by_id = clock.system_now(), actor.user_id
    session.flush()
    _note(session, "close", found, found.lacking_fen, actor=actor)
    return found


def cover(session: Session, top_up: TopUp, payment: CardPayment) -> None:
    """Hold what disputes of a payment lack, as far as anything of it is there; its top-up is locked.

    Whoever lets money of a payment come back calls it: the payer has that by the dispute already.
    """
    for dispute in session.scalars(
        select(CardDispute)
        .where(CardDispute.payment_id == payment.id, TAKES)
        .order_by(CardDispute.id)
        .execution_options(populate_existing=True)
    ).all():
        left_fen = min(payment.left_fen, net_fen(session, top_up))
        fen = min(dispute.amount_fen - dispute.held_fen, left_fen)
        if fen > 0:
            _hold(session, top_up, payment, dispute, fen)


def _open(session: Session, payment: CardPayment, disputed: Disputed) -> CardDispute:
    same = disputed.currency == CURRENCY
    dispute = CardDispute(
        district_id=payment.district_id,
        payment_id=payment.id,
        stripe_id=disputed.id,
        amount_fen=disputed.amount_fen if same else payment.captured_fen,
        held_fen=0,
        reason=disputed.reason,
        status=disputed.status,
        due_by=disputed.due_by,
        opened_at=disputed.opened_at,
    )
    session.add(dispute)
    session.flush()
    _note(session, "open", dispute, dispute.amount_fen)
    return dispute


def _hold(
    session: Session, top_up: TopUp, payment: CardPayment, dispute: CardDispute, amount_fen: int
) -> None:
    holds = _holds_of(session, dispute)
    key = f"{dispute.stripe_id}:{len(holds)}"
    hold = CardDisputeHold(
        district_id=dispute.district_id,
        dispute_id=dispute.id,
        amount_fen=amount_fen,
        hold_id=money.promise(session, top_up, Code.CARD_DISPUTE, amount_fen=amount_fen, key=key),
        made_at=clock.now(),
        state="held",
    )
    session.add(hold)
    payment.refunded_fen += amount_fen
    dispute.held_fen += amount_fen
    session.flush()
    _note(session, "hold", dispute, amount_fen)
    if dispute.outcome == "lost":
        _keep(session, dispute)


def _keep(session: Session, dispute: CardDispute) -> None:
    for hold in _holds_of(session, dispute):
        if hold.state == "held":
            money.end_promise(session, transfer_id=hold.hold_id, paid=True)
            hold.state = "kept"


def _let_go(session: Session, top_up: TopUp, payment: CardPayment, dispute: CardDispute) -> None:
    """Give the top-up what a dispute held or had kept of it."""
    for hold in _holds_of(session, dispute):
        if hold.state == "held":
            money.end_promise(session, transfer_id=hold.hold_id, paid=False)
            hold.state = "dropped"
        elif hold.state == "kept":
            fen, code = hold.amount_fen, Code.CARD_DISPUTE_BACK
            key = str(hold.hold_id)
            hold.back_transfer_id = money.enter(session, top_up, code, amount_fen=fen, key=key)
            hold.state = "returned"
    payment.refunded_fen -= dispute.held_fen
    dispute.held_fen = 0
    session.flush()


def _holds_of(session: Session, dispute: CardDispute) -> Sequence[CardDisputeHold]:
    wanted = select(CardDisputeHold).where(CardDisputeHold.dispute_id == dispute.id)
    return session.scalars(wanted.order_by(CardDisputeHold.id)).all()


def _note(
    session: Session, verb: str, dispute: CardDispute, amount_fen: int, *, actor: Actor | None = None
) -> None:
    audit.record(
        session,
        actor=actor or system_actor(dispute.district_id),
        action=f"card_dispute.{verb}",
        object_type="card_dispute",
        object_id=dispute.id,
        payment_id=dispute.payment_id,
        amount_fen=amount_fen,
    )
