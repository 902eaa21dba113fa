"""What people are told of a contract that meets somebody's purchase, in the transaction of each step."""

from typing import Any

from sqlalchemy.orm import Session

from app.homes.rules import home_name
from app.identity.queries import organisations_of
from app.notices.service import Recipient, tell
from app.redemptions.models import Redemption
from app.redemptions.states import ACTIVE
from app.sales.models import CashSale, CashSaleMove
from app.sales.states import Action, State


def tell_of(session: Session, sale: CashSale, step: CashSaleMove) -> None:
    """Tell everybody whom a step concerns; one that touches nobody else is told to nobody."""
    action = Action(step.action)
    if action is Action.CLASH:
        _tell_household(session, sale, step, "lock_disputed")
        _tell(session, sale, step, "developer_sale_disputed", _developer(sale))
        for organisation_id in organisations_of(session, district_id=sale.district_id, kind="authority"):
            desk = Recipient(district_id=sale.district_id, organisation_id=organisation_id)
            _tell(session, sale, step, "conflict_waits", desk)
    elif step.from_state == State.CONFLICT and sale.state not in (State.CONFLICT, State.STANDING):
        _tell_household(session, sale, step, "lock_dispute_over")
    if action in (Action.REJECT, Action.UPHOLD):
        _tell(session, sale, step, "developer_dispute_decided", _developer(sale))


def _tell_household(session: Session, sale: CashSale, step: CashSaleMove, kind: str) -> None:
    redemption = session.get(Redemption, sale.redemption_id) if sale.redemption_id else None
    if redemption is None or redemption.state not in ACTIVE:
        return
    household = Recipient(district_id=sale.district_id, household_id=redemption.household_id)
    _tell(session, sale, step, kind, household, about_ref=redemption.ref)


def _developer(sale: CashSale) -> Recipient:
    return Recipient(district_id=sale.district_id, organisation_id=sale.developer_id)


def _tell(
    session: Session, sale: CashSale, step: CashSaleMove, kind: str, to: Recipient, **more: Any
) -> None:
    place = f"{sale.development_name} {home_name(sale.building_name, sale.unit, sale.room)}"
    event = f"sales.{step.action}:{step.id}"
    tell(session, kind=kind, to=to, event=event, **{"about_ref": sale.ref, "home": place, **more})
