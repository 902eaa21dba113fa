"""Spaces fall with their homes: what was to stand beside a purchase that is no more goes back by itself."""

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from app.approvals import service as approvals
from app.core import locks
from app.core.actor import system_actor
from app.core.errors import Conflict
from app.homes.models import Home
from app.redemptions import promises, states
from app.redemptions.beside import STANDING
from app.redemptions.models import Redemption
from app.redemptions.service import record
from app.redemptions.service.steps import VERIFY
from app.redemptions.states import Action, State


def let_spaces_go(session: Session, *, limit: int = 50) -> int:
    """End the purchases of spaces whose home's purchase has ended, the oldest first; return how many.

    In a transaction of its own, right after that end: a home's lock comes before a redemption's, and whoever
    ends a home's purchase holds its redemption already. Until then the database lets such a space go nowhere.
    """
    of_home = aliased(Redemption)
    orphans = (
        select(Redemption.id, Redemption.home_id)
        .join(of_home, of_home.id == Redemption.beside_id)
        .where(Redemption.state.in_(states.ACTIVE), of_home.state.not_in(STANDING))
        .order_by(Redemption.id)
        .limit(limit)
    )
    found = session.execute(orphans).all()
    homes_by_id = {home.id: home for home in locks.lock_all(session, Home, [row.home_id for row in found])}
    locked = locks.lock_all(session, Redemption, [row.id for row in found])
    still = [space for space in locked if space.state in states.ACTIVE]
    promises.lock(session, still)
    for space in still:
        checked = space.state == State.CHECKED
        actor = system_actor(space.district_id)
        record.release(session, actor, space, homes_by_id[space.home_id], Action.FALL)
        if checked:
            approvals.lapse(session, kind=VERIFY, subject_ids=[space.id])
    return len(still)


def demand_no_space(session: Session, redemption: Redemption) -> None:
    """Refuse to undo a home's purchase while a space beside it is written off: that is undone first."""
    written_off = select(Redemption.id).where(
        Redemption.beside_id == redemption.id, Redemption.state == State.REDEEMED
    )
    if session.scalars(written_off.limit(1)).first() is not None:
        raise Conflict("space_stands")
