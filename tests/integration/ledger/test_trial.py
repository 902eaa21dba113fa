"""Each day's trial balance, written down once, and the journal that adds up to it on its own."""

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core.clock import FixedClock
from app.extensions import db
from app.ledger import queries as ledger
from app.ledger import trial
from app.ledger.trial import TrialRow
from app.reports.journal import AT_A_TIME, as_csv, journal
from app.vouchers.queries import wallet
from tests.adding_up import Books, add_up
from tests.factories.redemptions import Buyer, Shop, make_buyer, make_home, make_redemption, make_shop, redeem

FIRST, SECOND, THIRD = (date(2016, 6, day) for day in (1, 2, 3))
FACE, SPENT, BONUS = 130_550_000, 38_500_000, 7_700_000
CLOSED = "a closed day's trial balance is that of its transfers"


@pytest.fixture
def buyer(session: Session, shop: Shop, clock: FixedClock) -> Buyer:
    """Gets a voucher on the first day, buys a home on the second and locks another; it is the third day."""
    buyer = make_buyer(session, shop.desk, faces=(FACE,))
    clock.advance(timedelta(days=1))
    redeem(session, shop, make_redemption(session, buyer, make_home(session, shop)))
    make_redemption(session, buyer, make_home(session, shop))
    clock.advance(timedelta(days=1))
    return buyer


def test_days_that_are_over_are_written_once_and_come_to_zero(
    session: Session, shop: Shop, buyer: Buyer
) -> None:
    district = shop.desk.district.id
    assert trial.close_days(session) == 8
    assert trial.close_days(session) == 0
    days = trial.list_closed(session, district_id=district, limit=10, offset=0)
    assert [(one.day, one.moved_fen, one.sum_fen) for one in days] == [
        (SECOND, SPENT + BONUS, 0),
        (FIRST, FACE, 0),
    ]
    assert trial.count_closed(session, district_id=district) == 2
    assert trial.written(session, district_id=district, day=SECOND) == [
        TrialRow("bonus", 0, BONUS, 0, -BONUS),
        TrialRow("developer_payable", 0, 0, SPENT + BONUS, SPENT + BONUS),
        TrialRow("issue", -FACE, 0, 0, -FACE),
        TrialRow("voucher", FACE, SPENT, 0, FACE - SPENT),
    ]
    for day in (FIRST, SECOND):
        now = trial.trial_balance(session, district_id=district, day=day)
        assert [row for row in trial.written(session, district_id=district, day=day) if any(_sums(row))] == [
            row for row in now if any(_sums(row))
        ]
    assert trial.written(session, district_id=district, day=THIRD) == []
    assert ledger.verify(session) == []


def _sums(row: TrialRow) -> tuple[int, ...]:
    return row.opening_fen, row.debits_fen, row.credits_fen, row.closing_fen


def test_money_put_into_a_closed_day_is_found(session: Session, shop: Shop, buyer: Buyer) -> None:
    trial.close_days(session)
    session.execute(
        text(
            "INSERT INTO ledger_transfers (district_id, kind, debit_account_id, credit_account_id,"
            " amount_fen, code, idempotency_key, at)"
            " SELECT d.district_id, 'single', d.id, c.id, 900, 'x', 'late', :at"
            " FROM ledger_accounts d JOIN ledger_accounts c ON c.district_id = d.district_id"
            " WHERE d.kind = 'issue' AND c.kind = 'developer_payable'"
        ),
        {"at": "2016-06-01 03:00+00"},
    )
    found = [breach for breach in ledger.verify(session) if breach.rule == CLOSED]
    assert {breach.detail.split(":")[0] for breach in found} == {
        f"2016-06-0{day} {kind}" for day in (1, 2) for kind in ("issue", "developer_payable")
    }
    assert {breach.district_id for breach in found} == {shop.desk.district.id}


def exported(session: Session, shop: Shop, first: date = FIRST, last: date = THIRD) -> str:
    return "".join(as_csv(journal(session, district_id=shop.desk.district.id, first=first, last=last)))


def test_the_journal_adds_up_to_the_balances_by_itself(
    session: Session, shop: Shop, buyer: Buyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = exported(session, shop)
    monkeypatch.setattr("app.reports.journal.AT_A_TIME", 2)
    assert exported(session, shop) == whole
    assert AT_A_TIME > 2
    books = add_up(whole)
    (purse,) = wallet(session, household_id=buyer.household.id)
    account = ("voucher", buyer.vouchers[0].ref)
    assert books.balances[account] - books.held[account] == purse.available_fen
    assert books.held[account] == purse.held_fen == SPENT
    assert books.lines == ledger.count_transfers(session) == 7
    by_kind: dict[str, int] = {}
    for (kind, _), fen in books.balances.items():
        by_kind[kind] = by_kind.get(kind, 0) + fen
    now = trial.trial_balance(session, district_id=shop.desk.district.id, day=THIRD)
    assert by_kind == {row.kind: row.closing_fen for row in now}
    # No key of ours is in it, and another district's money neither.
    make_buyer(session, make_shop(session).desk)
    assert exported(session, shop) == whole
    assert add_up(exported(session, shop, FIRST, FIRST)).balances[account] == FACE
    assert add_up(exported(session, shop, THIRD, THIRD)) == Books()


@pytest.mark.parametrize(
    ("was", "becomes"), [("38500000", "38500001"), (",single,", ",post,"), ("sha256", "sha255")]
)
def test_a_changed_journal_is_refused(
    session: Session, shop: Shop, buyer: Buyer, was: str, becomes: str
) -> None:
    with pytest.raises(ValueError, match="digest"):
        add_up(exported(session, shop).replace(was, becomes, 1))


def test_commands_print_both(committed_app: Flask) -> None:
    with committed_app.app_context(), Session(db.engine, expire_on_commit=False) as session:
        desk = make_shop(session).desk
        buyer = make_buyer(session, desk, faces=(FACE,))
    run = committed_app.test_cli_runner().invoke
    printed = run(args=["ledger", "trial-balance", "--district", desk.district.code, "--day", "2016-06-01"])
    assert printed.exit_code == 0, printed.output
    assert printed.stdout.splitlines()[1:] == [
        f"issue,0,{FACE},0,-{FACE}",
        f"voucher,0,0,{FACE},{FACE}",
        "sum,,,,0",
    ]
    written = run(args=["ledger", "journal", "--district", desk.district.code, "--from", "2016-06-01"])
    assert written.exit_code == 0, written.output
    assert add_up(written.stdout).balances[("voucher", buyer.vouchers[0].ref)] == FACE
    assert run(args=["ledger", "journal", "--district", "nowhere", "--from", "2016-06-01"]).exit_code == 2


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
def test_commands_refuse_a_day_of_which_nothing_can_be_reckoned(app: Flask, day: str) -> None:
    run = app.test_cli_runner().invoke
    for more in (["trial-balance", "--day", day], ["journal", "--from", "2016-06-01", "--to", day]):
        told = run(args=["ledger", *more, "--district", "linghu"])
        assert (told.exit_code, "the years 1900 to 2199" in told.output) == (2, True)
