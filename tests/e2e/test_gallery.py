"""Every component in a real browser: axe, no sideways scrolling, and what the script adds."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import Live, Visitors, axe, fits, look, serve
from tests.web.gallery import create_app

PAGES = ("lists?page=5", "search", "form", "question", "confirm", "cases", "missing")


@pytest.fixture(scope="module")
def live() -> Iterator[Live]:
    """The gallery instead of the product: it needs no database."""
    with serve(create_app()) as live:
        yield live


@pytest.mark.parametrize("path", ["/", *(f"/gallery/{name}" for name in PAGES)])
def test_components_are_accessible_and_fit(page: Page, path: str):
    page.goto(path)
    look(page, f"gallery/{path.strip('/').partition('?')[0].replace('/', '-') or 'home'}")


def test_errors_take_the_focus_and_lead_to_their_fields(page: Page):
    page.goto("/gallery/form")
    page.get_by_label("备案价").fill("四十万")
    page.get_by_role("button", name="保存").click()
    summary = page.locator(".govuk-error-summary")
    expect(summary).to_be_focused()
    summary.get_by_role("link", name="备案价要写成数字").click()
    expect(page.get_by_label("备案价")).to_be_focused()
    expect(page.get_by_label("备案价")).to_have_value("四十万")
    look(page, "gallery/form-errors")


def test_success_is_told_after_the_redirect(page: Page):
    page.goto("/gallery/form")
    page.get_by_label("楼盘名称").fill("滨江花园")
    page.get_by_label("备案价").fill("45.6万")
    page.get_by_label("建筑面积").fill("89.5")
    page.get_by_label("所在楼层").fill("11")
    page.get_by_label("交房日期").fill("2016-12-31")
    page.get_by_label("现房").check()
    page.get_by_label("所在城区").select_option("港区")
    page.get_by_label("密码", exact=True).fill("secret")
    page.get_by_label("我承诺").check()
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("alert")).to_contain_text("备案价 ¥456,000")
    look(page, "gallery/notice")


def test_a_filter_renews_the_results_in_place(page: Page, width: int):
    page.goto("/gallery/search")
    if width < 769:
        expect(page.get_by_label("东部新城")).not_to_be_visible()
        page.get_by_text("筛选条件").click()
    expect(page.get_by_role("status")).to_have_text("找到 216 套房")
    page.get_by_label("东部新城").check()
    expect(page.get_by_role("status")).to_have_text("找到 120 套房")
    expect(page).to_have_url(re.compile("district=dong"))
    expect(page.get_by_label("东部新城")).to_be_focused()
    expect(page.get_by_label("东部新城")).to_be_visible()
    axe(page)
    page.go_back()
    expect(page.get_by_role("status")).to_have_text("找到 216 套房")


def test_pages_work_without_javascript(visitor: Visitors, width: int):
    page = visitor(javascript=False)
    page.goto("/gallery/search")
    page.get_by_text("筛选条件").click()
    page.get_by_label("东部新城").check()
    page.get_by_role("button", name="按条件查找").click()
    expect(page.get_by_role("status")).to_have_text("找到 120 套房")
    expect(page.get_by_role("link", name="我的房票").first).to_be_visible()
    page.goto("/gallery/form")
    page.get_by_role("button", name="保存").click()
    expect(page.locator(".govuk-error-summary")).to_be_visible()


def test_the_menu_folds_on_a_phone(page: Page, width: int):
    page.goto("/gallery/lists")
    link = page.get_by_role("navigation", name="主菜单").get_by_role("link", name="查房源")
    if width < 641:
        expect(link).not_to_be_visible()
        page.get_by_role("button", name="菜单").click()
        axe(page)
    expect(link).to_be_visible()


def test_print_keeps_the_content_only(page: Page):
    page.goto("/gallery/lists")
    page.emulate_media(media="print")
    expect(page.get_by_role("heading", name="我的房票")).to_be_visible()
    for gone in (".govuk-service-navigation", ".anju-account", ".anju-footer", ".govuk-pagination"):
        expect(page.locator(gone)).not_to_be_visible()
    fits(page)


def test_chinese_is_drawn_not_boxed(page: Page):
    """Two different characters look different; without a Chinese font both would be the same empty box."""
    page.goto("/gallery/lists")
    drawn = page.evaluate(
        """() => ['房', '票'].map(character => {
            const canvas = document.createElement('canvas')
            const pen = canvas.getContext('2d')
            pen.font = '40px ' + getComputedStyle(document.body).fontFamily
            pen.fillText(character, 0, 50)
            return canvas.toDataURL()
        })"""
    )
    assert drawn[0] != drawn[1]


def test_the_checks_themselves_can_fail(page: Page):
    page.goto("/gallery/confirm")
    page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<input name=nameless>')")
    with pytest.raises(AssertionError, match="label"):
        axe(page)
    page.evaluate("document.querySelector('h1').style.width = '3000px'")
    with pytest.raises(AssertionError, match="wider than its window"):
        fits(page)
