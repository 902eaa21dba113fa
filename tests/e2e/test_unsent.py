"""A cookie is lost while somebody fills in a form: signing in elsewhere brings the form back as it was."""

import pytest
from playwright.sync_api import expect

from app.core.actor import Role
from tests.e2e import steps
from tests.e2e.browser import Live, Visitors, look


@pytest.fixture
def live(demo: Live) -> Live:
    """The demo district."""
    return demo


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "plain"])
def test_what_was_typed_survives_a_lost_cookie(live: Live, visitor: Visitors, javascript: bool) -> None:
    page = visitor(javascript=javascript)
    steps.sign_in(page, Role.HOUSEHOLD)
    first = steps.purses(page)[0].ref
    page.goto("/homes?price_max=450000")
    page.locator(".anju-card a").first.click()
    steps.follow(page, "只用一部分房票，或请亲属帮着付")
    page.get_by_text("每张房票只想用一部分？").click()
    box = f"房票 {first} 最多用多少（可以不填）"
    page.get_by_label(box).fill("12万")
    page.context.clear_cookies()
    steps.press(page, "算一算，看报价")
    expect(page.get_by_role("heading", level=1)).to_have_text("登录已经过期，您填的内容还在")
    if javascript:
        look(page, "unsent/kept")
    with page.context.expect_page() as opened:
        steps.follow(page, "在新窗口里登录")
    elsewhere = opened.value
    elsewhere.get_by_label("用户名").fill("household")
    elsewhere.get_by_label("密码", exact=True).fill("anju-demo-2016")
    elsewhere.get_by_role("button", name="登录").click()
    expect(elsewhere.get_by_role("heading", level=1)).to_have_text("我的房票")
    elsewhere.close()
    steps.press(page, "登录好了，继续填写")
    expect(page.locator(".govuk-notification-banner")).to_contain_text("刚才的内容还没有提交")
    expect(page.get_by_label(box)).to_have_value("12万")
    expect(page.get_by_label(box)).to_be_visible()
    if javascript:
        look(page, "unsent/again")
    steps.press(page, "算一算，看报价")
    expect(page.get_by_role("main")).to_contain_text("¥120,000")
