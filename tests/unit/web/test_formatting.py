"""How money, areas and time read."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import flask_babel
import pytest
from flask import Flask

from app.web import formatting

NOON = datetime(2016, 6, 1, 4, 0, tzinfo=UTC)


@pytest.fixture(autouse=True, scope="module")
def language() -> Iterator[None]:
    app = Flask("formatting")
    flask_babel.Babel(app, default_locale="zh_CN")
    with app.test_request_context():
        yield


@pytest.mark.parametrize(
    ("fen", "text"),
    [(123_456_789, "¥1,234,567.89"), (45_600_000, "¥456,000"), (5, "¥0.05"), (0, "¥0"), (-150, "-¥1.50")],
)
def test_exact_amounts(fen: int, text: str):
    assert formatting.yuan(fen) == text


@pytest.mark.parametrize(
    ("fen", "text"),
    [
        (123_456_789, "123.46 万元"),
        (1_000_000, "1.00 万元"),
        (999_999, "¥9,999.99"),
        (17_820_000_000, "17,820.00 万元"),
    ],
)
def test_spoken_amounts(fen: int, text: str):
    assert formatting.wan(fen) == text


def test_areas_and_rates():
    assert formatting.area(Decimal("1089.5")) == "1,089.50 ㎡"
    assert formatting.unit_price(45_600_000, Decimal("89.50")) == "¥5,094.97/㎡"
    assert [formatting.percent(rate) for rate in (2000, 1250, 0, 10_000, 1)] == [
        "20%",
        "12.5%",
        "0%",
        "100%",
        "0.01%",
    ]


def test_days_are_those_of_shanghai():
    assert formatting.day(date(2026, 11, 24)) == "2026年11月24日（星期二）"
    assert formatting.day(datetime(2016, 5, 31, 16, 0, tzinfo=UTC)) == "2016年6月1日（星期三）"
    assert formatting.moment(NOON) == "2016年6月1日（星期三）12:00"
    with pytest.raises(ValueError, match="zone"):
        formatting.moment(NOON.replace(tzinfo=None))


def test_a_span_of_one_day_is_that_day():
    tuesday = date(2016, 5, 24)
    assert formatting.days(tuesday, tuesday) == "2016年5月24日（星期二）"
    assert formatting.days(tuesday, date(2016, 5, 30)) == "2016年5月24日（星期二）至2016年5月30日（星期一）"


def test_a_deadline_is_told_by_its_last_day():
    midnight = datetime(2016, 6, 8, 16, 0, tzinfo=UTC)
    assert formatting.last_day(midnight) == "2016年6月8日（星期三）"


@pytest.mark.parametrize(
    ("left", "text"),
    [
        (timedelta(days=30, hours=5), "还剩 30 天"),
        (timedelta(days=2, hours=3, minutes=59), "还剩 2 天 3 小时"),
        (timedelta(hours=1), "还剩 1 小时 0 分钟"),
        (timedelta(minutes=5), "还剩 5 分钟"),
        (timedelta(seconds=1), "还剩不到 1 分钟"),
        (timedelta(0), "已到期"),
        (timedelta(days=-1), "已到期"),
    ],
)
def test_countdown(left: timedelta, text: str):
    assert formatting.countdown(NOON + left, NOON) == text


def test_a_change_of_an_amount_says_which_way():
    told = [formatting.change(fen) for fen in (50_000, -50_000, 0)]
    assert told == ["+¥500", "-¥500", "¥0"]


def test_time_elements_are_readable_by_machines():
    assert (
        formatting.time_element(NOON)
        == '<time datetime="2016-06-01T12:00+08:00">2016年6月1日（星期三）12:00</time>'
    )
    assert (
        formatting.time_element(date(2016, 6, 1))
        == '<time datetime="2016-06-01">2016年6月1日（星期三）</time>'
    )


@pytest.mark.parametrize(
    ("voucher", "text"),
    [
        (45_600_000, "相同"),
        (45_000_050, "房票价比现金价低 ¥5,999.50"),
        (45_700_000, "房票价比现金价高 ¥1,000"),
    ],
)
def test_price_gap_in_words(voucher: int, text: str):
    assert text in formatting.price_gap(voucher, 45_600_000)


@pytest.mark.parametrize(
    ("written", "html"),
    [
        ("0556-5550112", '<a class="govuk-link anju-phone" href="tel:05565550112">0556-5550112</a>'),
        (
            "0556-5550112 转 8001",
            '<a class="govuk-link anju-phone" href="tel:05565550112">0556-5550112</a> 转 8001',
        ),
        (
            "12345、+86 139 0000 1111",
            '12345、<a class="govuk-link anju-phone" href="tel:+8613900001111">+86 139 0000 1111</a>',
        ),
        ("<b>没有</b>", "&lt;b&gt;没有&lt;/b&gt;"),
    ],
)
def test_telephone_numbers_dial_themselves(written: str, html: str):
    assert formatting.phone(written) == html


def test_a_reference_within_a_sentence_stays_on_one_line():
    told = formatting.references_whole("房票 FP-7K2M9-QX4HT 还有 <1> 元")
    assert told == '房票 <span class="anju-unbroken">FP-7K2M9-QX4HT</span> 还有 &lt;1&gt; 元'


def test_a_home_without_a_bedroom_is_one_room():
    assert (formatting.rooms(0), formatting.rooms(3)) == ("开间", "3 室")


@pytest.mark.parametrize(
    ("passed", "text"),
    [
        (timedelta(seconds=59), "刚才"),
        (timedelta(minutes=1, seconds=1), "1 分钟前"),
        (timedelta(hours=2, minutes=1), "2 小时前"),
        (timedelta(hours=25), "1 天前"),
    ],
)
def test_how_long_ago_by_the_system_clock(passed: timedelta, text: str):
    assert formatting.ago(NOON - passed, NOON) == text


def test_a_moment_of_the_system_clock_is_a_date_only_where_both_clocks_agree() -> None:
    """A demo's business clock stands in 2016: a date of today's beside its dates would be read wrongly."""
    soon = NOON + timedelta(days=2, hours=3)
    assert "2016年6月3日" in formatting.system_time(soon, NOON, NOON)
    business = NOON - timedelta(days=3650)
    assert formatting.system_time(soon, NOON, business) == "还剩 2 天 3 小时"
    assert formatting.system_time(NOON - timedelta(hours=3), NOON, business) == "3 小时前"
