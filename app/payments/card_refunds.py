"""The only writer of refunds to the source: prepared by one person, approved by a second, asked of Stripe.

The sum is held from the preparing on; what Stripe says of it, whoever tells and how often, ends that once.
"""

from sqlalchemy.orm import Session

from app.core import audit, clock, locks
from app.core.actor import Actor, Role, system_actor
from app.core.errors import Conflict, DomainError, Forbidden, stated
from app.core.ids import new_ref
from app.core.queue import enqueue
from app.gateways.stripe import GivenBack
from app.payments import card_disputes, money, queries
from app.payments import card_queries as found
from app.payments.card_models import CardPayment, CardRefund
from app.payments.models import TopUp
from app.payments.money import Code

_FAILED = frozenset({"failed", "canceled"})


def prepare(session: Session, *, actor: Actor, payment_ref: str, amount_fen: int) -> CardRefund:
    """Prepare to give a sum (fen) of a payment back to its source; the ledger holds it from now on.

    Raises Forbidden for anybody but an officer, NotFound, DomainError at ``amount`` above what is to be given
    back or what is left of the payment.
    """
    actor.demand(Role.OFFICER)
    known = found.get_payment(session, actor=actor, ref=payment_ref)
    top_up = locks.lock(session, TopUp, known.top_up_id)
    session.refresh(known)
    most_fen = min(queries.surplus_of(session, top_up), known.left_fen)
    if not 0 < amount_fen <= most_fen:
        raise DomainError("refund_above", "amount", most_fen=most_fen)
    ref = new_ref("KT")
    refund = CardRefund(
        district_id=top_up.district_id,
        ref=ref,
        payment_id=known.id,
        amount_fen=amount_fen,
        state="prepared",
        hold_id=money.promise(session, top_up, Code.CARD_REFUND, amount_fen=amount_fen, key=ref),
        prepared_by_id=actor.user_id,
        prepared_at=clock.now(),
    )
    known.refunded_fen += amount_fen
    session.add(refund)
    session.flush()
    _note(session, actor, "prepare", refund)
    return refund


def approve(session: Session, *, actor: Actor, ref: str) -> CardRefund:
    """Approve a refund as a second person; Stripe is asked.

    Raises Forbidden, NotFound, Conflict, also where the payer has the sum already by a dispute.
    """
    actor.demand(Role.CHECKER)
    refund = _take(session, found.get_refund(session, actor=actor, ref=ref).id)
    if refund.state != "prepared":
        raise Conflict("refund_moved")
    if refund.prepared_by_id == actor.user_id:
        raise Forbidden("approval_same_person")
    if found.is_taken(session, session.get_one(CardPayment, refund.payment_id)):
        raise Conflict("refund_disputed")
    refund.state, refund.approved_by_id, refund.approved_at = "approved", actor.user_id, clock.now()
    session.flush()
    enqueue(session, "cards.refund", refund_id=refund.id)
    _note(session, actor, "approve", refund)
    return refund


def reject(session: Session, *, actor: Actor, ref: str, reason: str) -> CardRefund:
    """Give a refund up that nobody approved, with a reason: its money is to be given back again.

    An approved one Stripe may have paid. Raises Forbidden, NotFound, Conflict, DomainError at ``reason``.
    """
    actor.demand(Role.OFFICER, Role.CHECKER)
    reason = stated(reason)
    refund = _take(session, found.get_refund(session, actor=actor, ref=ref).id)
    if refund.state != "prepared":
        raise Conflict("refund_moved")
    refund.state, refund.reason = "rejected", reason
    refund.rejected_by_id, refund.rejected_at = actor.user_id, clock.now()
    money.end_promise(session, transfer_id=refund.hold_id, paid=False)
    _come_back(session, refund)
    _note(session, actor, "reject", refund)
    return refund


def note_given_back(session: Session, *, refund_id: int, given: GivenBack) -> CardRefund:
    """Take over what Stripe says of a refund: paid, failed, or not certain yet. A failure may come late."""
    refund = _take(session, refund_id)
    if refund.state not in {"approved", "sent", "paid"}:
        return refund
    refund.stripe_id, refund.moved_at = given.id, given.at
    if given.status in _FAILED:
        _fail(session, refund, given.failure or given.status)
    elif refund.state != "paid":
        refund.state = "sent"
        if given.status == "succeeded":
            money.end_promise(session, transfer_id=refund.hold_id, paid=True)
            refund.state, refund.settled_at = "paid", clock.now()
            _note(session, system_actor(refund.district_id), "pay", refund)
    session.flush()
    return refund


def note_refused(session: Session, *, refund_id: int, code: str) -> None:
    """Note that Stripe gives this refund never: the money is to be given back anew."""
    refund = _take(session, refund_id)
    if refund.state == "approved":
        _fail(session, refund, code)


def _fail(session: Session, refund: CardRefund, why: str) -> None:
    if refund.state == "paid":
        payment = session.get_one(CardPayment, refund.payment_id)
        top_up = session.get_one(TopUp, payment.top_up_id)
        fen, code = refund.amount_fen, Code.CARD_COME_BACK
        refund.back_transfer_id = money.enter(session, top_up, code, amount_fen=fen, key=refund.ref)
    else:
        money.end_promise(session, transfer_id=refund.hold_id, paid=False)
    refund.state, refund.failure, refund.settled_at = "failed", why, clock.now()
    _come_back(session, refund)
    _note(session, system_actor(refund.district_id), "fail", refund)


def _come_back(session: Session, refund: CardRefund) -> None:
    """Let a payment have its sum again; what a dispute took meanwhile the payer has, and it goes there."""
    payment = session.get_one(CardPayment, refund.payment_id)
    payment.refunded_fen -= refund.amount_fen
    session.flush()
    card_disputes.cover(session, session.get_one(TopUp, payment.top_up_id), payment)


def _take(session: Session, refund_id: int) -> CardRefund:
    """Return a refund as it is now, its top-up locked."""
    refund = session.get_one(CardRefund, refund_id)
    locks.lock(session, TopUp, session.get_one(CardPayment, refund.payment_id).top_up_id)
    session.refresh(refund)
    session.refresh(session.get_one(CardPayment, refund.payment_id))
    return refund


def _note(session: Session, actor: Actor, verb: str, refund: CardRefund) -> None:
    audit.record(
        session,
        actor=actor,
        action=f"card_refund.{verb}",
        object_type="card_refund",
        object_id=refund.id,
        payment_id=refund.payment_id,
        amount_fen=refund.amount_fen,
    )
