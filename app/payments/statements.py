"""The only writer of bank statements: an officer imports one, a checker confirms it off the bank's own.

Until then no line of it counts. What the file says of itself is not shown to the checker, who reads number
and total of the sums that came in off the bank's paper: an invented line changes both.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.core import audit, clock, locks
from app.core.actor import Actor, Role
from app.core.errors import Conflict, DomainError, Forbidden, NotFound, stated
from app.core.ids import new_ref
from app.payments import queries, reader, statement_queries
from app.payments.account_models import SupervisedAccount
from app.payments.errors import StatementInvalid
from app.payments.models import StatementLine
from app.payments.reader import Received
from app.payments.statement_models import Statement

_DATED_AHEAD: Final = timedelta(days=1)
"""A bank may date what comes in late in the evening to the next day."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What a statement brought.

    New lines, those known already (same account, serial, day and sum; an account that nobody told is any),
    and of the new ones those whose serial another line has too: a person looks at them. ``statement`` waits
    for a second person; None where nothing was new.
    """

    statement: Statement | None
    fresh: int
    known: int
    alike: int


def import_statement(
    session: Session,
    *,
    actor: Actor,
    content: bytes,
    account_ref: str | None = None,
    all_came_in: bool = False,
) -> Imported:
    """Take in the sums that a bank's statement shows; a line that is known is not taken twice.

    ``account_ref`` says whose statement it is where its lines do not, ``all_came_in`` that nothing went out
    where the file does not tell. Raises Forbidden for anybody but an officer, StatementOneWay where nobody
    says the latter, StatementInvalid with the line that does not fit, or is of a day to come, NotFound for an
    account that is none of the district's, Conflict while a line of it waits in another statement, which may
    be rejected.
    """
    actor.demand(Role.OFFICER)
    received = reader.read(content, all_came_in=all_came_in)
    latest = clock.today() + _DATED_AHEAD
    ahead = next((one for one in received if one.received_on > latest), None)
    if ahead:
        raise StatementInvalid(ahead.line, "day_ahead")
    # An account that nobody told is any: no unique index says so, so that files come one after the other.
    locks.hold_names(session, [f"payments.statements:{actor.district}"])
    accounts = _accounts(session, actor, received, account_ref)
    known = queries.known_accounts(session, actor=actor, serials={one.serial for one in received})
    once = _once(list(zip(received, accounts, strict=True)))
    fresh = [(one, account) for one, account in once if not _is_known(known, one, account)]
    statement = _write(session, actor, content, [one for one, _ in once]) if fresh else None
    line_ids = _write_lines(session, statement, fresh) if statement else []
    audit.record(
        session,
        actor=actor,
        action="payments.import_statement",
        object_type="statement",
        object_id=statement.id if statement else None,
        lines=len(fresh),
        known=len(received) - len(fresh),
        all_came_in=all_came_in,
        sha256=hashlib.sha256(content).hexdigest(),
    )
    alike = queries.count_alike(session, actor=actor, line_ids=line_ids)
    return Imported(statement, len(fresh), len(received) - len(fresh), alike)


def confirm(
    session: Session, *, actor: Actor, ref: str, count: int | None, total_fen: int | None
) -> Statement:
    """Let the lines of a statement count, as a checker who read number and total off the bank's own.

    Raises Forbidden for whoever is no checker or imported it, NotFound, Conflict when it was decided,
    DomainError at ``count`` or ``total`` (fen) without them, or where they are not what the file says.
    """
    statement = _take(session, actor, ref)
    for field, told, read in (("count", count, statement.count), ("total", total_fen, statement.sum_fen)):
        if told is None:
            raise DomainError(f"statement_{field}_missing", field)
        if told != read:
            raise DomainError(f"statement_{field}_differs", field)
    return _decide(session, actor, statement, "confirmed", None)


def reject(session: Session, *, actor: Actor, ref: str, reason: str) -> Statement:
    """Reject a statement with a reason: no line of it ever counts, and the same sums may come anew.

    Raises as ``confirm``; DomainError at ``reason`` without one.
    """
    statement = _take(session, actor, ref)
    return _decide(session, actor, statement, "rejected", stated(reason))


def _take(session: Session, actor: Actor, ref: str) -> Statement:
    """Return a statement that waits, locked, for somebody who may decide on it."""
    actor.demand(Role.CHECKER)
    found = statement_queries.get_statement(session, actor=actor, ref=ref)
    statement = locks.lock(session, Statement, found.id)
    if statement.state != "waiting":
        raise Conflict("statement_decided")
    if statement.imported_by_id == actor.user_id:
        raise Forbidden("approval_same_person")
    return statement


def _decide(
    session: Session, actor: Actor, statement: Statement, state: str, reason: str | None
) -> Statement:
    """Write a decision down; the foreign key takes it to every line."""
    statement.state, statement.reason = state, reason
    statement.decided_by_id, statement.decided_at = actor.user_id, clock.now()
    session.flush()
    audit.record(
        session,
        actor=actor,
        action=f"payments.statement_{state}",
        object_type="statement",
        object_id=statement.id,
        count=statement.count,
        sum_fen=statement.sum_fen,
    )
    return statement


def _write(session: Session, actor: Actor, content: bytes, received: Sequence[Received]) -> Statement:
    days = [one.received_on for one in received]
    statement = Statement(
        district_id=actor.district,
        ref=new_ref("LW"),
        file_sha256=hashlib.sha256(content).hexdigest(),
        count=len(received),
        sum_fen=sum(one.amount_fen for one in received),
        first_on=min(days),
        last_on=max(days),
        state="waiting",
        imported_by_id=actor.user_id,
        imported_at=clock.now(),
    )
    session.add(statement)
    session.flush()
    return statement


def _write_lines(
    session: Session, statement: Statement, fresh: Sequence[tuple[Received, int | None]]
) -> Sequence[int]:
    rows = [
        {
            "district_id": statement.district_id,
            "ref": new_ref("LS"),
            "serial": one.serial,
            "received_on": one.received_on,
            "amount_fen": one.amount_fen,
            "payer_name": one.payer_name,
            "payer_account": one.payer_account,
            "memo": one.memo,
            "account_id": account_id,
            "statement_id": statement.id,
            "statement_state": statement.state,
            "state": "open",
        }
        for one, account_id in fresh
    ]
    return session.scalars(insert(StatementLine).returning(StatementLine.id), rows).all()


def _once(received: Sequence[tuple[Received, int | None]]) -> list[tuple[Received, int | None]]:
    """Return the sums of a file without those that stand in it twice."""
    seen: dict[tuple[str, date, int], set[int | None]] = {}
    found = []
    for one, account_id in received:
        accounts = seen.setdefault((one.serial, one.received_on, one.amount_fen), set())
        if not any(_may_be_same(other, account_id) for other in accounts):
            found.append((one, account_id))
        accounts.add(account_id)
    return found


def _is_known(
    known: Mapping[tuple[str, date, int], Collection[tuple[int | None, str]]],
    one: Received,
    account_id: int | None,
) -> bool:
    """Tell whether a sum counts already. Raises Conflict when it waits in another statement."""
    there = known.get((one.serial, one.received_on, one.amount_fen), ())
    states = {state for other, state in there if _may_be_same(other, account_id)}
    if "waiting" in states:
        raise Conflict("statement_waits")
    return bool(states)


def _may_be_same(one: int | None, other: int | None) -> bool:
    """Tell whether two accounts may be one: one that nobody told may be any, else banks number alike."""
    return one is None or other is None or one == other


def _accounts(
    session: Session, actor: Actor, received: list[Received], account_ref: str | None
) -> list[int | None]:
    """Return into which supervised account each sum came, also a former one; None where nobody says."""
    known = select(SupervisedAccount).where(
        SupervisedAccount.district_id == actor.district,
        SupervisedAccount.state.in_(("current", "replaced")),
    )
    accounts = session.scalars(known.order_by(SupervisedAccount.id)).all()
    by_number = {account.number: account.id for account in accounts}
    chosen = next((account.id for account in accounts if account.ref == account_ref), None)
    if account_ref and chosen is None:
        raise NotFound("account_gone", "account")
    unknown = next((one for one in received if one.account and one.account not in by_number), None)
    if unknown:
        raise StatementInvalid(unknown.line, "account")
    return [by_number[one.account] if one.account else chosen for one in received]
