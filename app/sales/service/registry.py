"""The registry's file of contracts, carried out; the same file twice is the same as once."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core import audit, clock, locks
from app.core.actor import Actor
from app.core.errors import Busy, NotFound
from app.core.ids import new_ref
from app.homes import service as homes_service
from app.homes.models import Home
from app.redemptions import service as redemptions
from app.redemptions.models import Redemption
from app.sales import queries
from app.sales.errors import SalesFileInvalid
from app.sales.models import CashSale, SalesFile
from app.sales.reader import Contract
from app.sales.service import steps
from app.sales.service.doubts import doubt, fill_home
from app.sales.states import Action, State

_SHOWN: Final = 200
"""Lines to look at that are kept with a file; the list of sales has them all."""

_CORRECTED: Final = "网签备案文件把这份合同登记在另一套房上"


@dataclass
class _Ground:
    """What the file meets, all locked: its homes by id and by key, what holds them, contracts on record."""

    homes: dict[int, Home]
    by_key: dict[str, list[int]]
    holders: dict[int, Redemption]
    known: dict[str, CashSale]
    by_voucher: dict[str, int]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came, or would come, of the contracts of a file."""

    told: dict[str, Any]
    """As it is kept with the file: how many of each, and the lines to look at."""
    by_line: dict[int, str]
    earlier: int
    """How many contracts of earlier files were tried again, with another outcome."""


def foresee(
    session: Session,
    *,
    actor: Actor,
    district_id: int,
    sha256: str,
    contracts: Sequence[Contract],
) -> Outcome:
    """Return what a file would do, and keep nothing; one that was carried out before does nothing.

    The contracts are taken as ``apply_file`` takes them, and everything is rolled back. Raises Busy.
    """
    with session.begin_nested() as foreseen:
        file = _keep(session, actor, district_id, sha256, "-", {"rows": len(contracts), "state": "read"})
        if file.state == "applied":
            outcome = _nothing(contracts)
        else:
            outcome = _carry_out(session, actor, file, contracts)
        foreseen.rollback()
    return outcome


def take_file(
    session: Session,
    *,
    actor: Actor,
    district_id: int,
    sha256: str,
    name: str,
    contracts: Sequence[Contract],
) -> Outcome:
    """Put a file on record and carry it out, in one transaction; its content twice is once.

    For files that were foreseen already: it is for the caller to compare. Raises Busy.
    """
    file = _keep(session, actor, district_id, sha256, name, {"rows": len(contracts), "state": "read"})
    return _nothing(contracts) if file.state == "applied" else _apply(session, actor, file, contracts)


def _nothing(contracts: Sequence[Contract]) -> Outcome:
    return Outcome({}, {contract.line: "unchanged" for contract in contracts}, 0)


def receive_file(
    session: Session,
    *,
    actor: Actor,
    district_id: int,
    sha256: str,
    name: str,
    contracts: Sequence[Contract],
) -> SalesFile:
    """Put a file that was read on record with what it would do; the same content again is the same record."""
    file = _keep(session, actor, district_id, sha256, name, {"rows": len(contracts), "state": "read"})
    if file.state != "applied":
        with session.begin_nested() as foreseen:
            outcome = _carry_out(session, actor, file, contracts).told
            foreseen.rollback()
        file.state, file.problem, file.rows, file.outcome = "read", None, len(contracts), outcome
        session.flush()
    return file


def note_refused(
    session: Session, *, actor: Actor, district_id: int, sha256: str, name: str, problem: SalesFileInvalid
) -> SalesFile:
    """Put a file that breaks its contract on record, with the place and the reason."""
    values = {"rows": 0, "state": "refused", "problem": str(problem)}
    return _keep(session, actor, district_id, sha256, name, values)


def apply_file(
    session: Session, *, actor: Actor, district_id: int, file_ref: str, contracts: Sequence[Contract]
) -> SalesFile:
    """Carry out a file on record, in one transaction; one that was applied changes nothing again.

    ``contracts`` are what its content reads as. Raises NotFound for another district's, Busy when another
    file brings the same contract at this moment.
    """
    statement = select(SalesFile).where(SalesFile.ref == file_ref, SalesFile.district_id == district_id)
    file = session.scalars(statement, execution_options={"populate_existing": True}).first()
    if file is None:
        raise NotFound("sales_file_gone")
    if file.state != "applied":
        _apply(session, actor, file, contracts)
    return file


def _apply(session: Session, actor: Actor, file: SalesFile, contracts: Sequence[Contract]) -> Outcome:
    try:
        outcome = _carry_out(session, actor, file, contracts)
    except IntegrityError as error:
        if "uq_cash_sales_contract" in str(error.orig):
            raise Busy from error
        raise
    file.outcome = outcome.told
    file.state, file.problem, file.applied_at = "applied", None, clock.now()
    session.flush()
    audit.record(
        session,
        actor=actor,
        action="sales.apply_file",
        object_type="sales_file",
        object_id=file.id,
        sha256=file.sha256,
        rows=file.rows,
        counts=outcome.told["counts"],
    )
    return outcome


