"""What a batch of contracts meets: homes by their keys, what holds them, contracts on record. All locked."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import locks
from app.core.errors import Busy
from app.homes import service as homes_service
from app.homes.models import Home
from app.redemptions import service as redemptions
from app.redemptions.models import Redemption
from app.sales import matching
from app.sales.decisions import Decision, Known, decide, facts_of
from app.sales.models import CashSale, CashSaleCandidate
from app.sales.reader import Contract
from app.sales.states import State


@dataclass
class Ground:
    """What contracts meet: their homes by id and by key, what holds these, and what is on record."""

    homes: dict[int, Home]
    by_key: dict[str, list[int]]
    holders: dict[int, Redemption]
    known: dict[str, CashSale]
    by_voucher: dict[str, int]
    doubted: dict[int, set[int]]
    """The homes that a contract in doubt may have sold, by its id."""

    def homes_of(self, contract: Contract) -> list[Home]:
        """Return the homes that answer to a contract."""
        return [self.homes[home_id] for home_id in self.by_key.get(contract.key, ())]

    def suspects_of(self, contract: Contract) -> list[Home]:
        """Return the homes that a contract in doubt may have sold: without any, that of its purchase."""
        paid = self.homes.get(self.by_voucher.get(contract.contract_number) or 0)
        return self.homes_of(contract) or ([paid] if paid else [])

    def payer_of(self, contract: Contract) -> Redemption | None:
        """Return the purchase under way that has a contract's number."""
        return self.holders.get(self.by_voucher.get(contract.contract_number) or 0)

    def decide(self, contract: Contract) -> Decision:
        """Return what becomes of a contract as everything stands now."""
        sale = self.known.get(contract.contract_number)
        found = self.by_key.get(contract.key, ())
        return decide(
            contract,
            None if sale is None else known_of(sale, contract),
            found,
            statuses={home_id: self.homes[home_id].status for home_id in found},
            paid_home=self.by_voucher.get(contract.contract_number),
        )

    def alone(self, contracts: Sequence[Contract]) -> list[bool]:
        """Tell of each contract whether no other one of these has to do with any of its homes."""
        met = Counter(home_id for contract in contracts for home_id in self._touched(contract))
        return [all(met[home_id] == 1 for home_id in self._touched(contract)) for contract in contracts]

    def _touched(self, contract: Contract) -> set[int]:
        touched = set(self.by_key.get(contract.key, ()))
        sale = self.known.get(contract.contract_number)
        if sale is not None:
            touched |= {sale.home_id or 0} | self.doubted.get(sale.id, set())
        touched.add(self.by_voucher.get(contract.contract_number) or 0)
        return touched - {0}


def known_of(sale: CashSale, contract: Contract) -> Known:
    """Return a contract on record as a decision sees it, beside what a file says of it.

    A line of 0 is no file's: the record itself is tried again.
    """
    says_new = bool(contract.line) and (
        sale.registered_at is None
        or any(getattr(sale, name) != value for name, value in facts_of(contract).items())
    )
    return Known(State(sale.state), sale.match_key, sale.home_id, says_new)


def lock_ground(session: Session, district_id: int, contracts: Sequence[Contract]) -> Ground:
    """Lock what contracts meet and return it. Raises Busy when a contract moved to another home meanwhile."""
    # First of all: a home that somebody is just making under one of these names is there, or not yet begun.
    homes_service.hold_names(session, district_id, {contract.development for contract in contracts})
    by_key = matching.homes_by_key(session, district_id, {contract.key for contract in contracts})
    numbers = {contract.contract_number for contract in contracts}
    known = matching.sales_by_number(session, district_id, numbers)
    by_voucher = matching.voucher_contracts(session, district_id, numbers)
    wanted = concerned(by_key, known.values(), doubts_of(session, known.values()), by_voucher.values())
    homes = {home.id: home for home in locks.lock_all(session, Home, wanted)}
    holders = redemptions.lock_holds(session, list(homes.values()))
    # Again, now that nobody can change them.
    known = matching.sales_by_number(session, district_id, numbers)
    doubted = doubts_of(session, known.values())
    if not concerned({}, known.values(), doubted, ()) <= homes.keys():
        raise Busy
    return Ground(homes, by_key, holders, known, by_voucher, doubted)


def concerned(
    by_key: dict[str, list[int]],
    known: Iterable[CashSale],
    doubted: dict[int, set[int]],
    paid: Iterable[int],
) -> set[int]:
    """Return the ids of all homes that contracts have to do with."""
    wanted = {home_id for ids in by_key.values() for home_id in ids} | set(paid)
    wanted |= {sale.home_id for sale in known if sale.home_id}
    return wanted.union(*doubted.values())


def doubts_of(session: Session, known: Iterable[CashSale]) -> dict[int, set[int]]:
    """Return the homes that those of these contracts that are in doubt may have sold, by contract id."""
    ids = [sale.id for sale in known if sale.state == State.DOUBTFUL]
    found: dict[int, set[int]] = {}
    statement = select(CashSaleCandidate.sale_id, CashSaleCandidate.home_id).where(
        CashSaleCandidate.sale_id.in_(ids), CashSaleCandidate.ended_at.is_(None)
    )
    for sale_id, home_id in session.execute(statement) if ids else ():
        found.setdefault(sale_id, set()).add(home_id)
    return found


def waiting(session: Session, district_id: int, *, named: Collection[str] = frozenset()) -> list[Contract]:
    """Return the contracts of earlier files without a home that have one now, or turn out paid by voucher.

    The oldest first; without those whose number is ``named``, because a file says anew what they are.
    """
    without = [
        (sale.state, matching.as_contract(sale))
        for sale in matching.list_without_home(session, district_id)
        if sale.contract_number not in named
    ]
    by_key = matching.homes_by_key(session, district_id, {contract.key for _state, contract in without})
    paid = matching.voucher_contracts(session, district_id, {one.contract_number for _state, one in without})
    return [
        one
        for state, one in without
        if (one.key in by_key and state == State.UNMATCHED)
        or (one.contract_number in paid and (one.key not in by_key or state == State.UNMATCHED))
    ]
