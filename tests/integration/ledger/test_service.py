"""Accounts, keys and statements of the ledger."""

import pytest
from sqlalchemy.orm import Session

from app.core.money import MAX_FEN
from app.identity.models import District
from app.ledger import queries, service
from app.ledger.errors import AccountExists, HoldEnded, InsufficientBalance, KeyReused
from app.ledger.rules import AccountKind, Balance, TransferKind
from tests.factories.identity import make_district
from tests.factories.ledger import make_account, make_control


@pytest.fixture
def district(session: Session) -> District:
    return make_district(session)


def hold(session: Session, district: District, account_id: int, amount_fen: int, key: str = "hold") -> int:
    payable = make_control(session, district=district, kind=AccountKind.DEVELOPER_PAYABLE)
    return service.hold(
        session,
        district_id=district.id,
        debit_id=account_id,
        credit_id=payable.id,
        amount_fen=amount_fen,
        code="test",
        key=key,
    )


def test_a_control_account_is_opened_once_for_each_district(session: Session, district: District) -> None:
    first = service.open_account(session, district_id=district.id, kind=AccountKind.BONUS)
    assert service.open_account(session, district_id=district.id, kind=AccountKind.BONUS).id == first.id
    other = service.open_account(session, district_id=make_district(session).id, kind=AccountKind.BONUS)
    assert other.id != first.id


def test_an_owner_has_one_account(session: Session, district: District) -> None:
    service.open_account(session, district_id=district.id, kind="voucher", owner="voucher:1")
    with pytest.raises(AccountExists):
        service.open_account(session, district_id=district.id, kind="voucher", owner="voucher:1")


def test_money_is_available_then_held_then_spent(session: Session, district: District) -> None:
    account = make_account(session, district=district, received_fen=100)
    promise = hold(session, district, account.id, 30)
    assert queries.balance(session, account.id) == Balance(70, 30, 0, 100)
    service.post(session, transfer_id=promise, key="end")
    assert queries.balance(session, account.id) == Balance(70, 0, 30, 100)
    assert queries.control_balance(session, district_id=district.id, kind="developer_payable") == 30
    assert queries.control_balance(session, district_id=district.id, kind="issue") == -100


def test_a_dropped_promise_is_available_again(session: Session, district: District) -> None:
    account = make_account(session, district=district, received_fen=100)
    service.void(session, transfer_id=hold(session, district, account.id, 30), key="end")
    assert queries.balance(session, account.id) == Balance(100, 0, 0, 100)
    assert queries.control_balance(session, district_id=district.id, kind="developer_payable") == 0


def test_the_row_in_hand_is_as_fresh_as_the_database(session: Session, district: District) -> None:
    account = make_account(session, district=district, received_fen=100)
    hold(session, district, account.id, 30)
    assert (account.credits_posted, account.debits_pending) == (100, 30)


def test_a_refusal_leaves_nothing_behind_even_if_the_caller_goes_on(
    session: Session, district: District
) -> None:
    account = make_account(session, district=district, received_fen=100)
    hold(session, district, account.id, 60, key="first")
    with pytest.raises(InsufficientBalance):
        hold(session, district, account.id, 41, key="second")
    session.commit()
    assert queries.balance(session, account.id) == Balance(40, 60, 0, 100)
    assert queries.verify(session) == []
    hold(session, district, account.id, 40, key="second")
    assert queries.balance(session, account.id).available_fen == 0


def test_a_key_of_another_act_is_refused(session: Session, district: District) -> None:
    account = make_account(session, district=district, received_fen=100)
    first = hold(session, district, account.id, 10)
    assert hold(session, district, account.id, 10) == first
    with pytest.raises(KeyReused):
        hold(session, district, account.id, 11)
    with pytest.raises(KeyReused):
        service.post(session, transfer_id=first, key="hold")
    assert queries.balance(session, account.id) == Balance(90, 10, 0, 100)


def test_a_key_counts_within_its_district(session: Session, district: District) -> None:
    other = make_district(session)
    ours = make_account(session, district=district, received_fen=100)
    theirs = make_account(session, district=other, received_fen=100)
    assert hold(session, district, ours.id, 10) != hold(session, other, theirs.id, 10)


def test_a_promise_ends_once_also_between_control_accounts(session: Session, district: District) -> None:
    bonus = make_control(session, district=district, kind=AccountKind.BONUS)
    promise = hold(session, district, bonus.id, 5)
    end = service.void(session, transfer_id=promise, key="end")
    assert service.void(session, transfer_id=promise, key="end") == end
    for again in (service.post, service.void):
        with pytest.raises(HoldEnded):
            again(session, transfer_id=promise, key="again")
    assert queries.control_balance(session, district_id=district.id, kind="bonus") == 0


@pytest.mark.parametrize("amount", [0, -1, MAX_FEN + 1])
def test_only_sums_above_zero_move(session: Session, district: District, amount: int) -> None:
    account = make_account(session, district=district, received_fen=100)
    with pytest.raises(ValueError, match="cannot be moved"):
        hold(session, district, account.id, amount)


def test_only_a_promise_can_end(session: Session, district: District) -> None:
    account = make_account(session, district=district, received_fen=100)
    promise = hold(session, district, account.id, 10)
    end = service.post(session, transfer_id=promise, key="end")
    for wrong in (end, end + 1000):
        with pytest.raises(LookupError):
            service.void(session, transfer_id=wrong, key="wrong")


def test_a_statement_reads_like_a_bank_book(session: Session, district: District) -> None:
    account = make_account(session, district=district, received_fen=100)
    kept = hold(session, district, account.id, 10, key="a")
    service.post(session, transfer_id=kept, key="b")
    still_open = hold(session, district, account.id, 20, key="c")
    lines = queries.movements(session, account.id)
    assert [(line.kind, line.amount_fen, line.open) for line in lines] == [
        (TransferKind.SINGLE, 100, False),
        (TransferKind.PENDING, -10, False),
        (TransferKind.POST, -10, False),
        (TransferKind.PENDING, -20, True),
    ]
    assert lines[2].pending_id == kept
    assert lines[3].transfer_id == still_open


def test_balances_of_several_accounts_are_one_question(session: Session, district: District) -> None:
    accounts = [make_account(session, district=district, received_fen=fen) for fen in (1, 2, 3)]
    found = queries.balances(session, [account.id for account in accounts])
    assert [found[account.id].available_fen for account in accounts] == [1, 2, 3]
    with pytest.raises(LookupError):
        queries.balance(session, make_control(session, district=district, kind=AccountKind.BONUS).id)
