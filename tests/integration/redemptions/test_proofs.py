"""Money forged with the app's own role, every guard in place and every balance right, is still found."""

import itertools
import json

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.approvals.models import ApprovalRequest
from app.ledger import queries as ledger
from app.ledger.models import LedgerTransfer
from app.redemptions import queries
from app.redemptions.models import Redemption, RedemptionMove
from app.vouchers.models import Voucher
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

CONTRACTED = """
    UPDATE redemptions SET state = 'contracted', contract_number = 'x', contract_area_m2 = {area},
           contract_signed_on = now(), contract_price_fen = price_fen
    WHERE state = 'locked'
"""
FORGED = itertools.count(1_000_000)

ONLY_ISSUE = "money comes in only as the issue of a voucher"
FACE = "an issued voucher received its face value"
ALLOCATED = "every promise in the ledger has its allocation"
AGREED = "a voucher is its agreement's"
APPROVED = "an issued voucher is what a second person approved"
LAPSE = "a voucher lapses when its policy says"
QUOTED = "vouchers give what the quote said"
EARNED = "a bonus is what the voucher's policy gave that day"
BY_CHANGE = "money goes back only by an approved change"
GIVEN_BACK = "what went back of a share is what approved changes gave back of it"
PRICE_PAID = "vouchers, bonus and top-up are the price"
ADJUSTED = "a purchase costs what its last adjustment says"
STANDS = "a redemption stands where its last step left it"
STEPS_NOTED = "every step is in the audit trail"
QUOTE_NOTED = "a quote is what the audit trail says"
LOCK_NOTED = "a lock held what the audit trail says"
VOUCHER_NOTED = "an issued voucher is what the audit trail says"


def forged(debit: str, credit: str, *, code: str, kind: str = "single", amount: str = "900") -> str:
    return TRANSFER.format(debit=debit, credit=credit, code=code, kind=kind, amount=amount)


@pytest.fixture
def shop(session: Session) -> Shop:
    """One home bought and one locked, two vouchers issued and one that waits; a second district."""
    shop = make_shop(session)
    buyer = make_buyer(session, shop.desk, faces=(30_000_000, 130_000_000))
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
            [forged(PAYABLE, VOUCHER, code="redemption.back"), RECEIVED],
            {BY_CHANGE},
            id="given back by nobody",
        ),
        pytest.param(
            [
                forged(PAYABLE, VOUCHER, code="redemption.back"),
                RECEIVED,
                "UPDATE allocations SET back_fen = 900 WHERE id = (SELECT min(id) FROM allocations)",
            ],
            {BY_CHANGE, GIVEN_BACK, PRICE_PAID},
            id="given back and noted",
        ),
        pytest.param(
            ["UPDATE redemptions SET adjusted_fen = 900, own_adjusted_fen = 900 WHERE state = 'redeemed'"],
            {ADJUSTED},
            id="a price adjusted by nobody",
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
        pytest.param(["UPDATE allocations SET bonus_bp = 1600"], {QUOTED, EARNED}, id="another rate"),
        pytest.param(
            [
                "UPDATE allocations SET spent_fen = spent_fen - 900, bonus_fen = bonus_fen + 900",
            ],
            {QUOTED, EARNED},
            id="a richer bonus",
        ),
        pytest.param(
            [
                "UPDATE vouchers SET issued_at = issued_at - interval '4 months' WHERE state = 'issued'",
            ],
            {EARNED},
            id="a bonus of another tier",
        ),
        pytest.param(
            [
                CONTRACTED.format(area=89.5),
            ],
            {STANDS},
            id="a contract nobody entered",
        ),
        pytest.param(
            [
                CONTRACTED.format(area=80),
            ],
            {"a contract is what the household was shown"},
            id="a contract of another home",
        ),
        pytest.param(
            [
                (
                    "INSERT INTO redemption_moves (district_id, redemption_id, action, from_state, to_state,"
                    " user_id, role, at) SELECT district_id, redemption_id, 'cancel', 'locked', 'locked',"
                    " user_id, role, at FROM redemption_moves WHERE action = 'reserve'"
                ),
            ],
            {STEPS_NOTED},
            id="a step nobody took",
        ),
    ],
)
def test_forged_money_is_found(session: Session, shop: Shop, statements: list[str], rules: set[str]) -> None:
    for statement in statements:
        assert session.execute(text(statement)).rowcount > 0, statement  # type: ignore[attr-defined]  # a cursor's
    assert rules <= broken(session)


