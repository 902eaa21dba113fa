"""flask ledger verify finds every kind of damage, done as somebody could who owns the database."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.ledger import service
from app.ledger.rules import AccountKind
from tests.factories.identity import make_district
from tests.factories.ledger import make_account, make_control
from tests.factories.redemptions import Shop, make_buyer, make_home, make_redemption, make_shop, redeem

Begin = Callable[[], AbstractContextManager[Session]]

UNGUARD = """
    ALTER TABLE ledger_transfers DISABLE TRIGGER USER;
    DO $$ DECLARE
        name text;
        owner text;
        damaged oid[] := ARRAY['ledger_accounts', 'ledger_transfers', 'allocations', 'redemptions',
                               'vouchers', 'homes']::regclass[];
    BEGIN
        FOR owner, name IN
            SELECT conrelid::regclass::text, conname FROM pg_constraint
            WHERE contype IN ('c', 'f') AND (conrelid = ANY (damaged) OR confrelid = ANY (damaged))
        LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', owner, name); END LOOP;
    END $$;
    DROP INDEX uq_ledger_transfers_one_end;
    ALTER TABLE ledger_transfers DROP CONSTRAINT uq_ledger_transfers_district_id_idempotency_key;
"""

SECOND_END = """
    INSERT INTO ledger_transfers (district_id, kind, debit_account_id, credit_account_id, amount_fen,
                                  pending_id, code, idempotency_key, at)
    SELECT district_id, 'void', debit_account_id, credit_account_id, amount_fen, id, code, 'twice', at
    FROM ledger_transfers WHERE id = {kept}
