"""What people are told of a contract that meets somebody's purchase, in the transaction of each step."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from app.homes.models import Home
from app.homes.rules import home_name
from app.identity.queries import organisations_of
from app.notices.service import Recipient, tell
from app.redemptions.models import Redemption
from app.redemptions.states import ACTIVE
from app.sales.address_models import AddressDoubt
from app.sales.models import CashSale, CashSaleCandidate, CashSaleMove
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
    if action in (Action.REJECT, Action.UPHOLD) and step.from_state == State.CONFLICT:
        _tell(session, sale, step, "developer_dispute_decided", _developer(sale))


def tell_doubt(session: Session, sale: CashSale, rows: Sequence[CashSaleCandidate]) -> None:
    """Tell whoever holds or offers one of these homes that a contract may have sold it, and who decides."""
    if not rows:
        return
    event = f"sales.doubt:{rows[0].id}"
    for row in rows:
        if row.redemption_id is not None:
            _tell_buyer(session, row.redemption_id, "lock_disputed", sale, event)
    for developer_id, row in _one_of_each(rows).items():
        to = Recipient(district_id=sale.district_id, organisation_id=developer_id)
        told = {"home": _place_of(row.home), "about_ref": row.home.ref}
        tell(session, kind="developer_home_doubted", to=to, event=event, **told)
    _tell_desks(session, sale, event, authority="doubt_waits", regulator="doubt_found")


def tell_doubt_over(session: Session, sale: CashSale, rows: Sequence[CashSaleCandidate]) -> None:
    """Tell the same people that it is over; what became of their home stands on its page."""
    if not rows:
        return
    event = f"sales.doubt_over:{rows[0].id}"
    for row in rows:
        if row.redemption_id is not None:
            redemption = session.get_one(Redemption, row.redemption_id)
            if redemption.disputed_at is None:
                _tell_buyer(session, row.redemption_id, "lock_dispute_over", sale, event)
    for developer_id, row in _one_of_each(rows).items():
        to = Recipient(district_id=sale.district_id, organisation_id=developer_id)
        told = {"home": _place_of(row.home), "about_ref": row.home.ref}
        tell(session, kind="developer_doubt_decided", to=to, event=event, **told)


def tell_twin(session: Session, sale: CashSale) -> None:
    """Tell the regulator that a home has the address of one that a registered contract sold."""
    _tell_desks(session, sale, f"sales.twin:{sale.id}", regulator="twin_found")


def tell_addresses(
    session: Session, rows: Sequence[AddressDoubt], holders: Mapping[int, Redemption] | None = None
) -> None:
    """Tell developers, regulators and buyers of homes at an address that is bought or sold already."""
    for row in rows:
        event = f"sales.address:{row.id}"
        told = {"home": _place_of(row.home)}
        to = Recipient(district_id=row.district_id, organisation_id=row.home.development.developer_id)
        tell(session, kind="developer_address_doubted", to=to, event=event, about_ref=row.home.ref, **told)
        for organisation_id in organisations_of(session, district_id=row.district_id, kind="regulator"):
            desk = Recipient(district_id=row.district_id, organisation_id=organisation_id)
            tell(session, kind="address_waits", to=desk, event=event, about_ref=row.ref, **told)
        _tell_holder(session, "lock_address_doubted", row, (holders or {}).get(row.home_id), event)


def tell_address_decided(session: Session, row: AddressDoubt, holder: Redemption | None) -> None:
    """Tell developer and buyer what the regulator decided; the reason stands on the home's page."""
    to = Recipient(district_id=row.district_id, organisation_id=row.home.development.developer_id)
    kind, event = f"developer_address_{row.state}", f"sales.address_decided:{row.id}"
    told = {"home": _place_of(row.home), "reason": row.reason or ""}
    tell(session, kind=kind, to=to, event=event, about_ref=row.home.ref, **told)
    if row.state == "same":
        _tell_holder(session, "lock_address_same", row, holder, event)
    elif holder is not None and holder.disputed_at is None:
        _tell_holder(session, "lock_address_over", row, holder, event)


def tell_address_over(session: Session, row: AddressDoubt, holder: Redemption | None) -> None:
    """Tell a buyer that the other home of the address was let go, so the purchase goes on."""
    _tell_holder(session, "lock_address_over", row, holder, f"sales.address_over:{row.id}")


def _tell_holder(
    session: Session, kind: str, row: AddressDoubt, holder: Redemption | None, event: str
) -> None:
    if holder is None:
        return
    household = Recipient(district_id=row.district_id, household_id=holder.household_id)
    told = {"home": _place_of(row.home), "about_ref": holder.ref}
    tell(session, kind=kind, to=household, event=event, **told)


def tell_number(session: Session, sale: CashSale, redemption: Redemption) -> None:
    """Tell that the registry has the contract of a purchase for another home."""
    event = f"sales.number:{sale.id}:{redemption.id}"
    _tell_buyer(session, redemption.id, "number_disputed", sale, event)
    to = Recipient(district_id=sale.district_id, organisation_id=redemption.developer_id)
    told = {"number": sale.contract_number, "home": _place_of(redemption.home), "about_ref": redemption.ref}
    tell(session, kind="developer_number_disputed", to=to, event=event, **told)
    for organisation_id in organisations_of(session, district_id=sale.district_id, kind="authority"):
        desk = Recipient(district_id=sale.district_id, organisation_id=organisation_id)
        tell(session, kind="number_waits", to=desk, event=event, **told)


def tell_number_over(session: Session, sale: CashSale, redemption: Redemption) -> None:
    """Tell the household that the registry has put it right."""
    _tell_buyer(
        session, redemption.id, "number_settled", sale, f"sales.number_over:{sale.id}:{redemption.id}"
    )


def _tell_buyer(session: Session, redemption_id: int, kind: str, sale: CashSale, event: str) -> None:
    redemption = session.get_one(Redemption, redemption_id)
    if redemption.state not in ACTIVE:
        return
    household = Recipient(district_id=sale.district_id, household_id=redemption.household_id)
    told = {"home": _place_of(redemption.home), "about_ref": redemption.ref}
    tell(session, kind=kind, to=household, event=event, **told)


def _tell_desks(
    session: Session, sale: CashSale, event: str, *, regulator: str, authority: str | None = None
) -> None:
    for kind, side in ((authority, "authority"), (regulator, "regulator")):
        for organisation_id in organisations_of(session, district_id=sale.district_id, kind=side):
            to = Recipient(district_id=sale.district_id, organisation_id=organisation_id)
            if kind is not None:
                tell(session, kind=kind, to=to, event=event, about_ref=sale.ref, home=_place(sale))


def _one_of_each(rows: Sequence[CashSaleCandidate]) -> dict[int, CashSaleCandidate]:
    """Return one of the homes of each company, by its id."""
    return {row.home.development.developer_id: row for row in reversed(rows)}


def _place_of(home: Home) -> str:
    return f"{home.development.name} {home_name(home.building.name, home.unit, home.room)}"


def _place(sale: CashSale) -> str:
    return f"{sale.development_name} {home_name(sale.building_name, sale.unit, sale.room)}"


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
    event = f"sales.{step.action}:{step.id}"
    tell(session, kind=kind, to=to, event=event, **{"about_ref": sale.ref, "home": _place(sale), **more})
