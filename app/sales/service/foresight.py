"""What would come of contracts, worked out by reading alone: nothing is locked and nothing written.

A picture of the homes and records that the contracts concern is taken, and each contract does to it what it
would do to the rows. So a household that wants one of the homes never waits for a forecast.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core import clock
from app.homes.models import Home
from app.redemptions.models import Redemption
from app.redemptions.queries import is_over
from app.redemptions.states import ACTIVE
from app.sales import matching
from app.sales.decisions import FACTS, Decision, Known, decide, facts_of
from app.sales.models import CashSale, CashSaleMove
from app.sales.reader import Contract
from app.sales.service import ground
from app.sales.states import Action, State


@dataclass
class _Record:
    """A contract in the picture; its place in the order of all is what decides between two of one day."""

    order: int
    state: State
    key: str
    home_id: int | None
    signed_on: date
    facts: dict[str, Any]
    registered: bool
    lost_to_a_lock: bool = False
    """It was last rejected because a lock stood."""


@dataclass
class _Picture:
    by_key: dict[str, list[int]]
    statuses: dict[int, str]
    by_voucher: dict[str, int]
    known: dict[str, _Record]
    of_home: dict[int, list[_Record]]
    last: int

    def take(self, contract: Contract) -> Decision:
        """Do to the picture what a contract does to the rows, and return what becomes of it."""
        record = self.known.get(contract.contract_number)
        found = self.by_key.get(contract.key, ())
        decision = decide(
            contract,
            None if record is None else _known(record, contract),
            found,
            statuses=self.statuses,
            paid_home=self.by_voucher.get(contract.contract_number),
        )
        if record is not None and decision.corrects:
            stood, record.state = record.state is State.STANDING, State.WITHDRAWN
            if stood and record.home_id is not None:
                self.free(record.home_id)
        if record is None or decision.corrects:
            record = self._add(contract, decision)
        elif decision.amends:
            record.facts, record.key, record.registered = facts_of(contract), contract.key, True
            record.signed_on = contract.signed_on
        self._step(record, decision)
        return decision

    def free(self, home_id: int) -> None:
        """Free a home: the oldest contract that claims it stands, else rejected ones are looked at again."""
        self.statuses[home_id] = "free"
        here = self.of_home.get(home_id, [])
        claims = [record for record in here if record.state is State.CONFLICT]
        if claims:
            min(claims, key=lambda record: (record.signed_on, record.order)).state = State.STANDING
            self.statuses[home_id] = "sold"
            return
        for record in here:
            if record.state is State.REJECTED and record.registered and record.lost_to_a_lock:
                record.state = State.DOUBTFUL

    def _add(self, contract: Contract, decision: Decision) -> _Record:
        self.last += 1
        record = _Record(
            order=self.last,
            state=decision.after,
            key=contract.key,
            home_id=None,
            signed_on=contract.signed_on,
            facts=facts_of(contract),
            registered=True,
        )
        self.known[contract.contract_number] = record
        return record

    def _step(self, record: _Record, decision: Decision) -> None:
        record.state = decision.after
        if decision.home_id is not None and record.home_id is None:
            self.of_home.setdefault(decision.home_id, []).append(record)
        record.home_id = decision.home_id
        if decision.home_id is None:
            return
        if decision.step is Action.SELL:
            self.statuses[decision.home_id] = "sold"
        elif decision.frees:
            self.free(decision.home_id)


def foretell(session: Session, district_id: int, contracts: Sequence[Contract]) -> list[tuple[Contract, str]]:
    """Return what would come of each contract, taken in their order, and name it (``decisions.OUTCOMES``)."""
    picture = _look(session, district_id, contracts)
    return [(contract, picture.take(contract).outcome) for contract in contracts]


def _known(record: _Record, contract: Contract) -> Known:
    says_new = bool(contract.line) and (not record.registered or record.facts != facts_of(contract))
    return Known(record.state, record.key, record.home_id, says_new)


def _look(session: Session, district_id: int, contracts: Sequence[Contract]) -> _Picture:
    by_key = matching.homes_by_key(session, district_id, {contract.key for contract in contracts})
    numbers = {contract.contract_number for contract in contracts}
    sales = matching.sales_by_number(session, district_id, numbers)
    by_voucher = matching.voucher_contracts(session, district_id, numbers)
    doubted = ground.doubts_of(session, sales.values())
    wanted = ground.concerned(by_key, sales.values(), doubted, by_voucher.values())
    statuses = session.execute(select(Home.id, Home.status).where(matching.among(Home.id, wanted)))
    claims = _claims(session, wanted)
    records = {sale.id: _record(sale) for sale in (*sales.values(), *claims)}
    of_home: dict[int, list[_Record]] = {}
    for record in records.values():
        if record.home_id is not None:
            of_home.setdefault(record.home_id, []).append(record)
    for sale_id in _lost_to_a_lock(session, records):
        records[sale_id].lost_to_a_lock = True
    picture = _Picture(
        by_key,
        {row.id: row.status for row in statuses},
        by_voucher,
        {number: records[sale.id] for number, sale in sales.items()},
        of_home,
        max(records, default=0),
    )
    for home_id in _run_out(session, wanted):
        picture.free(home_id)
    return picture


def _record(sale: CashSale) -> _Record:
    return _Record(
        order=sale.id,
        state=State(sale.state),
        key=sale.match_key,
        home_id=sale.home_id,
        signed_on=sale.signed_on,
        facts={name: getattr(sale, name) for name in FACTS},
        registered=sale.registered_at is not None,
    )


def _claims(session: Session, home_ids: Iterable[int]) -> Sequence[CashSale]:
    """Return the contracts that may come back when one of these homes is free again."""
    statement = select(CashSale).where(
        matching.among(CashSale.home_id, home_ids), CashSale.state.in_((State.CONFLICT, State.REJECTED))
    )
    return session.scalars(statement, execution_options={"populate_existing": True}).all()


def _lost_to_a_lock(session: Session, records: dict[int, _Record]) -> list[int]:
    """Return which of the rejected ones an officer last rejected in a conflict."""
    rejected = [sale_id for sale_id, record in records.items() if record.state is State.REJECTED]
    last = (
        select(func.max(CashSaleMove.id))
        .where(CashSaleMove.sale_id.in_(rejected), CashSaleMove.action == Action.REJECT)
        .group_by(CashSaleMove.sale_id)
    )
    statement = select(CashSaleMove.sale_id).where(
        CashSaleMove.id.in_(last), CashSaleMove.from_state == State.CONFLICT
    )
    return list(session.scalars(statement)) if rejected else []


def _run_out(session: Session, home_ids: Iterable[int]) -> list[int]:
    """Return those of these homes whose hold is past its deadline: it gives way to a contract."""
    moment = clock.now()
    statement = select(Redemption).where(
        matching.among(Redemption.home_id, home_ids), Redemption.state.in_(ACTIVE)
    )
    holds = session.scalars(statement.order_by(Redemption.id), execution_options={"populate_existing": True})
    return [hold.home_id for hold in holds if is_over(hold, moment)]
