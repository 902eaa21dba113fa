"""What people say of price, area, rooms and floor becomes filters; names stay words."""

import pytest

from app.search.phrases import understand
from app.search.request import parse


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("60万以内", "price_max=600000"),
        ("60万", "price_max=600000"),
        ("６０万元以下", "price_max=600000"),
        ("六十万以内", "price_max=600000"),
        ("一百二十万以内", "price_max=1200000"),
        ("不超过45.5万", "price_max=455000"),
        ("40万以上", "price_min=400000"),
        ("40-60万", "price_min=400000&price_max=600000"),
        ("40万到60万之间", "price_min=400000&price_max=600000"),
        ("50万左右", "price_min=450000&price_max=550000"),
        ("120平", "area_min=108&area_max=132"),
        ("120㎡以内", "area_max=120"),
        ("80到100平方米", "area_min=80&area_max=100"),
        ("两室", "rooms=2"),
        ("3室2厅1卫", "rooms=3"),
        ("三居", "rooms=3"),
        ("开间", "rooms=0"),
        ("两室 三室", "rooms=2&rooms=3"),
        ("低楼层", "floor=low"),
        ("现房", "stage=finished"),
        ("60万以内两室120平以内", "price_max=600000&area_max=120&rooms=2"),
        ("滨江 60万以内 两室", "q=%E6%BB%A8%E6%B1%9F&price_max=600000&rooms=2"),
    ],
)
def test_phrases_become_filters(typed: str, address: str):
    assert understand(parse([("q", typed)])).request.query_string() == address


@pytest.mark.parametrize(
    "typed",
    [
        "滨江花园",
        "第三居民区",
        "1101室",
        "3幢2单元101室",
        "一百平安路",
        "60",
        "万达广场",
        "三房巷",
        "两室的",
        "99999999999万",
        "999999平",
        "5楼",
        "",
    ],
)
def test_everything_else_stays_a_word(typed: str):
    asked = parse([("q", typed)])
    assert understand(asked).request == asked


def test_what_is_said_anew_replaces_the_filter_of_its_kind():
    asked = parse([("q", "30万以内 滨江"), ("price_min", "500000"), ("rooms", "3"), ("sort", "price")])
    assert understand(asked).request == parse(
        [("q", "滨江"), ("price_max", "300000"), ("rooms", "3"), ("sort", "price")]
    )


def test_a_phrase_that_no_filter_says_exactly_is_named():
    meant = understand(parse([("q", "一楼 现房")]))
    assert meant.request == parse([("floor", "low"), ("stage", "finished")])
    assert meant.loosely == ("一楼",)
