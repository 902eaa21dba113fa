"""Reading batches and their payments."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from app.core.actor import Actor
from app.core.errors import NotFound
from app.identity import queries as identity
from app.settlements.money_models import SettlementClaim
from app.settlements.payment_models import PaymentBatch, SettlementPayment


def get_batch(session: Session, *, actor: Actor, ref: str) -> PaymentBatch:
    """Return a batch of the actor's district with its source. Raises NotFound."""
    wanted = select(PaymentBatch).where(PaymentBatch.ref == ref, PaymentBatch.district_id == actor.district)
    found = session.scalars(wanted.options(joinedload(PaymentBatch.source))).first()
    if found is None:
        raise NotFound("payment_batch_gone")
    return found


def get_payment(session: Session, *, actor: Actor, ref: str) -> SettlementPayment:
    """Return a payment of the actor's district with batch and claim. Raises NotFound."""
    wanted = select(SettlementPayment).where(
        SettlementPayment.ref == ref, SettlementPayment.district_id == actor.district
    )
    found = session.scalars(wanted.options(*_WHOLE)).first()
    if found is None:
        raise NotFound("payment_gone")
    return found


def payments_of(session: Session, batch: PaymentBatch) -> Sequence[SettlementPayment]:
    """Return the payments of a batch in their order, with claims and developers."""
    wanted = select(SettlementPayment).where(SettlementPayment.batch_id == batch.id)
    return session.scalars(wanted.options(*_WHOLE).order_by(SettlementPayment.id)).all()


def list_batches(
    session: Session, *, actor: Actor, limit: int = 20, offset: int = 0
) -> Sequence[PaymentBatch]:
    """Return the district's batches, the newest first."""
    wanted = select(PaymentBatch).where(PaymentBatch.district_id == actor.district)
    shown = wanted.options(joinedload(PaymentBatch.source)).order_by(PaymentBatch.id.desc())
    return session.scalars(shown.limit(limit).offset(offset)).all()


def count_batches(session: Session, *, actor: Actor) -> int:
    """Return how many batches the district made."""
    wanted = select(func.count(PaymentBatch.id)).where(PaymentBatch.district_id == actor.district)
    return session.scalars(wanted).one()


def count_made(session: Session, *, actor: Actor) -> int:
    """Return how many batches of the district wait for a second person."""
    wanted = select(func.count(PaymentBatch.id)).where(
        PaymentBatch.district_id == actor.district, PaymentBatch.state == "made"
    )
    return session.scalars(wanted).one()


def names_of(session: Session, batches: Sequence[PaymentBatch]) -> dict[int | None, str]:
    """Return the names of everybody who made or decided on batches, by id."""
    people = (one for row in batches for one in (row.made_by_id, row.decided_by_id))
    return identity.names_of(session, people)


def count_sent(session: Session, batches: Sequence[PaymentBatch]) -> dict[int, int]:
    """Return how many payments of each batch the bank has not answered, by batch id."""
    wanted = (
        select(SettlementPayment.batch_id, func.count())
        .where(SettlementPayment.batch_id.in_([one.id for one in batches]), SettlementPayment.state == "sent")
        .group_by(SettlementPayment.batch_id)
    )
    return dict(session.execute(wanted).all())


_WHOLE = (
    joinedload(SettlementPayment.batch),
    joinedload(SettlementPayment.claim).joinedload(SettlementClaim.developer),
)
