"""The registry's file of contracts, foreseen and carried out; the same file twice is the same as once.

The registry's file is the truth from outside, so it may be carried out part by part, each part a transaction:
no home is locked for long. How far it came stands on its record, and whoever repeats it goes on there.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core import audit, clock
from app.core.actor import Actor
from app.core.errors import Busy, NotFound
from app.core.ids import new_ref
from app.sales.errors import SalesFileInvalid
from app.sales.models import SalesFile
from app.sales.reader import Contract
from app.sales.service import ground
from app.sales.service.carrying import carry_out
from app.sales.service.foresight import foretell

_SHOWN: Final = 200
"""Lines to look at that are kept with a file; the list of sales has them all."""

_NOTABLE: Final = frozenset({"conflict", "unmatched", "doubtful", "corrected"})

Taken = Iterable[tuple[Contract, str]]
"""Contracts with what came, or would come, of each."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came, or would come, of the contracts of a file."""

    told: dict[str, Any]
    """As it is kept with the file: how many of each, and the lines to look at."""
    by_line: dict[int, str]
    earlier: int
    """How many contracts of earlier files were tried again, with another outcome."""


@dataclass(frozen=True, slots=True)
class Part:
    """What came of a file's contracts up to the end of a part: those before it changed nothing any more."""

    by_line: dict[int, str]
    done: int
    """How many contracts were carried out, of all."""
    is_last: bool


def foresee(
    session: Session,
    *,
    district_id: int,
    sha256: str,
    contracts: Sequence[Contract],
) -> Outcome:
    """Return what a file would do; one that was carried out before does nothing.

    It is worked out by reading: nothing is locked, and nobody waits.
    """
    same = select(SalesFile.state).where(SalesFile.district_id == district_id, SalesFile.sha256 == sha256)
    if session.scalar(same) == "applied":
        return _nothing(contracts)
    return _sum_up(foretell(session, district_id, _with_waiting(session, district_id, contracts)))


def take_part(
    session: Session,
    *,
    actor: Actor,
    district_id: int,
    sha256: str,
    name: str,
    contracts: Sequence[Contract],
    most: int,
) -> Part:
    """Put a file on record, or find it there, and carry out its next part; its content twice is once.

    For files that were foreseen already: it is for the caller to compare. Raises Busy.
    """
    file = _keep(session, actor, district_id, sha256, name, {"rows": len(contracts), "state": "read"})
    before = len(contracts) if file.state == "applied" else file.done or 0
    by_line = _nothing(contracts[:before]).by_line
    if file.state == "applied":
        return Part(by_line, before, is_last=True)
    by_line |= _take_next(session, actor, file, contracts, most)
    done = file.done or 0
    return Part(by_line, len(contracts) if file.state == "applied" else done, file.state == "applied")


def receive_file(
    session: Session,
    *,
    actor: Actor,
    district_id: int,
    sha256: str,
    name: str,
    contracts: Sequence[Contract],
) -> SalesFile:
    """Put a file that was read on record with what it would do; the same content again is the same record.

    One that was carried out, or is in the middle of it, says what it did.
    """
    file = _keep(session, actor, district_id, sha256, name, {"rows": len(contracts), "state": "read"})
    if file.state != "applied" and file.done is None:
        outcome = foresee(session, district_id=district_id, sha256=sha256, contracts=contracts).told
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
    session: Session,
    *,
    actor: Actor,
    district_id: int,
    file_ref: str,
    contracts: Sequence[Contract],
    most: int | None = None,
) -> SalesFile:
    """Carry out the next part of a file on record; its ``state`` tells whether that was the last one.

    ``contracts`` are what its content reads as, ``most`` how many of them are a part: all that are left
    unless told otherwise. One that was applied changes nothing again. Raises NotFound for another district's,
    Busy when somebody else brings the same contract or carries out the same file at this moment.
    """
    statement = select(SalesFile).where(SalesFile.ref == file_ref, SalesFile.district_id == district_id)
    file = session.scalars(statement, execution_options={"populate_existing": True}).first()
    if file is None:
        raise NotFound("sales_file_gone")
    if file.state != "applied":
        _take_next(session, actor, file, contracts, most)
    return file


