"""Where top-up money is in the ledger: a guarded account each, against the control of where it really is."""

from enum import StrEnum
from typing import Final

from sqlalchemy import ColumnElement, bindparam, select
from sqlalchemy.orm import Session

from app.core.prepared import Prepared
from app.ledger import service as ledger
from app.ledger.models import LedgerAccount
from app.ledger.rules import AccountKind
from app.payments.models import TopUp


class Code(StrEnum):
    """What a transfer of a top-up is: by a bank's line, or online by what Stripe captured."""

    RECEIVE = "top_up.receive"
    """A line was matched."""
    TAKE_BACK = "top_up.take_back"
    """A wrong match was corrected."""
    REFUND = "top_up.refund"
    """Promised back, and paid."""
    COME_BACK = "top_up.come_back"
    """The bank sent a refund back."""
    CARD_RECEIVE = "top_up.card_receive"
    CARD_REFUND = "top_up.card_refund"
    CARD_COME_BACK = "top_up.card_come_back"
    """A refund that had counted as paid failed after all."""
    CARD_DISPUTE = "top_up.card_dispute"
    """What a payer contests."""
    CARD_DISPUTE_BACK = "top_up.card_dispute_back"
    """A dispute that had counted as lost was won after all."""

    @property
    def against(self) -> AccountKind:
        """The district's account on the other side: where the money really is."""
        return AccountKind.CARD if self.startswith("top_up.card_") else AccountKind.SUPERVISED


NET: Final[ColumnElement[int]] = (
    LedgerAccount.credits_posted - LedgerAccount.debits_posted - LedgerAccount.debits_pending
)
"""What has arrived of a top-up and is not given back or promised back, in fen."""


def net_fen(session: Session, top_up: TopUp) -> int:
    """Return what has arrived of a top-up and is not given back or promised back, in fen."""
    ((net,),) = _NET_OF.rows(session, account_id=top_up.ledger_account_id)
    return int(net)


_NET_OF: Final = Prepared(select(NET).where(LedgerAccount.id == bindparam("account_id")))


def open_account(session: Session, *, district_id: int, owner: str) -> int:
    """Open the guarded account of a top-up and return its id."""
    account = ledger.open_account(session, district_id=district_id, kind=AccountKind.TOP_UP, owner=owner)
    return account.id


def enter(session: Session, top_up: TopUp, code: Code, *, amount_fen: int, key: str) -> int:
    """Move to a top-up what came, or came back, for it, once for each key; return the transfer's id."""
    return ledger.transfer(
        session,
        district_id=top_up.district_id,
        debit_id=_control(session, top_up, code),
        credit_id=top_up.ledger_account_id,
        amount_fen=amount_fen,
        code=code,
        key=f"{code}:{key}",
    )


def leave(session: Session, top_up: TopUp, code: Code, *, amount_fen: int, key: str) -> int:
    """Take from a top-up what was never its own. Raises InsufficientBalance when it was given back."""
    return ledger.transfer(
        session,
        district_id=top_up.district_id,
        debit_id=top_up.ledger_account_id,
        credit_id=_control(session, top_up, code),
        amount_fen=amount_fen,
        code=code,
        key=f"{code}:{key}",
    )


def promise(session: Session, top_up: TopUp, code: Code, *, amount_fen: int, key: str) -> int:
    """Promise money back to where it came from. Raises InsufficientBalance above what is there."""
    return ledger.hold(
        session,
        district_id=top_up.district_id,
        debit_id=top_up.ledger_account_id,
        credit_id=_control(session, top_up, code),
        amount_fen=amount_fen,
        code=code,
        key=f"{code}:{key}",
    )


def end_promise(session: Session, *, transfer_id: int, paid: bool) -> int:
    """Keep a promise that was paid, or drop it; return the id of its end."""
    act = ledger.post if paid else ledger.void
    return act(session, transfer_id=transfer_id, key=f"top_up.end:{transfer_id}")


def _control(session: Session, top_up: TopUp, code: Code) -> int:
    (account_id,) = ledger.control_accounts(session, district_id=top_up.district_id, kinds=(code.against,))
    return account_id
