"""The only writer of payments online: ours first, then what Stripe says of it, whoever tells and how often.

Each step locks the top-up, so two of them never count the same money; the ledger's key for the payment and
the unique transfer refuse it too.
"""

from datetime import datetime
from typing import Any, NamedTuple

import structlog
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core import audit, clock, locks
from app.core.actor import Actor, system_actor
from app.core.errors import Conflict, NotFound
from app.core.ids import new_ref
from app.core.queue import enqueue
from app.gateways.stripe import CURRENCY, Checkout, Event
from app.payments import kinds, money, queries
from app.payments.card_models import CardEvent, CardPayment, CardRefund
from app.payments.card_rules import LOOK_AGAIN, OPEN_FOR, check_part, look_again
from app.payments.kinds import Kind
from app.payments.models import TopUp
from app.payments.money import Code

log = structlog.get_logger()

UNDER_WAY = ("new", "open")


def begin(
    session: Session,
    *,
    actor: Actor,
    top_up_id: int,
    amount_fen: int,
    title: str,
    success_url: str,
    cancel_url: str,
) -> CardPayment:
    """Begin to pay a part (fen) of a top-up online; nothing has left for Stripe yet.

    Raises Conflict while another part is under way, DomainError at ``amount`` for a part that cannot be, at
    ``kind`` where the vouchers' policies allow no own money.
    """
    top_up = locks.lock(session, TopUp, top_up_id)
    kinds.demand_allowed(Kind.OWN, top_up.kinds)
    if find_under_way(session, top_up=top_up):
        raise Conflict("card_under_way")
    check_part(amount_fen, missing_fen=queries.missing_of(session, top_up))
    now = clock.system_now()
    payment = CardPayment(
        district_id=top_up.district_id,
        ref=new_ref("KF"),
        top_up_id=top_up.id,
        amount_fen=amount_fen,
        state="new",
        title=title,
        success_url=success_url,
        cancel_url=cancel_url,
        made_by_id=actor.user_id,
        made_at=clock.now(),
        expires_at=now + OPEN_FOR,
        look_at=look_again(now, begun=now),
        captured_fen=0,
        refunded_fen=0,
    )
    session.add(payment)
    session.flush()
    _note(session, actor, "begin", payment)
    return payment


def find_under_way(session: Session, *, top_up: TopUp) -> CardPayment | None:
    """Return the part of a top-up that somebody may be paying at this moment, or None."""
    wanted = select(CardPayment).where(CardPayment.top_up_id == top_up.id, CardPayment.state.in_(UNDER_WAY))
    return session.scalars(wanted).first()


def note_checkout(session: Session, *, payment_id: int, checkout: Checkout) -> CardPayment:
    """Take over what Stripe says of a payment: captured money is credited, once, whatever the state was.

    It is credited to a top-up that has ended or is paid, too: there it is to be given back.
    """
    payment = _take(session, payment_id)
    if checkout.ref != payment.ref:
        raise LookupError(f"page {checkout.id} is not payment {payment_id}'s")
    if payment.state == "paid":
        return payment
    now = clock.system_now()
    if checkout.captured_fen and checkout.currency == CURRENCY:
        _credit(session, payment, checkout)
    elif checkout.captured_fen:
        log.error("card currency", payment_id=payment_id, currency=checkout.currency)
        payment.look_at = look_again(now, begun=payment.expires_at - OPEN_FOR)
    elif checkout.status == "expired":
        payment.state = "ended"
    elif payment.state in UNDER_WAY:
        payment.state = "open"
        payment.look_at = look_again(now, begun=payment.expires_at - OPEN_FOR)
    payment.checkout_id, payment.checkout_url = checkout.id, checkout.url
    session.flush()
    if payment.state == "paid":
        _look_at_told(session, payment)
    return payment


def note_refused(session: Session, *, payment_id: int, code: str) -> None:
    """Note that Stripe opened no page for a payment, and never will."""
    payment = _take(session, payment_id)
    if payment.state == "new":
        payment.state = "ended"
        log.error("card refused", payment_id=payment_id, code=code)


