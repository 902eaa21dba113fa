"""What all verbs about a sale share: landing on a home, letting go of it, and writing the step down."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import audit, clock, locks
from app.core.actor import Actor, system_actor
from app.core.queue import enqueue
from app.homes import service as homes
from app.homes.models import Home
from app.redemptions import service as redemptions
from app.redemptions.models import Redemption
from app.redemptions.states import ACTIVE
from app.sales import addresses, matching, states, telling
from app.sales.events import moved
from app.sales.models import CashSale, CashSaleCandidate, CashSaleMove
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


def suspect(
    session: Session, sale: CashSale, suspected: Sequence[Home], holders: Mapping[int, Redemption]
) -> None:
    """Set homes aside that a doubtful contract may have sold, and tell whoever has to do with them.

    Homes and holders are locked. One that is in doubt already stays as it is.
    """
    known = {row.home_id for row in matching.candidates_of(session, sale.id)}
    fresh = []
    for home in suspected:
        if home.id in known:
            continue
        holder = holders.get(home.id)
        row = CashSaleCandidate(
            district_id=sale.district_id,
            sale_id=sale.id,
            home_id=home.id,
            redemption_id=holder.id if holder else None,
            added_at=clock.now(),
        )
        session.add(row)
        fresh.append(row)
        if home.status == "sold":
            continue
        if holder is not None:
            redemptions.set_disputed(holder, disputed=True)
        homes.set_aside(session, home)
    session.flush()
    telling.tell_doubt(session, sale, fresh)


def release(session: Session, sale: CashSale, *, chosen: Home | None = None) -> None:
    """End a contract's doubt: its homes come back if nothing else holds them, but for the chosen one.

    The caller has locked them.
    """
    rows = matching.candidates_of(session, sale.id)
    for row in rows:
        row.ended_at = clock.now()
    session.flush()
    freed = locks.lock_all(session, Home, [row.home_id for row in rows])
    holders = redemptions.lock_holds(session, freed)
    for home in freed:
        if home is not chosen:
            ease(session, home, holders.get(home.id), restore=True)
    telling.tell_doubt_over(session, sale, rows)


def ease(session: Session, home: Home, holder: Redemption | None, *, restore: bool = False) -> bool:
    """Give a home back that nothing claims any more; it and its holder, if any, are locked.

    Returns whether so.
    """
    if find_claim(session, home) or _is_in_doubt(session, home):
        return False
    if holder is not None:
        elsewhere = matching.number_elsewhere(session, holder) is not None
        redemptions.set_disputed(holder, disputed=elsewhere)
    if home.claimed_at is not None and home.status != "sold":
        homes.put_back(session, home, restore=restore)
    return True


def question_number(session: Session, sale: CashSale, redemption: Redemption) -> None:
    """Dispute a redemption whose contract the registry has for another home, or no longer; it is locked.

    One that was written off already cannot be stopped: the authority is told.
    """
    elsewhere = matching.number_elsewhere(session, redemption) is not None
    if elsewhere and redemption.disputed_at is None:
        if redemption.state in ACTIVE:
            redemptions.set_disputed(redemption, disputed=True)
        telling.tell_number(session, sale, redemption)
    elif (
        not elsewhere
        and redemption.disputed_at is not None
        and ease(session, session.get_one(Home, redemption.home_id), redemption)
    ):
        telling.tell_number_over(session, sale, redemption)


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
    if before == State.DOUBTFUL:
        release(session, sale)
    if home is None:
        return
    if before == State.STANDING:
        homes.take_back(session, home)
        succeed(session, home)
        enqueue(session, "sales.settle_twins", home_id=home.id)
    elif before == State.CONFLICT:
        ease(session, home, holder)


def succeed(session: Session, home: Home) -> None:
    """Say what becomes of a home that is free now: the oldest contract that claims it stands.

    Without one, contracts that were rejected because a lock stood are looked at again, and the home is set
    aside for that; so it stays while it is in doubt.
    """
    sale = find_claim(session, home)
    if sale is not None:
        move(session, system_actor(sale.district_id), sale, Action.STAND)
        homes.sell_offline(session, home)
        return
    for rejected in _rejected_for_a_lock(session, home):
        move(session, system_actor(rejected.district_id), rejected, Action.REOPEN)
        suspect(session, rejected, [home], {})
    if home.claimed_at is None and _is_in_doubt(session, home):
        homes.set_aside(session, home)


def _is_in_doubt(session: Session, home: Home) -> bool:
    """Tell whether a contract may have sold a home, or it has the address of one that is taken."""
    by_contract = matching.find_doubt_of_home(session, home_id=home.id)
    return (by_contract or addresses.find_of_home(session, home_id=home.id)) is not None


def _rejected_for_a_lock(session: Session, home: Home) -> list[CashSale]:
    """Return registered contracts of a home that an officer last rejected in a conflict."""
    last = (
        select(CashSaleMove.from_state)
        .where(CashSaleMove.sale_id == CashSale.id, CashSaleMove.action == Action.REJECT)
        .order_by(CashSaleMove.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    statement = select(CashSale).where(
        CashSale.home_id == home.id,
        CashSale.state == State.REJECTED,
        CashSale.registered_at.is_not(None),
        last == State.CONFLICT,
    )
    rows = session.scalars(statement.order_by(CashSale.id), execution_options={"populate_existing": True})
    return list(rows)


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
    moved.publish(session, sale_id=sale.id, district_id=sale.district_id)
