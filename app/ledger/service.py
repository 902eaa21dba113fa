"""The only writer of the ledger.

Each movement is one statement: the conditional UPDATE of every guarded account it touches and the INSERT of
the transfer, all of it or nothing. So a refusal leaves nothing behind even for a caller who goes on after it,
and a stored sum cannot part from the transfers it is made of.
"""

from collections.abc import Collection, Iterable, Mapping
from functools import cache
from typing import Any, Final, cast

from sqlalchemy import (
    CTE,
    ColumnElement,
    Table,
    and_,
    bindparam,
    exists,
    false,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.util import identity_key

from app.core import clock, locks
from app.core.errors import Busy
from app.core.money import MAX_FEN
from app.core.prepared import Prepared
from app.ledger.errors import AccountExists, HoldEnded, InsufficientBalance, KeyReused
from app.ledger.models import LedgerAccount, LedgerTransfer
from app.ledger.queries import CONTROL_ACCOUNTS
from app.ledger.rules import EFFECTS, GUARDED, AccountKind, TransferKind

_ACCOUNTS: Final = cast(Table, LedgerAccount.__table__)
_TRANSFERS: Final = cast(Table, LedgerTransfer.__table__)
_SUMS: Final = ("debits_posted", "debits_pending", "credits_posted", "credits_pending")
_TWINS: Final = ("uq_ledger_transfers_district_id_idempotency_key", "uq_ledger_transfers_one_end")


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


def control_accounts(
    session: Session, *, district_id: int, kinds: Collection[str], known: Mapping[str, int] | None = None
) -> list[int]:
    """Return the ids of a district's control accounts of these kinds, in their order, opened if need be.

    ``known`` is what ``queries.CONTROL_ACCOUNTS`` found before; without it that is asked.
    """
    if known is None:
        ((found,),) = _CONTROL_ACCOUNTS.rows(session, district_id=district_id)
        known = found or {}
    return [known.get(kind) or open_account(session, district_id=district_id, kind=kind).id for kind in kinds]


_CONTROL_ACCOUNTS: Final = Prepared(CONTROL_ACCOUNTS)


def lock_accounts(session: Session, account_ids: Iterable[int]) -> None:
    """Lock guarded accounts, the lowest id first.

    Whoever moves money of several of them in one transaction locks them here together before; the movements
    of a single one lock it by themselves.
    """
    locks.lock_all(session, LedgerAccount, account_ids)


def transfer(
    session: Session, *, district_id: int, debit_id: int, credit_id: int, amount_fen: int, code: str, key: str
) -> int:
    """Move an amount (fen) from the debit to the credit account; return the transfer's id.

    ``code`` names the business act, ``key`` this movement within the district: a repeated key returns the
    first transfer and moves nothing. Raises InsufficientBalance, KeyReused when the key's figures differ,
    Busy when the same key is being written by somebody else.
    """
    return _begin(session, TransferKind.SINGLE, district_id, debit_id, credit_id, amount_fen, code, key)


def hold(
    session: Session, *, district_id: int, debit_id: int, credit_id: int, amount_fen: int, code: str, key: str
) -> int:
    """Promise a movement: the amount (fen) stays with the debit account but is no longer available there.

    Returns the id of the pending transfer, which ``post`` or ``void`` ends, once. Keys and errors as in
    ``transfer``.
    """
    return _begin(session, TransferKind.PENDING, district_id, debit_id, credit_id, amount_fen, code, key)


def post(session: Session, *, transfer_id: int, key: str) -> int:
    """Keep a promise: the pending transfer's whole amount moves. Returns the ending transfer's id.

    A repeated key returns the first end. Raises HoldEnded when it was posted or voided under another key.
    """
    return _end(session, TransferKind.POST, transfer_id, key)


def void(session: Session, *, transfer_id: int, key: str) -> int:
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
) -> int:
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
    written = _write(session, kind, figures, key) or _earlier(session, figures, key)
    if written is None:
        raise InsufficientBalance
    return written


def _end(session: Session, kind: TransferKind, transfer_id: int, key: str) -> int:
    own = {"kind": kind.value, "pending_id": transfer_id}
    written = _write(session, kind, own, key)
    if written is not None:
        return written
    promise = session.execute(_PROMISE, {"p_pending_id": transfer_id}).first()
    if promise is None:
        raise LookupError(f"transfer {transfer_id} is no pending one")
    earlier = _earlier(session, {**promise._mapping, **own}, key)
    if earlier is None:
        raise HoldEnded
    return earlier


