"""Reading plans: the acting household's own, or the one that a shared link opens."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.core import clock
from app.core.actor import Actor
from app.core.errors import NotFound
from app.following.plan_models import BuyingPlan, PlannedHome
from app.homes.models import Development, Home
from app.vouchers.models import Voucher

_HOME: Final = selectinload(BuyingPlan.homes).joinedload(PlannedHome.home)
_PLACE: Final = _HOME.joinedload(Home.development)
_WHOLE: Final = (
    joinedload(BuyingPlan.voucher).joinedload(Voucher.policy_version),
    _HOME.joinedload(Home.building),
    _PLACE.joinedload(Development.developer),
    _PLACE.joinedload(Development.district),
)


def list_plans(session: Session, *, actor: Actor) -> Sequence[BuyingPlan]:
    """Return the acting household's plans with their homes, the latest first."""
    own = (BuyingPlan.household_id == actor.household, BuyingPlan.district_id == actor.district)
    statement = select(BuyingPlan).where(*own).order_by(BuyingPlan.id.desc())
    return session.scalars(statement.options(selectinload(BuyingPlan.homes))).all()


def count_plans(session: Session, *, actor: Actor) -> int:
    """Return how many plans the acting household has."""
    own = BuyingPlan.household_id == actor.household
    return int(session.scalars(select(func.count(BuyingPlan.id)).where(own)).one())


def get_plan(session: Session, *, actor: Actor, ref: str) -> BuyingPlan:
    """Return one of the acting household's plans as it is now, its homes in order. Raises NotFound."""
    wanted = (
        BuyingPlan.ref == ref,
        BuyingPlan.household_id == actor.household,
        BuyingPlan.district_id == actor.district,
    )
    return _one(session, *wanted)


def get_shared(session: Session, *, token: str) -> BuyingPlan:
    """Return the plan that a shared link opens. Raises NotFound, also once it ended or was taken back."""
    return _one(session, BuyingPlan.share_token == token, BuyingPlan.shared_until > clock.now())


def _one(session: Session, *wanted: ColumnElement[bool]) -> BuyingPlan:
    statement = select(BuyingPlan).where(*wanted).options(*_WHOLE)
    found = session.scalars(statement, execution_options={"populate_existing": True}).first()
    if found is None:
        raise NotFound("buying_plan_gone")
    return found


def home_of(plan: BuyingPlan, home_ref: str) -> PlannedHome:
    """Return a plan's row of a home. Raises NotFound for one that is not in it."""
    found = next((row for row in plan.homes if row.home.ref == home_ref), None)
    if found is None:
        raise NotFound("plan_home_gone")
    return found
