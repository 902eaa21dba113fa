"""What contracts are matched by: homes by the key of their address, numbers, and what is on record."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ARRAY, BigInteger, ColumnElement, String, any_, bindparam, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload

from app.core.prepared import Prepared
from app.homes.keys import address_key, development_key
from app.homes.models import Building, Development, Home
from app.redemptions.models import Redemption
from app.sales.models import CashSale, CashSaleCandidate
from app.sales.reader import Contract
from app.sales.states import State


def homes_by_key(
    session: Session, district_id: int, keys: Collection[str], *where: ColumnElement[bool]
) -> dict[str, list[int]]:
    """Return the district's homes that answer to each of these keys (``homes.keys``): ids, ascending.

    Only those that meet the conditions, if any are given.
    """
    places = session.execute(_DEVELOPMENTS, {"district_id": district_id})
    names = {key.split("|")[0] for key in keys}
    wanted = {place.id: place.name for place in places if development_key(place.name) in names}
    statement = _ADDRESSES.where(*where) if where else _ADDRESSES
    found: dict[str, list[int]] = {}
    rows = session.execute(statement, {"development_ids": list(wanted)})
    for place_id, building, unit, room, home_id in rows:
        key = address_key(development=wanted[place_id], building=building, unit=unit, room=room)
        if key in keys:
            found.setdefault(key, []).append(home_id)
    return found


_DEVELOPMENTS: Final = select(Development.id, Development.name).where(
    Development.district_id == bindparam("district_id")
)
_ADDRESSES: Final = (
    select(Home.development_id, Building.name, Home.unit, Home.room, Home.id)
    .join(Building, Building.id == Home.building_id)
    .where(Home.development_id == any_(bindparam("development_ids", type_=ARRAY(BigInteger))))
    .order_by(Home.id)
)


def keys_of(session: Session, home_ids: Collection[int]) -> dict[int, tuple[int, str]]:
    """Return the district and the key of each of these homes."""
    statement = (
        select(Home.id, Development.district_id, Development.name, Building.name, Home.unit, Home.room)
        .join(Building, Building.id == Home.building_id)
        .join(Development, Development.id == Home.development_id)
        .where(among(Home.id, home_ids))
    )
    return {
        home_id: (
            district_id,
            address_key(development=development, building=building, unit=unit, room=room),
        )
        for home_id, district_id, development, building, unit, room in session.execute(statement)
    }


def list_waiting(session: Session, district_id: int, keys: Collection[str]) -> Sequence[CashSale]:
    """Return the contracts with these keys that have no home yet or are in doubt, the oldest first."""
    statement = select(CashSale).where(
        CashSale.district_id == district_id,
        among(CashSale.match_key, keys, String),
        CashSale.state.in_((State.UNMATCHED, State.DOUBTFUL)),
    )
    return session.scalars(
        statement.order_by(CashSale.id), execution_options={"populate_existing": True}
    ).all()


def candidates_of(session: Session, sale_id: int, *, ended: bool = False) -> Sequence[CashSaleCandidate]:
    """Return the homes that a contract may have sold, with their place; ``ended`` those of before as well."""
    statement = (
        select(CashSaleCandidate)
        .where(CashSaleCandidate.sale_id == sale_id)
        .options(
            joinedload(CashSaleCandidate.home).joinedload(Home.building),
            joinedload(CashSaleCandidate.home).joinedload(Home.development).joinedload(Development.developer),
        )
        .order_by(CashSaleCandidate.home_id)
    )
    if not ended:
        statement = statement.where(CashSaleCandidate.ended_at.is_(None))
    return session.scalars(statement).all()


def twins_of(session: Session, places: Mapping[int, tuple[int, str]]) -> Sequence[CashSale]:
    """Return the registered contracts of other homes that have the address of one of these.

    ``places`` are district and key by home id, as ``keys_of`` returns them.
    """
    twins: list[CashSale] = []
    for district_id in {district_id for district_id, _ in places.values()}:
        keys = {key for own, key in places.values() if own == district_id}
        statement = select(CashSale).where(
            CashSale.district_id == district_id,
            among(CashSale.match_key, keys, String),
            CashSale.state.in_((State.STANDING, State.CONFLICT)),
            CashSale.registered_at.is_not(None),
        )
        twins += [sale for sale in session.scalars(statement) if sale.home_id not in places]
    return sorted(twins, key=lambda sale: sale.id)


def among(
    column: InstrumentedAttribute[Any],
    values: Iterable[Any],
    kind: type[BigInteger | String] = BigInteger,
) -> ColumnElement[bool]:
    """Return the condition that a column has one of so many values, as one array: there may be 100,000."""
    return column == any_(bindparam(None, list(values), type_=ARRAY(kind)))


def find_doubt_of_home(session: Session, *, home_id: int) -> CashSale | None:
    """Return the oldest contract that may have sold a home and is in doubt; None without any."""
    statement = (
        select(CashSale)
        .join(CashSaleCandidate, CashSaleCandidate.sale_id == CashSale.id)
        .where(CashSaleCandidate.home_id == home_id, CashSaleCandidate.ended_at.is_(None))
        .order_by(CashSale.id)
        .limit(1)
    )
    return session.scalars(statement).first()


def number_elsewhere(session: Session, redemption: Redemption) -> CashSale | None:
    """Return the contract on record with a redemption's number that is not of its home; None without any."""
    if redemption.contract_number is None:
        return None
    statement = select(CashSale).where(
        CashSale.district_id == redemption.district_id,
        CashSale.contract_number == redemption.contract_number,
        (CashSale.state == State.DOUBTFUL)
        | (
            CashSale.state.not_in((State.WITHDRAWN, State.UNMATCHED))
            & (CashSale.home_id != redemption.home_id)
        )
        # An officer said that it is none of ours.
        | ((CashSale.state == State.REJECTED) & CashSale.home_id.is_(None)),
    )
    return session.scalars(statement.limit(1)).first()


