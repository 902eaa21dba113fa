"""What the reader of the registry's file finds wrong is told in words that people at a page understand."""

import pytest

from app.sales import reader
from app.sales.errors import SalesFileInvalid
from app.web.sales_files import COLUMNS, in_words, problem_in_words
from tests.unit.sales.test_reader import GOOD, TODAY, WRONG, changed, text_of


def refused(content: bytes, **limits: int) -> SalesFileInvalid:
    with pytest.raises(SalesFileInvalid) as raised:
        reader.read(content, today=TODAY, **limits)
    return raised.value


@pytest.mark.parametrize("content", [case[0] for case in WRONG])
def test_every_fault_has_words(content: bytes) -> None:
    error = refused(content)
    told = in_words(error).reason
    on_record = problem_in_words(str(error))
    assert error.reason not in told
    assert told in on_record


def test_a_full_file_and_a_column_are_named() -> None:
    lines = [changed(contract_number=str(number)) for number in range(3)]
    assert in_words(refused(text_of(*lines), most_rows=2)).reason == "超过 2 行，请分成几个文件"
    assert in_words(refused(text_of(changed(price="0")))).reason == "“合同总价（price）”列，要大于零"
    assert problem_in_words(str(refused(text_of(GOOD, GOOD)))) == (
        "第 3 行：“合同编号（contract_number）”列，和第 2 行重复"
    )
    assert problem_in_words("written by an older reader") == "written by an older reader"


def test_every_column_has_a_name() -> None:
    assert tuple(COLUMNS) == reader.COLUMNS
