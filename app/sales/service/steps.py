"""What all verbs about a sale share: landing on a home, letting go of it, and writing the step down."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import audit, clock
from app.core.actor import Actor, system_actor
from app.homes import service as homes
from app.homes.models import Home
from app.redemptions import service as redemptions
from app.redemptions.models import Redemption
from app.sales import states, telling
from app.sales.models import CashSale, CashSaleMove
from app.sales.states import Action, State


def land(session: Session, actor: Actor, sale: CashSale, home: Home, holder: Redemption | None) -> None:
    """Sell a home by a contract, or record the conflict with whoever holds or has it; all is locked."""
    if home.status == "free":
        move(session, actor, sale, Action.SELL)
        homes.sell_offline(session, home)
        return
    sale.redemption_id = holder.id if holder else None
    move(session, actor, sale, Action.CLASH)
    if holder is not None:
        redemptions.set_disputed(holder, disputed=True)
        homes.set_aside(session, home)


def let_go(
    session: Session,
    actor: Actor,
    sale: CashSale,
    action: Action,
    *,
    home: Home | None,
    holder: Redemption | None,
    reason: str | None = None,
) -> None:
    """End what a contract does to its home by an action; home and holder, if any, are locked."""
    before = sale.state
    move(session, actor, sale, action, reason=reason)
    if home is None:
        return
    if before == State.STANDING:
        homes.take_back(session, home)
        succeed(session, home)
    elif before == State.CONFLICT and holder is not None and not find_claim(session, home):
        redemptions.set_disputed(holder, disputed=False)
        homes.put_back(session, home)


def succeed(session: Session, home: Home) -> None:
    """Let the oldest contract that claims a home stand, if there is one, now that the home is free."""
    sale = find_claim(session, home)
    if sale is not None:
        move(session, system_actor(sale.district_id), sale, Action.STAND)
        homes.sell_offline(session, home)


def find_claim(session: Session, home: Home) -> CashSale | None:
    """Return the oldest contract that claims a home somebody else holds or has; the home is locked."""
    statement = (
        select(CashSale)
        .where(CashSale.home_id == home.id, CashSale.state == State.CONFLICT)
        .order_by(CashSale.signed_on, CashSale.id)
        .limit(1)
    )
    return session.scalars(statement, execution_options={"populate_existing": True}).first()


def move(
    session: Session,
    actor: Actor,
    sale: CashSale,
    action: Action,
    *,
    reason: str | None = None,
    before: dict[str, Any] | None = None,
) -> None:
    """Take a step and write it down, for the record's story and for the audit trail."""
    from_state = sale.state if sale in session else states.NEW
    sale.state = states.after(actor.role, from_state, action)
    session.add(sale)
    session.flush()
    step = CashSaleMove(
        district_id=sale.district_id,
        sale_id=sale.id,
        action=action,
        from_state=None if from_state == states.NEW else from_state,
        to_state=sale.state,
        user_id=actor.user_id,
        role=actor.role,
        reason=reason,
        before=before,
        at=clock.now(),
    )
    session.add(step)
    session.flush()
    audit.record(
        session,
        actor=actor,
        action=f"sales.{action}",
        object_type="cash_sale",
        object_id=sale.id,
        home_id=sale.home_id,
        redemption_id=sale.redemption_id,
    )
    telling.tell_of(session, sale, step)
