"""Where top-up money is in the ledger: a guarded account each, against the supervised accounts' control."""

from typing import Final

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from app.ledger import service as ledger
from app.ledger.models import LedgerAccount
from app.ledger.rules import AccountKind
from app.payments.models import TopUp

RECEIVE: Final = "top_up.receive"
TAKE_BACK: Final = "top_up.take_back"
REFUND: Final = "top_up.refund"
COME_BACK: Final = "top_up.come_back"
"""Codes of the transfers: a line matched, a wrong match corrected, money promised back and paid, and a refund
that the bank sent back."""

NET: Final[ColumnElement[int]] = (
    LedgerAccount.credits_posted - LedgerAccount.debits_posted - LedgerAccount.debits_pending
)
"""What has arrived of a top-up and is not given back or promised back, in fen."""


def net_fen(session: Session, top_up: TopUp) -> int:
    """Return what has arrived of a top-up and is not given back or promised back, in fen."""
    return int(session.scalars(select(NET).where(LedgerAccount.id == top_up.ledger_account_id)).one())


def open_account(session: Session, *, district_id: int, owner: str) -> int:
    """Open the guarded account of a top-up and return its id."""
    account = ledger.open_account(session, district_id=district_id, kind=AccountKind.TOP_UP, owner=owner)
    return account.id


def receive(session: Session, top_up: TopUp, *, amount_fen: int, key: str) -> int:
    """Move what a line brought to its top-up; return the transfer's id."""
    return ledger.transfer(
        session,
        district_id=top_up.district_id,
        debit_id=_supervised(session, top_up),
        credit_id=top_up.ledger_account_id,
        amount_fen=amount_fen,
        code=RECEIVE,
        key=f"{RECEIVE}:{key}",
    )


def take_back(session: Session, top_up: TopUp, *, amount_fen: int, key: str) -> int:
    """Correct what a wrong match moved. Raises InsufficientBalance when it was given back meanwhile."""
    return ledger.transfer(
        session,
        district_id=top_up.district_id,
        debit_id=top_up.ledger_account_id,
        credit_id=_supervised(session, top_up),
        amount_fen=amount_fen,
        code=TAKE_BACK,
        key=f"{TAKE_BACK}:{key}",
    )


def promise_back(session: Session, top_up: TopUp, *, amount_fen: int, key: str) -> int:
    """Promise money back to where it came from. Raises InsufficientBalance above what is there."""
    return ledger.hold(
        session,
        district_id=top_up.district_id,
        debit_id=top_up.ledger_account_id,
        credit_id=_supervised(session, top_up),
        amount_fen=amount_fen,
        code=REFUND,
        key=f"{REFUND}:{key}",
    )


def end_promise(session: Session, *, transfer_id: int, paid: bool) -> int:
    """Keep the promise of a refund that was paid, or drop it."""
    act = ledger.post if paid else ledger.void
    return act(session, transfer_id=transfer_id, key=f"{REFUND}.end:{transfer_id}")


def come_back(session: Session, top_up: TopUp, *, amount_fen: int, key: str) -> int:
    """Correct a refund that was paid, for the bank sent it back; return the transfer's id."""
    return ledger.transfer(
        session,
        district_id=top_up.district_id,
        debit_id=_supervised(session, top_up),
        credit_id=top_up.ledger_account_id,
        amount_fen=amount_fen,
        code=COME_BACK,
        key=f"{COME_BACK}:{key}",
    )


def _supervised(session: Session, top_up: TopUp) -> int:
    (account_id,) = ledger.control_accounts(
        session, district_id=top_up.district_id, kinds=(AccountKind.SUPERVISED,)
    )
    return account_id
