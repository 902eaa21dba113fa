"""What people say of price, area, rooms and the home becomes filters; names stay words."""

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.search.reading import Reading, read
from app.search.request import Floor, Sort, Stage, parse


def understood(typed: str) -> str:
    return unquote(read(parse([("q", typed)])).request.query_string())


def reading(typed: str) -> Reading:
    return read(parse([("q", typed)]))


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("60万以内", "price_max=600000"),
        ("60万", "price_max=600000"),
        ("６０万元以下", "price_max=600000"),
        ("六十万以内", "price_max=600000"),
        ("60W", "price_max=600000"),
        ("一百二十万以内", "price_max=1200000"),
        ("一百二万", "price_max=1200000"),
        ("不超过45.5万", "price_max=455000"),
        ("预算45万", "price_max=450000"),
        ("40万以上", "price_min=400000"),
        ("50多万", "price_min=500000&price_max=600000"),
        ("五六十万", "price_min=500000&price_max=600000"),
        ("40-60万", "price_min=400000&price_max=600000"),
        ("40万到60万之间", "price_min=400000&price_max=600000"),
        ("50万左右", "price_min=450000&price_max=550000"),
        ("120平", "area_min=108&area_max=132"),
        ("120㎡以内", "area_max=120"),
        ("80到100平方米", "area_min=80&area_max=100"),
        ("两室", "rooms=2"),
        ("3室2厅1卫", "rooms=3"),
        ("三居", "rooms=3"),
        ("三房", "rooms=3"),
        ("两三室", "rooms=2&rooms=3"),
        ("三室或四室", "rooms=3&rooms=4"),
        ("小房子 大房子", "area_min=70&area_max=120"),
        ("80万以上 60万以内", "price_min=600000&price_max=800000"),
        ("开间", "rooms=0"),
        ("三间房", "rooms=3"),
        ("两室 三室", "rooms=2&rooms=3"),
        ("低楼层", "floor=low"),
        ("三楼以下", "floor=low"),
        ("面积最大的", "sort=-area"),
        ("单价低 三室", "rooms=3&sort=unit_price"),
        ("六十万块钱能买啥", "price_max=600000"),
        ("老年人住的一楼房子", "floor=low"),
        ("两室 便宜 带电梯 近医院", "q=有电梯&rooms=2&sort=price"),
        ("滨江花园有没有两室", "q=滨江花园&rooms=2"),
        ("安静一点的小区 三室", "rooms=3"),
        ("一楼不要", "floor=middle&floor=high"),
        ("不要一楼和顶楼", "floor=middle"),
        ("不要顶楼的三室", "rooms=3&floor=low&floor=middle"),
        ("现房", "stage=finished"),
        ("预售", "stage=presale"),
        ("便宜的三房", "rooms=3&sort=price"),
        ("60万以内两室120平以内", "price_max=600000&area_max=120&rooms=2"),
        ("滨江 60万以内 两室", "q=滨江&price_max=600000&rooms=2"),
        ("菱湖区三室50万以内", "q=菱湖区&price_max=500000&rooms=3"),
        ("三室滨江花园", "q=滨江花园&rooms=3"),
        ("50万以内滨江花园", "q=滨江花园&price_max=500000"),
        ("我想买一套两室的房子", "rooms=2"),
        ("濱江花園 三室", "q=滨江花园&rooms=3"),
        ("滨江花园有电梯的精装两房", "q=滨江花园+有电梯+精装&rooms=2"),
        ("朝阳的 带电梯", "q=朝南+有电梯"),
        ("小户型", "area_max=70"),
        ("学区房 滨江", "q=滨江"),
        ("房子", ""),
    ],
)
def test_phrases_become_filters(typed: str, address: str) -> None:
    assert understood(typed) == address


@pytest.mark.parametrize(
    "typed",
    [
        "滨江花园", "第三居民区", "1101室", "3幢2单元101室", "一百平安路", "60", "万达广场",
        "三房巷", "百万庄", "四平", "铁岭四平", "科学区", "大学区", "二七万达", "21层",
        "一楼商铺", "99999999999万", "999999平", "5楼", "五里亭", "东方之星", "",
    ],
)  # fmt: skip
def test_everything_else_stays_a_word(typed: str) -> None:
    asked = parse([("q", typed)])
    assert read(asked) == Reading(asked)


def test_who_means_the_words_as_words_gets_them_so() -> None:
    asked = parse([("q", "三室 50万以内"), ("words", "literal")])
    assert read(asked) == Reading(asked)


def test_what_is_said_anew_replaces_the_filter_of_its_kind() -> None:
    asked = parse([("q", "30万以内 滨江"), ("price_min", "500000"), ("rooms", "3"), ("sort", "-area")])
    assert read(asked).request == parse(
        [("q", "滨江"), ("price_max", "300000"), ("rooms", "3"), ("sort", "-area")]
    )
    assert reading("便宜的").request.sort is Sort.PRICE


def test_what_was_read_is_told() -> None:
    meant = reading("滨江 一楼 现房 电梯房 学区")
    assert meant.request.floor == (Floor.LOW,)
    assert meant.request.stage == (Stage.FINISHED,)
    assert meant.phrases == ("一楼", "现房", "电梯房")
    assert meant.facts == ("有电梯",)
    assert meant.roughly == ("一楼",)
    assert meant.aside == ("学区",)


def test_what_cannot_be_denied_is_left_aside() -> None:
    meant = reading("不要毛坯 三室")
    assert meant.aside == ("不要毛坯",)
    assert meant.request == parse([("rooms", "3")])


@given(st.text(max_size=60))
def test_any_text_has_a_reading(typed: str) -> None:
    tidy = " ".join(typed.split())
    request = parse([]).without("q")
    meant = read(type(request)(q=tidy))
    assert len(meant.request.q) <= max(len(tidy) * 4, 1)
    assert read(meant.request).request.q == read(read(meant.request).request).request.q