def _take_next(
    session: Session, actor: Actor, file: SalesFile, contracts: Sequence[Contract], most: int | None
) -> dict[int, str]:
    """Carry out the next part of a file, note how far it came, and return what came of its lines."""
    done = file.done or 0
    part = list(contracts[done : None if most is None else done + most])
    room = None if most is None else most - len(part)
    named = {contract.contract_number for contract in contracts}
    is_end = done + len(part) == len(contracts)
    waiting = ground.waiting(session, file.district_id, named=named) if is_end else []
    taken = _apply(session, actor, file, [*part, *waiting[:room]])
    outcome = _sum_up(taken, before=file.outcome if file.done is not None else None)
    if is_end and len(waiting[:room]) == len(waiting):
        _finish(session, actor, file, outcome.told)
    else:
        _note_progress(session, actor, file, {**outcome.told, "done": done + len(part)})
    return outcome.by_line


def _nothing(contracts: Sequence[Contract]) -> Outcome:
    return Outcome({}, {contract.line: "unchanged" for contract in contracts}, 0)


def _with_waiting(session: Session, district_id: int, contracts: Sequence[Contract]) -> list[Contract]:
    """Return a file's contracts, and after them those that waited for a home and have one now."""
    named = {contract.contract_number for contract in contracts}
    return [*contracts, *ground.waiting(session, district_id, named=named)]


def _apply(session: Session, actor: Actor, file: SalesFile, contracts: Sequence[Contract]) -> Taken:
    try:
        return carry_out(session, actor, file, contracts)
    except IntegrityError as error:
        if "uq_cash_sales_contract" in str(error.orig):
            raise Busy from error
        raise


def _sum_up(taken: Taken, *, before: dict[str, Any] | None = None) -> Outcome:
    """Return what came of contracts, added to what came of those ``before``."""
    counts: Counter[str] = Counter((before or {}).get("counts", {}))
    notable: list[dict[str, Any]] = list((before or {}).get("notable", ()))
    by_line: dict[int, str] = {}
    earlier = 0
    for contract, outcome in taken:
        if not contract.line and outcome == "unchanged":
            continue
        counts[outcome] += 1
        if contract.line:
            by_line[contract.line] = outcome
        else:
            earlier += 1
        if outcome in _NOTABLE and len(notable) < _SHOWN:
            notable.append({"line": contract.line, "outcome": outcome, "contract": contract.contract_number})
    return Outcome({"schema": 1, "counts": dict(counts), "notable": notable}, by_line, earlier)


def _finish(session: Session, actor: Actor, file: SalesFile, told: dict[str, Any]) -> None:
    _write(session, file, state="applied", problem=None, outcome=told, applied_at=clock.now())
    _note(session, actor, "sales.apply_file", file, told)


def _note_progress(session: Session, actor: Actor, file: SalesFile, told: dict[str, Any]) -> None:
    _write(session, file, state="read", problem=None, outcome=told)
    _note(session, actor, "sales.apply_part", file, told, done=told["done"])


def _write(session: Session, file: SalesFile, **values: Any) -> None:
    """Write how far a file came. Raises Busy when somebody else carried it on meanwhile."""
    done = file.outcome["done"] if file.done is not None and file.outcome else None
    seen = SalesFile.outcome["done"].as_integer().is_not_distinct_from(done)
    mine = update(SalesFile).where(SalesFile.id == file.id, SalesFile.state != "applied", seen)
    options = {"synchronize_session": False}
    if (
        session.execute(mine.values(**values).returning(SalesFile.id), execution_options=options).first()
        is None
    ):
        raise Busy
    session.refresh(file)


def _note(
    session: Session, actor: Actor, action: str, file: SalesFile, told: dict[str, Any], **more: Any
) -> None:
    audit.record(
        session,
        actor=actor,
        action=action,
        object_type="sales_file",
        object_id=file.id,
        sha256=file.sha256,
        rows=file.rows,
        counts=told["counts"],
        **more,
    )


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
