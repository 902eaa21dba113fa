"""Statements of banks that call things by their own names, and what a sum may be."""

from datetime import date

import pytest

from app.payments import reader
from app.payments.errors import StatementInvalid, StatementOneWay
from app.payments.reader import Received
from app.payments.rules import Waiting, suggest

ICBC = """中国工商银行 交易明细
交易流水号,入账日期,贷方发生额,付款人名称,摘要
A1,2016-06-02,"42,000.01",张三,ZF-ABCDE-FGHJK 购房
A2,2016/06/03,,房企,付出
"""


def test_headings_of_a_bank_sums_to_the_fen_and_money_going_out() -> None:
    expected = [Received("A1", date(2016, 6, 2), 4_200_001, "张三", "ZF-ABCDE-FGHJK 购房", line=3)]
    assert reader.read(ICBC.encode("gb18030")) == expected
    assert reader.read(ICBC.encode("utf-8-sig")) == expected


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("A1,2016-06-02,1.001,张三", "statement_amount"),
        ("A1,2016-06-02,1e999999,张三", "statement_amount"),
        ("A1,2016-06-02,5000000000000,张三\nA2,2016-06-02,6000000000000,张三", "statement_amount"),
        ("A1,2016-06-31,1,张三", "statement_day"),
        ("',2016-06-02,1,张三", "statement_serial"),
        (",2016-06-02,1,张三", "statement_serial"),
        ("A1,2016-06-02,-1,张三", "statement_reversed"),
        ("A1,2016-06-02,1e3,张三", "statement_amount"),
        ("A1,2016-06-02,1_000,张三", "statement_amount"),
        ('A1,2016-06-02,"1,23",张三', "statement_amount"),
        ("A1,2016-06-02x,1,张三", "statement_day"),
        ("A1,2016611,1,张三", "statement_day"),
        ("6.2E+15,2016-06-02,1,张三", "statement_serial"),
        ("=CMD|'/c calc'!A1,2016-06-02,1,张三", "statement_serial"),
        ('A1,2016-06-02,1,"张三\nA2,2016-06-02,2,李四', "statement_not_text"),
        ('A1,2016-06-02,1,张三,"9\nA2,2016-06-02,2,李四,9"', "statement_text"),
        ("A1,2016-06-02,1,张三\n" + "\n" * 20_000, "statement_too_long"),
    ],
)
def test_one_bad_line_refuses_the_file(line: str, code: str) -> None:
    with pytest.raises(StatementInvalid) as refused:
        reader.read(f"流水号,日期,收入,付款人\n{line}".encode())
    assert refused.value.code == code


def test_a_sum_that_went_out_is_none_that_came_in() -> None:
    """A refund that the bank paid has its household's name and sum too."""
    head = "流水号,日期,交易金额,对方户名,借贷标志"
    found = reader.read(f"{head}\nA1,2016-06-02,42000,张三,借\nA2,2016-06-02,5,李四,贷".encode())
    assert [one.serial for one in found] == ["A2"]
    with pytest.raises(StatementInvalid, match="statement_way"):
        reader.read(f"{head}\nA1,2016-06-02,42000,张三,?".encode())


@pytest.mark.parametrize(
    ("account", "code"), [("62\x0022", "statement_text"), (f'"{"6" * 140_000}"', "statement_not_text")]
)
def test_a_file_that_no_bank_writes_is_refused(account: str, code: str) -> None:
    with pytest.raises(StatementInvalid, match=code):
        reader.read(f"流水号,日期,收入,付款人,对方账号\nA1,2016-06-02,1,张三,{account}".encode())


def test_the_same_number_is_kept_the_same_however_it_is_written() -> None:
    rows = ("A1,2016-06-02,5,张三", "'A1,2016/6/2,5.00,张三", '="A1",20160602 10:00:00,￥５.０,张三')
    head = "流水号,日期,收入,付款人"
    found = [reader.read(f"{head}\n{row}\nＡ 1,２０１６-06-02,+5,张三".encode()) for row in rows]
    assert {(one.serial, one.received_on, one.amount_fen) for several in found for one in several} == {
        ("A1", date(2016, 6, 2), 500)
    }


def test_a_payer_s_account_that_a_spreadsheet_rounded_is_not_known() -> None:
    (one,) = reader.read("流水号,日期,收入,付款人,对方账号\nA1,2016-06-02,5,张三,6.22202E+18".encode())
    assert one.payer_account == ""


def test_what_takes_back_a_sum_that_came_in_is_pointed_at_and_what_went_out_is_left_out() -> None:
    """A reversal that was left out would leave the sum that it takes back standing."""
    rows = "A1,2016-06-02,500,张三,贷\nA2,2016-06-02,-500,张三,{}"
    head = "流水号,日期,交易金额,付款人,借/贷"
    with pytest.raises(StatementInvalid, match="statement_reversed"):
        reader.read(f"{head}\n{rows.format('贷')}".encode())
    assert len(reader.read(f"{head}\n{rows.format('借')}".encode())) == 1
    unsigned = "流水号,日期,交易金额,付款人\nA1,2016-06-02,500,张三\nA2,2016-06-02,-500,房企"
    assert len(reader.read(unsigned.encode())) == 1


@pytest.mark.parametrize("head", ["交易金额", "金额"])
def test_sums_of_which_nothing_tells_the_way_are_asked_about(head: str) -> None:
    """A bank that writes what went out without a sign would have it counted as money that came in."""
    rows = "A1,2016-06-02,500,张三\nA2,2016-06-02,700,房企"
    with pytest.raises(StatementOneWay) as asked:
        reader.read(f"流水号,日期,{head},付款人\n{rows}".encode())
    assert (asked.value.field, asked.value.params) == ("all_came_in", {"count": 2})
    assert len(reader.read(f"流水号,日期,{head},付款人\n{rows}".encode(), all_came_in=True)) == 2
    with pytest.raises(StatementOneWay):
        reader.read(f"流水号,日期,{head},付款人\n{rows}\nA3,2016-06-02,0,房企".encode())
    assert len(reader.read(f"流水号,日期,{head},付款人\n{rows}\nA3,2016-06-02,-1,房企".encode())) == 2


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "big5"])
def test_other_codes_than_the_two_are_refused(encoding: str) -> None:
    with pytest.raises(StatementInvalid, match=r"statement_(not_text|no_head)"):
        reader.read("流水号,日期,收入,付款人\nA1,2016-06-02,5,張三".encode(encoding, "replace"))


def test_a_torn_sign_takes_no_file_for_another_code() -> None:
    whole = "流水号,日期,收入,付款人\nA1,2016-06-02,5,张三".encode()
    with pytest.raises(StatementInvalid, match=r"statement_(not_text|no_head)"):
        reader.read(whole[:-1])


def test_a_file_without_headings() -> None:
    with pytest.raises(StatementInvalid, match="statement_no_head"):
        reader.read(b"a,b\n1,2")


def test_suggestions_say_why_and_the_reference_comes_first() -> None:
    waiting = [
        Waiting("ZF-AAAAA-AAAAA", "张三", 100),
        Waiting("ZF-BBBBB-BBBBB", "李四", 200),
        Waiting("ZF-CCCCC-CCCCC", "王五", 99),
    ]
    found = suggest(memo="ｚｆ bbbbb－ＢＢＢＢＢ", payer_name="张三", amount_fen=100, waiting=waiting)
    assert [(one.ref, one.reasons) for one in found] == [
        ("ZF-BBBBB-BBBBB", ("ref",)),
        ("ZF-AAAAA-AAAAA", ("sum", "name")),
    ]
