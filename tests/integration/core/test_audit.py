from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from app.core import audit
from app.core.actor import system_actor
from app.identity.models import District

Transaction = Callable[[], AbstractContextManager[Session]]


def note(session: Session, number: int = 1) -> None:
    audit.record(session, actor=system_actor(), action="test.note", object_type="thing", object_id=number)


@pytest.fixture
def five_rows(transaction: Transaction) -> None:
    for number in range(5):
        with transaction() as session:
            note(session, number)


def test_rows_are_written_with_the_command_and_verify(transaction: Transaction) -> None:
    with transaction() as session:
        note(session, 1)
        note(session, 2)
    with transaction() as session:
        assert audit.verify(session) == (2, [])
        assert [row.object_id for row in session.scalars(select(audit.AuditRow))] == [1, 2]


def test_a_rolled_back_command_leaves_no_row(transaction: Transaction) -> None:
    with transaction() as session:
        note(session)
        session.rollback()
    with transaction() as session:
        note(session, 7)
    with transaction() as session:
        assert [row.object_id for row in session.scalars(select(audit.AuditRow))] == [7]


def test_two_transactions_at_once_take_different_chains(transaction: Transaction) -> None:
    with transaction() as first:
        note(first)
        audit._write(first)  # its head is taken now, while the other works
        with transaction() as second:
            note(second)
    with transaction() as session:
        assert set(session.scalars(select(audit.AuditRow.chain))) == {0, 1}


def test_nobody_changes_or_removes_a_row(transaction: Transaction, five_rows: None) -> None:
    for statement in (
        "UPDATE audit_rows SET action = 'x'",
        "DELETE FROM audit_rows",
    ):
        with pytest.raises(DBAPIError, match=r"never changed|permission denied"), transaction() as session:
            session.execute(text(statement))


@pytest.mark.parametrize(
    ("tampering", "reason"),
    [
        ("UPDATE audit_rows SET object_id = 99 WHERE seq = 2", "row changed"),
        ("UPDATE audit_rows SET at = at + interval '1 s' WHERE seq = 2", "row changed"),
        ("UPDATE audit_rows SET detail = '{\"a\": 1}' WHERE seq = 1", "row changed"),
        ("DELETE FROM audit_rows WHERE seq = 3", "row missing"),
        ("DELETE FROM audit_rows WHERE seq = 5", "chain cut off or extended"),
        ("UPDATE audit_heads SET seq = 4 WHERE chain = 0", "head changed"),
        ("DELETE FROM audit_heads WHERE chain = 0", "head missing"),
        ("DELETE FROM audit_heads WHERE chain = 63", "head missing"),
        ("UPDATE audit_rows SET key_id = 'other' WHERE seq = 2", "unknown key"),
    ],
)
def test_tampering_by_the_owner_is_found(
    transaction: Transaction, five_rows: None, owner: Callable[[str], None], tampering: str, reason: str
) -> None:
    owner("ALTER TABLE audit_rows DISABLE TRIGGER USER")
    owner(tampering)
    with transaction() as session:
        _, breaches = audit.verify(session)
    assert reason in {breach.reason for breach in breaches}


def test_a_rollback_of_the_whole_trail_is_found_only_by_an_anchor(
    transaction: Transaction, owner: Callable[[str], None]
) -> None:
    with transaction() as session:
        note(session, 1)
    owner("CREATE TABLE old_heads AS SELECT * FROM audit_heads")
    with transaction() as session:
        note(session, 2)
    with transaction() as session:
        anchor: dict[str, Any] = audit.heads_digest(session)
        assert audit.verify(session, anchor) == (2, [])
    owner("ALTER TABLE audit_rows DISABLE TRIGGER USER")
    owner("DELETE FROM audit_rows WHERE seq = 2")
    owner("DELETE FROM audit_heads")
    owner("INSERT INTO audit_heads SELECT * FROM old_heads")
    with transaction() as session:
        assert audit.verify(session) == (1, [])
        _, breaches = audit.verify(session, anchor)
    assert [breach.reason for breach in breaches] == ["differs from the anchor"]


def test_heads_are_made_once(transaction: Transaction, owner: Callable[[str], None]) -> None:
    owner("DELETE FROM audit_heads WHERE chain = 5")
    with transaction() as session:
        audit.initialise(session)
    with transaction() as session:
        assert [breach.chain for breach in audit.verify(session)[1]] == [5]


def test_a_savepoint_drops_only_its_own_notes(transaction: Transaction) -> None:
    with transaction() as session:
        note(session, 1)
        savepoint = session.begin_nested()
        note(session, 2)
        savepoint.rollback()
        note(session, 3)
        with suppress(IntegrityError), session.begin_nested():
            note(session, 4)
            session.add(District(code="x", name=None))
    with transaction() as session:
        assert [row.object_id for row in session.scalars(select(audit.AuditRow))] == [1, 3]
