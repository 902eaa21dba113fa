"""Rows done one by one: what only waits is no fault, and what failed before stays on the status page."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from app.core import apart, locks
from app.core.apart import Due, StuckRow
from app.core.errors import Busy
from app.ledger.models import LedgerAccount
from app.ledger.service import open_account
from tests.factories.identity import make_district

Transaction = Callable[[], AbstractContextManager[Session]]

ROW = Due(1, None, "GF-1")


class _Later(Exception):
    """What is asked of does not answer now."""


def stuck(session: Session) -> list[tuple[str, str, int]]:
    rows = session.scalars(select(StuckRow).where(StuckRow.ended_at.is_(None)))
    return [(one.ref, one.reason, one.tries) for one in rows]


def run(session: Session, raised: Exception | None) -> list[str]:
    def act(_row_id: int) -> None:
        if raised is not None:
            raise raised

    return apart.each(session, "t", [ROW], act, waits=(_Later,))


@pytest.mark.parametrize("wait", [Busy(), _Later()])
def test_what_failed_before_and_only_waits_now_is_still_stuck(session: Session, wait: Exception) -> None:
    assert run(session, LookupError()) == ["GF-1"]
    assert run(session, wait) == []
    assert stuck(session) == [("GF-1", "LookupError", 1)]
    assert run(session, LookupError()) == ["GF-1"]
    assert stuck(session) == [("GF-1", "LookupError", 2)]
    assert run(session, None) == []
    assert stuck(session) == []


def test_a_lock_that_somebody_holds_is_no_fault(transaction: Transaction) -> None:
    with transaction() as session:
        account_id = open_account(
            session, district_id=make_district(session).id, kind="voucher", owner="v1"
        ).id
    with transaction() as holder, Session(holder.get_bind()) as session:
        locks.lock(holder, LedgerAccount, account_id)

        def act(_row_id: int) -> None:
            session.execute(text("SET LOCAL lock_timeout = '50ms'"))
            locks.lock(session, LedgerAccount, account_id)

        assert apart.each(session, "t", [ROW], act) == []
        assert stuck(session) == []


def test_many_that_meet_a_held_lock_leave_a_line_and_no_trace(transaction: Transaction) -> None:
    with transaction() as session:
        account_id = open_account(
            session, district_id=make_district(session).id, kind="voucher", owner="v1"
        ).id
    with transaction() as holder, Session(holder.get_bind()) as session:
        locks.lock(holder, LedgerAccount, account_id)

        def many(_row_ids: object) -> None:
            session.execute(text("SET LOCAL lock_timeout = '50ms'"))
            locks.lock(session, LedgerAccount, account_id)

        with capture_logs() as lines:
            assert apart.several(session, "t", [1], many, named=lambda *_: [ROW]) == [1]
        assert [(one["log_level"], "exc_info" in one) for one in lines] == [("info", False)]


def test_many_that_fail_leave_their_trace(session: Session) -> None:
    def many(_row_ids: object) -> None:
        raise LookupError

    with capture_logs() as lines:
        apart.several(session, "t", [1], many, named=lambda *_: [ROW])
    assert [(one["event"], one["log_level"]) for one in lines] == [
        ("rows one by one", "error"),
        ("row apart", "error"),
    ]
