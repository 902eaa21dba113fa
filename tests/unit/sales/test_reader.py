"""The registry's file: read whole or refused at the first line and column that is wrong."""

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.sales.errors import SalesFileInvalid
from app.sales.reader import COLUMNS, MOST_BYTES, Contract, read

TODAY = date(2016, 6, 1)
HEADING = ",".join(COLUMNS)
GOOD = "网签-1,滨江花园,3幢,2单元,1101室,2016-05-30,450000.5,mortgage,fitted,1,0,,0"


def text_of(*lines: str) -> bytes:
    return "\n".join((HEADING, *lines)).encode()


def changed(**cells: str) -> str:
    values = dict(zip(COLUMNS, GOOD.split(","), strict=True)) | cells
    return ",".join(values.values())


def test_a_line_is_read_exactly() -> None:
    (contract,) = read(text_of(GOOD), today=TODAY)
    assert contract == Contract(
        line=2,
        contract_number="网签-1",
        development="滨江花园",
        building="3幢",
        unit="2",
        room="1101",
        signed_on=date(2016, 5, 30),
        price_fen=45_000_050,
        payment="mortgage",
        fit_out="fitted",
        is_bulk=True,
        is_staff=False,
        is_cancelled=False,
        by_voucher=False,
    )


def test_order_of_columns_bom_line_ends_and_quotes_do_not_matter() -> None:
    names = COLUMNS[::-1]
    cells = dict(zip(COLUMNS, GOOD.split(","), strict=True)) | {"building": '"3幢"'}
    content = "\ufeff" + ",".join(names) + "\r\n" + ",".join(cells[name] for name in names) + "\r\n"
    assert read(content.encode(), today=TODAY) == read(text_of(GOOD), today=TODAY)


WRONG = [
    (b"", 1, "contract_number", "is missing"),
    (HEADING.encode(), 2, "-", "no rows"),
    ((HEADING + ",colour").encode(), 1, "colour", "no column"),
    ((HEADING + ",room").encode(), 1, "room", "twice"),
    (HEADING.replace("price", "Price").encode(), 1, "Price", "no column"),
    (text_of(GOOD + ",1"), 2, "-", "has 14 values"),
    (text_of(GOOD, "a,b"), 3, "-", "has 2 values"),
    (text_of(GOOD, "", changed(contract_number="2")), 3, "-", "is empty"),
    (text_of(GOOD, GOOD), 3, "contract_number", "already stands in line 2"),
    (text_of(changed(contract_number="")), 2, "contract_number", "is empty"),
    (text_of(changed(contract_number="x" * 61)), 2, "contract_number", "longer than 60"),
    (text_of(changed(room="　")), 2, "room", "is empty"),
    (text_of(changed(price="")), 2, "price", "is empty"),
    (text_of(changed(price="0")), 2, "price", "is zero"),
    (text_of(changed(price="-5")), 2, "price", "no amount"),
    (text_of(changed(price="1e6")), 2, "price", "no amount"),
    (text_of(changed(price="NaN")), 2, "price", "no amount"),
    (text_of(changed(price="1.234")), 2, "price", "no amount"),
    (text_of(changed(price="9" * 14)), 2, "price", "no amount"),
    (text_of(changed(price='"45,000"')), 2, "price", "no amount"),
    (text_of(changed(signed_on="2016-6-1")), 2, "signed_on", "no day"),
    (text_of(changed(signed_on="2016-02-30")), 2, "signed_on", "calendar"),
    (text_of(changed(signed_on="2016-06-02")), 2, "signed_on", "not between"),
    (text_of(changed(signed_on="1990-01-01")), 2, "signed_on", "not between"),
    (text_of(changed(payment="gold")), 2, "payment", "none of full"),
    (text_of(changed(fit_out="x")), 2, "fit_out", "none of bare"),
    (text_of(changed(cancelled="yes")), 2, "cancelled", "neither 0 nor 1"),
    (text_of(changed(building='"3幢')), 2, "-", "quotes do not match"),
    (text_of(changed(building="3\0幢")), 2, "-", "U+0000"),
    (text_of(changed(building="3\u202e幢")), 2, "-", "U+202E"),
    (text_of(changed(building="x" * 3000)), 2, "-", "longer than 2000"),
    (text_of(GOOD) + b"\n\xff\xfe", 3, "-", "not UTF-8"),
    (HEADING.encode("utf-16"), 1, "-", "not UTF-8"),
    (b"x" * (MOST_BYTES + 1), 1, "-", "larger than 8 MiB"),
]


@pytest.mark.parametrize(("content", "line", "column", "reason"), WRONG)
def test_what_is_wrong_is_named_by_line_and_column(
    content: bytes, line: int, column: str, reason: str
) -> None:
    with pytest.raises(SalesFileInvalid) as refused:
        read(content, today=TODAY)
    assert (refused.value.line, refused.value.column) == (line, column)
    assert reason in refused.value.reason
    assert str(line) in str(refused.value)


def test_too_many_rows_are_refused() -> None:
    lines = [changed(contract_number=str(number)) for number in range(4)]
    assert len(read(text_of(*lines), today=TODAY, most_rows=4)) == 4
    with pytest.raises(SalesFileInvalid) as refused:
        read(text_of(*lines), today=TODAY, most_rows=3)
    assert refused.value.line == 5


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    for whole in (content, HEADING.encode() + b"\n" + content):
        with suppress(SalesFileInvalid):
            assert read(whole, today=TODAY)