def _keep(
    session: Session, actor: Actor, district_id: int, sha256: str, name: str, values: dict[str, Any]
) -> SalesFile:
    statement = (
        insert(SalesFile)
        .values(
            district_id=district_id,
            ref=new_ref("WQ"),
            sha256=sha256,
            name=name[:200],
            sent_by_id=actor.user_id,
            sent_at=clock.now(),
            **values,
        )
        .on_conflict_do_nothing(index_elements=["district_id", "sha256"])
    )
    session.execute(statement)
    same = select(SalesFile).where(SalesFile.district_id == district_id, SalesFile.sha256 == sha256)
    return session.scalars(same, execution_options={"populate_existing": True}).one()


def _carry_out(session: Session, actor: Actor, file: SalesFile, contracts: Sequence[Contract]) -> Outcome:
    """Take every contract of the file, and those left without a home before; return what came of each."""
    waiting = [queries.as_contract(sale) for sale in queries.list_unmatched(session, file.district_id)]
    named = {contract.contract_number for contract in contracts}
    everything = [*contracts, *(one for one in waiting if one.contract_number not in named)]
    ground = _lock(session, file.district_id, everything)
    counts: Counter[str] = Counter()
    notable: list[dict[str, Any]] = []
    by_line: dict[int, str] = {}
    earlier = 0
    for contract in everything:
        outcome, sale = _take(session, actor, file, ground, contract)
        if not contract.line and outcome == "unchanged":
            continue
        counts[outcome] += 1
        if contract.line:
            by_line[contract.line] = outcome
        else:
            earlier += 1
        if outcome in {"conflict", "unmatched", "doubtful", "corrected"} and len(notable) < _SHOWN:
            notable.append({"line": contract.line, "outcome": outcome, "contract": sale.contract_number})
    return Outcome({"schema": 1, "counts": dict(counts), "notable": notable}, by_line, earlier)


def _lock(session: Session, district_id: int, contracts: Sequence[Contract]) -> _Ground:
    # First of all: a home that somebody is just making under one of these names is there, or not yet begun.
    homes_service.hold_names(session, district_id, {contract.development for contract in contracts})
    by_key = queries.homes_by_key(session, district_id, {contract.key for contract in contracts})
    numbers = {contract.contract_number for contract in contracts}
    known = queries.sales_by_number(session, district_id, numbers)
    by_voucher = queries.voucher_contracts(session, district_id, numbers)
    wanted = {home_id for contract in contracts for home_id in by_key.get(contract.key, ())}
    wanted |= _named(session, known.values()) | set(by_voucher.values())
    homes = {home.id: home for home in locks.lock_all(session, Home, wanted)}
    holders = redemptions.lock_holds(session, list(homes.values()))
    # Again, now that nobody can change them.
    known = queries.sales_by_number(session, district_id, numbers)
    if not _named(session, known.values()) <= homes.keys():
        raise Busy
    return _Ground(homes=homes, by_key=by_key, holders=holders, known=known, by_voucher=by_voucher)


def _named(session: Session, sales: Iterable[CashSale]) -> set[int]:
    """Return the homes that contracts on record have or may have."""
    found = list(sales)
    return {sale.home_id for sale in found if sale.home_id} | queries.doubted_homes(
        session, [sale.id for sale in found if sale.state == State.DOUBTFUL]
    )


def _take(
    session: Session, actor: Actor, file: SalesFile, ground: _Ground, contract: Contract
) -> tuple[str, CashSale]:
    """Carry out one contract; return what came of it, and its sale."""
    homes = [ground.homes[home_id] for home_id in ground.by_key.get(contract.key, ())]
    sale = ground.known.get(contract.contract_number)
    is_new_key = sale is not None and sale.match_key != contract.key
    corrected = is_new_key and sale is not None and bool(sale.home_id) and sale.home not in homes
    if corrected and sale is not None:
        _end(session, actor, ground, sale, Action.CORRECT, _CORRECTED)
    if sale is None or corrected:
        sale = _new(file, contract)
        _settle(session, actor, ground, sale, contract, homes)
        outcome = "corrected" if corrected else _OUTCOMES[State(sale.state)]
    else:
        changed, before = _amend(session, actor, file, sale, contract), sale.state
        if sale.state == State.DOUBTFUL:
            _settle_doubt(session, actor, ground, sale, contract, homes, is_new_key=is_new_key)
        else:
            _settle(session, actor, ground, sale, contract, homes)
        moved = _OUTCOMES[State(sale.state)] if sale.state != before else None
        outcome = moved or ("amended" if changed else "unchanged")
    paid = ground.holders.get(ground.by_voucher.get(contract.contract_number) or 0)
    if paid is not None:
        steps.question_number(session, sale, paid)
    return outcome, sale


_OUTCOMES: Final = {
    State.STANDING: "sold",
    State.CONFLICT: "conflict",
    State.CANCELLED: "cancelled",
    State.NOTED: "noted",
    State.UNMATCHED: "unmatched",
    State.DOUBTFUL: "doubtful",
}