def note_unanswered(session: Session, *, payment_id: int) -> None:
    """Have Stripe asked again later what became of a payment.

    One whose page nobody ever knew has ended with the page's time.
    """
    payment, now = _take(session, payment_id), clock.system_now()
    payment.look_at = look_again(now, begun=payment.expires_at - OPEN_FOR)
    if payment.state == "new" and payment.expires_at <= now:
        payment.state = "ended"


def note_event(session: Session, event: Event) -> bool:
    """Take an event in and have its object looked at; tell whether it was one of ours and new.

    It proves nothing but that something happened: the object is fetched again by a job.
    """
    found = _task_for(session, event)
    if found is None:
        return False
    taken = session.scalar(
        insert(CardEvent)
        .values(
            district_id=found.district_id,
            event_id=event.id,
            type=event.type,
            object_id=event.object_id,
            intent_id=event.intent_id,
            received_at=clock.system_now(),
        )
        .on_conflict_do_nothing(index_elements=["event_id"])
        .returning(CardEvent.id)
    )
    if taken is None:
        return False
    enqueue(session, found.task, at=found.at, **found.arguments)
    return True


class _Look(NamedTuple):
    """Which task looks at what an event told of, for whose district, and when."""

    district_id: int | None
    task: str
    arguments: dict[str, Any]
    at: datetime | None = None


def _task_for(session: Session, event: Event) -> _Look | None:
    """Return whose district an event concerns, and the job that looks; None where it is not ours."""
    if event.object_type == "refund":
        refund = session.scalars(select(CardRefund).where(CardRefund.ref == (event.ref or ""))).first()
        return _Look(refund.district_id, "cards.refund", {"refund_id": refund.id}) if refund else None
    known = CardPayment.ref == (event.ref or "")
    if event.intent_id:
        known |= CardPayment.intent_id == event.intent_id
    payment = session.scalars(select(CardPayment).where(known)).first()
    if event.object_type == "dispute" and event.object_id:
        look = {"dispute_id": event.object_id}
        if payment is not None and payment.intent_id:
            return _Look(payment.district_id, "cards.dispute", look)
        # It is looked at when its payment is credited, and once more should that happen at this moment.
        return _Look(None, "cards.dispute", look, clock.system_now() + LOOK_AGAIN)
    return _Look(payment.district_id, "cards.settle", {"payment_id": payment.id}) if payment else None


def _look_at_told(session: Session, payment: CardPayment) -> None:
    """Have disputes looked at that were told of before their payment was credited."""
    waiting = select(CardEvent.object_id).where(
        CardEvent.intent_id == payment.intent_id, CardEvent.district_id.is_(None)
    )
    for dispute_id in session.scalars(waiting.distinct()):
        enqueue(session, "cards.dispute", dispute_id=dispute_id)


def _credit(session: Session, payment: CardPayment, checkout: Checkout) -> None:
    top_up = session.get_one(TopUp, payment.top_up_id)
    if checkout.captured_fen != payment.amount_fen:
        log.error("card amount", payment_id=payment.id, captured_fen=checkout.captured_fen)
    payment.transfer_id = money.enter(
        session, top_up, Code.CARD_RECEIVE, amount_fen=checkout.captured_fen, key=str(payment.id)
    )
    payment.state, payment.intent_id = "paid", checkout.intent_id
    payment.captured_fen = checkout.captured_fen
    payment.captured_at = checkout.captured_at or clock.system_now()
    payment.paid_at = clock.now()
    _note(session, system_actor(payment.district_id), "receive", payment)


def _take(session: Session, payment_id: int) -> CardPayment:
    """Return a payment as it is now, its top-up locked. Raises NotFound."""
    top_up_id = session.scalar(select(CardPayment.top_up_id).where(CardPayment.id == payment_id))
    if top_up_id is None:
        raise NotFound("card_gone")
    locks.lock(session, TopUp, top_up_id)
    return session.get_one(CardPayment, payment_id, populate_existing=True)


def _note(session: Session, actor: Actor, verb: str, payment: CardPayment) -> None:
    audit.record(
        session,
        actor=actor,
        action=f"card.{verb}",
        object_type="card_payment",
        object_id=payment.id,
        top_up_id=payment.top_up_id,
        amount_fen=payment.captured_fen or payment.amount_fen,
    )
