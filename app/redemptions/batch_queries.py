"""Reading the batches that a checker approves together."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from app.core.actor import Actor
from app.core.errors import NotFound
from app.identity.models import User
from app.redemptions.checking_models import CheckBatch, CheckBatchCase


def get_batch(session: Session, *, actor: Actor, ref: str) -> CheckBatch:
    """Return a batch of the actor's district. Raises NotFound."""
    statement = select(CheckBatch).where(CheckBatch.ref == ref, CheckBatch.district_id == actor.district)
    found = session.scalars(statement).first()
    if found is None:
        raise NotFound("check_batch_gone")
    return found


def list_batches(session: Session, *, actor: Actor, limit: int) -> Sequence[CheckBatch]:
    """Return the district's batches, the newest first."""
    statement = select(CheckBatch).where(CheckBatch.district_id == actor.district)
    return session.scalars(statement.order_by(CheckBatch.id.desc()).limit(limit)).all()


def outcomes_of(session: Session, batch: CheckBatch) -> dict[str | None, int]:
    """Return how many cases of a batch had which outcome; None counts those still undecided."""
    statement = select(CheckBatchCase.outcome, func.count()).where(CheckBatchCase.batch_id == batch.id)
    return {row.outcome: row[1] for row in session.execute(statement.group_by(CheckBatchCase.outcome))}


def list_batch_cases(session: Session, batch: CheckBatch) -> Sequence[CheckBatchCase]:
    """Return what a batch holds in its order, each purchase loaded."""
    statement = select(CheckBatchCase).where(CheckBatchCase.batch_id == batch.id)
    whole = statement.options(joinedload(CheckBatchCase.redemption)).order_by(CheckBatchCase.place)
    return session.scalars(whole).all()


def name_of(session: Session, batch: CheckBatch) -> str:
    """Return the display name of the checker whose batch it is."""
    return session.scalars(select(User.display_name).where(User.id == batch.user_id)).one()


def find_undecided(session: Session, redemption_id: int) -> tuple[CheckBatchCase, CheckBatch] | None:
    """Return the place of a purchase in a batch that has not decided on it, with the batch; None without."""
    statement = (
        select(CheckBatchCase, CheckBatch)
        .join(CheckBatch, CheckBatch.id == CheckBatchCase.batch_id)
        .where(CheckBatchCase.redemption_id == redemption_id, CheckBatchCase.outcome.is_(None))
    )
    found = session.execute(statement).first()
    return None if found is None else (found[0], found[1])
