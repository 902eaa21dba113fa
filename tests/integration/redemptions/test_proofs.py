"""Money forged with the app's own role, every guard in place and every balance right, is still found."""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.ledger import queries as ledger
from app.redemptions import queries
from tests.factories.identity import make_district
from tests.factories.redemptions import Shop, make_buyer, make_home, make_redemption, make_shop, redeem
from tests.factories.vouchers import submit_voucher

TRANSFER = """
    INSERT INTO ledger_transfers (district_id, kind, debit_account_id, credit_account_id, amount_fen, code,
                                  idempotency_key, at)
    SELECT d.district_id, '{kind}', d.id, c.id, {amount}, '{code}', 'forged', now()
    FROM ledger_accounts d JOIN ledger_accounts c ON c.district_id = d.district_id
    WHERE d.id = ({debit}) AND c.id = ({credit})
"""
ISSUE = "SELECT id FROM ledger_accounts WHERE kind = 'issue'"
BONUS = "SELECT id FROM ledger_accounts WHERE kind = 'bonus'"
PAYABLE = "SELECT id FROM ledger_accounts WHERE kind = 'developer_payable'"
VOUCHER = "SELECT min(account_id) FROM vouchers"
RECEIVED = f"UPDATE ledger_accounts SET credits_posted = credits_posted + 900 WHERE id = ({VOUCHER})"
NEW_ACCOUNT = """
    INSERT INTO ledger_accounts (district_id, kind, guarded, owner, credits_posted)
    SELECT district_id, 'voucher', true, 'voucher:0', 900 FROM ledger_accounts WHERE kind = 'issue'
"""
NEW = "SELECT id FROM ledger_accounts WHERE owner = 'voucher:0'"

ONLY_ISSUE = "money comes in only as the issue of a voucher"
FACE = "an issued voucher received its face value"
ALLOCATED = "every promise in the ledger has its allocation"
AGREED = "a voucher is its agreement's"
APPROVED = "an issued voucher is what a second person approved"
LAPSE = "a voucher lapses when its policy says"


def forged(debit: str, credit: str, *, code: str, kind: str = "single", amount: str = "900") -> str:
    return TRANSFER.format(debit=debit, credit=credit, code=code, kind=kind, amount=amount)


@pytest.fixture
def shop(session: Session) -> Shop:
    """One home bought and one locked, two vouchers issued and one that waits; a second district."""
    shop = make_shop(session)
    buyer = make_buyer(session, shop.desk, faces=(30_000_000, 90_000_000))
    redeem(session, shop, make_redemption(session, buyer, make_home(session, shop), 5_000_000))
    make_redemption(session, buyer, make_home(session, shop), 5_000_000)
    submit_voucher(session, desk=shop.desk)
    make_buyer(session, shop.desk)
    make_district(session)
    session.commit()
    return shop


def broken(session: Session) -> set[str]:
    """Return the rules that are broken, in a ledger whose own books balance."""
    assert ledger.verify(session) == []
    return {breach.rule for breach in queries.verify(session)}


def test_what_the_services_did_is_explained(session: Session, shop: Shop) -> None:
    assert broken(session) == set()


@pytest.mark.parametrize(
    ("statements", "rules"),
    [
        pytest.param(
            [forged(ISSUE, VOUCHER, code="voucher.correction"), RECEIVED],
            {ONLY_ISSUE, FACE},
            id="money under another code",
        ),
        pytest.param(
            [forged(ISSUE, VOUCHER, code="voucher.issue"), RECEIVED],
            {ONLY_ISSUE, FACE},
            id="more of the same",
        ),
        pytest.param(
            [
                forged(ISSUE, VOUCHER, code="voucher.issue", amount="30000000"),
                RECEIVED.replace("900", "30000000"),
            ],
            {FACE},
            id="issued twice",
        ),
        pytest.param(
            [forged(BONUS, VOUCHER, code="voucher.issue"), RECEIVED], {ONLY_ISSUE, FACE}, id="from the bonus"
        ),
        pytest.param(
            [NEW_ACCOUNT, forged(ISSUE, NEW, code="voucher.issue")], {ONLY_ISSUE}, id="to nobody's voucher"
        ),
        pytest.param(
            [forged(BONUS, PAYABLE, code="redemption.bonus")], {ONLY_ISSUE}, id="bonus without home"
        ),
        pytest.param(
            [forged(BONUS, PAYABLE, code="x", kind="pending")], {ALLOCATED}, id="a promise of nobody"
        ),
        pytest.param(
            [
                (
                    "UPDATE vouchers SET household_id = (SELECT max(id) FROM households)"
                    " WHERE id = (SELECT max(id) FROM vouchers WHERE household_id <>"
                    " (SELECT max(id) FROM households))"
                ),
            ],
            {AGREED},
            id="to another household",
        ),
        pytest.param(
            ["UPDATE agreements SET compensation_fen = compensation_fen + 1"],
            {AGREED},
            id="another sum agreed",
        ),
        pytest.param(
            ["UPDATE vouchers SET expires_at = expires_at + interval '1 day' WHERE state = 'issued'"],
            {LAPSE},
            id="a longer term",
        ),
        pytest.param(
            [
                (
                    "UPDATE vouchers SET issued_at = issued_at - interval '1 day',"
                    " expires_at = expires_at - interval '1 day' WHERE state = 'issued'"
                ),
            ],
            {"a voucher's term begins with its money"},
            id="another term",
        ),
        pytest.param(
            [
                (
                    "UPDATE vouchers SET account_id = (SELECT max(account_id) FROM vouchers)"
                    " WHERE account_id = (SELECT min(account_id) FROM vouchers)"
                ),
            ],
            {"an issued voucher has an account of its own"},
            id="another's account",
        ),
        pytest.param(
            ["UPDATE approval_requests SET state = 'rejected' WHERE state = 'approved'"],
            {APPROVED},
            id="not approved",
        ),
        pytest.param(
            [
                (
                    "UPDATE approval_requests SET payload = jsonb_set(payload, '{face_fen}', '1')"
                    " WHERE state = 'approved'"
                ),
            ],
            {APPROVED},
            id="another sum approved",
        ),
        pytest.param(
            [
                (
                    "UPDATE approval_requests SET payload = jsonb_set(payload, '{policy_sha256}', '\"0\"')"
                    " WHERE state = 'approved'"
                ),
            ],
            {APPROVED},
            id="another policy approved",
        ),
    ],
)
def test_forged_money_is_found(session: Session, shop: Shop, statements: list[str], rules: set[str]) -> None:
    for statement in statements:
        assert session.execute(text(statement)).rowcount > 0, statement  # type: ignore[attr-defined]  # a cursor's
    assert rules <= broken(session)
