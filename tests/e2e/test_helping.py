"""A daughter helps the demo's household: signed in by telephone, she locks a home with her mother's code."""

import pytest
from playwright.sync_api import Page, expect

from app.core.actor import Role
from app.demo.helping import PHONE
from tests.e2e.browser import Live, Visitors, look
from tests.e2e.demo import code_to
from tests.e2e.prepared.buying import make_a_quote
from tests.e2e.steps import expect_told, fill, press, sign_in


@pytest.fixture
def live(demo: Live) -> Live:
    """The demo district, whose helper may act for its household."""
    return demo


def enter(live: Live, page: Page) -> None:
    """Sign in by telephone and enter the household that she helps."""
    page.goto("/account/phone")
    fill(page, {"您的手机号是多少？": PHONE})
    press(page, "给我发验证码")
    fill(page, {"短信里的验证码是多少？": code_to(live, PHONE)})
    press(page, "登录")
    page.get_by_role("button", name="进入").click()
    expect(page.get_by_role("region", name="帮办")).to_contain_text("您正在为 陈** 代办")


def test_a_daughter_locks_a_home_with_her_mothers_code(live: Live, visitor: Visitors) -> None:
    page, quote = visitor(), make_a_quote(live.app)
    enter(live, page)
    look(page, "helping/wallet")
    page.goto(quote)
    look(page, "helping/quote")
    press(page, "请本人同意锁定")
    expect(page.get_by_role("heading", level=1)).to_have_text("等本人同意")
    look(page, "helping/act")
    fill(page, {"权利人手机上的验证码": "000000"})
    press(page, "本人同意，办理")
    expect(page.locator(".govuk-error-summary")).to_contain_text("验证码不对")
    look(page, "helping/wrong")
    fill(page, {"权利人手机上的验证码": code_to(live, "19900010000")})
    press(page, "本人同意，办理")
    expect_told(page, "办好了")
    look(page, "helping/locked")
    page.goto("/account/password")
    look(page, "helping/never")
    page.get_by_role("button", name="退出代办").click()
    expect(page.get_by_role("region", name="帮办")).to_have_count(0)
    mother = visitor()
    sign_in(mother, Role.HOUSEHOLD)
    mother.goto("/household/helpers/")
    look(mother, "helping/helpers")
    mother.get_by_role("main").get_by_role("link", name="陈小梅").click()
    expect(mother.locator(".anju-timeline")).to_contain_text("凭您的验证码，锁定了房源")
    look(mother, "helping/log")


def test_a_mother_invites_without_script_and_ends_it_again(live: Live, visitor: Visitors) -> None:
    page = visitor(javascript=False)
    sign_in(page, Role.HOUSEHOLD)
    page.goto("/household/helpers/new")
    fill(page, {"帮办人姓名": "周大姐", "帮办人的手机号": "199 0001 9777"})
    page.get_by_label("和您的关系").select_option("邻居、朋友")
    page.get_by_label("代填", exact=True).check()
    press(page, "发出邀请")
    expect_told(page, "邀请已发到对方手机")
    page.get_by_role("link", name="撤回邀请").click()
    press(page, "确认结束")
    expect_told(page, "已经结束")
