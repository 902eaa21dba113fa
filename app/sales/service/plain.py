"""The common contracts of a file, carried out together by statements instead of one by one.

A free home is sold, a sold one free again, a contract is only noted, waits for its home, or says something
new: whoever has to do with such a home is told nothing and nothing else moves. Everything rarer goes singly.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from sqlalchemy import Table, exists, insert, or_, select
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.core.ids import new_ref
from app.core.queue import enqueue
from app.homes import service as homes
from app.homes.models import Home
from app.sales import matching, states
from app.sales.address_models import AddressDoubt
from app.sales.decisions import FACTS, Decision, facts_of
from app.sales.events import moved_many
from app.sales.models import CashSale, CashSaleCandidate, CashSaleMove, SalesFile
from app.sales.reader import Contract
from app.sales.service.ground import Ground
from app.sales.states import Action, State

_INSERT_MOVES: Final = insert(cast(Table, CashSaleMove.__table__))
_STEPS: Final = frozenset({None, Action.SELL, Action.NOTE, Action.CANCEL, Action.MISS})
_RARE: Final = frozenset({State.CONFLICT, State.DOUBTFUL})


@dataclass(slots=True)
class Planned:
    """A contract with what becomes of it."""

    contract: Contract
    decision: Decision


def plan(session: Session, ground: Ground, contracts: Sequence[Contract]) -> dict[int, Planned]:
    """Return which contracts are common ones, by their place among all, with what becomes of each."""
    found = {
        place: Planned(contract, ground.decide(contract))
        for place, (contract, alone) in enumerate(zip(contracts, ground.alone(contracts), strict=True))
        if alone
    }
    freed = {one.decision.home_id for one in found.values() if one.decision.frees}
    burdened = _burdened(session, {home_id for home_id in freed if home_id is not None})
    return {
        place: one
        for place, one in found.items()
        if _is_common(ground, one) and not (one.decision.frees and one.decision.home_id in burdened)
    }


def _is_common(ground: Ground, one: Planned) -> bool:
    decision, payer = one.decision, ground.payer_of(one.contract)
    if decision.corrects or decision.step not in _STEPS or decision.before is State.DOUBTFUL:
        return False
    if decision.step is not None and decision.before in _RARE:
        return False
    if decision.step is Action.SELL and [decision.home_id] != ground.by_key.get(one.contract.key):
        return False
    # The number of a purchase under way: as long as both are of one home, nobody has to be asked.
    return payer is None or (payer.disputed_at is None and decision.home_id in (None, payer.home_id))


def _burdened(session: Session, home_ids: Iterable[int]) -> set[int]:
    """Return those of these homes that another contract may come back to once they are free."""
    comes_back = exists().where(
        CashSale.home_id == Home.id, CashSale.state.in_((State.CONFLICT, State.REJECTED))
    )
    doubted = exists().where(CashSaleCandidate.home_id == Home.id, CashSaleCandidate.ended_at.is_(None))
    double = exists().where(AddressDoubt.home_id == Home.id, AddressDoubt.ended_at.is_(None))
    statement = select(Home.id).where(matching.among(Home.id, home_ids), or_(comes_back, doubted, double))
    return set(session.scalars(statement))


def carry_out(
    session: Session, actor: Actor, file: SalesFile, ground: Ground, planned: Sequence[Planned]
) -> None:
    """Write down common contracts and do to their homes what they do; everything is locked."""
    moves: list[tuple[CashSale, dict[str, Any]]] = []
    for one in planned:
        moves += _put_on_record(actor, file, ground, one)
    sales = list(dict.fromkeys(sale for sale, _move in moves))
    session.add_all(sales)
    session.flush()
    if not sales:
        return
    told = {"user_id": actor.user_id, "role": actor.role, "reason": None, "at": clock.now()}
    rows = [{"district_id": sale.district_id, "sale_id": sale.id, **move, **told} for sale, move in moves]
    session.execute(_INSERT_MOVES, rows)
    _change_homes(session, ground, planned, sorted(sale.id for sale in sales))


def _change_homes(
    session: Session, ground: Ground, planned: Sequence[Planned], sale_ids: Sequence[int]
) -> None:
    steps = [one.decision for one in planned if one.decision.home_id is not None]
    sold = [ground.homes[one.home_id or 0] for one in steps if one.step is Action.SELL]
    freed = [ground.homes[one.home_id or 0] for one in steps if one.frees]
    # Prices are judged as they are while the home is sold.
    homes.settle_before_sale(session, sold)
    moved_many.publish(session, sale_ids)
    homes.sell_all_offline(session, sold)
    homes.take_all_back(session, freed)
    for home in freed:
        enqueue(session, "sales.settle_twins", home_id=home.id)


def _put_on_record(
    actor: Actor, file: SalesFile, ground: Ground, one: Planned
) -> list[tuple[CashSale, dict[str, Any]]]:
    """Return the steps of a contract, its record as it is after them."""
    contract, decision = one.contract, one.decision
    sale = ground.known.get(contract.contract_number)
    if sale is None:
        sale = new_sale(file, contract)
    moves = []
    if decision.amends:
        before = amend(sale, file, contract)
        states.after(actor.role, sale.state, Action.AMEND)
        moves.append((sale, _move(Action.AMEND, sale.state, sale.state, before)))
    if decision.step is not None:
        if sale.home_id is None and decision.home_id is not None:
            fill_home(sale, ground.homes[decision.home_id])
        from_state = sale.state or states.NEW
        sale.state = states.after(actor.role, from_state, decision.step)
        moves.append((sale, _move(decision.step, from_state, sale.state, None)))
    return moves


def _move(action: Action, before: str, after: str, facts: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "action": action,
        "from_state": None if before == states.NEW else before,
        "to_state": after,
        "before": facts,
    }


def new_sale(file: SalesFile, contract: Contract) -> CashSale:
    """Return the record of a contract that a file brings, without a state yet."""
    moment = clock.now()
    return CashSale(
        ref=new_ref("XJ"),
        district_id=file.district_id,
        contract_number=contract.contract_number,
        source="registry",
        reported_at=moment,
        registered_at=moment,
        file_id=file.id,
        **facts_of(contract),
    )


def amend(sale: CashSale, file: SalesFile, contract: Contract) -> dict[str, Any]:
    """Give a sale on record what the file says of it; return what stood there before, as plain values."""
    facts = facts_of(contract)
    before = {name: _plain(getattr(sale, name)) for name in FACTS if getattr(sale, name) != facts[name]}
    for name, value in facts.items():
        setattr(sale, name, value)
    sale.registered_at, sale.file_id = sale.registered_at or clock.now(), file.id
    return before


def fill_home(sale: CashSale, home: Home) -> None:
    """Note which home a contract is of; it is written together with the step that says so."""
    of_home: dict[str, Any] = {
        "home_id": home.id,
        "developer_id": home.development.developer_id,
        "area_m2": home.area_m2,
    }
    for name, value in of_home.items():
        setattr(sale, name, value)


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, (int, str)) else str(value)
