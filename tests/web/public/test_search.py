"""The start page and the search, as a person on a phone without JavaScript sees them."""

from urllib.parse import urlencode

import pytest
from flask import Flask
from justhtml import JustHTML
from werkzeug.test import TestResponse

from app.core.actor import Actor
from app.homes import service as homes
from tests.factories.search import Stock
from tests.web.linting import LintingClient
from tests.web.sending import links, text_of
from tests.web.town import saved


def look(client: LintingClient, **asked: object) -> TestResponse:
    return client.get("/homes?" + urlencode(asked, doseq=True))


def titles(response: TestResponse) -> list[str]:
    """The homes of the page, by development and room."""
    page = JustHTML(response.get_data(as_text=True), sanitize=False)
    return [" ".join(link.to_text().split()) for link in page.query(".anju-card__title a")]


def box(response: TestResponse, name: str) -> str:
    """What stands in the box that people see."""
    page = JustHTML(response.get_data(as_text=True), sanitize=False)
    (seen,) = (one for one in page.query(f"main input[name={name}]") if one.attrs["type"] != "hidden")
    return seen.attrs.get("value") or ""


def test_the_start_page_says_what_anju_is_and_searches(client: LintingClient) -> None:
    shown = client.get("/")
    assert shown.status_code == 200
    words = text_of(shown)
    assert "安居是区里的房票平台" in words
    assert "房票价不能比现金价高" in words
    page = JustHTML(shown.get_data(as_text=True), sanitize=False)
    form = page.query_one("main form")
    assert (form.attrs["action"], form.attrs["method"]) == ("/homes", "get")
    assert "登录，看我的房票" in words


def test_all_homes_with_three_prices_each(passer_by: LintingClient, shown: Stock) -> None:
    page = look(passer_by)
    words = text_of(page)
    assert "找到 9 套房" in words
    assert len(titles(page)) == 9
    for price in ("¥482,000", "¥472,000", "¥462,000", "房票价比现金价低 ¥10,000。"):
        assert price in words


@pytest.mark.parametrize("typed", ["滨江花园", "binjiang", "bjhy", "滨江 花园", "滨江花园3幢", "BinJiang"])
def test_found_by_name_pinyin_and_initials(passer_by: LintingClient, shown: Stock, typed: str) -> None:
    found = titles(look(passer_by, q=typed))
    assert found
    assert all(title.startswith("滨江花园") for title in found)


def test_filters_narrow_and_can_be_taken_off_one_by_one(passer_by: LintingClient, shown: Stock) -> None:
    page = look(passer_by, district=shown.port.code, rooms=[2, 3], price_max=462_000)
    assert sorted(titles(page)) == [
        "滨江花园 3幢2单元101室",
        "滨江花园 3幢2单元901室",
        "锦绣天城 A座2单元301室",
    ]
    chips = {words: href for words, href in links(page).items() if words.startswith("去掉条件")}
    assert len(chips) == 4
    without_two = next(href for words, href in chips.items() if "2 室" in words)
    assert titles(passer_by.get(without_two)) == ["滨江花园 3幢2单元901室"]
    assert "找到 9 套房" in text_of(passer_by.get(links(page)["全部清除"]))


def test_facets_count_as_if_their_own_filter_were_off(passer_by: LintingClient, shown: Stock) -> None:
    words = text_of(look(passer_by, rooms=2))
    for tick in ("1 室 （1）", "2 室 （3）", "3 室 （4）", "4 室 （1）", f"{shown.port.name} （2）"):
        assert tick in words.replace("室（", "室 （").replace(f"{shown.port.name}（", f"{shown.port.name} （")


def test_sorted_as_asked(passer_by: LintingClient, shown: Stock) -> None:
    cheapest = titles(look(passer_by, sort="price"))
    assert cheapest[0].endswith("601室")
    assert cheapest[-1].endswith("2001室")
    assert titles(look(passer_by, sort="-price")) == cheapest[::-1]


def test_page_after_page_shows_every_home_once(passer_by: LintingClient, shown: Stock) -> None:
    seen, address = [], "/homes?" + urlencode({"size": 4, "sort": "price"})
    for _ in range(3):
        page = passer_by.get(address)
        seen += titles(page)
        address = links(page).get("下一页", "")
    assert address == ""
    assert len(seen) == len(set(seen)) == 9
    assert "回到第一页" in links(page)


