"""How the verification desk goes, and what was decided at it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.homes.models import Building, Development, Home
from app.homes.rules import home_name
from app.identity.models import User
from app.redemptions.checking import STATE_OF, Turn
from app.redemptions.checking_models import CaseLease, CheckBatch, CheckBatchCase
from app.redemptions.models import Redemption, RedemptionMove
from app.redemptions.states import Action, State


@dataclass(frozen=True, slots=True)
class Pace:
    """How one turn of the desk goes: waiting, decided today, and the median seconds of today's decisions."""

    waiting: int
    decided: int
    median_seconds: int | None


@dataclass(frozen=True, slots=True)
class Decision:
    """Who decided what, when, and how many seconds after they opened it (None: never opened at the desk)."""

    at: datetime
    by: str
    action: Action
    ref: str
    home: str
    contract_number: str | None
    price_fen: int
    reason: str | None
    seconds: int | None
    batch_ref: str | None


_DECIDING: Final = (Action.VERIFY_FIRST, Action.VERIFY_SECOND, Action.REFUSE)


def pace(session: Session, *, actor: Actor) -> dict[Turn, Pace]:
    """Return how both turns of the district's desk go, today being the legal day."""
    today = clock.end_of_day(clock.today() - timedelta(days=1))
    taken = func.extract("epoch", CaseLease.ended_at - CaseLease.began_at)
    median = func.percentile_cont(0.5).within_group(taken)
    found = {}
    for turn in Turn:
        waiting = select(func.count(Redemption.id)).where(
            Redemption.district_id == actor.district, Redemption.state == STATE_OF[turn]
        )
        decided = select(func.count(RedemptionMove.id)).where(
            RedemptionMove.district_id == actor.district,
            RedemptionMove.from_state == STATE_OF[turn],
            RedemptionMove.action.in_(_DECIDING),
            RedemptionMove.at >= today,
        )
        seconds = select(median).where(
            CaseLease.district_id == actor.district,
            CaseLease.turn == turn,
            CaseLease.outcome != "left",
            CaseLease.ended_at >= today,
        )
        middle = session.scalar(seconds)
        found[turn] = Pace(
            session.scalars(waiting).one(),
            session.scalars(decided).one(),
            None if middle is None else round(middle),
        )
    return found


def list_decided(session: Session, *, actor: Actor, first: date, last: date) -> list[Decision]:
    """Return who decided what between two legal days, both included, oldest first."""
    turn = case((RedemptionMove.from_state == State.CONTRACTED, Turn.FIRST), else_=Turn.SECOND)
    lease_of = and_(
        CaseLease.redemption_id == RedemptionMove.redemption_id,
        CaseLease.turn == turn,
        CaseLease.user_id == RedemptionMove.user_id,
        CaseLease.outcome.in_(("verified", "refused")),
    )
    batch = (
        select(CheckBatch.ref)
        .join(CheckBatchCase, CheckBatchCase.batch_id == CheckBatch.id)
        .where(CheckBatchCase.redemption_id == RedemptionMove.redemption_id)
        .where(CheckBatchCase.outcome == "redeemed", RedemptionMove.action == Action.VERIFY_SECOND)
        .scalar_subquery()
    )
    statement = (
        select(RedemptionMove, User.display_name, Redemption, Development.name, Building.name, Home)
        .add_columns(func.extract("epoch", CaseLease.ended_at - CaseLease.began_at), batch)
        .join(Redemption, Redemption.id == RedemptionMove.redemption_id)
        .join(Home, Home.id == Redemption.home_id)
        .join(Building, Building.id == Home.building_id)
        .join(Development, Development.id == Home.development_id)
        .join(User, User.id == RedemptionMove.user_id)
        .outerjoin(CaseLease, lease_of)
        .where(
            RedemptionMove.district_id == actor.district,
            RedemptionMove.action.in_(_DECIDING),
            RedemptionMove.at >= clock.end_of_day(first - timedelta(days=1)),
            RedemptionMove.at < clock.end_of_day(last),
        )
        .order_by(RedemptionMove.id)
    )
    return [
        Decision(
            at=move.at,
            by=name,
            action=Action(move.action),
            ref=redemption.ref,
            home=f"{development} {home_name(building, home.unit, home.room)}",
            contract_number=redemption.contract_number,
            price_fen=redemption.price_fen,
            reason=move.reason,
            seconds=None if seconds is None else round(seconds),
            batch_ref=batch_ref,
        )
        for move, name, redemption, development, building, home, seconds, batch_ref in session.execute(
            statement
        )
    ]
