"""The only writer of the ledger.

Each movement is one statement: the conditional UPDATE of every guarded account it touches and the INSERT of
the transfer, all of it or nothing. So a refusal leaves nothing behind even for a caller who goes on after it,
and a stored sum cannot part from the transfers it is made of.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, Final, cast

from sqlalchemy import (
    CTE,
    ColumnElement,
    Executable,
    Table,
    and_,
    bindparam,
    exists,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core import clock, locks
from app.core.money import MAX_FEN
from app.ledger.errors import AccountExists, HoldEnded, InsufficientBalance, KeyReused
from app.ledger.models import LedgerAccount, LedgerTransfer
from app.ledger.rules import EFFECTS, GUARDED, AccountKind, Balance, TransferKind, balance_of

_ACCOUNTS: Final = cast(Table, LedgerAccount.__table__)
_TRANSFERS: Final = cast(Table, LedgerTransfer.__table__)
_SUMS: Final = ("debits_posted", "debits_pending", "credits_posted", "credits_pending")


def open_account(session: Session, *, district_id: int, kind: str, owner: str = "") -> LedgerAccount:
    """Open a guarded account for its owner, or return the district's control account of that kind.

    A control account is opened on first use. Raises AccountExists when the owner has one already.
    """
    guarded = AccountKind(kind) in GUARDED
    wanted = select(LedgerAccount).where(
        LedgerAccount.district_id == district_id, LedgerAccount.kind == kind, LedgerAccount.owner == owner
    )
    if not guarded and (account := session.scalars(wanted).first()):
        return account
    opening = insert(LedgerAccount).values(district_id=district_id, kind=kind, owner=owner, guarded=guarded)
    opened = session.execute(opening.on_conflict_do_nothing().returning(LedgerAccount.id)).first()
    if guarded and opened is None:
        raise AccountExists
    return session.scalars(wanted).one()


def lock_accounts(session: Session, account_ids: Iterable[int]) -> dict[int, Balance]:
    """Lock guarded accounts, lowest id first, and return their balances as they are now.

    Whoever moves money of several accounts in one transaction locks them here together, once.
    """
    rows = locks.lock_all(session, LedgerAccount, account_ids)
    return {
        row.id: balance_of(
            credits_posted=row.credits_posted,
            debits_posted=row.debits_posted,
            debits_pending=row.debits_pending,
        )
        for row in rows
    }


def transfer(
    session: Session, *, district_id: int, debit_id: int, credit_id: int, amount_fen: int, code: str, key: str
) -> LedgerTransfer:
    """Move an amount (fen) from the debit to the credit account, and return the transfer.

    ``code`` names the business act, ``key`` this movement within the district: a repeated key returns the
    first transfer and moves nothing. Raises InsufficientBalance; KeyReused when the key's figures differ.
    """
    return _begin(session, TransferKind.SINGLE, district_id, debit_id, credit_id, amount_fen, code, key)


def hold(
    session: Session, *, district_id: int, debit_id: int, credit_id: int, amount_fen: int, code: str, key: str
) -> LedgerTransfer:
    """Promise a movement: the amount (fen) stays with the debit account but is no longer available there.

    Returns the pending transfer, which ``post`` or ``void`` ends, once. Keys and errors as in ``transfer``.
    """
    return _begin(session, TransferKind.PENDING, district_id, debit_id, credit_id, amount_fen, code, key)


def post(session: Session, *, transfer_id: int, key: str) -> LedgerTransfer:
    """Keep a promise: the pending transfer's whole amount moves. Returns the ending transfer.

    A repeated key returns the first end. Raises HoldEnded when it was posted or voided under another key.
    """
    return _end(session, TransferKind.POST, transfer_id, key)


def void(session: Session, *, transfer_id: int, key: str) -> LedgerTransfer:
    """Drop a promise: its whole amount is available again. Keys and errors as in ``post``."""
    return _end(session, TransferKind.VOID, transfer_id, key)


def _begin(
    session: Session,
    kind: TransferKind,
    district_id: int,
    debit_id: int,
    credit_id: int,
    amount_fen: int,
    code: str,
    key: str,
) -> LedgerTransfer:
    if not 0 < amount_fen <= MAX_FEN:
        raise ValueError(f"{amount_fen} fen cannot be moved")
    figures = {
        "district_id": district_id,
        "kind": kind.value,
        "debit_account_id": debit_id,
        "credit_account_id": credit_id,
        "amount_fen": amount_fen,
        "pending_id": None,
        "code": code,
    }
    written = _write(session, kind, figures, key)
    if written is None:
        raise InsufficientBalance
    return written


def _end(session: Session, kind: TransferKind, transfer_id: int, key: str) -> LedgerTransfer:
    promise = session.get(LedgerTransfer, transfer_id)
    if promise is None or promise.kind != TransferKind.PENDING:
        raise LookupError(f"transfer {transfer_id} is no pending one")
    figures = {
        "district_id": promise.district_id,
        "kind": kind.value,
        "debit_account_id": promise.debit_account_id,
        "credit_account_id": promise.credit_account_id,
        "amount_fen": promise.amount_fen,
        "pending_id": promise.id,
        "code": promise.code,
    }
    written = _write(session, kind, figures, key)
    if written is None:
        raise HoldEnded
    return written


def _write(session: Session, kind: TransferKind, figures: dict[str, Any], key: str) -> LedgerTransfer | None:
    """Write one transfer, or return what its key wrote before; None when an account refuses."""
    sides = [_account(session, figures["debit_account_id"]), _account(session, figures["credit_account_id"])]
    guarded = [account for account in sides if account.guarded]
    fresh = [account.id for account in guarded if not locks.holds(session, LedgerAccount, account.id)]
    if fresh:
        # Not for the sums, which the UPDATE's condition protects, but so that a twin of this key is seen.
        locks.lock_all(session, LedgerAccount, fresh)
    statement = _statement(kind, debit_guarded=sides[0].guarded, credit_guarded=sides[1].guarded)
    values = {f"p_{name}": value for name, value in figures.items()}
    written = session.scalars(statement, {**values, "p_key": key, "p_at": clock.now()}).first()
    for account in guarded:
        session.expire(account, _SUMS)
    if written is not None:
        return cast(LedgerTransfer, written)
    return _earlier(session, figures, key)


def _account(session: Session, account_id: int) -> LedgerAccount:
    account = session.get(LedgerAccount, account_id)
    if account is None:
        raise LookupError(f"ledger account {account_id}")
    return account


def _earlier(session: Session, figures: dict[str, Any], key: str) -> LedgerTransfer | None:
    earlier = session.scalars(
        select(LedgerTransfer).where(
            LedgerTransfer.district_id == figures["district_id"], LedgerTransfer.idempotency_key == key
        )
    ).first()
    if earlier and any(getattr(earlier, name) != value for name, value in figures.items()):
        raise KeyReused
    return earlier


@cache
def _statement(kind: TransferKind, *, debit_guarded: bool, credit_guarded: bool) -> Executable:
    """Build the statement that changes the guarded accounts and inserts the transfer, if all agree."""
    given: dict[str, ColumnElement[Any]] = {
        column.name: bindparam(f"p_{column.name}", type_=column.type) for column in _TRANSFERS.c
    }
    given["idempotency_key"] = bindparam("p_key", type_=_TRANSFERS.c.idempotency_key.type)
    agreed = [~_is_repeated(kind, given)]
    if debit_guarded:
        payer = _change(kind, "debits", given["debit_account_id"], given["amount_fen"], agreed)
        agreed = [exists(select(payer.c.id))]
    if credit_guarded:
        payee = _change(kind, "credits", given["credit_account_id"], given["amount_fen"], agreed)
        agreed = [exists(select(payee.c.id))]
    names = [column.name for column in _TRANSFERS.c if column.name != "id"]
    row = select(*(given[name].label(name) for name in names)).where(*agreed)
    writing = insert(LedgerTransfer).from_select(names, row)
    if not (debit_guarded or credit_guarded):
        # No account row makes twins wait for each other here: the unique keys do.
        writing = writing.on_conflict_do_nothing()
    return select(LedgerTransfer).from_statement(writing.returning(LedgerTransfer))


def _is_repeated(kind: TransferKind, given: dict[str, ColumnElement[Any]]) -> ColumnElement[bool]:
    same_key = and_(
        _TRANSFERS.c.district_id == given["district_id"],
        _TRANSFERS.c.idempotency_key == given["idempotency_key"],
    )
    same_end = _TRANSFERS.c.pending_id == given["pending_id"]
    ends = EFFECTS[kind].pending < 0
    return exists(select(_TRANSFERS.c.id).where(or_(same_key, same_end) if ends else same_key))


def _change(
    kind: TransferKind,
    side: str,
    account_id: ColumnElement[Any],
    amount: ColumnElement[Any],
    conditions: Sequence[ColumnElement[bool]],
) -> CTE:
    effect = EFFECTS[kind]
    posted, pending = _ACCOUNTS.c[f"{side}_posted"], _ACCOUNTS.c[f"{side}_pending"]
    posted_after, pending_after = posted + effect.posted * amount, pending + effect.pending * amount
    possible = [pending_after >= 0]
    if side == "debits":
        possible.append(posted_after + pending_after <= _ACCOUNTS.c.credits_posted)
    return (
        update(_ACCOUNTS)
        .where(_ACCOUNTS.c.id == account_id, *possible, *conditions)
        .values({posted: posted_after, pending: pending_after})
        .returning(_ACCOUNTS.c.id)
        .cte(side)
    )
