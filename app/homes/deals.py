"""Which promotions hold for which home: read by whoever reads a price."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from sqlalchemy import BindParameter, ColumnElement, DateTime, bindparam, exists, func, select
from sqlalchemy.orm import Session

from app.core.prepared import Among
from app.homes.models import DWELLING, Home
from app.homes.pricing_models import PlannedPrice, Promotion, PromotionHome
from app.homes.promotions import Deal, Span

Moment = datetime | BindParameter[datetime]

over_at = func.least(Promotion.ends_at, Promotion.stopped_at, type_=DateTime(timezone=True))
"""The first moment after a promotion; a stop that never came is left out of account."""


def covers() -> ColumnElement[bool]:
    """Return the condition under which a promotion is one for a home.

    One for a whole development or building is one for its homes; a space has those that name it.
    """
    named = exists().where(PromotionHome.promotion_id == Promotion.id, PromotionHome.home_id == Home.id)
    # Both are those of the statement around it, however deep this stands in it: left to itself an inner
    # select would read all homes instead, and a promotion of one home hold for its whole development.
    named = named.correlate(Promotion, Home)
    return (Promotion.development_id == Home.development_id) & (
        (DWELLING & ((Promotion.scope == "development") | (Promotion.building_id == Home.building_id)))
        | ((Promotion.scope == "homes") & named)
    )


def spans(
    session: Session, home_ids: Iterable[int], *, since: datetime, until: datetime
) -> dict[int, list[Span]]:
    """Return each home's promotions that hold at some moment between two; every id is in the answer."""
    found: dict[int, list[Span]] = {home_id: [] for home_id in home_ids}
    promoted = [home_id for (home_id,) in _PROMOTED.rows(session, found, since=since, until=until)]
    if not promoted:
        return found  # nearly always
    statement = (
        select(Home.id, Promotion)
        .join(Promotion, covers())
        .where(Home.id.in_(promoted), Promotion.starts_at <= until, over_at > since)
        .order_by(Promotion.id)
    )
    for home_id, row in session.execute(statement, execution_options={"populate_existing": True}):
        found[home_id].append(Span(row.deal, row.starts_at, row.over_at))
    return found


_PROMOTED: Final = Among(
    Home.id,
    lambda among: select(Home.id).where(
        among,
        exists().where(covers(), Promotion.starts_at <= bindparam("until"), over_at > bindparam("since")),
    ),
)


def of_development(session: Session, development_id: int, moment: datetime) -> dict[int, tuple[Deal, ...]]:
    """Return the promotions in force for the homes of a development; homes without any are absent."""
    found: dict[int, tuple[Deal, ...]] = {}
    statement = (
        select(Home.id, Promotion)
        .join(Promotion, covers())
        .where(Home.development_id == development_id, holding(moment))
        .order_by(Promotion.id)
    )
    for home_id, row in session.execute(statement):
        found[home_id] = (*found.get(home_id, ()), row.deal)
    return found


def holding(moment: Moment) -> ColumnElement[bool]:
    """Return the condition under which a promotion is in force at a moment."""
    return (Promotion.starts_at <= moment) & (over_at > moment)


def has_due_plan(moment: Moment) -> ColumnElement[bool]:
    """Return the condition that a planned price of a home waits though its moment has come."""
    return exists().where(
        PlannedPrice.home_id == Home.id,
        PlannedPrice.state == "waiting",
        PlannedPrice.effective_at <= moment,
    )


def is_promoted(moment: Moment) -> ColumnElement[bool]:
    """Return the condition that a promotion holds for a home."""
    return exists().where(covers(), holding(moment))