def find_without_home(session: Session, redemption: Redemption) -> CashSale | None:
    """Return the registered contract of a redemption's number whose address is no home of ours, if any."""
    found = _WITHOUT_HOME.first(
        session, district_id=redemption.district_id, number=redemption.contract_number
    )
    return session.get(CashSale, found[0], populate_existing=True) if found else None


_WITHOUT_HOME: Final = Prepared(
    select(CashSale.id).where(
        CashSale.district_id == bindparam("district_id"),
        CashSale.contract_number == bindparam("number"),
        or_(CashSale.state == State.UNMATCHED, CashSale.state == State.NOTED),
        CashSale.home_id.is_(None),
    )
)
"""It is asked of every contract that is entered, and hardly ever finds one."""


def sales_by_number(session: Session, district_id: int, numbers: Iterable[str]) -> dict[str, CashSale]:
    """Return what is on record of these contracts, by number; what was withdrawn is not."""
    statement = select(CashSale).where(
        CashSale.district_id == district_id,
        among(CashSale.contract_number, numbers, String),
        CashSale.state != State.WITHDRAWN,
    )
    rows = session.scalars(statement, execution_options={"populate_existing": True})
    return {sale.contract_number: sale for sale in rows}


def voucher_contracts(session: Session, district_id: int, numbers: Iterable[str]) -> dict[str, int]:
    """Return the homes of those of these contracts that a voucher pays, as their redemptions say."""
    statement = select(Redemption.contract_number, Redemption.home_id).where(
        Redemption.district_id == district_id,
        among(Redemption.contract_number, numbers, String),
        Redemption.state.in_(("contracted", "checked", "redeemed")),
    )
    return {number: home_id for number, home_id in session.execute(statement) if number}


def list_without_home(session: Session, district_id: int) -> Sequence[CashSale]:
    """Return contracts of a district that name no home of ours, the oldest first."""
    statement = select(CashSale).where(
        CashSale.district_id == district_id,
        CashSale.state.in_((State.UNMATCHED, State.NOTED)),
        CashSale.home_id.is_(None),
    )
    return session.scalars(statement.order_by(CashSale.id)).all()


def as_contract(sale: CashSale) -> Contract:
    """Return a sale as the line that brought it; its line is 0."""
    if sale.price_fen is None:
        raise LookupError(f"sale {sale.id} came from no file")
    return Contract(
        line=0,
        contract_number=sale.contract_number,
        development=sale.development_name,
        building=sale.building_name,
        unit=sale.unit,
        room=sale.room,
        signed_on=sale.signed_on,
        price_fen=sale.price_fen,
        payment=sale.payment,
        fit_out=sale.fit_out,
        is_bulk=sale.is_bulk,
        is_staff=sale.is_staff,
        is_cancelled=sale.is_cancelled,
        by_voucher=sale.by_voucher,
    )
