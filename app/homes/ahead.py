"""What homes will cost at a later moment, as far as it is known now."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import clock
from app.homes import deals, plans, promotions
from app.homes.pricing_models import PlannedPrice
from app.homes.promotions import Span
from app.homes.queries import current_prices
from app.homes.rules import Amounts


def expected(session: Session, home_ids: Sequence[int], moment: datetime) -> dict[int, Amounts]:
    """Return prices and promotions of homes at a later moment, as far as they are known now."""
    waiting: dict[int, list[PlannedPrice]] = {home_id: [] for home_id in home_ids}
    for plan in session.scalars(
        select(PlannedPrice).where(
            PlannedPrice.home_id.in_(home_ids),
            PlannedPrice.state == "waiting",
            PlannedPrice.effective_at <= moment,
        )
    ):
        waiting[plan.home_id].append(plan)
    promoted = deals.spans(session, home_ids, since=clock.now(), until=moment)
    return {
        home_id: _played(prices.amounts, waiting[home_id], promoted[home_id], moment)
        for home_id, prices in current_prices(session, home_ids).items()
    }


def _played(
    amounts: Amounts, planned: Sequence[PlannedPrice], promoted: Sequence[Span], moment: datetime
) -> Amounts:
    for outcome in plans.play(amounts, planned, lambda at: promotions.in_force(promoted, at)):
        if outcome.refusal is None:
            amounts = amounts.with_price(plans.kind_of(outcome.plan), outcome.plan.amount_fen)
    return Amounts(
        amounts.filed_fen, amounts.cash_fen, amounts.voucher_fen, promotions.in_force(promoted, moment)
    )
