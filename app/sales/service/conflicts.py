"""A contract and a voucher's lock claim the same home: how that ends.

The lock has precedence until its deadline. The developer withdraws the contract (``undo``), an officer
decides, or the lock ends without a sale; then the contract stands.
"""

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import clock, locks
from app.core.actor import Actor
from app.core.errors import Conflict, DomainError, NotFound
from app.homes import service as homes
from app.homes.models import Home
from app.redemptions import service as redemptions
from app.redemptions.models import Redemption
from app.sales import states
from app.sales.errors import ContractYounger
from app.sales.models import CashSale
from app.sales.service import steps
from app.sales.states import Action, State

_RELEASED: Final = "线下合同 {number} 的签订日期不晚于锁定日，以该合同为准。{reason}"


def reject(session: Session, *, actor: Actor, sale_ref: str, reason: str) -> CashSale:
    """Decide as an officer that the lock stands: the contract does nothing to the home.

    Raises NotFound for another district's, Conflict when it was settled before, DomainError at ``reason``.
    """
    sale, home, holder = _take(session, actor, sale_ref, Action.REJECT, reason)
    steps.let_go(session, actor, sale, Action.REJECT, home=home, holder=holder, reason=reason.strip())
    return sale


def uphold(session: Session, *, actor: Actor, sale_ref: str, reason: str) -> CashSale:
    """Decide as an officer that the contract stands: the lock is released in full, the home sold.

    Only a contract signed on the day of the lock or before. Raises ContractYounger for a later one, Conflict
    when the home is sold to somebody else or the redemption waits for a checker, and as ``reject``.
    """
    sale, home, holder = _take(session, actor, sale_ref, Action.UPHOLD, reason)
    if holder is None:
        raise Conflict("home_sold_otherwise")
    if sale.signed_on > clock.legal_day(holder.locked_at):
        raise ContractYounger
    told = _RELEASED.format(number=sale.contract_number, reason=reason.strip())
    redemptions.set_disputed(holder, disputed=False)
    redemptions.release(session, actor=actor, redemption=holder, home=home, reason=told)
    steps.move(session, actor, sale, Action.UPHOLD, reason=reason.strip())
    homes.sell_offline(session, home)
    return sale


def settle_ended_lock(session: Session, /, **ids: int) -> None:
    """Handle ``redemptions.ended_unsold``: a contract that claims the home stands, or is looked at again.

    Ids: ``redemption_id``, ``home_id``, ``district_id``. The publisher has locked the home.
    """
    redemptions.set_disputed(session.get_one(Redemption, ids["redemption_id"]), disputed=False)
    steps.succeed(session, session.get_one(Home, ids["home_id"]))


def _take(
    session: Session, actor: Actor, ref: str, action: Action, reason: str
) -> tuple[CashSale, Home, Redemption | None]:
    """Return a conflict of the actor's district, its home and what holds that, home and holder locked."""
    states.demand(actor.role, action)
    if not reason.strip():
        raise DomainError("reason_missing", "reason")
    found = session.execute(
        select(CashSale.id, CashSale.home_id, CashSale.state).where(
            CashSale.ref == ref, CashSale.district_id == actor.district
        )
    ).first()
    if found is not None and found.state == State.DOUBTFUL:
        raise Conflict("sale_doubtful")
    if found is None or found.home_id is None:
        raise NotFound("sale_gone")
    home = locks.lock(session, Home, found.home_id)
    holder = redemptions.lock_holds(session, [home]).get(home.id)
    sale = session.get_one(CashSale, found.id, populate_existing=True)
    if sale.state == State.DOUBTFUL:
        # It came into doubt while this waited for the home.
        raise Conflict("sale_doubtful")
    if sale.state != State.CONFLICT:
        states.after(actor.role, sale.state, action)
    return sale, home, holder