def test_prices_may_be_typed_as_people_write_them(passer_by: LintingClient, shown: Stock) -> None:
    page = look(passer_by, price_min="45万", price_max="５００，０００元")
    assert sorted(title[-4:] for title in titles(page)) == ["202室", "901室"]
    assert box(page, "price_min") == "45万"


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"price_min": "很多"}, "价格要写成数字"),
        ({"price_min": "-5"}, "价格不能是负数"),
        ({"price_min": "500000", "price_max": "400000"}, "最高价不能低于最低价"),
        ({"area_min": "90", "area_max": "80"}, "最大面积不能小于最小面积"),
        ({"area_max": "99999"}, "面积不能超过"),
        ({"q": "房" * 101}, "查找的文字最多 100 个字"),
        ({"q": "a\0b"}, "控制字符"),
        ({"colour": "red"}, "没有“colour”这个查找条件"),
        ({"rooms": "三"}, "几室要写成 0 到 20 之间的整数"),
        ({"floor": "roof"}, "low、middle、high"),
        ({"size": "1000000000"}, "每页套数要写成 1 到 100"),
        ({"after": "AAAA"}, "这个翻页地址已经失效"),
        ({"sort": "magic"}, "条件“sort”没有这个值"),
        ({"rooms": list(range(60))}, "最多选 50 个值"),
    ],
)
def test_nonsense_gets_a_message_and_keeps_what_was_typed(
    passer_by: LintingClient, shown: Stock, asked: dict[str, object], message: str
) -> None:
    page = look(passer_by, **{"q": "滨江", **asked})
    assert page.status_code == 400
    assert message in text_of(page)
    if "q" not in asked:
        assert box(page, "q") == "滨江"
    for name in ("price_min", "price_max", "area_min", "area_max"):
        assert box(page, name) == asked.get(name, "")


@pytest.mark.parametrize(
    "typed", ["%", "_", "🏠🏠", "' OR 1=1 --", "\\", "*:*", "a" * 100, "(((", "不存在的楼盘名字"]
)
def test_words_of_any_kind_find_nothing_politely(passer_by: LintingClient, shown: Stock, typed: str) -> None:
    page = look(passer_by, q=typed)
    assert page.status_code == 200
    assert "没有找到符合这些条件的房子" in text_of(page)


def test_an_empty_answer_offers_ways_on(passer_by: LintingClient, shown: Stock) -> None:
    page = look(passer_by, q="滨江花园", rooms=4)
    assert "去掉“4 室”，有 4 套" in links(page)
    assert titles(passer_by.get(links(page)["去掉“4 室”，有 4 套"]))


def test_an_empty_stock_is_said_to_be_empty(client: LintingClient) -> None:
    assert "现在没有可选的房子" in text_of(look(client))


def test_a_sold_home_never_shows_as_available_however_late_the_index(
    client: LintingClient, committed_app: Flask, stock: Stock
) -> None:
    with saved(committed_app) as session:
        home = session.merge(stock.homes["901"])
        homes.mark_locked(session, home)
        homes.mark_sold(session, home)
    late = look(client, q="滨江花园")
    assert not any("901室" in title for title in titles(late))
    assert len(titles(late)) == 3


def test_a_home_that_left_the_pool_is_not_shown_as_available(
    client: LintingClient, committed_app: Flask, stock: Stock, seller_lowers_cash: None
) -> None:
    assert not any("901室" in title for title in titles(look(client, q="滨江花园")))


@pytest.fixture
def seller_lowers_cash(committed_app: Flask, stock: Stock) -> None:
    lower_cash(committed_app, stock.seller, stock.homes["901"].id)


def lower_cash(app: Flask, seller: Actor, home_id: int) -> None:
    with saved(app) as session:
        homes.set_price(
            session,
            actor=seller,
            home_id=home_id,
            kind="cash",
            amount_fen=45_000_000,
            reason="一次性付款优惠",
        )


