"""The only writer of what is expected, and of the lines that statements bring.

Matching lines is ``matching``, saying where the money comes from ``splitting``, giving it back ``refunds``.
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core import audit, clock, locks
from app.core.actor import Actor, Role
from app.core.errors import Forbidden
from app.core.ids import new_ref
from app.payments import account_queries, money, queries, reader
from app.payments.account_models import SupervisedAccount
from app.payments.errors import StatementInvalid
from app.payments.models import StatementLine, TopUp
from app.payments.reader import Received


@dataclass(frozen=True, slots=True)
class Imported:
    """What a statement brought.

    New lines, those known already (same account, serial, day and sum; an account that nobody told is any),
    and of the new ones those whose serial another line has too: a person looks at them.
    """

    fresh: int
    known: int
    alike: int


def expect(
    session: Session,
    *,
    district_id: int,
    owner: str,
    payer_name: str,
    development_id: int,
    amount_fen: int,
    kinds: Collection[str],
) -> TopUp:
    """Expect a sum (fen) for an owner in a development's account; its reference is what the payer writes.

    ``kinds`` are where the money may come from.
    """
    account = account_queries.find_current(session, development_id=development_id)
    top_up = TopUp(
        district_id=district_id,
        ref=new_ref("ZF"),
        owner=owner,
        payer_name=payer_name,
        development_id=development_id,
        account_id=account.id if account else None,
        ledger_account_id=money.open_account(session, district_id=district_id, owner=owner),
        amount_fen=amount_fen,
        kinds=sorted(kinds),
        made_at=clock.now(),
    )
    session.add(top_up)
    session.flush()
    return top_up


def end(session: Session, *, district_id: int, owner: str) -> None:
    """Say that nothing is due for an owner any more: what arrived is to be given back.

    One conditional UPDATE, for it comes when ledger accounts are locked already. Whoever holds the row waits
    for nothing but the top-up's own ledger account, which nobody else locks, so it cannot dead-lock.
    """
    own = (TopUp.district_id == district_id, TopUp.owner == owner)
    session.execute(update(TopUp).where(*own, TopUp.ended_at.is_(None)).values(ended_at=clock.now()))


def lock_missing(session: Session, *, district_id: int, owner: str) -> int:
    """Return what has not arrived for an owner, in fen, and keep it so until this commits."""
    found = queries.find_top_up(session, district_id=district_id, owner=owner)
    return queries.missing_of(session, locks.lock(session, TopUp, found.id)) if found else 0


def import_statement(
    session: Session, *, actor: Actor, content: bytes, account_ref: str | None = None
) -> Imported:
    """Take in the sums that a bank's statement shows; a line that is known is not taken twice.

    ``account_ref`` says whose statement it is where its lines do not. Raises Forbidden for anybody but an
    officer, StatementInvalid with the line that does not fit.
    """
    _demand_officer(actor)
    received = reader.read(content)
    accounts = _accounts(session, actor, received, account_ref)
    digest, moment = hashlib.sha256(content).hexdigest(), clock.now()
    known = queries.known_accounts(session, actor=actor, serials={one.serial for one in received})
    rows = [
        {
            "district_id": actor.district,
            "ref": new_ref("LS"),
            "serial": one.serial,
            "received_on": one.received_on,
            "amount_fen": one.amount_fen,
            "payer_name": one.payer_name,
            "payer_account": one.payer_account,
            "memo": one.memo,
            "account_id": account_id,
            "file_sha256": digest,
            "imported_at": moment,
            "state": "open",
        }
        for one, account_id in zip(received, accounts, strict=True)
        if not _is_known(known.get((one.serial, one.received_on, one.amount_fen), ()), account_id)
    ]
    taken = insert(StatementLine).on_conflict_do_nothing(
        index_elements=["district_id", "account_id", "serial", "received_on", "amount_fen"]
    )
    fresh = session.scalars(taken.returning(StatementLine.id), rows).all() if rows else []
    alike = queries.count_alike(session, actor=actor, line_ids=fresh)
    audit.record(
        session,
        actor=actor,
        action="payments.import_statement",
        object_type="statement",
        object_id=None,
        lines=len(fresh),
        known=len(received) - len(fresh),
        sha256=digest,
    )
    return Imported(len(fresh), len(received) - len(fresh), alike)


def _is_known(accounts: Collection[int | None], account_id: int | None) -> bool:
    """Tell whether a sum is there already, given the accounts of lines with its serial, day and sum.

    Banks number their lines alike, so another account is another sum; one that nobody told may be this one.
    """
    return any(one is None or account_id is None or one == account_id for one in accounts)


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
    unknown = next((one for one in received if one.account and one.account not in by_number), None)
    if unknown:
        raise StatementInvalid(unknown.line, "account")
    return [by_number[one.account] if one.account else chosen for one in received]


def _demand_officer(actor: Actor) -> None:
    if actor.role != Role.OFFICER:
        raise Forbidden("wrong_role")
