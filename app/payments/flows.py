"""What is done with Stripe: it is never asked inside a transaction, and every step may be repeated.

What is to be asked is read, the transaction ended, Stripe asked, what it says taken over in another one. Cut
off in between, the row says what was begun: the sweep asks again, under the same key.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Final, TypeVar

import structlog
from sqlalchemy.orm import Session

from app.core import apart, clock
from app.core.apart import Due
from app.core.errors import DomainError
from app.gateways import stripe
from app.gateways.stripe import Checkout, Order, Refused, Stripe, Unanswered
from app.payments import card_disputes, card_queries, card_refunds, card_reports, cards
from app.payments.card_models import CardPayment, CardRefund
from app.payments.models import TopUp

T = TypeVar("T")

log = structlog.get_logger()

AT_A_TIME: Final = 100


class Later(DomainError):
    """Stripe does not answer now; what was begun goes on by itself."""

    def __init__(self) -> None:
        super().__init__("card_unanswered")


@dataclass(frozen=True, slots=True)
class _Asked:
    """What has to be known of a payment to ask Stripe about it."""

    order: Order
    checkout_id: str | None
    over: bool
    """Nobody may pay any more: its top-up has ended."""


def open_page(session: Session, *, payment_id: int) -> str | None:
    """Return the address of the hosted page of a payment; None where there is none to go to any more.

    Raises Later when Stripe does not answer: then the page is opened when this is repeated.
    """
    payment = _settle(session, payment_id, _gateway())
    url = payment.checkout_url if payment.state == "open" else None
    session.commit()
    return url


def settle(session: Session, payment_id: int) -> None:
    """Ask Stripe what became of a payment, and take it over. Raises Later when it does not answer."""
    _settle(session, payment_id, _gateway())
    session.commit()


def give_up(session: Session, *, payment_id: int) -> None:
    """Let nobody pay a part any more, and take over what became of it. Raises Later."""
    gateway = _gateway()
    checkout_id = session.get_one(CardPayment, payment_id).checkout_id
    session.commit()
    if checkout_id:
        _ask(lambda: gateway.end_checkout(checkout_id))
    settle(session, payment_id=payment_id)


def _settle(session: Session, payment_id: int, gateway: Stripe) -> CardPayment:
    asked = _read(session, payment_id)
    session.commit()
    try:
        checkout = _ask(lambda: _look(gateway, asked))
    except Refused as error:
        cards.note_refused(session, payment_id=payment_id, code=error.code)
        session.commit()
        return session.get_one(CardPayment, payment_id)
    except Later:
        cards.note_unanswered(session, payment_id=payment_id)
        session.commit()
        raise
    return cards.note_checkout(session, payment_id=payment_id, checkout=checkout)


def _read(session: Session, payment_id: int) -> _Asked:
    payment = session.get_one(CardPayment, payment_id, populate_existing=True)
    top_up = session.get_one(TopUp, payment.top_up_id, populate_existing=True)
    order = Order(
        ref=payment.ref,
        amount_fen=payment.amount_fen,
        title=payment.title,
        success_url=payment.success_url,
        cancel_url=payment.cancel_url,
        expires_at=payment.expires_at,
    )
    over = top_up.ended_at is not None and payment.state in cards.UNDER_WAY
    return _Asked(order, payment.checkout_id, over)


def _look(gateway: Stripe, asked: _Asked) -> Checkout:
    if asked.checkout_id is None:
        opened = gateway.open_checkout(asked.order)
        if not asked.over:
            return opened
        checkout_id = opened.id
    else:
        checkout_id = asked.checkout_id
    if asked.over:
        gateway.end_checkout(checkout_id)
    return gateway.fetch_checkout(checkout_id)


def give_back(session: Session, refund_id: int) -> None:
    """Ask Stripe for an approved refund, or what became of it, and take it over. Raises Later."""
    gateway = _gateway()
    refund = session.get_one(CardRefund, refund_id, populate_existing=True)
    payment = session.get_one(CardPayment, refund.payment_id)
    ref, amount_fen, intent_id, stripe_id = refund.ref, refund.amount_fen, payment.intent_id, refund.stripe_id
    asks = refund.state not in {"prepared", "rejected"} and intent_id is not None
    session.commit()
    if not asks or intent_id is None:
        return
    try:
        given = _ask(
            lambda: (
                gateway.fetch_refund(stripe_id)
                if stripe_id
                else gateway.refund(ref=ref, intent_id=intent_id, amount_fen=amount_fen)
            )
        )
    except Refused as error:
        card_refunds.note_refused(session, refund_id=refund_id, code=error.code)
    else:
        card_refunds.note_given_back(session, refund_id=refund_id, given=given)
    session.commit()


def look_at_dispute(session: Session, dispute_id: str) -> None:
    """Ask Stripe how far a dispute is, and take it over; one of nobody's payment is left. Raises Later."""
    gateway = _gateway()
    session.commit()
    disputed = _ask(lambda: gateway.fetch_dispute(dispute_id))
    payment = card_disputes.find_payment(session, disputed)
    if payment is not None:
        card_disputes.note_dispute(session, payment_id=payment.id, disputed=disputed)
    session.commit()