def _wanted(ground: _Ground, contract: Contract, homes: Sequence[Home]) -> Action:
    if contract.is_cancelled:
        return Action.CANCEL
    # A number typed at another home's redemption is a slip or worse: this home is sold all the same.
    paid_for = ground.by_voucher.get(contract.contract_number)
    if contract.by_voucher or (paid_for is not None and (not homes or ground.homes[paid_for] in homes)):
        return Action.NOTE
    if len(homes) > 1:
        return Action.DOUBT
    return Action.SELL if homes else Action.MISS


_DECIDED: Final = frozenset({State.STANDING, State.CONFLICT, State.REJECTED})
_LANDED: Final = {
    Action.CANCEL: frozenset({State.CANCELLED}),
    Action.NOTE: frozenset({State.NOTED}),
    Action.MISS: frozenset({State.UNMATCHED}) | _DECIDED,
    Action.SELL: _DECIDED,
    Action.DOUBT: _DECIDED,
}
"""Where a contract stays that the registry wants there: what was decided about it stays decided.

One that has its home keeps it when that home is called otherwise now.
"""


def _settle(
    session: Session,
    actor: Actor,
    ground: _Ground,
    sale: CashSale,
    contract: Contract,
    homes: Sequence[Home],
) -> None:
    """Bring a sale that is not in doubt to where the registry wants it."""
    wanted = _wanted(ground, contract, homes)
    if sale in session and sale.state in _LANDED[wanted]:
        return
    home = (
        homes[0] if len(homes) == 1 else ground.homes.get(ground.by_voucher.get(contract.contract_number, 0))
    )
    if home is not None and home in homes and sale.home_id is None:
        # Found now; written together with the step, because a sale without a match has no home.
        fill_home(sale, home)
    if wanted is Action.SELL:
        steps.land(session, actor, sale, homes[0], ground.holders.get(homes[0].id))
    elif wanted is Action.DOUBT:
        doubt(session, actor, sale, homes, ground.holders)
    else:
        _end(session, actor, ground, sale, wanted, None)


def _settle_doubt(
    session: Session,
    actor: Actor,
    ground: _Ground,
    sale: CashSale,
    contract: Contract,
    homes: Sequence[Home],
    *,
    is_new_key: bool,
) -> None:
    """Leave a doubt to the officer, unless the registry itself ends it."""
    wanted = _wanted(ground, contract, homes)
    if wanted in (Action.CANCEL, Action.NOTE) or (is_new_key and wanted is Action.MISS):
        _end(session, actor, ground, sale, wanted, None)
    elif is_new_key and wanted is Action.SELL:
        fill_home(sale, homes[0])
        steps.release(session, sale, chosen=homes[0])
        steps.land(session, actor, sale, homes[0], ground.holders.get(homes[0].id))
    else:
        steps.suspect(session, sale, homes, ground.holders)


def _end(
    session: Session, actor: Actor, ground: _Ground, sale: CashSale, action: Action, reason: str | None
) -> None:
    home = ground.homes.get(sale.home_id or 0)
    holder = ground.holders.get(home.id) if home else None
    steps.let_go(session, actor, sale, action, home=home, holder=holder, reason=reason)


def _new(file: SalesFile, contract: Contract) -> CashSale:
    moment = clock.now()
    sale = CashSale(
        ref=new_ref("XJ"),
        district_id=file.district_id,
        contract_number=contract.contract_number,
        source="registry",
        reported_at=moment,
        registered_at=moment,
        file_id=file.id,
    )
    _fill(sale, _facts(contract))
    return sale


def _facts(contract: Contract) -> dict[str, Any]:
    return {
        "signed_on": contract.signed_on,
        "development_name": contract.development,
        "building_name": contract.building,
        "unit": contract.unit,
        "room": contract.room,
        "match_key": contract.key,
        "price_fen": contract.price_fen,
        "payment": contract.payment,
        "fit_out": contract.fit_out,
        "is_bulk": contract.is_bulk,
        "is_staff": contract.is_staff,
        "is_cancelled": contract.is_cancelled,
        "by_voucher": contract.by_voucher,
    }


def _fill(sale: CashSale, facts: dict[str, Any]) -> None:
    for name, value in facts.items():
        setattr(sale, name, value)


def _amend(session: Session, actor: Actor, file: SalesFile, sale: CashSale, contract: Contract) -> bool:
    """Give a sale on record what the file says of it; return whether that is anything new."""
    if not contract.line:
        return False
    facts = _facts(contract)
    changed = {name: getattr(sale, name) for name in facts if getattr(sale, name) != facts[name]}
    if not changed and sale.registered_at is not None:
        return False
    _fill(sale, facts)
    sale.registered_at, sale.file_id = sale.registered_at or clock.now(), file.id
    told = {name: _plain(value) for name, value in changed.items()}
    steps.move(session, actor, sale, Action.AMEND, before=told)
    return True


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, (int, str)) else str(value)
