"""Reading batches: which homes one would touch, what it would do, and those that were made."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased, joinedload

from app.core import clock
from app.core.actor import Actor
from app.core.errors import DomainError, NotFound
from app.homes import repricing, stock
from app.homes.ahead import expected
from app.homes.models import DWELLING, Building, Development, Home, PriceVersion
from app.homes.pool_models import PoolListing
from app.homes.pricing_models import PlannedPrice, PriceBatch
from app.homes.queries import current_prices
from app.homes.repricing import Line, Preview, Recipe, Row
from app.homes.rules import KINDS, PriceKind
from app.identity.models import User


@dataclass(frozen=True, slots=True)
class Selection:
    """Which homes of a development are meant: each condition that is set must hold."""

    building: str | None = None
    first_storey: int | None = None
    last_storey: int | None = None
    rooms: int | None = None
    refs: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class BatchView:
    """A batch that was made, its development loaded, who made it, and the batch that took it back."""

    batch: PriceBatch
    author: str
    undone_by: str | None

    @property
    def kind(self) -> PriceKind:
        """Which price it changed."""
        return next(kind for kind in KINDS if kind == self.batch.kind)


@dataclass(frozen=True, slots=True)
class Change:
    """One home of a batch: what its price was, became, and whether that still stands."""

    home: Home
    before_fen: int | None
    after_fen: int
    stands: bool


def chosen(session: Session, *, development_id: int, selection: Selection) -> Sequence[Home]:
    """Return the homes that are meant, by building, unit, storey and room; spaces only where named."""
    statement = select(Home).join(Building, Building.id == Home.building_id)
    statement = statement.where(Home.development_id == development_id).options(joinedload(Home.building))
    if selection.building:
        statement = statement.where(Building.name == selection.building)
    if selection.first_storey is not None:
        statement = statement.where(Home.storey >= selection.first_storey)
    if selection.last_storey is not None:
        statement = statement.where(Home.storey <= selection.last_storey)
    if selection.rooms is not None:
        statement = statement.where(Home.rooms == selection.rooms)
    statement = statement.where(Home.ref.in_(selection.refs) if selection.refs else DWELLING)
    order = (Building.id, Home.unit, Home.storey, Home.room)
    return session.scalars(statement.order_by(*order), execution_options={"populate_existing": True}).all()


def preview(
    session: Session,
    *,
    actor: Actor,
    development_id: int,
    selection: Selection,
    recipe: Recipe,
    leave_out: bool = False,
    effective_at: datetime | None = None,
) -> Preview:
    """Return what a recipe does to the homes that are meant, at once or at a later moment.

    ``leave_out``: homes that a rule refuses stay as they are. Raises NotFound for somebody else's
    development, DomainError at ``effective_on`` for a moment that is not to come.
    """
    own(session, actor, development_id)
    if effective_at is not None and effective_at <= clock.now():
        raise DomainError("plan_not_ahead", "effective_on")
    homes = chosen(session, development_id=development_id, selection=selection)
    rows = rows_of(session, homes)
    if effective_at is not None:
        rows = _rows_ahead(session, rows, recipe.kind, effective_at)
    median = stock.median_unit_price(session, development_id=development_id)
    found = repricing.work_out(rows, recipe, median_unit_fen=median, effective_at=effective_at)
    return found.leaving_out() if leave_out else found


def _rows_ahead(session: Session, rows: list[Row], kind: PriceKind, moment: datetime) -> list[Row]:
    """Return the rows as they will be at a later moment, as far as it is known now."""
    ids = [row.home.id for row in rows]
    amounts = expected(session, ids, moment)
    taken = set(
        session.scalars(
            select(PlannedPrice.home_id).where(
                PlannedPrice.home_id.in_(ids),
                PlannedPrice.kind == kind,
                PlannedPrice.state == "waiting",
                PlannedPrice.effective_at == moment,
            )
        )
    )
    return [Row(row.home, amounts[row.home.id], row.listed, row.home.id in taken) for row in rows]


def preview_undo(session: Session, *, actor: Actor, ref: str) -> Preview:
    """Return what taking a batch back would do: homes whose price changed again since stay as they are.

    Raises NotFound for somebody else's.
    """
    view = get_batch(session, actor=actor, ref=ref)
    changes = {
        change.home.id: change.before_fen
        for change in _all_changes(session, view.batch)
        if change.stands and change.before_fen is not None
    }
    homes = session.scalars(
        select(Home).where(Home.id.in_(changes)).options(joinedload(Home.building)).order_by(Home.id),
        execution_options={"populate_existing": True},
    ).all()
    lines = []
    for row in rows_of(session, homes):
        before = changes[row.home.id]
        if row.home.status == "sold" or before is None:
            lines.append(Line(row.home, row.amounts.of(view.kind), None, "sold"))
        else:
            lines.append(repricing.judge(row, view.kind, before, median_unit_fen=None))
    return Preview(view.kind, lines)


def rows_of(session: Session, homes: Sequence[Home]) -> list[Row]:
    """Return homes with their prices and place in a pool, in the given order."""
    ids = [home.id for home in homes]
    prices = current_prices(session, ids)
    listed = set(
        session.scalars(
            select(PoolListing.home_id).where(PoolListing.home_id.in_(ids), PoolListing.state == "listed")
        )
    )
    return [Row(home, prices[home.id].amounts, home.id in listed) for home in homes]


def own(session: Session, actor: Actor, development_id: int) -> Development:
    """Return a development of the actor's company. Raises NotFound for anybody else's."""
    development = session.get(Development, development_id)
    if development is None or development.developer_id != actor.organisation:
        raise NotFound("development_not_found")
    return development


def count_batches(session: Session, *, actor: Actor) -> int:
    """Return how many batches the actor's company made."""
    return session.scalar(select(func.count()).select_from(_own_batches(actor).subquery())) or 0


