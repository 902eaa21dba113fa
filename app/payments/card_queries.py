"""Reading payments online, their refunds, disputes and daily reports."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Final

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from app.core.actor import Actor
from app.core.apart import Due
from app.core.errors import NotFound
from app.identity import queries as identity
from app.payments.card_models import CardDispute, CardPayment, CardRefund, CardReport
from app.payments.models import TopUp

SHOWN: Final = 50
"""How many of a kind are listed in front of the payments; the page says how many more there are."""

DAYS_SHOWN: Final = 31
"""How many daily reports are listed."""

STATES: Final[dict[str, ColumnElement[bool]]] = {
    "under_way": CardPayment.state.in_(("new", "open")),
    "paid": CardPayment.state == "paid",
    "ended": CardPayment.state == "ended",
}
"""By what payments are listed: somebody may be paying, the money is there, it came to nothing."""

_PAYMENT: Final = (CardPayment.id, CardPayment.district_id, CardPayment.ref)

TAKES: Final = and_(
    CardDispute.outcome.is_distinct_from("won"),
    or_(CardDispute.outcome.is_not(None), ~CardDispute.status.startswith("warning")),
)
"""Whether Stripe took a dispute's money: it was lost, or nobody has decided; an enquiry takes none."""


_WAITS: Final = or_(
    CardDispute.outcome.is_(None),
    and_(
        CardDispute.outcome == "lost",
        CardDispute.amount_fen > CardDispute.held_fen,
        CardDispute.closed_at.is_(None),
    ),
)
"""Whether a dispute waits for somebody: for banks, or for a word on what a lost one lacks."""


def list_payments(session: Session, *, top_up: TopUp) -> Sequence[CardPayment]:
    """Return the payments online of one top-up, the oldest first."""
    wanted = select(CardPayment).where(CardPayment.top_up_id == top_up.id)
    return session.scalars(wanted.order_by(CardPayment.id)).all()


def is_taken(session: Session, payment: CardPayment) -> bool:
    """Return whether a payer has some of a payment by a dispute that found too little here to hold."""
    lacking = select(CardDispute.id).where(
        CardDispute.payment_id == payment.id, TAKES, CardDispute.amount_fen > CardDispute.held_fen
    )
    return session.scalar(select(lacking.exists())) or False


def list_refunds(session: Session, *, top_up: TopUp) -> Sequence[CardRefund]:
    """Return the refunds to the source of one top-up, the oldest first."""
    wanted = select(CardRefund).join(CardPayment, CardPayment.id == CardRefund.payment_id)
    return session.scalars(wanted.where(CardPayment.top_up_id == top_up.id).order_by(CardRefund.id)).all()


def list_refundable(session: Session, *, top_up: TopUp) -> Sequence[CardPayment]:
    """Return the payments of which something is left to give back, the newest first."""
    wanted = select(CardPayment).where(
        CardPayment.top_up_id == top_up.id, CardPayment.captured_fen > CardPayment.refunded_fen
    )
    return session.scalars(wanted.order_by(CardPayment.id.desc())).all()


def list_district(
    session: Session, *, actor: Actor, state: str | None = None, limit: int = 20, offset: int = 0
) -> Sequence[CardPayment]:
    """Return the payments of the actor's district, all or those in one of ``STATES``, the newest first."""
    wanted = select(CardPayment).where(*_in(actor, state)).options(joinedload(CardPayment.top_up))
    return session.scalars(wanted.order_by(CardPayment.id.desc()).limit(limit).offset(offset)).all()


def count_district(session: Session, *, actor: Actor, state: str | None = None) -> int:
    """Return how many payments ``list_district`` would list without a limit."""
    return session.scalars(select(func.count(CardPayment.id)).where(*_in(actor, state))).one()


def _in(actor: Actor, state: str | None) -> list[ColumnElement[bool]]:
    own = CardPayment.district_id == actor.district
    return [own, STATES[state]] if state else [own]


def get_payment(session: Session, *, actor: Actor, ref: str) -> CardPayment:
    """Return a payment of the actor's district. Raises NotFound."""
    wanted = select(CardPayment).where(CardPayment.ref == ref, CardPayment.district_id == actor.district)
    found = session.scalars(wanted).first()
    if found is None:
        raise NotFound("card_gone")
    return found


