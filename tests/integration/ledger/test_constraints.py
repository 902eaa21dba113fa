"""The database itself refuses what the service never does: each guard is tried by raw SQL."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.ledger import service
from app.ledger.rules import AccountKind
from tests.factories.identity import make_district
from tests.factories.ledger import make_account, make_control

INSERT = text(
    "INSERT INTO ledger_transfers (district_id, kind, debit_account_id, credit_account_id, amount_fen,"
    " pending_id, code, idempotency_key, at)"
    " VALUES (:district_id, :kind, :debit, :credit, :amount, :pending_id, 'raw', :key, now())"
)


@pytest.fixture
def facts(session: Session) -> dict[str, Any]:
    """A voucher with 100 fen, of which a promise holds 30."""
    district = make_district(session)
    account = make_account(session, district=district, received_fen=100)
    payable = make_control(session, district=district, kind=AccountKind.DEVELOPER_PAYABLE)
    promise = service.hold(
        session,
        district_id=district.id,
        debit_id=account.id,
        credit_id=payable.id,
        amount_fen=30,
        code="test",
        key="promise",
    )
    return {
        "district_id": district.id,
        "kind": "post",
        "debit": account.id,
        "credit": payable.id,
        "amount": 30,
        "pending_id": promise,
        "key": "raw",
    }


def refused(session: Session, statement: Any, values: dict[str, Any], constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint), session.begin_nested():
        session.execute(statement, values)


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("debits_pending = 101", "never_overdrawn"),
        ("debits_posted = 71", "never_overdrawn"),
        ("credits_posted = 29", "never_overdrawn"),
        ("debits_posted = -1", "not_negative"),
        ("debits_pending = -1", "not_negative"),
    ],
)
def test_a_voucher_account_cannot_be_set_wrong(
    session: Session, facts: dict[str, Any], change: str, constraint: str
) -> None:
    refused(session, text(f"UPDATE ledger_accounts SET {change} WHERE id = :debit"), facts, constraint)


def test_a_control_account_stores_nothing(session: Session, facts: dict[str, Any]) -> None:
    change = text("UPDATE ledger_accounts SET credits_posted = 1 WHERE id = :credit")
    refused(session, change, facts, "control_stores_nothing")


@pytest.mark.parametrize(
    ("account", "constraint"),
    [
        ("'bonus', true, 'voucher:0'", "guarded_kinds"),
        ("'voucher', false, ''", "guarded_kinds"),
        ("'voucher', true, ''", "ck_ledger_accounts_owner"),
        ("'bonus', false, 'somebody'", "ck_ledger_accounts_owner"),
        ("'escrow', false, ''", "ck_ledger_accounts_kind"),
    ],
)
def test_an_account_cannot_be_opened_wrong(
    session: Session, facts: dict[str, Any], account: str, constraint: str
) -> None:
    opening = (
        f"INSERT INTO ledger_accounts (district_id, kind, guarded, owner) VALUES (:district_id, {account})"
    )
    refused(session, text(opening), facts, constraint)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ledger_transfers SET amount_fen = 1 WHERE id = :pending_id",
        "DELETE FROM ledger_transfers WHERE id = :pending_id",
        "TRUNCATE ledger_transfers CASCADE",
    ],
)
def test_a_transfer_is_never_changed_or_removed(session: Session, facts: dict[str, Any], change: str) -> None:
    with (
        pytest.raises(Exception, match=r"never changed or removed|permission denied"),
        session.begin_nested(),
    ):
        session.execute(text(change), facts)


@pytest.mark.parametrize("kind", ["post", "void"])
def test_only_a_promise_is_ended(session: Session, facts: dict[str, Any], kind: str) -> None:
    service.post(session, transfer_id=facts["pending_id"], key="kept")
    moved = service.transfer(
        session,
        district_id=facts["district_id"],
        debit_id=facts["debit"],
        credit_id=facts["credit"],
        amount_fen=30,
        code="test",
        key="moved",
    )
    values = {**facts, "kind": kind, "pending_id": moved}
    refused(session, INSERT, values, "only a pending transfer can be posted or voided")


@pytest.mark.parametrize(
    ("wrong", "constraint"),
    [
        ({"amount": 29}, "fk_ledger_transfers_ends_as_promised"),
        ({"amount": 31}, "fk_ledger_transfers_ends_as_promised"),
        ({"pending_id": None}, "ends_a_pending"),
        ({"kind": "single"}, "ends_a_pending"),
        ({"kind": "pending"}, "ends_a_pending"),
        ({"kind": "promise", "pending_id": None}, "ck_ledger_transfers_kind"),
        ({"kind": "single", "pending_id": None, "amount": 0}, "ck_ledger_transfers_amount"),
        ({"key": "promise"}, "idempotency_key"),
    ],
)
def test_an_end_is_the_end_of_its_promise(
    session: Session, facts: dict[str, Any], wrong: dict[str, Any], constraint: str
) -> None:
    refused(session, INSERT, {**facts, **wrong}, constraint)


def test_an_end_cannot_pay_somebody_else(session: Session, facts: dict[str, Any]) -> None:
    bonus = service.open_account(session, district_id=facts["district_id"], kind=AccountKind.BONUS)
    refused(session, INSERT, {**facts, "credit": bonus.id}, "fk_ledger_transfers_ends_as_promised")


def test_a_promise_cannot_end_twice(session: Session, facts: dict[str, Any]) -> None:
    session.execute(INSERT, facts)
    refused(session, INSERT, {**facts, "kind": "void", "key": "again"}, "uq_ledger_transfers_one_end")


def test_money_moves_between_two_accounts(session: Session, facts: dict[str, Any]) -> None:
    alone = {**facts, "kind": "single", "pending_id": None, "credit": facts["debit"]}
    refused(session, INSERT, alone, "two_accounts")


def test_money_stays_in_its_district(session: Session, facts: dict[str, Any]) -> None:
    foreign = make_account(session, district=make_district(session))
    across = {**facts, "kind": "single", "pending_id": None, "credit": foreign.id}
    refused(session, INSERT, across, "fk_ledger_transfers")


def test_an_owner_has_one_account_of_a_kind(session: Session, facts: dict[str, Any]) -> None:
    twin = text(
        "INSERT INTO ledger_accounts (district_id, kind, guarded, owner)"
        " SELECT district_id, kind, guarded, owner FROM ledger_accounts WHERE id = :debit"
    )
    refused(session, twin, facts, "uq_ledger_accounts")
