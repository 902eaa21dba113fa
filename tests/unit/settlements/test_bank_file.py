"""A bank's receipt is read by the columns that the district says, and refused by the row that is wrong."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from app.core.errors import DomainError
from app.imports.cells import Broken
from app.settlements.bank_file import DEFAULT_COLUMNS, demand_clear, read

HEAD = ["付款编号", "收款账号", "金额", "银行流水号", "付款日期", "处理结果"]
ROW = ["FK-1", "3400 1234", "1,234.50", "S1", "2016-06-01", "成功"]


def rows(*lines: Sequence[object]) -> list[tuple[int, Sequence[object]]]:
    return list(enumerate(lines, start=1))


def test_a_receipt_is_read_wherever_its_heading_stands() -> None:
    failed = ["FK-2", "1", Decimal("5"), None, None, "户名不符"]
    one, two = read(rows(["某某银行"], HEAD, ROW, failed), DEFAULT_COLUMNS)
    assert (one.reference, one.number, one.amount_fen, one.serial) == ("FK-1", "34001234", 123_450, "S1")
    assert (one.paid_on, one.failure) == (date(2016, 6, 1), "")
    assert (two.amount_fen, two.failure) == (500, "户名不符")
    dated = [*ROW[:4], datetime(2016, 6, 2, 9, tzinfo=UTC), "成功"]
    assert read(rows(HEAD, dated), DEFAULT_COLUMNS)[0].paid_on == date(2016, 6, 2)


def test_the_districts_own_words_count() -> None:
    columns = {**DEFAULT_COLUMNS, "reference": "业务编号"}
    assert read(rows(["业务编号", *HEAD[1:]], ROW), columns)[0].reference == "FK-1"
    with pytest.raises(DomainError, match="receipt_no_head"):
        read(rows(HEAD, ROW), columns)


@pytest.mark.parametrize("broken", Broken)
@pytest.mark.parametrize("place", range(6))
def test_a_formula_that_failed_is_no_answer_of_a_bank(place: int, broken: Broken) -> None:
    """Its name was taken for the bank's number of a payment."""
    cells: list[object] = [*ROW]
    cells[place] = broken
    with pytest.raises(DomainError, match="receipt_row_bad"):
        read(rows(HEAD, cells), DEFAULT_COLUMNS)


@pytest.mark.parametrize(
    ("place", "cell"), [(0, ""), (2, "一百"), (2, "NaN"), (2, "1.234"), (3, ""), (4, "六月一日"), (5, "")]
)
def test_a_row_that_cannot_be_read_is_named(place: int, cell: str) -> None:
    wrong = [*ROW[:place], cell, *ROW[place + 1 :]]
    with pytest.raises(DomainError, match="receipt_row_bad") as refused:
        read(rows(HEAD, ROW, wrong), DEFAULT_COLUMNS)
    assert refused.value.params == {"row": 3}


@pytest.mark.parametrize(
    "result",
    [
        *("处理中", "待处理", "已受理", "PROCESSING", "退汇处理中", "失败后补付成功", "退回重汇，已付", "？"),
        *("部分退汇", "退汇后重汇", "失败，已重新发起"),
    ],
)
def test_a_payment_that_may_still_be_made_is_not_taken_for_one_that_failed(result: str) -> None:
    """Its claim would be free to be paid once more."""
    found = read(rows(HEAD, [*ROW[:5], result]), DEFAULT_COLUMNS)
    assert found[0].is_unclear
    with pytest.raises(DomainError, match="receipt_unclear") as refused:
        demand_clear(found)
    assert refused.value.params == {"row": 2, "result": result}


def test_a_number_is_the_same_however_wide_it_is_written() -> None:
    wide = ["ＦＫ-1\u200b", "３４００ １２３４", "１，２３４.５０", " Ｓ1\u200b", "２０１６-06-01", "成功"]
    seen = read(rows(HEAD, ROW, wide), DEFAULT_COLUMNS)
    assert len({(one.reference, one.number, one.amount_fen, one.serial, one.paid_on) for one in seen}) == 1


@pytest.mark.parametrize("stored", ["10000000", "1.0E7", "1E+7", "10000000.0", "10000000.00"])
def test_a_number_is_the_same_however_a_program_stored_it(stored: str) -> None:
    """A sum of 1000 万 was refused, and one serial was two to the ledger."""
    number = Decimal(stored)
    day = Decimal("20160601.0")
    (found,) = read(rows(HEAD, ["FK-1", number, number, number, day, "成功"]), DEFAULT_COLUMNS)
    assert (found.number, found.serial, found.amount_fen) == ("10000000", "10000000", 1_000_000_000)
    assert found.paid_on == date(2016, 6, 1)


def test_a_number_with_more_digits_than_a_spreadsheet_keeps_is_refused() -> None:
    """Of an account of 19 digits the last four are lost; written out they would look like an account."""
    for place in (1, 3):
        cells: list[object] = [*ROW]
        cells[place] = Decimal("6.22202130200123E+18")
        with pytest.raises(DomainError, match="receipt_row_bad"):
            read(rows(HEAD, cells), DEFAULT_COLUMNS)


def test_a_sum_below_zero_is_kept_below_zero_and_no_other_minus_is_read() -> None:
    def cell(fen: str) -> list[str]:
        return [*ROW[:2], fen, *ROW[3:]]

    for minus in ("-1,234.50", "－１２３４.５"):
        assert [one.amount_fen for one in read(rows(HEAD, cell(minus)), DEFAULT_COLUMNS)] == [-123_450]
    for minus in ("(1,234.50)", "1,234.50-", "\u22121234.50"):
        with pytest.raises(DomainError, match="receipt_row_bad"):
            read(rows(HEAD, cell(minus)), DEFAULT_COLUMNS)


@pytest.mark.parametrize("result", ["交易失败", "账号不存在", "已退汇", "Rejected"])
def test_what_the_bank_says_against_a_payment_is_kept(result: str) -> None:
    (line,) = read(rows(HEAD, [*ROW[:5], result]), DEFAULT_COLUMNS)
    assert line.failure == result


def test_a_table_without_payments_is_refused() -> None:
    with pytest.raises(DomainError, match="receipt_empty"):
        read(rows(HEAD), DEFAULT_COLUMNS)
    with pytest.raises(DomainError, match="receipt_no_head"):
        read(rows(*[["x"]] * 12, HEAD, ROW), DEFAULT_COLUMNS)
