"""Reading prices planned for many homes in one act: they share who, when, for when, which price and why."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import Session, joinedload

from app.core.actor import Actor
from app.homes.models import Development, Home
from app.homes.pricing import get_plan
from app.homes.pricing_models import PlannedPrice
from app.homes.rules import KINDS, PriceKind
from app.identity.models import User


@dataclass(frozen=True, slots=True)
class PlannedBatch:
    """Prices planned in one act; ``first`` stands for all, and names them by its reference."""

    first: PlannedPrice
    author: str
    homes: int
    waiting: int
    """How many of them still wait for their moment."""

    @property
    def kind(self) -> PriceKind:
        """Which price they change."""
        return next(kind for kind in KINDS if kind == self.first.kind)


def list_planned_batches(session: Session, *, actor: Actor, limit: int = 20) -> list[PlannedBatch]:
    """Return the acts of the actor's company that planned prices for several homes, the newest first."""
    acts = _acts(actor).having(func.count() > 1).order_by(func.min(PlannedPrice.id).desc())
    return _views(session, acts.limit(limit))


def get_planned_batch(session: Session, *, actor: Actor, ref: str) -> PlannedBatch:
    """Return the act by which a plan was made. Raises NotFound for somebody else's."""
    one = get_plan(session, actor=actor, ref=ref).plan
    return _views(session, _acts(actor).where(_same_act(one)))[0]


def list_plans_of(
    session: Session, batch: PlannedBatch, *, limit: int | None = None, offset: int = 0
) -> Sequence[PlannedPrice]:
    """Return the plans of an act in the order of their making, homes and buildings loaded."""
    statement = select(PlannedPrice).join(Home, Home.id == PlannedPrice.home_id).where(_same_act(batch.first))
    statement = statement.options(joinedload(PlannedPrice.home).joinedload(Home.building))
    return session.scalars(statement.order_by(PlannedPrice.id).limit(limit).offset(offset)).all()


def _same_act(one: PlannedPrice) -> ColumnElement[bool]:
    """Return the condition that a plan was made in one act with another."""
    return and_(
        PlannedPrice.author_id == one.author_id,
        PlannedPrice.planned_at == one.planned_at,
        PlannedPrice.effective_at == one.effective_at,
        PlannedPrice.kind == one.kind,
        PlannedPrice.reason == one.reason,
        Home.development_id == one.home.development_id,
    )


def _acts(actor: Actor) -> Select[int, int, int]:
    """Select the first plan of each act of a company, how many plans it made, and how many of them wait."""
    waiting = func.count().filter(PlannedPrice.state == "waiting")
    return (
        select(func.min(PlannedPrice.id), func.count(), waiting)
        .join(Home, Home.id == PlannedPrice.home_id)
        .join(Development, Development.id == Home.development_id)
        .where(Development.developer_id == actor.organisation)
        .group_by(
            PlannedPrice.author_id,
            PlannedPrice.planned_at,
            PlannedPrice.effective_at,
            PlannedPrice.kind,
            PlannedPrice.reason,
            Home.development_id,
        )
    )


def _views(session: Session, acts: Select[int, int, int]) -> list[PlannedBatch]:
    rows = session.execute(acts).all()
    statement = (
        select(PlannedPrice, User.display_name)
        .join(User, User.id == PlannedPrice.author_id)
        .where(PlannedPrice.id.in_([first for first, _, _ in rows]))
        .options(joinedload(PlannedPrice.home).joinedload(Home.development))
    )
    firsts = {plan.id: (plan, author) for plan, author in session.execute(statement)}
    return [PlannedBatch(*firsts[first], homes, waiting) for first, homes, waiting in rows]