def twin(session: Session, table: str, row_id: int, **changed: object) -> int:
    """Insert a row again under an id of its own, with some columns changed; return that id."""
    new_id = next(FORGED)
    values = {"row": row_id, "changed": json.dumps({**changed, "id": new_id})}
    session.execute(
        text(
            f"INSERT INTO {table} OVERRIDING SYSTEM VALUE"
            f" SELECT (jsonb_populate_record(x, CAST(:changed AS jsonb))).* FROM {table} x WHERE id = :row"
        ),
        values,
    )
    return new_id


def test_a_purchase_forged_whole_is_found_by_the_audit_trail(session: Session, shop: Shop) -> None:
    real = session.scalars(select(Redemption).where(Redemption.state == "redeemed")).one()
    home = make_home(session, shop)
    quote_id = twin(session, "quotes", real.quote_id, ref="BJ-FORGED", home_id=home.id)
    forged_id = twin(
        session,
        "redemptions",
        real.id,
        ref="GF-FORGED",
        home_id=home.id,
        quote_id=quote_id,
        contract_number="forged",
    )
    moves = select(RedemptionMove.id).where(RedemptionMove.redemption_id == real.id)
    for move_id in session.scalars(moves.order_by(RedemptionMove.id)).all():
        twin(session, "redemption_moves", move_id, redemption_id=forged_id)
    for part in real.allocations:
        ends = []
        for transfer_id in (part.transfer_id, part.bonus_transfer_id):
            assert transfer_id
            pending_id = twin(session, "ledger_transfers", transfer_id, idempotency_key=f"p{transfer_id}")
            end = select(LedgerTransfer.id).where(LedgerTransfer.pending_id == transfer_id)
            key = {"idempotency_key": f"e{transfer_id}"}
            twin(session, "ledger_transfers", session.scalars(end).one(), pending_id=pending_id, **key)
            ends.append(pending_id)
        spend = "UPDATE ledger_accounts SET debits_posted = debits_posted + :spent WHERE id = :account"
        session.execute(text(spend), {"spent": part.spent_fen, "account": part.voucher.account_id})
        promised = {"transfer_id": ends[0], "bonus_transfer_id": ends[1]}
        twin(session, "allocations", part.id, redemption_id=forged_id, **promised)
    session.execute(text("UPDATE homes SET status = 'sold' WHERE id = :id"), {"id": home.id})
    assert broken(session) == {STEPS_NOTED, QUOTE_NOTED, LOCK_NOTED}


def test_a_voucher_forged_whole_is_found_by_the_audit_trail(session: Session, shop: Shop) -> None:
    real = session.scalars(select(Voucher).where(Voucher.state == "issued").limit(1)).one()
    agreement_id = twin(session, "agreements", real.agreement_id, number="forged")
    open_account = (
        "INSERT INTO ledger_accounts (district_id, kind, guarded, owner, credits_posted)"
        " VALUES (:district, 'voucher', true, :owner, :face) RETURNING id"
    )
    voucher_id = twin(
        session,
        "vouchers",
        real.id,
        ref="FP-FORGED",
        agreement_id=agreement_id,
        state="submitted",
        account_id=None,
        issued_at=None,
        expires_at=None,
    )
    owner = {"district": real.district_id, "owner": f"voucher:{voucher_id}", "face": real.face_fen}
    account_id = session.scalars(text(open_account), owner).one()
    session.execute(
        text(
            "UPDATE vouchers SET state = 'issued', account_id = :account, issued_at = real.issued_at,"
            " expires_at = real.expires_at FROM vouchers real WHERE real.id = :real AND vouchers.id = :id"
        ),
        {"account": account_id, "real": real.id, "id": voucher_id},
    )
    asked = select(ApprovalRequest).where(ApprovalRequest.subject_id == real.id)
    approval = session.scalars(asked.where(ApprovalRequest.kind == "voucher.issue")).one()
    payload = {**approval.payload, "agreement_id": agreement_id}
    twin(session, "approval_requests", approval.id, subject_id=voucher_id, payload=payload)
    issue = select(LedgerTransfer.id).where(LedgerTransfer.credit_account_id == real.account_id)
    issued = session.scalars(issue.where(LedgerTransfer.code == "voucher.issue")).one()
    twin(session, "ledger_transfers", issued, credit_account_id=account_id, idempotency_key="forged")
    assert broken(session) == {VOUCHER_NOTED}
