"""A receipt about households' payments tells line by line what fits, and each forged row is found."""

from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlalchemy.orm import Session

from app.core import clock
from app.core.errors import DomainError
from app.settlements import pay_list_proofs, pay_receipts
from app.settlements.pay_list_models import PayLine, PayList
from tests.factories import endings
from tests.factories.cash import bearing
from tests.factories.forging import unguard
from tests.factories.pay_lists import (
    Cashiers,
    approved_bonus,
    approved_ending,
    codes,
    lines_of,
    make_cashiers,
    make_list,
    mark,
    read,
    receipt,
    said,
)

RUNNING = (
    bearing("paid")
    + "leftover: [{spent_from: 0%, rate: 100%}]\ninterest: {rate: 3.65%, from: issue, on: [leftover]}\n"
)
"""Interest runs to the payment, of an ending and of a bonus."""
HEAD = "付款编号,收款账号,金额,银行流水号,付款日期,处理结果"


@pytest.fixture
def cashiers(session: Session) -> Cashiers:
    return make_cashiers(session)


@pytest.fixture
def made(session: Session, cashiers: Cashiers) -> PayList:
    return make_list(session, cashiers, approved_ending(session, cashiers), approved_bonus(session, cashiers))


def misfits(session: Session, cashiers: Cashiers, line: PayLine) -> dict[str, str]:
    """Return lines that do not fit, by the reason that is told."""
    today = clock.today()
    elsewhere = make_list(session, cashiers, approved_ending(session, cashiers))
    (other,) = lines_of(session, elsewhere)
    foreign = make_cashiers(session)
    far = make_list(session, foreign, approved_ending(session, foreign))
    (theirs,) = lines_of(session, far)
    used = approved_ending(session, cashiers)
    endings.pay(session, cashiers.desk, used, reference="网银-7")
    return {
        "other_list": said(other),
        "unknown": said(theirs),
        "sum": said(line, fen=line.amount_fen + 1),
        "account": said(line, number="6222021302001234568"),
        "unclear": said(line, result="处理中"),
        "day": said(line, day=today - timedelta(days=1)),
        "serial": said(line, serial="网银－7"),
    }


def test_what_does_not_fit_is_told_with_its_reason_and_hinders_no_other(
    session: Session, cashiers: Cashiers, made: PayList
) -> None:
    first, second = lines_of(session, made)
    for code, line in misfits(session, cashiers, first).items():
        found = read(session, cashiers, made, receipt(line))
        assert codes(session, found) == [code]
        assert mark(session, cashiers, found).done == 0
    tomorrow = said(first, day=clock.today() + timedelta(days=1))
    assert codes(session, read(session, cashiers, made, receipt(tomorrow))) == ["day"]
    found = read(session, cashiers, made, receipt(said(first, fen=1), said(second)))
    assert codes(session, found) == ["sum", None]
    assert (mark(session, cashiers, found).done, codes(session, found)) == (1, ["sum", "done"])
    assert [line.state for line in lines_of(session, made)] == ["listed", "paid"]


def test_what_a_file_names_twice_is_not_marked_at_all(
    session: Session, cashiers: Cashiers, made: PayList
) -> None:
    first, second = lines_of(session, made)
    twice = read(session, cashiers, made, receipt(said(first), said(first), said(second)))
    assert codes(session, twice) == ["double", "double", None]
    alike = read(session, cashiers, made, receipt(said(first, serial="HD1"), said(second, serial="HD1")))
    assert codes(session, alike) == ["serial", "serial"]


def test_another_answer_about_what_is_noted_is_told(
    session: Session, cashiers: Cashiers, made: PayList
) -> None:
    first, second = lines_of(session, made)
    answer = receipt(said(first, serial="HD1"), said(second, result="失败"))
    assert mark(session, cashiers, read(session, cashiers, made, answer)).done == 2
    same = read(session, cashiers, made, answer + b"\n")
    assert codes(session, same) == ["done", "done"]
    other = receipt(said(first, serial="HD2"), said(second))
    assert codes(session, read(session, cashiers, made, other)) == ["answered", "answered"]
    wrong = {"fen": first.amount_fen + 1}, {"number": "6222021302001234568"}, {"day": date(2016, 5, 1)}
    for change in wrong:
        changed = receipt(said(first, serial="HD1", **change))
        assert codes(session, read(session, cashiers, made, changed)) == ["answered"]
    changed = receipt(said(first, result="失败"), said(second, result="退票"))
    assert codes(session, read(session, cashiers, made, changed)) == ["answered", "done"]


def test_the_same_file_is_one_receipt(session: Session, cashiers: Cashiers, made: PayList) -> None:
    content = receipt(said(lines_of(session, made)[0]))
    assert read(session, cashiers, made, content).id == read(session, cashiers, made, content).id


def test_a_receipt_keeps_no_number_of_an_account(session: Session, cashiers: Cashiers, made: PayList) -> None:
    line = lines_of(session, made)[0]
    found = read(session, cashiers, made, receipt(said(line), said(line, number="6228480000000000001")))
    assert "6222021302001234567" not in str(found.lines)
    assert "6228480000000000001" not in str(found.lines)
    assert [one.end for one in pay_receipts.lines_said(found)] == ["4567", "0001"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "receipt_no_head"),
        (b"\x00\x01\x02", "receipt_unreadable"),
        ("编号,金额\nFB-1,1".encode(), "receipt_no_head"),
        (HEAD.encode(), "receipt_empty"),
        (f"{HEAD}\nFB-1,6222,=1+1,HD1,2016-06-01,成功".encode(), "receipt_row_bad"),
        (f"{HEAD}\nFB-1,6.22E+18,1,HD1,2016-06-01,成功".encode(), "receipt_row_bad"),
        (f"{HEAD}\n{chr(10).join(['FB-1,6222,1,HD1,2016-06-01,成功'] * 1001)}".encode(), "receipt_too_long"),
    ],
)
def test_what_is_no_receipt_is_refused(
    session: Session, cashiers: Cashiers, made: PayList, content: bytes, code: str
) -> None:
    with pytest.raises(DomainError, match=f"{code}|receipt_unreadable"):
        read(session, cashiers, made, content)
    session.rollback()
    assert [line.state for line in lines_of(session, made)] == ["listed", "listed"]


