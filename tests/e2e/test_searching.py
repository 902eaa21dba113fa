"""Searching in the browser: suggestions by keyboard and by touch, what was understood, slips put right."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import steps
from tests.e2e.browser import Live, Visitors, look
from tests.factories.search import make_stock
from tests.web.town import saved


@pytest.fixture(autouse=True)
def _stock(live: Live) -> None:
    with saved(live.app) as session:
        make_stock(session)
    live.run_jobs()


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
