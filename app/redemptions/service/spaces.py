"""Spaces fall with their homes: what was to stand beside a purchase that is no more goes back by itself."""

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from app.approvals import service as approvals
from app.core import locks
from app.core.actor import system_actor
from app.core.apart import Due
from app.core.errors import Conflict
from app.homes.models import Home
from app.redemptions import promises, states
from app.redemptions.beside import STANDING
from app.redemptions.models import Redemption
from app.redemptions.service import record
from app.redemptions.service.steps import VERIFY
from app.redemptions.states import Action, State


def due_spaces(session: Session, *, limit: int = 50) -> list[Due[int]]:
    """Return the purchases of spaces whose home's purchase has ended, the oldest first."""
    of_home = aliased(Redemption)
    orphans = (
        select(Redemption.id, Redemption.district_id, Redemption.ref)
        .join(of_home, of_home.id == Redemption.beside_id)
        .where(Redemption.state.in_(states.ACTIVE), of_home.state.not_in(STANDING))
    )
    return [Due(*one) for one in session.execute(orphans.order_by(Redemption.id).limit(limit))]


def let_space_go(session: Session, redemption_id: int) -> None:
    """End the purchase of a space whose home's purchase has ended, unless it has ended itself.

    In a transaction of its own, right after that end: a home's lock comes before a redemption's, and whoever
    ends a home's purchase holds its redemption already. Until then the database lets such a space go nowhere.
    """
    known = session.get_one(Redemption, redemption_id)
    home = locks.lock(session, Home, known.home_id)
    space = locks.lock(session, Redemption, redemption_id)
    if space.state not in states.ACTIVE:
        return
    checked = space.state == State.CHECKED
    promises.lock(session, [space])
    record.release(session, system_actor(space.district_id), space, home, Action.FALL)
    if checked:
        approvals.lapse(session, kind=VERIFY, subject_ids=[space.id])


def demand_no_space(session: Session, redemption: Redemption) -> None:
    """Refuse to undo a home's purchase while a space beside it is written off: that is undone first."""
    written_off = select(Redemption.id).where(
        Redemption.beside_id == redemption.id, Redemption.state == State.REDEEMED
    )
    if session.scalars(written_off.limit(1)).first() is not None:
        raise Conflict("space_stands")