def get_refund(session: Session, *, actor: Actor, ref: str) -> CardRefund:
    """Return a refund to the source of the actor's district. Raises NotFound."""
    wanted = select(CardRefund).where(CardRefund.ref == ref, CardRefund.district_id == actor.district)
    found = session.scalars(wanted).first()
    if found is None:
        raise NotFound("refund_gone")
    return found


def refunds_of(session: Session, *, payment: CardPayment) -> Sequence[CardRefund]:
    """Return the refunds of one payment, the oldest first."""
    wanted = select(CardRefund).where(CardRefund.payment_id == payment.id)
    return session.scalars(wanted.order_by(CardRefund.id)).all()


def disputes_of(session: Session, *, payment: CardPayment) -> Sequence[CardDispute]:
    """Return the disputes of one payment, the oldest first."""
    wanted = select(CardDispute).where(CardDispute.payment_id == payment.id)
    return session.scalars(wanted.order_by(CardDispute.id)).all()


def taken_by_dispute(session: Session, payments: Collection[CardPayment]) -> dict[int, CardDispute]:
    """Return which of these payments Stripe took back, by id, each with its last dispute that did."""
    if not payments:
        return {}
    wanted = select(CardDispute).where(CardDispute.payment_id.in_([one.id for one in payments]), TAKES)
    return {one.payment_id: one for one in session.scalars(wanted.order_by(CardDispute.id))}


def list_disputes(session: Session, *, actor: Actor, limit: int = SHOWN) -> Sequence[CardDispute]:
    """Return the disputes of the actor's district: those that wait first, the nearest deadline in front."""
    wanted = select(CardDispute).where(CardDispute.district_id == actor.district)
    order = (
        *(~_WAITS, CardDispute.outcome.is_not(None)),
        *(CardDispute.due_by.asc().nulls_last(), CardDispute.id.desc()),
    )
    together = joinedload(CardDispute.payment).joinedload(CardPayment.top_up)
    return session.scalars(wanted.options(together).order_by(*order).limit(limit)).all()


def count_disputes(session: Session, *, actor: Actor) -> int:
    """Return how many disputes ``list_disputes`` would list without a limit."""
    wanted = select(func.count(CardDispute.id)).where(CardDispute.district_id == actor.district)
    return session.scalars(wanted).one()


def count_open_disputes(session: Session, *, actor: Actor) -> int:
    """Return how many disputes of the actor's district wait for banks, or lost for somebody to close them."""
    wanted = select(func.count(CardDispute.id)).where(CardDispute.district_id == actor.district, _WAITS)
    return session.scalars(wanted).one()


def get_dispute(session: Session, *, actor: Actor, payment_ref: str, stripe_id: str) -> CardDispute:
    """Return a dispute of a payment of the actor's district. Raises NotFound."""
    payment = get_payment(session, actor=actor, ref=payment_ref)
    wanted = select(CardDispute).where(
        CardDispute.payment_id == payment.id, CardDispute.stripe_id == stripe_id
    )
    found = session.scalars(wanted).first()
    if found is None:
        raise NotFound("card_gone")
    return found


def list_failed(session: Session, *, actor: Actor, limit: int = SHOWN) -> Sequence[CardRefund]:
    """Return refunds that did not arrive and that no later one of their payment made up for, newest first.

    Not those whose sum went to a dispute.
    """
    wanted = select(CardRefund).where(*_failed(actor))
    return session.scalars(wanted.order_by(CardRefund.id.desc()).limit(limit)).all()


def count_failed(session: Session, *, actor: Actor) -> int:
    """Return how many refunds ``list_failed`` would list without a limit."""
    return session.scalars(select(func.count(CardRefund.id)).where(*_failed(actor))).one()


def _failed(actor: Actor) -> list[ColumnElement[bool]]:
    later = aliased(CardRefund)
    made_up = select(later.id).where(
        later.payment_id == CardRefund.payment_id,
        later.id > CardRefund.id,
        later.state.in_(("prepared", "approved", "sent", "paid")),
    )
    is_left = select(CardPayment.id).where(
        CardPayment.id == CardRefund.payment_id, CardPayment.captured_fen > CardPayment.refunded_fen
    )
    return [
        CardRefund.district_id == actor.district,
        CardRefund.state == "failed",
        ~made_up.exists(),
        is_left.exists(),
    ]