def test_phrases_among_the_words_become_filters_that_can_be_undone(
    passer_by: LintingClient, shown: Stock
) -> None:
    page = look(passer_by, q="滨江50万以内两室", sort="price")
    assert titles(page) == ["滨江花园 3幢2单元101室"]
    assert box(page, "q") == "滨江50万以内两室"
    assert "理解为：2 室，实付价不超过 ¥500,000" in text_of(page)
    chips = [words for words in links(page) if words.startswith("去掉条件")]
    assert [words.removeprefix("去掉条件").strip(" ×") for words in chips] == [
        "滨江",
        "2 室",
        "实付价不超过 ¥500,000",
    ]
    assert box(page, "price_max") == "500,000"
    literally = passer_by.get(links(page)["不是这个意思，只按文字找"])
    assert "理解为" not in text_of(literally)
    assert "没有找到符合这些条件的房子" in text_of(literally)


def test_the_panel_carries_what_was_understood(passer_by: LintingClient, shown: Stock) -> None:
    page = JustHTML(look(passer_by, q="滨江50万以内两室").get_data(as_text=True), sanitize=False)
    panel = page.query_one("form.anju-filters")
    carried = [(one.attrs["name"], one.attrs.get("value")) for one in panel.query("input[type=hidden]")]
    assert carried == [("q", "滨江")]
    ticked = [one.attrs["value"] for one in panel.query("input[name=rooms]") if "checked" in one.attrs]
    assert ticked == ["2"]


def test_a_phrase_that_is_only_nearly_a_filter_is_told(passer_by: LintingClient, shown: Stock) -> None:
    page = look(passer_by, q="一楼")
    assert "没有“一楼”这个条件，先按最接近的找" in text_of(page)
    assert titles(page)


def test_what_no_home_says_of_itself_is_told_and_left_out(passer_by: LintingClient, shown: Stock) -> None:
    page = look(passer_by, q="滨江 学区房")
    assert "房源没有登记“学区房”，没有按它筛选" in text_of(page)
    assert titles(page)


def test_a_mistyped_name_is_put_right_aloud(passer_by: LintingClient, shown: Stock) -> None:
    page = look(passer_by, q="宾江花圆 三室")
    assert "没有找到“宾江花圆”，下面是名字相近的房子" in text_of(page)
    assert len(titles(page)) == 2
    assert box(page, "q") == "宾江花圆 三室"
    assert links(page)["滨江花园"] == "/homes?" + urlencode({"q": "滨江花园", "rooms": 3})
    literally = look(passer_by, q="宾江花圆", words="literal")
    assert not titles(literally)


def test_pages_of_a_correction_follow_each_other(passer_by: LintingClient, shown: Stock) -> None:
    page = look(passer_by, q="宾江花圆", size=3)
    further = passer_by.get(links(page)["下一页"])
    assert len(titles(page)) == 3
    assert len(titles(further)) == 1
    assert not set(titles(page)) & set(titles(further))


def test_a_home_leads_back_to_the_search_that_found_it(passer_by: LintingClient, shown: Stock) -> None:
    page = look(passer_by, q="滨江", rooms=[2, 3], sort="price")
    home = passer_by.get(links(page)["滨江花园 3幢2单元901室"])
    assert titles(passer_by.get(back_of(home))) == titles(page)
    assert "from%3D" in links(home)["登录后用房票购买"]


@pytest.mark.parametrize(
    "carried", ["//evil.example", "https://evil.example", "q=a&colour=red", "q=%00", "rooms=x", "a=1&" * 600]
)
def test_what_is_no_search_of_ours_is_not_led_back_to(
    passer_by: LintingClient, shown: Stock, carried: str
) -> None:
    page = passer_by.get(f"/homes/{shown.homes['901'].ref}", query_string={"from": carried})
    assert back_of(page) == "/homes"


def test_from_a_developments_page_one_goes_back_to_it(passer_by: LintingClient, shown: Stock) -> None:
    address = f"/developments/{shown.riverside.ref}?page=1"
    page = passer_by.get(
        f"/homes/{shown.homes['901'].ref}", headers={"Referer": f"http://localhost{address}"}
    )
    assert back_of(page) == address


def back_of(response: TestResponse) -> str:
    page = JustHTML(response.get_data(as_text=True), sanitize=False)
    return str(page.query_one(".govuk-back-link").attrs["href"])