def _write(session: Session, kind: TransferKind, figures: Mapping[str, Any], key: str) -> int | None:
    """Write one transfer; None when its key has written before, or an account refuses.

    An end takes the other figures over from its promise.
    """
    values = {f"p_{name}": value for name, value in figures.items()}
    try:
        written = _statement(kind).first(session, **values, p_key=key, p_at=clock.now())
    except IntegrityError as error:
        # A twin was written in this very moment. Repeated from the start, this one will see it.
        if any(name in str(error.orig) for name in _TWINS):
            raise Busy from error
        raise
    if written is None:
        return None
    transfer_id, *changed = written
    for account_id in changed:
        if account_id is not None:
            locks.note(session, LedgerAccount, account_id)
            _forget_sums(session, account_id)
    return int(transfer_id)


def _forget_sums(session: Session, account_id: int) -> None:
    """Have an account in somebody's hand read again: its sums were changed behind its back."""
    account = session.identity_map.get(identity_key(LedgerAccount, account_id))
    if account is not None:
        session.expire(account, _SUMS)


def _earlier(session: Session, figures: Mapping[str, Any], key: str) -> int | None:
    """Return what a key wrote before, or None. Raises KeyReused when that were other figures."""
    same_key = (
        _TRANSFERS.c.district_id == figures["district_id"],
        _TRANSFERS.c.idempotency_key == key,
    )
    earlier = session.execute(select(_TRANSFERS).where(*same_key)).first()
    if earlier is None:
        return None
    if any(earlier._mapping[name] != value for name, value in figures.items()):
        raise KeyReused
    return int(earlier.id)


_PROMISED: Final = ("district_id", "debit_account_id", "credit_account_id", "amount_fen", "code")
"""What the end of a pending transfer takes over from it."""
_PROMISE: Final = select(*(_TRANSFERS.c[name] for name in _PROMISED)).where(
    _TRANSFERS.c.id == bindparam("p_pending_id", type_=_TRANSFERS.c.id.type),
    _TRANSFERS.c.kind == TransferKind.PENDING,
)


@cache
def _statement(kind: TransferKind) -> Prepared:
    """Build the statement that changes the guarded accounts and inserts the transfer, if all agree."""
    given: dict[str, ColumnElement[Any]] = {
        column.name: bindparam(f"p_{column.name}", type_=column.type) for column in _TRANSFERS.c
    }
    given["idempotency_key"] = bindparam("p_key", type_=_TRANSFERS.c.idempotency_key.type)
    if _ends(kind):
        promise = _PROMISE.cte("promise")
        given |= {name: promise.c[name] for name in _PROMISED}
    is_new = ~_is_repeated(kind, given)
    payer = _change(kind, "debits", given["debit_account_id"], given["amount_fen"], [is_new])
    has_paid = ~_is_guarded(given["debit_account_id"]) | exists(select(payer.c.id))
    payee = _change(kind, "credits", given["credit_account_id"], given["amount_fen"], [is_new, has_paid])
    has_received = ~_is_guarded(given["credit_account_id"]) | exists(select(payee.c.id))
    names = [column.name for column in _TRANSFERS.c if column.name != "id"]
    row = select(*(given[name].label(name) for name in names)).where(is_new, has_paid, has_received)
    changed = [select(side.c.id).scalar_subquery() for side in (payer, payee)]
    return Prepared(insert(_TRANSFERS).from_select(names, row).returning(_TRANSFERS.c.id, *changed))


def _ends(kind: TransferKind) -> bool:
    return EFFECTS[kind].pending < 0


def _is_guarded(account_id: ColumnElement[Any]) -> ColumnElement[bool]:
    account = _ACCOUNTS.alias()
    guarded = select(account.c.guarded).where(account.c.id == account_id)
    # An account that does not exist is left to the foreign key, which says so.
    return func.coalesce(guarded.scalar_subquery(), false())


def _is_repeated(kind: TransferKind, given: dict[str, ColumnElement[Any]]) -> ColumnElement[bool]:
    same_key = and_(
        _TRANSFERS.c.district_id == given["district_id"],
        _TRANSFERS.c.idempotency_key == given["idempotency_key"],
    )
    same_end = _TRANSFERS.c.pending_id == given["pending_id"]
    return exists(select(_TRANSFERS.c.id).where(or_(same_key, same_end) if _ends(kind) else same_key))


def _change(
    kind: TransferKind,
    side: str,
    account_id: ColumnElement[Any],
    amount: ColumnElement[Any],
    conditions: Iterable[ColumnElement[bool]],
) -> CTE:
    effect = EFFECTS[kind]
    posted, pending = _ACCOUNTS.c[f"{side}_posted"], _ACCOUNTS.c[f"{side}_pending"]
    posted_after, pending_after = posted + effect.posted * amount, pending + effect.pending * amount
    possible = [pending_after >= 0]
    if side == "debits":
        possible.append(posted_after + pending_after <= _ACCOUNTS.c.credits_posted)
    return (
        update(_ACCOUNTS)
        .where(_ACCOUNTS.c.id == account_id, _ACCOUNTS.c.guarded, *possible, *conditions)
        .values({posted: posted_after, pending: pending_after})
        .returning(_ACCOUNTS.c.id)
        .cte(side)
    )
