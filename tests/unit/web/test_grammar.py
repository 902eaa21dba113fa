"""What people may type for money, areas, numbers and days."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import flask_babel
import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from app.core import money
from app.web import formatting
from app.web.forms import grammar


@pytest.fixture(autouse=True, scope="module")
def language() -> Iterator[None]:
    app = Flask("grammar")
    flask_babel.Babel(app, default_locale="zh_CN")
    with app.test_request_context():
        yield


@pytest.mark.parametrize(
    ("typed", "fen"),
    [
        ("456000", 45_600_000),
        ("456,000.50", 45_600_050),
        (" 12,345.67 元", 1_234_567),
        ("￥１２，３４５．６７", 1_234_567),
        ("¥1", 100),
        ("人民币 300 元整", 30_000),
        ("45.6万", 45_600_000),
        ("45.6 万元", 45_600_000),
        ("12,3456", 12_345_600),
        ("0", 0),
        ("-3", -300),
        ("0.1", 10),
    ],
)
def test_amounts(typed: str, fen: int):
    assert grammar.parse_yuan(typed, "现金价") == fen


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("四十万", "现金价要写成数字"),
        ("1,2,3", "现金价要写成数字"),
        ("12.", "现金价要写成数字"),
        (".5", "现金价要写成数字"),
        ("1e9", "现金价要写成数字"),
        ("NaN", "现金价要写成数字"),
        ("Infinity", "现金价要写成数字"),
        ("0x10", "现金价要写成数字"),
        ("--1", "现金价要写成数字"),
        ("1 000", "现金价要写成数字"),
        ("٣", "现金价要写成数字"),
        ("9" * 40, "现金价要写成数字"),
        ("1.005", "现金价最多写到分"),
        ("0.0000001万", "现金价最多写到分"),
        ("99999999999999", "现金价过大"),
    ],
)
def test_what_is_no_amount(typed: str, message: str):
    with pytest.raises(ValueError, match=message):
        grammar.parse_yuan(typed, "现金价")


@given(st.integers(-money.MAX_FEN, money.MAX_FEN))
def test_an_amount_as_shown_reads_back_as_itself(fen: int):
    assert grammar.parse_yuan(formatting.typed_yuan(fen), "现金价") == fen
    assert grammar.parse_yuan(formatting.yuan(abs(fen)), "现金价") == abs(fen)


@pytest.mark.parametrize(
    ("typed", "area"),
    [
        ("89.5", "89.50"),
        ("89.50㎡", "89.50"),
        ("１２０ 平方米", "120.00"),
        ("60平", "60.00"),
        ("60 m²", "60.00"),
    ],
)
def test_areas(typed: str, area: str):
    assert str(grammar.parse_area(typed, "面积")) == area


@pytest.mark.parametrize("typed", ["89.555", "大", "", "1e2"])
def test_what_is_no_area(typed: str):
    with pytest.raises(ValueError, match="面积"):
        grammar.parse_area(typed, "面积")


@pytest.mark.parametrize(
    "typed",
    [
        "2016-6-1",
        "2016/06/01",
        "2016.6.1",
        "20160601",
        "2016年6月1日",
        "２０１６－０６－０１",
        " 2016 年 6 月 1 日 ",
    ],
)
def test_days(typed: str):
    assert grammar.parse_date(typed, "日期") == date(2016, 6, 1)


@pytest.mark.parametrize(
    "typed", ["2016-02-30", "2016-13-01", "0000-01-01", "6月1日", "明天", "16-6-1", "2016-6"]
)
def test_what_is_no_day(typed: str):
    with pytest.raises(ValueError, match="日期"):
        grammar.parse_date(typed, "日期", example=date(2016, 6, 1))


@pytest.mark.parametrize(
    ("typed", "number"), [("3", 3), ("-2", -2), ("１８", 18), ("1,000", 1000), ("3.0", 3)]
)
def test_whole_numbers(typed: str, number: int):
    assert grammar.parse_integer(typed, "楼层") == number


@pytest.mark.parametrize("bad", ["滨江\x00", "a\x1bb", "x\ud800", "一\n二"])
def test_invisible_characters_are_refused(bad: str):
    with pytest.raises(ValueError, match="名称含有看不见的控制字符"):
        grammar.clean_text(bad, "名称")


def test_line_breaks_are_made_one_character():
    assert grammar.clean_text(" 一\r\n二\r三 ", "说明", lines=True) == "一\n二\n三"


def test_bounds_are_allowed_values():
    grammar.check_yuan(100, "价", least=100, most=100)
    grammar.check_integer(3, "层", least=3, most=3)
    grammar.check_area(Decimal("10"), "面积", most=Decimal("10"))
    grammar.check_date(date(2016, 6, 1), "日期", first=date(2016, 6, 1), last=date(2016, 6, 1))
