"""Payments online: what Stripe told of is looked at, and what was left in the middle."""

from sqlalchemy.orm import Session

from app.jobs.runner import task
from app.payments import flows as card_flows


@task("cards.settle")
def settle(session: Session, payment_id: int) -> None:
    """Ask what became of a payment."""
    card_flows.settle(session, payment_id=payment_id)


@task("cards.refund")
def refund(session: Session, refund_id: int) -> None:
    """Ask for an approved refund, or what became of it."""
    card_flows.give_back(session, refund_id=refund_id)


@task("cards.dispute")
def dispute(session: Session, dispute_id: str) -> None:
    """Ask how far a dispute is."""
    card_flows.look_at_dispute(session, dispute_id=dispute_id)


@task("cards.sweep", cron="* * * * *")
def sweep(session: Session) -> None:
    """Settle what was left in the middle, whoever was cut off."""
    card_flows.sweep(session)


@task("cards.reconcile", cron="30 18 * * *")
def reconcile(session: Session) -> None:
    """Compare our books with Stripe's for the day that ended (02:30 local)."""
    card_flows.reconcile_yesterday(session)
