"""Reading late handovers: of one purchase, of a company, of a district by age and by developer."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, joinedload

from app.core import clock
from app.core.actor import Actor
from app.core.errors import NotFound
from app.homes.models import Development, Home
from app.identity.models import Organisation
from app.redemptions.models import Redemption
from app.redemptions.scope import scoped
from app.settlements.late_models import LateHandover, LateHandoverMove
from app.settlements.late_states import OPEN

AGES: Final = {"30": (0, 30), "60": (31, 60), "90": (61, 90), "more": (91, None)}
"""Ages of open reports in days since they were made, first and last."""

_PLACE: Final = (
    joinedload(LateHandover.redemption).joinedload(Redemption.home).joinedload(Home.building),
    joinedload(LateHandover.redemption)
    .joinedload(Redemption.home)
    .joinedload(Home.development)
    .joinedload(Development.developer),
    joinedload(LateHandover.redemption).joinedload(Redemption.household),
)


@dataclass(frozen=True, slots=True)
class Tally:
    """What stands against one developer of a district."""

    developer: str
    open: int
    unanswered: int
    broken: int
    """Days that it named and did not keep, over all reports."""
    ended: int
    oldest_days: int | None
    """How long the oldest open report has been open."""


def agreed_on(redemption: Redemption) -> date | None:
    """Return until when a purchase's contract promises the handover; None where nothing does."""
    return redemption.contract.handover_by if redemption.contract is not None else None


def age_days(found: LateHandover) -> int:
    """Return for how many days a report has been open, or was."""
    until = clock.legal_day(found.ended_at) if found.ended_at else clock.today()
    return (until - clock.legal_day(found.reported_at)).days


def late_days(found: LateHandover) -> int | None:
    """Return how many days have passed since the agreed day; None without one, or once it is over."""
    if found.agreed_on is None or found.ended_at is not None:
        return None
    return (clock.today() - found.agreed_on).days


def find_open(session: Session, redemption: Redemption) -> LateHandover | None:
    """Return the open report of a purchase, or None."""
    wanted = (LateHandover.redemption_id == redemption.id, LateHandover.state.in_(OPEN))
    return session.scalars(select(LateHandover).where(*wanted)).first()


def list_of(session: Session, redemption: Redemption) -> Sequence[LateHandover]:
    """Return every report of a purchase, the latest first."""
    wanted = select(LateHandover).where(LateHandover.redemption_id == redemption.id)
    return session.scalars(wanted.order_by(LateHandover.id.desc())).all()


def get_late(session: Session, *, actor: Actor, ref: str) -> LateHandover:
    """Return a report about a purchase that the actor may see; of kin's purchase only the buyer.

    Raises NotFound.
    """
    wanted = select(LateHandover).where(LateHandover.ref == ref, _seen(actor))
    found = session.scalars(wanted.options(*_PLACE)).first()
    if found is None:
        raise NotFound("late_gone")
    return found


def list_late(
    session: Session,
    *,
    actor: Actor,
    states: Collection[str],
    age: str = "",
    limit: int | None = None,
    offset: int = 0,
) -> Sequence[LateHandover]:
    """Return reports in some states and of an age (see ``AGES``), the oldest first; all without a limit."""
    wanted = select(LateHandover).where(*_wanted(actor, states, age)).options(*_PLACE)
    return session.scalars(wanted.order_by(LateHandover.id).limit(limit).offset(offset)).all()


def count_late(session: Session, *, actor: Actor, states: Collection[str], age: str = "") -> int:
    """Return how many reports are in some states and of an age."""
    return session.scalars(select(func.count(LateHandover.id)).where(*_wanted(actor, states, age))).one()


def list_of_visit(session: Session, *, visit_id: int) -> Sequence[LateHandoverMove]:
    """Return what a clerk did about late handovers for a household in one visit to the counter."""
    wanted = (
        select(LateHandoverMove)
        .where(LateHandoverMove.visit_id == visit_id)
        .options(joinedload(LateHandoverMove.late).options(*_PLACE))
    )
    return session.scalars(wanted.order_by(LateHandoverMove.id)).all()


def tallies(session: Session, *, actor: Actor) -> list[Tally]:
    """Return what stands against each developer of the actor's district, most open reports first."""
    is_open = LateHandover.state.in_(OPEN)
    wanted = (
        select(
            Organisation.name,
            func.count().filter(is_open).label("open"),
            func.count().filter(LateHandover.state == "reported").label("unanswered"),
            func.sum(LateHandover.broken_count).label("broken"),
            func.count().filter(~is_open).label("ended"),
            func.min(LateHandover.reported_at).filter(is_open).label("oldest"),
        )
        .join(Redemption, Redemption.id == LateHandover.redemption_id)
        .join(Organisation, Organisation.id == Redemption.developer_id)
        .where(LateHandover.district_id == actor.district)
        .group_by(Organisation.id)
        .order_by(func.count().filter(is_open).desc(), Organisation.id)
    )
    today = clock.today()
    return [
        Tally(
            developer=row.name,
            open=row.open,
            unanswered=row.unanswered,
            broken=row.broken,
            ended=row.ended,
            oldest_days=None if row.oldest is None else (today - clock.legal_day(row.oldest)).days,
        )
        for row in session.execute(wanted)
    ]


def _wanted(actor: Actor, states: Collection[str], age: str) -> list[ColumnElement[bool]]:
    found = [LateHandover.state.in_(states), _seen(actor)]
    if age:
        first, last = AGES[age]
        day = func.date(func.timezone(str(clock.LEGAL_ZONE), LateHandover.reported_at))
        found.append(clock.today() - day >= first)
        if last is not None:
            found.append(clock.today() - day <= last)
    return found


def _seen(actor: Actor) -> ColumnElement[bool]:
    wanted: Select[int] = scoped(select(Redemption.id), actor)
    if actor.household_id is not None:
        wanted = wanted.where(Redemption.household_id == actor.household)
    return LateHandover.redemption_id.in_(wanted)