def test_a_monstrous_reference_fits_nothing(session: Session, cashiers: Cashiers, made: PayList) -> None:
    long = f"{'龙' * 9000},6222021302001234567,1,{'9' * 9000},2016-06-01,成功"
    found = read(session, cashiers, made, receipt(long))
    assert codes(session, found) == ["unknown"]
    assert len(str(found.lines)) < 500


def _forged(session: Session, *statements: str) -> set[str]:
    """Return what is found broken past every guard; all of it is undone."""
    for table in ("pay_lines", "pay_lists", "bank_payments", "voucher_endings"):
        unguard(session, table)
    for statement in statements:
        session.execute(text(statement))
    rules = {breach.rule for breach in pay_list_proofs.verify(session)}
    session.rollback()
    return rules


@pytest.mark.parametrize("more", [1, -1, 100_000])
@pytest.mark.parametrize("which", ["ending_id", "cash_bonus_id"])
def test_another_sum_than_the_lists_day_brings_is_found_before_the_bank_pays(
    session: Session, which: str, more: int
) -> None:
    """Also where the list's own total goes along."""
    cashiers = make_cashiers(session, policy=RUNNING)
    sums = (approved_ending(session, cashiers), approved_bonus(session, cashiers))
    make_list(session, cashiers, *sums, pay_on=clock.today() + timedelta(days=3))
    assert _forged(session) == set()
    assert _forged(
        session,
        f"UPDATE pay_lines SET amount_fen = amount_fen + {more} WHERE {which} IS NOT NULL",
        f"UPDATE pay_lists SET total_fen = total_fen + {more}",
    ) == {"a list asks for the sum that was approved, with interest to its day"}


GIVEN_UP = "state = 'given_up', given_up_by_id = made_by_id, given_up_at = made_at, reason = '-'"


@pytest.mark.parametrize(
    ("forged", "rule"),
    [
        (
            """
            INSERT INTO pay_lines (id, district_id, ref, list_id, list_state, ending_id, amount_fen, state)
            SELECT 0, district_id, 'FB-1', list_id, list_state, ending_id, amount_fen, state
            FROM pay_lines WHERE ending_id IS NOT NULL
            """,
            "no sum to a household stands on two open lists",
        ),
        (
            "UPDATE pay_lines SET amount_fen = amount_fen - 1 WHERE state = 'listed'",
            "a list asks for the sum that was approved, with interest to its day",
        ),
        (
            "UPDATE pay_lines SET approved_at = approved_at - interval '1 day' WHERE state = 'listed'",
            "what an open list asks for is approved, of one sum",
        ),
        ("UPDATE pay_lists SET district_id = 0", "a list comes to its lines"),
        ("UPDATE pay_lists SET total_fen = total_fen + 1", "a list comes to its lines"),
        (
            "UPDATE pay_lines SET amount_fen = amount_fen + 1 WHERE state = 'paid'",
            "a line that was paid is one payment of its sum",
        ),
        (
            "UPDATE bank_payments SET owner = 'ending:0'",
            "a line that was paid is one payment of its sum",
        ),
        (
            "UPDATE bank_payments SET paid_on = paid_on - 1",
            "a line that was paid is one payment of its sum",
        ),
        (
            "UPDATE voucher_endings SET state = 'returned' WHERE state = 'approved'",
            "what an open list asks for is approved, of one sum",
        ),
        (
            "UPDATE voucher_endings SET ordered_on = ordered_on + 1",
            "interest stops by the day of the list that told the bank to pay",
        ),
        (
            "UPDATE pay_lines SET state = 'recalled', closed_at = approved_at WHERE state = 'listed'",
            "interest stops by the day of the list that told the bank to pay",
        ),
        (f"UPDATE pay_lists SET {GIVEN_UP}", "a list is given up by a second person"),
        (
            "UPDATE pay_lines SET state = 'failed', closed_at = approved_at WHERE state = 'listed'",
            "a receipt is of the list whose lines it answers",
        ),
    ],
)
def test_a_forged_row_is_found(
    session: Session, cashiers: Cashiers, made: PayList, forged: str, rule: str
) -> None:
    second = lines_of(session, made)[1]
    mark(session, cashiers, read(session, cashiers, made, receipt(said(second))))
    assert pay_list_proofs.verify(session) == []
    assert _forged(session) == set()
    assert rule in _forged(session, forged)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE pay_lines SET amount_fen = 1",
        "UPDATE pay_lines SET state = 'listed', closed_at = NULL, bank_payment_id = NULL",
        "DELETE FROM pay_lines",
        "UPDATE pay_lists SET total_fen = 1",
        "DELETE FROM pay_lists",
        "UPDATE pay_receipts SET lines = '{}'",
        f"UPDATE pay_lists SET {GIVEN_UP}",
    ],
)
def test_the_database_keeps_what_was_listed(
    session: Session, cashiers: Cashiers, made: PayList, statement: str
) -> None:
    mark(session, cashiers, read(session, cashiers, made, receipt(said(lines_of(session, made)[1]))))
    with pytest.raises((IntegrityError, ProgrammingError)):
        session.execute(text(statement))
    session.rollback()