def list_batches(session: Session, *, actor: Actor, limit: int, offset: int = 0) -> list[BatchView]:
    """Return the company's batches, the newest first."""
    rows = session.execute(_own_batches(actor).order_by(PriceBatch.id.desc()).limit(limit).offset(offset))
    return [BatchView(*row) for row in rows]


def get_batch(session: Session, *, actor: Actor, ref: str) -> BatchView:
    """Return one of the company's batches. Raises NotFound for anybody else's."""
    row = session.execute(_own_batches(actor).where(PriceBatch.ref == ref)).first()
    if row is None:
        raise NotFound("batch_gone")
    return BatchView(*row)


def list_changes(session: Session, batch: PriceBatch, *, limit: int, offset: int = 0) -> list[Change]:
    """Return the homes of a batch with their prices before and after."""
    return _changes(session, _changed(batch).limit(limit).offset(offset))


def _all_changes(session: Session, batch: PriceBatch) -> list[Change]:
    return _changes(session, _changed(batch))


def _changes(session: Session, statement: Select[Home, PriceVersion, int]) -> list[Change]:
    return [
        Change(home, before, version.amount_fen, version.effective_to is None)
        for home, version, before in session.execute(statement)
    ]


def _changed(batch: PriceBatch) -> Select[Home, PriceVersion, int]:
    earlier = aliased(PriceVersion)
    before = (
        select(earlier.amount_fen)
        .where(
            earlier.home_id == PriceVersion.home_id,
            earlier.kind == PriceVersion.kind,
            earlier.id < PriceVersion.id,
        )
        .order_by(earlier.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(Home, PriceVersion, before)
        .join(PriceVersion, PriceVersion.home_id == Home.id)
        .where(PriceVersion.batch_id == batch.id)
        .options(joinedload(Home.building))
        .order_by(PriceVersion.id)
    )


def _own_batches(actor: Actor) -> Select[PriceBatch, str, str]:
    undoing = aliased(PriceBatch)
    return (
        select(PriceBatch, User.display_name, undoing.ref)
        .join(Development, Development.id == PriceBatch.development_id)
        .join(User, User.id == PriceBatch.author_id)
        .outerjoin(undoing, undoing.undoes_id == PriceBatch.id)
        .where(Development.developer_id == actor.organisation)
        .options(joinedload(PriceBatch.development))
    )