def sweep(session: Session) -> None:
    """Settle what was left in the middle: payments whose time to look has come, and refunds.

    What Stripe does not answer for now is left for the next time; what fails otherwise stands on the status
    page, and holds up none of those behind it.
    """
    if stripe.current() is None:
        return
    now = clock.system_now()
    payments = card_queries.due_payments(session, now=now, limit=AT_A_TIME)
    refunds = card_queries.due_refunds(session, now=now, limit=AT_A_TIME)
    session.commit()
    for task, due, act in (("cards.settle", payments, settle), ("cards.refund", refunds, give_back)):
        apart.each(session, task, due, partial(act, session), waits=(Later,))


def reconcile(session: Session, *, day: date, district_id: int | None = None) -> None:
    """Compare our books with Stripe's for one legal day, of one district or of all.

    Payments that it names and nobody credited are settled first, whatever became of their events, refunds
    that failed taken in, and disputes looked at, known or not. One that cannot be stands in the report as it
    is, and on the status page. Raises Later, DomainError at ``day`` for one that is to come.
    """
    gateway = _gateway()
    if day > clock.legal_day(clock.system_now()):
        raise DomainError("card_day_to_come", "day")
    first, end = clock.start_of_day(day), clock.end_of_day(day)
    known = card_queries.due_disputes(session, limit=AT_A_TIME)
    session.commit()
    movements = _ask(lambda: list(gateway.list_movements(first, end)))
    charged = [one.ref for one in movements if one.kind == "charge" and one.ref]
    uncredited = card_queries.find_uncredited(session, refs=charged)
    apart.each(session, "cards.reconcile", uncredited, partial(settle, session), stops=(Later,))
    failed = {one.source_id for one in movements if one.kind == "refund_failed" and one.source_id}
    unfailed = card_queries.find_unfailed(session, stripe_ids=failed)
    apart.each(session, "cards.refunds_failed", unfailed, partial(give_back, session), stops=(Later,))
    named = {one.source_id for one in movements if one.kind == "dispute" and one.source_id}
    disputes = [Due(dispute_id, None, dispute_id) for dispute_id in sorted(named | set(known))]
    look = partial(look_at_dispute, session)
    apart.each(session, "cards.dispute", disputes, look, waits=(Refused,), stops=(Later,))
    card_reports.write(session, day=day, movements=movements, district_id=district_id)
    session.commit()


def reconcile_yesterday(session: Session) -> None:
    """Compare the day that has just ended. Raises Later."""
    if stripe.current() is not None:
        reconcile(session, day=clock.legal_day(clock.system_now()) - timedelta(days=1))


def _gateway() -> Stripe:
    gateway = stripe.current()
    if gateway is None:
        raise DomainError("card_off")
    return gateway


def _ask(question: Callable[[], T]) -> T:
    try:
        return question()
    except Unanswered as error:
        log.warning("stripe", error=str(error))
        raise Later from error
