"""Agreements without a voucher whose household may have one: what an officer does next."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session, joinedload

from app.core.actor import Actor
from app.projects.models import Agreement, Election, Household, Project
from app.vouchers.models import Voucher


def count_unvouched(session: Session, *, actor: Actor) -> int:
    """Return how many agreements ``list_unvouched`` would list without a limit."""
    return session.scalars(select(func.count(Agreement.id)).where(*_unvouched(actor))).one()


def list_unvouched(
    session: Session, *, actor: Actor, offset: int = 0, limit: int = 20
) -> Sequence[Agreement]:
    """Return agreements without a voucher that is issued or waits, oldest first: an officer's next work."""
    statement = (
        select(Agreement)
        .where(*_unvouched(actor))
        .options(joinedload(Agreement.household))
        .order_by(Agreement.signed_on, Agreement.id)
    )
    return session.scalars(statement.offset(offset).limit(limit)).all()


def _unvouched(actor: Actor) -> list[ColumnElement[bool]]:
    """Return what tells an agreement whose household waits for its voucher and may have it."""
    vouched = select(Voucher.id).where(Voucher.agreement_id == Agreement.id, Voucher.state != "rejected")
    ready = (
        select(Household.id)
        .join(Project, Project.id == Household.project_id)
        .where(
            Household.id == Agreement.household_id,
            Household.elects == Election.VOUCHER,
            Household.dispute.is_(None),
            Project.roster_locked_at.is_not(None),
        )
    )
    return [Agreement.district_id == actor.district, ~exists(vouched), exists(ready)]