def list_waiting(session: Session, *, actor: Actor, limit: int = SHOWN) -> Sequence[CardRefund]:
    """Return the refunds that a second person has not decided on, the oldest first."""
    wanted = select(CardRefund).where(*_waiting(actor))
    return session.scalars(wanted.order_by(CardRefund.id).limit(limit)).all()


def count_waiting(session: Session, *, actor: Actor) -> int:
    """Return how many refunds ``list_waiting`` would list without a limit."""
    return session.scalars(select(func.count(CardRefund.id)).where(*_waiting(actor))).one()


def _waiting(actor: Actor) -> list[ColumnElement[bool]]:
    return [CardRefund.district_id == actor.district, CardRefund.state == "prepared"]


def list_reports(session: Session, *, actor: Actor, limit: int = DAYS_SHOWN) -> Sequence[CardReport]:
    """Return the last daily reports of the actor's district, the newest first."""
    wanted = select(CardReport).where(CardReport.district_id == actor.district)
    return session.scalars(wanted.order_by(CardReport.day.desc()).limit(limit)).all()


def get_report(session: Session, *, actor: Actor, day: date) -> CardReport:
    """Return the report of one day. Raises NotFound where that day was not compared."""
    wanted = select(CardReport).where(CardReport.district_id == actor.district, CardReport.day == day)
    found = session.scalars(wanted).first()
    if found is None:
        raise NotFound("card_report_gone")
    return found


def due_payments(session: Session, *, now: datetime, limit: int) -> list[Due[int]]:
    """Return the payments under way that are to be asked about now, in all districts.

    Those whose top-up has ended come at once: nobody may pay for it any more.
    """
    wanted = (
        select(*_PAYMENT)
        .join(TopUp, TopUp.id == CardPayment.top_up_id)
        .where(CardPayment.state.in_(("new", "open")))
        .where(
            or_(CardPayment.look_at <= now, and_(TopUp.ended_at.is_not(None), CardPayment.expires_at > now))
        )
    )
    found = session.execute(wanted.order_by(CardPayment.look_at).limit(limit))
    return [Due(*one) for one in found]


def find_uncredited(session: Session, *, refs: Sequence[str]) -> list[Due[int]]:
    """Return those of these payments whose money is not credited here, in all districts."""
    wanted = select(*_PAYMENT).where(CardPayment.ref.in_(refs), CardPayment.state != "paid")
    return [Due(*one) for one in session.execute(wanted.order_by(CardPayment.id))]


def find_unfailed(session: Session, *, stripe_ids: Collection[str]) -> list[Due[int]]:
    """Return those of these refunds, failed at Stripe, that count here as under way or paid."""
    columns = (CardRefund.id, CardRefund.district_id, CardRefund.ref)
    wanted = select(*columns).where(
        CardRefund.stripe_id.in_(stripe_ids), CardRefund.state.in_(("approved", "sent", "paid"))
    )
    return [Due(*one) for one in session.execute(wanted.order_by(CardRefund.id))]


def due_refunds(session: Session, *, now: datetime, limit: int) -> list[Due[int]]:
    """Return the refunds to be asked for now, in all districts.

    Those that Stripe may not have heard of, and once an hour, each at a minute of its own, those it works on.
    """
    hourly = and_(CardRefund.state == "sent", CardRefund.id % 60 == now.minute)
    columns = (CardRefund.id, CardRefund.district_id, CardRefund.ref)
    wanted = select(*columns).where(or_(CardRefund.state == "approved", hourly))
    return [Due(*one) for one in session.execute(wanted.order_by(CardRefund.id).limit(limit))]


def due_disputes(session: Session, *, limit: int) -> Sequence[str]:
    """Return Stripe's ids of the disputes that wait, in all districts: those that have not ended first."""
    wanted = select(CardDispute.stripe_id).where(_WAITS)
    order = (CardDispute.outcome.is_not(None), CardDispute.id)
    return session.scalars(wanted.order_by(*order).limit(limit)).all()


def names_of(session: Session, refund: CardRefund) -> dict[int | None, str]:
    """Return the names of everybody who did something to a refund, by id."""
    people = (refund.prepared_by_id, refund.approved_by_id, refund.rejected_by_id)
    return identity.names_of(session, people)
