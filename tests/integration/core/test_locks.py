from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.approvals.models import ApprovalRequest
from app.core import locks
from app.homes.models import Home
from app.ledger.models import LedgerAccount
from app.ledger.service import open_account
from app.vouchers.models import Voucher
from tests.factories.identity import make_district

Transaction = Callable[[], AbstractContextManager[Session]]


@pytest.fixture
def accounts(transaction: Transaction) -> list[int]:
    with transaction() as session:
        district = make_district(session)
        return [
            open_account(session, district_id=district.id, kind="voucher", owner=f"v{number}").id
            for number in range(3)
        ]


def test_a_locked_row_is_read_as_it_is_now(transaction: Transaction, accounts: list[int]) -> None:
    with transaction() as reader:
        seen = reader.get_one(LedgerAccount, accounts[0])
        assert seen.credits_posted == 0
        with transaction() as writer:
            writer.execute(
                text("UPDATE ledger_accounts SET credits_posted = 5 WHERE id = :id"), {"id": accounts[0]}
            )
        assert locks.lock(reader, LedgerAccount, accounts[0]).credits_posted == 5
        assert seen.credits_posted == 5


def test_a_second_locker_is_refused_in_time(transaction: Transaction, accounts: list[int]) -> None:
    with transaction() as first:
        locks.lock(first, LedgerAccount, accounts[0])
        with transaction() as second:
            second.execute(text("SET LOCAL lock_timeout = '50ms'"))
            with pytest.raises(OperationalError, match="lock timeout"):
                locks.lock(second, LedgerAccount, accounts[0])


def test_locks_go_up_only(session: Session) -> None:
    locks.lock_all(session, Voucher, [3])
    with pytest.raises(locks.LockOrderError):
        locks.lock_all(session, Home, [1])
    with pytest.raises(locks.LockOrderError):
        locks.lock_all(session, Voucher, [2])
    locks.lock_all(session, Voucher, [3, 4])
    locks.lock_all(session, ApprovalRequest, [1])


def test_a_new_transaction_starts_at_the_bottom(session: Session) -> None:
    locks.lock_all(session, Voucher, [3])
    session.rollback()
    assert locks.lock_all(session, Home, [1]) == []


def test_rows_come_sorted_and_missing_ones_are_absent(transaction: Transaction, accounts: list[int]) -> None:
    with transaction() as session:
        rows = locks.lock_all(session, LedgerAccount, [*reversed(accounts), 10**9])
        assert [row.id for row in rows] == accounts
