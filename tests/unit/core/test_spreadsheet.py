"""A table read back as a spreadsheet reads it: sums, days that can be sorted, texts as they were."""

import io
from datetime import UTC, date, datetime
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from app.core.spreadsheet import Cell, text_of, workbook

NUMBER = "341222199001011234"
MOST = 99_999_999_999_999
"""Fen; above fifteen digits Excel itself keeps no more."""


def read(*rows: list[Cell]) -> Worksheet:
    sheet = load_workbook(io.BytesIO(workbook(["甲"] * len(rows[0]), rows))).active
    assert isinstance(sheet, Worksheet)
    return sheet


@settings(max_examples=10)
@given(st.lists(st.integers(-MOST, MOST), min_size=1, max_size=50))
def test_an_amount_is_a_number_exact_to_the_fen(sums: list[int]) -> None:
    amounts = [Decimal(fen).scaleb(-2) for fen in sums]
    for fen, amount, cell in zip(sums, amounts, read(list(amounts))[2], strict=True):
        assert (cell.data_type, cell.number_format) == ("n", "#,##0.00")
        assert Decimal(str(cell.value)) * 100 == fen
        assert text_of(amount) == f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def test_days_are_days_and_moments_are_told_in_the_zone_of_legal_days() -> None:
    moment = datetime(2016, 5, 31, 18, 30, 9, tzinfo=UTC)
    sheet = read([date(2016, 5, 31), moment])
    day, at = sheet["A2"], sheet["B2"]
    assert day.is_date
    assert (day.value, day.number_format) == (datetime(2016, 5, 31), "yyyy-mm-dd")  # noqa: DTZ001  # as Excel has it
    assert (at.value, at.number_format) == (datetime(2016, 6, 1, 2, 30, 9), "yyyy-mm-dd hh:mm:ss")  # noqa: DTZ001
    assert [text_of(date(2016, 5, 31)), text_of(moment)] == ["2016-05-31", "2016-06-01 02:30:09"]
    assert sheet.column_dimensions["B"].width >= len("2016-06-01 02:30:09"), "else it shows as ####"


def test_texts_stay_texts_and_are_never_computed() -> None:
    row = list(read([NUMBER, "007", "=1+1", "-1+1", 3, None])[2])
    assert [cell.value for cell in row] == [NUMBER, "007", "'=1+1", "'-1+1", 3, None]
    assert [cell.data_type for cell in row] == ["s", "s", "s", "s", "n", "n"]


def test_no_sign_that_somebody_typed_spoils_the_workbook() -> None:
    row = list(read(["坏\uffff\ufffe了", "\x0b", "😀", "#N/A", "#1 楼"])[2])
    assert [cell.value for cell in row] == ["坏\ufffd\ufffd了", "\ufffd", "😀", "#N/A", "#1 楼"]
    assert {cell.data_type for cell in row} == {"s"}
