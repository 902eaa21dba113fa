"""Where money paid online is in the ledger: the top-up's account, against the district's with Stripe."""

from typing import Final

from sqlalchemy.orm import Session

from app.ledger import service as ledger
from app.ledger.rules import AccountKind
from app.payments.models import TopUp

RECEIVE: Final = "top_up.card_receive"
REFUND: Final = "top_up.card_refund"
COME_BACK: Final = "top_up.card_come_back"
DISPUTE: Final = "top_up.card_dispute"
"""Codes of the transfers: captured by Stripe, promised back and paid, a refund that failed after all, and
what a payer contests."""


def receive(session: Session, top_up: TopUp, *, amount_fen: int, key: str) -> int:
    """Move what Stripe captured to its top-up, once for each key; return the transfer's id."""
    return ledger.transfer(
        session,
        district_id=top_up.district_id,
        debit_id=_control(session, top_up),
        credit_id=top_up.ledger_account_id,
        amount_fen=amount_fen,
        code=RECEIVE,
        key=f"{RECEIVE}:{key}",
    )


def promise(session: Session, top_up: TopUp, *, amount_fen: int, code: str, key: str) -> int:
    """Promise money back to where it came from. Raises InsufficientBalance above what is there."""
    return ledger.hold(
        session,
        district_id=top_up.district_id,
        debit_id=top_up.ledger_account_id,
        credit_id=_control(session, top_up),
        amount_fen=amount_fen,
        code=code,
        key=f"{code}:{key}",
    )


def end_promise(session: Session, *, transfer_id: int, paid: bool) -> int:
    """Keep a promise, or drop it."""
    act = ledger.post if paid else ledger.void
    return act(session, transfer_id=transfer_id, key=f"top_up.card_end:{transfer_id}")


def come_back(session: Session, top_up: TopUp, *, amount_fen: int, key: str) -> int:
    """Correct a refund that had counted as paid; return the transfer's id."""
    return ledger.transfer(
        session,
        district_id=top_up.district_id,
        debit_id=_control(session, top_up),
        credit_id=top_up.ledger_account_id,
        amount_fen=amount_fen,
        code=COME_BACK,
        key=f"{COME_BACK}:{key}",
    )


def _control(session: Session, top_up: TopUp) -> int:
    (account_id,) = ledger.control_accounts(
        session, district_id=top_up.district_id, kinds=(AccountKind.CARD,)
    )
    return account_id