"""


@pytest.fixture
def damage(committed_app: Flask) -> Callable[[str], None]:
    """Run a statement as the owner of the tables, with every guard taken away first."""
    owner = str(committed_app.config["ANJU"].owner_database_url)

    def run(statement: str) -> None:
        with psycopg.connect(owner, autocommit=True) as connection:
            connection.execute(UNGUARD)
            changed = connection.execute(statement)
            assert changed.rowcount > 0, "the damage changed nothing"

    return run


def verify(app: Flask) -> tuple[int, dict[str, Any]]:
    result = app.test_cli_runner().invoke(args=["ledger", "verify", "--json"])
    return result.exit_code, json.loads(result.stdout)


UNEXPLAINED = {
    "money comes in only as the issue of a voucher",
    "every promise in the ledger has its allocation",
}
"""What a ledger without vouchers and redemptions cannot satisfy; everything else must hold."""


@pytest.fixture
def ids(committed_app: Flask, transaction: Begin) -> dict[str, int]:
    """A voucher with 100 fen: 20 spent at once, 30 held, 10 kept from a hold, 5 given back from one."""
    with transaction() as session:
        district = make_district(session)
        account = make_account(session, district=district, received_fen=100)
        payable = make_control(session, district=district, kind=AccountKind.DEVELOPER_PAYABLE)
        found = {"district": district.id, "account": account.id, "payable": payable.id}

        def move(act: Callable[..., Any], name: str, amount_fen: int) -> None:
            found[name] = act(
                session,
                district_id=district.id,
                debit_id=account.id,
                credit_id=payable.id,
                amount_fen=amount_fen,
                code="test",
                key=name,
            )

        move(service.transfer, "spent", 20)
        move(service.hold, "held", 30)
        move(service.hold, "kept", 10)
        move(service.hold, "given", 5)
        found["post"] = service.post(session, transfer_id=found["kept"], key="post")
        found["void"] = service.void(session, transfer_id=found["given"], key="void")
    return found


def test_a_sound_ledger_passes(committed_app: Flask, ids: dict[str, int]) -> None:
    _, found = verify(committed_app)
    assert found["transfers"] == 7
    assert {breach["rule"] for breach in found["breaches"]} == UNEXPLAINED


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        (
            "UPDATE ledger_accounts SET debits_pending = debits_pending - 1 WHERE id = {account}",
            "stored sums are those of the transfers",
        ),
        (
            "UPDATE ledger_accounts SET credits_posted = credits_posted + 1 WHERE id = {account}",
            "a district's debits equal its credits",
        ),
        (
            "UPDATE ledger_accounts SET credits_posted = 7 WHERE id = {payable}",
            "control accounts store nothing",
        ),
        (
            "UPDATE ledger_accounts SET guarded = true WHERE id = {payable}",
            "guarded accounts are those of the guarded kinds",
        ),
        (
            "UPDATE ledger_transfers SET amount_fen = 200 WHERE id = {spent}",
            "no guarded account was ever overdrawn",
        ),
        (
            "UPDATE ledger_transfers SET amount_fen = 9 WHERE id = {post}",
            "every end ends a promise of the same accounts and amount",
        ),
        (
            "UPDATE ledger_transfers SET pending_id = {spent} WHERE id = {post}",
            "every end ends a promise of the same accounts and amount",
        ),
        (
            "UPDATE ledger_transfers SET pending_id = NULL WHERE id = {post}",
            "every end ends a promise of the same accounts and amount",
        ),
        ("DELETE FROM ledger_transfers WHERE id = {held}", "stored sums are those of the transfers"),
        (
            "DELETE FROM ledger_transfers WHERE id = {kept}",
            "every end ends a promise of the same accounts and amount",
        ),
        ("DELETE FROM ledger_transfers WHERE id = {post}", "stored sums are those of the transfers"),
        ("UPDATE ledger_transfers SET pending_id = {kept} WHERE id = {spent}", "only ends name a promise"),
        (SECOND_END, "a promise ends once"),
        (
            "UPDATE ledger_transfers SET idempotency_key = 'spent' WHERE id = {held}",
            "a key names one transfer",
        ),
        ("UPDATE ledger_transfers SET amount_fen = -5 WHERE id = {spent}", "amounts are above zero"),
        ("UPDATE ledger_transfers SET kind = 'gift' WHERE id = {spent}", "kinds are known"),
        (
            "UPDATE ledger_transfers SET credit_account_id = debit_account_id WHERE id = {spent}",
            "a transfer moves between two accounts of its own district",
        ),
        (
            "UPDATE ledger_transfers SET district_id = district_id + 1 WHERE id = {spent}",
            "a transfer moves between two accounts of its own district",
        ),
        (
            "UPDATE ledger_transfers SET debit_account_id = {account} + 1000 WHERE id = {spent}",
            "a transfer moves between two accounts of its own district",
        ),
    ],
)
def test_damage_is_found(
    committed_app: Flask, ids: dict[str, int], damage: Callable[[str], None], statement: str, rule: str
) -> None:
    damage(statement.format(**ids))
    code, found = verify(committed_app)
    assert code == 1
    assert not found["ok"]
    assert rule in {breach["rule"] for breach in found["breaches"]}
    elsewhere = {breach["rule"] for breach in found["breaches"] if breach["part"] != "ledger"}
    assert elsewhere <= UNEXPLAINED


@pytest.fixture
def shop(committed_app: Flask, transaction: Begin) -> Shop:
    """Two redemptions of a shop: one waits for its contract, one is written off."""
    with committed_app.app_context(), Session(committed_app.extensions["sqlalchemy"].engine) as session:
        shop = make_shop(session)
        buyer = make_buyer(session, shop.desk, faces=(30_000_000, 90_000_000))
        redeem(session, shop, make_redemption(session, buyer, make_home(session, shop), 5_000_000))
        make_redemption(session, buyer, make_home(session, shop), 5_000_000)
        make_home(session, shop)
        return shop


def test_sound_redemptions_pass(committed_app: Flask, shop: Shop) -> None:
    code, found = verify(committed_app)
    assert (code, found["ok"], found["breaches"]) == (0, True, [])
    spoken = committed_app.test_cli_runner().invoke(args=["ledger", "verify"])
    assert (spoken.exit_code, spoken.stdout) == (0, f"{found['transfers']} transfers, 0 breaches\n")


LOCKED = "(SELECT id FROM redemptions WHERE state = 'locked')"


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("UPDATE allocations SET spent_fen = spent_fen + 1", "an allocation's promises are in the ledger"),
        (
            "UPDATE allocations SET bonus_fen = bonus_fen - 1 WHERE bonus_fen > 0",
            "vouchers, bonus and top-up are the price",
        ),
        (
            "UPDATE allocations SET transfer_id = (SELECT min(transfer_id) FROM allocations)",
            "a transfer is promised by one allocation",
        ),
        (
            "UPDATE redemptions SET state = 'redeemed' WHERE state = 'locked'",
            "promises end with their redemption",
        ),
        (
            "UPDATE redemptions SET state = 'cancelled' WHERE state = 'redeemed'",
            "promises end with their redemption",
        ),
        (
            f"DELETE FROM allocations WHERE redemption_id = {LOCKED}",
            "every promise in the ledger has its allocation",
        ),
        ("UPDATE redemptions SET price_fen = price_fen + 1", "a redemption is what its quote said"),
        (
            "UPDATE vouchers SET household_id = household_id + 1",
            "vouchers pay for their own household, or by consent",
        ),
        (
            "UPDATE homes SET status = 'free' WHERE status = 'locked'",
            "a home is locked, sold or free as its redemptions say",
        ),
        (
            "UPDATE homes SET status = 'locked' WHERE status = 'free'",
            "a home is locked, sold or free as its redemptions say",
        ),
        ("UPDATE vouchers SET face_fen = face_fen + 1", "an issued voucher received its face value"),
    ],
)
def test_damage_between_redemptions_and_ledger_is_found(
    committed_app: Flask, shop: Shop, damage: Callable[[str], None], statement: str, rule: str
) -> None:
    damage(statement)
    code, found = verify(committed_app)
    assert code == 1
    assert rule in {breach["rule"] for breach in found["breaches"] if breach["part"] == "redemptions"}
