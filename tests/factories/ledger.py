"""Ledger accounts with money in them."""

import itertools

from sqlalchemy.orm import Session

from app.identity.models import District
from app.ledger import service
from app.ledger.models import LedgerAccount
from app.ledger.rules import AccountKind

_numbers = itertools.count(1)


def make_account(session: Session, *, district: District, received_fen: int = 0) -> LedgerAccount:
    """Return a new voucher account that received so much."""
    number = next(_numbers)
    account = service.open_account(
        session, district_id=district.id, kind=AccountKind.VOUCHER, owner=f"test:{number}"
    )
    if received_fen:
        service.transfer(
            session,
            district_id=district.id,
            debit_id=make_control(session, district=district, kind=AccountKind.ISSUE).id,
            credit_id=account.id,
            amount_fen=received_fen,
            code="voucher.issue",
            key=f"test.issue:{number}",
        )
    return account


def make_control(session: Session, *, district: District, kind: AccountKind) -> LedgerAccount:
    """Return the district's control account of a kind."""
    return service.open_account(session, district_id=district.id, kind=kind)
