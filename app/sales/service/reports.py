"""What a developer says: a home is sold to a cash buyer, or that was a mistake."""

from datetime import date
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import clock, locks
from app.core.actor import Actor
from app.core.db import unless_taken
from app.core.errors import Conflict, DomainError, NotFound
from app.core.ids import new_ref
from app.core.queue import enqueue
from app.homes.keys import address_key
from app.homes.models import Home
from app.homes.service.own import lock_own, refuse_sold
from app.redemptions import service as redemptions
from app.redemptions.models import Redemption
from app.sales import rules, states
from app.sales.errors import SaleNumberTaken, UndoTooLate
from app.sales.models import CashSale
from app.sales.service import steps
from app.sales.states import Action, State

_SIGNED: Final = ("contracted", "checked", "redeemed")
"""States of a redemption in which its contract number counts."""

_NUMBER_GUARDS: Final = ("uq_cash_sales_contract", "uq_contract_numbers")
"""Of another contract paid in cash, and of one that a voucher pays."""


def report(
    session: Session,
    *,
    actor: Actor,
    home_id: int,
    contract_number: str,
    signed_on: date,
    price_fen: int | None = None,
    payment: str | None = None,
) -> CashSale:
    """Record that a home of the actor's company is sold to a cash buyer; it is out of every pool at once.

    If a redemption holds the home nothing is sold: the record is a conflict (its ``state`` says which). A
    hold past its deadline gives way. Raises NotFound for anybody else's home, Conflict when it is sold or
    claimed already, SaleNumberTaken, and the refusals of ``rules.check_contract``.
    """
    states.demand(actor.role, Action.SELL)
    number = rules.check_contract(
        contract_number=contract_number,
        signed_on=signed_on,
        today=clock.today(),
        price_fen=price_fen,
        payment=payment,
    )
    home = lock_own(session, actor, home_id, None)
    holder = redemptions.lock_holds(session, [home]).get(home.id)
    refuse_sold(home)
    if steps.find_claim(session, home) is not None:
        raise Conflict("sale_in_conflict")
    _refuse_voucher_contract(session, home, number)
    sale = _record(actor, home, number, signed_on)
    sale.price_fen, sale.payment = price_fen, payment
    with unless_taken(session, _NUMBER_GUARDS, SaleNumberTaken()):
        steps.land(session, actor, sale, home, holder)
    enqueue(session, "sales.settle_twins", home_id=home.id)
    return sale


def undo(session: Session, *, actor: Actor, sale_ref: str, reason: str) -> CashSale:
    """Take back what the actor's company reported: the home is free, or the conflict over.

    Raises NotFound for anybody else's, UndoTooLate after ``rules.UNDO_LASTS`` for a sale that stands and once
    the registry confirmed the contract, Conflict when it was settled before, DomainError at ``reason``.
    """
    states.demand(actor.role, Action.UNDO)
    stated = reason.strip()
    if not stated:
        raise DomainError("reason_missing", "reason")
    own = select(CashSale.id, CashSale.home_id).where(
        CashSale.ref == sale_ref, CashSale.developer_id == actor.organisation
    )
    found = session.execute(own).first()
    if found is None:
        raise NotFound("sale_gone")
    home = locks.lock(session, Home, found.home_id)
    holder = redemptions.lock_holds(session, [home]).get(home.id)
    sale = session.get_one(CashSale, found.id, populate_existing=True)
    states.after(actor.role, sale.state, Action.UNDO)
    hours = rules.UNDO_LASTS.seconds // 3600
    if sale.registered_at is not None:
        raise UndoTooLate("sale_registered", hours)
    if sale.state == State.STANDING and clock.now() >= rules.undo_until(sale.reported_at):
        raise UndoTooLate("sale_undo_over", hours)
    steps.let_go(session, actor, sale, Action.UNDO, home=home, holder=holder, reason=stated)
    return sale


def _record(actor: Actor, home: Home, number: str, signed_on: date) -> CashSale:
    place = home.development
    return CashSale(
        ref=new_ref("XJ"),
        district_id=place.district_id,
        contract_number=number,
        signed_on=signed_on,
        development_name=place.name,
        building_name=home.building.name,
        unit=home.unit,
        room=home.room,
        match_key=address_key(
            development=place.name, building=home.building.name, unit=home.unit, room=home.room
        ),
        home_id=home.id,
        developer_id=place.developer_id,
        area_m2=home.area_m2,
        is_bulk=False,
        is_staff=False,
        is_cancelled=False,
        by_voucher=False,
        source="developer" if actor.token_id is None else "api",
        reported_at=clock.now(),
    )


def _refuse_voucher_contract(session: Session, home: Home, number: str) -> None:
    """Raise SaleNumberTaken for the number of a contract that a voucher pays."""
    same = select(Redemption.id).where(
        Redemption.district_id == home.development.district_id,
        Redemption.contract_number == number,
        Redemption.state.in_(_SIGNED),
    )
    if session.scalar(same) is not None:
        raise SaleNumberTaken
