"""Searching in the browser: suggestions by keyboard and by touch, what was understood, slips put right."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from app.search import names
from tests.e2e import steps
from tests.e2e.browser import HEIGHT, WIDTHS, Live, Visitors, look
from tests.factories.search import make_stock
from tests.web.town import saved


@pytest.fixture(autouse=True)
def _stock(live: Live) -> None:
    with saved(live.app) as session:
        make_stock(session)
    live.run_jobs()
    with saved(live.app) as session:
        names.recount(session)  # the job for it waits a moment, so that one counts for many changes


def test_a_name_is_suggested_and_chosen_by_keyboard(live: Live, page: Page):
    page.goto("/")
    box = page.get_by_role("combobox", name="找什么房")
    expect(box).to_have_attribute("aria-expanded", "false")
    box.press_sequentially("bjhy")
    options = page.get_by_role("listbox", name="可能要找的名字").get_by_role("option")
    expect(options).to_have_text([re.compile("滨江花园.*楼盘 · 可选 4 套")])
    expect(page.locator(".anju-suggest-status")).to_have_text("有 1 个名字，按上下键选择")
    box.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    active = options.first.get_attribute("id")
    assert active
    expect(box).to_have_attribute("aria-activedescendant", active)
    look(page, "search/suggested")
    box.press("Escape")
    expect(page.get_by_role("listbox")).to_have_count(0)
    expect(box).to_have_value("bjhy")
    box.press_sequentially(" ")
    box.press("Backspace")
    expect(options).to_have_count(1)
    box.press("ArrowUp")
    box.press("Enter")
    expect(page).to_have_url(re.compile("/homes\\?q=%E6%BB%A8%E6%B1%9F%E8%8A%B1%E5%9B%AD$"))
    expect(page.locator(".anju-results__count")).to_have_text("找到 4 套房")


def test_a_suggestion_is_pressed_on_the_page_of_results(live: Live, page: Page):
    page.goto("/homes?rooms=3")
    box = page.get_by_role("combobox", name="找什么房")
    box.press_sequentially("港华")
    options = page.get_by_role("listbox", name="可能要找的名字").get_by_role("option")
    expect(options).to_have_count(2)
    look(page, "search/suggested-beside-results")
    options.filter(has_text="港华名苑").click()
    expect(page).to_have_url(re.compile("rooms=3.*q="))
    expect(page.locator(".anju-results__count")).to_have_text("找到 2 套房")
    # After htmx has renewed the page the box still suggests.
    page.get_by_role("link", name=re.compile("去掉条件.*3 室")).click()
    box = page.get_by_role("combobox", name="找什么房")
    box.fill("")
    box.press_sequentially("jinxiu")
    expect(options).to_have_text([re.compile("锦绣天城")])


def test_what_was_understood_is_told_and_undone(live: Live, page: Page):
    page.goto("/homes?q=滨江50万以内两室 学区房")
    main = page.get_by_role("main")
    expect(main).to_contain_text("理解为：2 室，实付价不超过 ¥500,000")
    expect(main).to_contain_text("房源没有登记“学区房”")
    expect(page.locator(".anju-results__count")).to_have_text("找到 1 套房")
    look(page, "search/understood")
    steps.follow(page, "不是这个意思，只按文字找")
    expect(page.locator(".anju-results__count")).to_have_text("找到 0 套房")
    look(page, "search/literally")


def test_a_slip_is_put_right_aloud(live: Live, page: Page):
    page.goto("/homes?q=宾江花圆 三室")
    expect(page.get_by_role("main")).to_contain_text("没有找到“宾江花圆”，下面是名字相近的房子。")
    expect(page.locator(".anju-card")).to_have_count(2)
    look(page, "search/put-right")
    steps.follow(page, "滨江花园")
    expect(page.locator(".anju-card")).to_have_count(2)
    expect(page.locator(".anju-meant")).to_have_count(0)


def test_without_javascript_the_box_is_a_plain_search(live: Live, visitor: Visitors):
    page = visitor(javascript=False)
    page.goto("/")
    page.get_by_role("searchbox", name="找什么房").fill("bjhy")
    steps.press(page, "找房")
    expect(page.locator(".anju-results__count")).to_have_text("找到 4 套房")


def test_a_map_is_moved_and_searched_and_a_development_opened(live: Live, page: Page, width: int):
    page.goto("/homes/map?rooms=2&rooms=3")
    expect(page.locator(".anju-results__count")).to_have_text("找到 7 套房，在 3 个楼盘")
    expect(page.get_by_role("main")).to_contain_text("没有坐标的楼盘 1 个，只在列表里。")
    expect(page.locator(".anju-both__list .anju-place")).to_have_count(3)
    look(page, "search/map-beside-its-list")
    see_the_map(page, width)
    expect(page.get_by_role("button", name="滨江花园：3 套 35万起")).to_be_visible()
    for one in page.locator(".anju-sign").all():
        assert is_within(one, page.locator(".anju-map__ground")), "no sign is cut off by the edge"
    sign = page.get_by_role("button", name="锦绣天城：1 套 40.2万起")
    # By keyboard: what is opened takes the place of the sign, and gives it back.
    sign.focus()
    page.keyboard.press("Enter")
    card = page.locator(".anju-map__card")
    expect(card.get_by_role("link", name="A座2单元301室")).to_be_visible()
    expect(card).to_be_focused()
    top, shown = (
        page.locator(".anju-map__ground").bounding_box(),
        page.locator(".leaflet-popup").bounding_box(),
    )
    assert top
    assert shown
    assert top["y"] < shown["y"], "the whole card is moved into the map"
    look(page, "search/map-with-a-development-open")
    page.get_by_role("button", name="关闭").click()
    expect(sign).to_be_focused()
    again = page.get_by_role("button", name="搜索这个区域")
    expect(again).to_be_hidden()
    # The sign is drawn to the middle: what lay south of it leaves the map.
    drag(page, sign)
    again.click()
    expect(page).to_have_url(re.compile("rooms=2&rooms=3&.*box=30"))
    expect(page.locator(".anju-results__count")).to_have_text("找到 1 套房，在 1 个楼盘")
    see_the_map(page, width)
    sign.click()
    card.get_by_role("link", name="看锦绣天城的这 1 套").click()
    expect(page.locator(".anju-results__count")).to_have_text("找到 1 套房")
    expect(page.locator(".anju-chips")).to_contain_text("地图上选的区域")
    steps.follow(page, "按楼盘看")
    expect(page.locator(".anju-place")).to_have_count(1)
    look(page, "search/by-development")


def see_the_map(page: Page, width: int) -> None:
    """Show the map where it does not stand beside the list."""
    if width == WIDTHS["phone"]:
        expect(page.locator(".anju-map__ground")).to_be_hidden()
        steps.press(page, "看地图")


def is_within(inner: Locator, outer: Locator) -> bool:
    """Tell whether something lies wholly in another, from side to side."""
    one, all_of_it = inner.bounding_box(), outer.bounding_box()
    assert one
    assert all_of_it
    return all_of_it["x"] <= one["x"] and one["x"] + one["width"] <= all_of_it["x"] + all_of_it["width"]


def drag(page: Page, sign: Locator) -> None:
    """Draw the map by a sign of it down to near its lower edge; that is no press of the sign."""
    ground, at = page.locator(".anju-map__ground"), sign.bounding_box()
    area = ground.bounding_box()
    assert at
    assert area
    x, y = at["x"] + at["width"] / 2, at["y"] + at["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, area["y"] + area["height"] - 40, steps=5)
    page.mouse.up()
    expect(page.locator(".anju-map__card")).to_have_count(0)


def test_signs_that_would_lie_over_each_other_are_one_that_opens(live: Live, page: Page, width: int):
    page.goto("/homes/map?box=29,115,32,119")
    see_the_map(page, width)
    together = page.get_by_role("button", name="2 个楼盘 6 套 24万起")
    if width == WIDTHS["phone"]:
        # Turned to the list and made wide, the map beside it is whole.
        steps.press(page, "看列表")
        page.set_viewport_size({"width": WIDTHS["desk"], "height": HEIGHT})
        expect(together).to_be_visible()
    together.click()
    expect(page.get_by_role("button", name="滨江花园：4 套 24万起")).to_be_visible()
    expect(page.get_by_role("button", name="锦绣天城：2 套 40.2万起")).to_be_visible()
    expect(together).to_have_count(0)


def test_without_javascript_the_list_is_the_whole_map(live: Live, visitor: Visitors):
    page = visitor(javascript=False)
    page.goto("/homes/map")
    expect(page.locator("noscript p")).to_be_visible()
    expect(page.locator(".anju-place")).to_have_count(3)
    expect(page.locator(".anju-map")).to_be_hidden()
    expect(page.locator("[data-map-turn]")).to_be_hidden()
    page.locator(".anju-filters summary").click()
    page.get_by_label("最高价").fill("30万")
    steps.press(page, "按条件查找")
    expect(page.locator(".anju-place")).to_have_count(1)
    steps.follow(page, "按楼盘看")
    expect(page.locator(".anju-place")).to_have_count(1)
