"""Prices planned for a later moment: which are due, and what becomes of them. The rules here are pure.

A due plan counts from its own moment, whether or not the job has come by: whoever reads a price reads it as
if the job had.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.core.errors import DomainError
from app.core.prepared import Among
from app.homes import rules
from app.homes.pricing_models import PlannedPrice
from app.homes.promotions import Deal
from app.homes.rules import KINDS, Amounts, PriceKind


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a due plan comes to: a new price, or the refusal of the price rule at its moment."""

    plan: PlannedPrice
    refusal: DomainError | None


def kind_of(plan: PlannedPrice) -> PriceKind:
    """Return which price a plan changes."""
    return next(kind for kind in KINDS if kind == plan.kind)


def play(
    amounts: Amounts, plans: Iterable[PlannedPrice], deals_at: Callable[[datetime], tuple[Deal, ...]]
) -> list[Outcome]:
    """Return the outcome of due plans in order of time, beginning from the prices stored now.

    Each is judged by the prices and promotions of its own moment.
    """
    outcomes = []
    for plan in sorted(plans, key=lambda plan: (plan.effective_at, plan.kind != "cash", plan.id)):
        now = Amounts(amounts.filed_fen, amounts.cash_fen, amounts.voucher_fen, deals_at(plan.effective_at))
        refusal = None
        try:
            amounts = rules.check_change(kind_of(plan), plan.amount_fen, now)
        except DomainError as error:
            refusal = error
        outcomes.append(Outcome(plan, refusal))
    return outcomes


def due(session: Session, home_ids: Sequence[int], moment: datetime) -> dict[int, list[PlannedPrice]]:
    """Return the plans that wait and whose moment has come; homes without any are absent."""
    found: dict[int, list[PlannedPrice]] = {}
    waiting = [plan_id for (plan_id,) in _DUE.rows(session, home_ids, moment=moment)]
    if not waiting:
        return found  # nearly always
    # Asked again what makes it due: the job may have come by in between.
    statement = select(PlannedPrice).where(PlannedPrice.id.in_(waiting), PlannedPrice.state == "waiting")
    for plan in session.scalars(statement, execution_options={"populate_existing": True}):
        found.setdefault(plan.home_id, []).append(plan)
    return found


_DUE: Final = Among(
    PlannedPrice.home_id,
    lambda among: select(PlannedPrice.id).where(
        among, PlannedPrice.state == "waiting", PlannedPrice.effective_at <= bindparam("moment")
    ),
)
