"""Passwords, second factors and people in the browser, on phone and desk, with and without JavaScript."""

import re

import pyotp
import pytest
from playwright.sync_api import Page, expect

from app.core import clock
from app.core.actor import Role
from app.demo.accounts import DEMO_PASSWORD
from tests.e2e import steps
from tests.e2e.browser import Live, Visitors, look

NEW = "港华路的老房子二十年"


@pytest.fixture
def live(demo: Live) -> Live:
    """The demo district."""
    return demo


def sign_in_with_code(page: Page, username: str, password: str, code: str) -> None:
    """Take both steps of signing in."""
    page.goto("/account/sign-in")
    steps.fill(page, {"用户名": username, "密码": password})
    steps.press(page, "登录")
    expect(page.get_by_role("heading", level=1)).to_have_text("输入验证码")
    look(page, "account/code")
    steps.fill(page, {"验证码": code})
    steps.press(page, "登录")
    expect(page.get_by_role("button", name="退出登录")).to_be_visible()


def own_account(page: Page) -> None:
    """Open one's own account by the menu."""
    steps.go(page, "我的账号")
    expect(page.get_by_role("heading", level=1)).to_have_text("我的账号")


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "plain"])
def test_a_second_factor_is_turned_on_used_and_cleared(visitor: Visitors, javascript: bool):
    officer = visitor(javascript=javascript)
    steps.sign_in(officer, Role.OFFICER)
    own_account(officer)
    look_if(javascript, officer, "account/home")
    steps.follow(officer, "开启")
    look_if(javascript, officer, "account/factor")
    steps.press(officer, "开始设置")
    look_if(javascript, officer, "account/factor-new")
    secret = officer.locator(".anju-code").inner_text().replace(" ", "")
    steps.fill(officer, {"验证码": "000000"})
    steps.press(officer, "确认并开启")
    steps.expect_refused(officer, "验证码", "验证码不正确")
    steps.fill(officer, {"验证码": pyotp.TOTP(secret).at(clock.system_now())})
    steps.press(officer, "确认并开启")
    expect(officer.locator(".anju-codes li")).to_have_count(10)
    look_if(javascript, officer, "account/recovery-codes")
    spare = officer.locator(".anju-codes li").first.inner_text()
    elsewhere = visitor(javascript=javascript)
    if javascript:
        sign_in_with_code(elsewhere, "officer", DEMO_PASSWORD, spare)
        own_account(elsewhere)
        steps.follow(elsewhere, "管理")
        look(elsewhere, "account/factor-on")
    administrator = visitor(javascript=javascript)
    steps.sign_in(administrator, Role.ADMINISTRATOR)
    steps.go(administrator, "人员")
    steps.follow(administrator, "汪建国")
    look_if(javascript, administrator, "account/person")
    administrator.get_by_label("我已当面确认是本人").check()
    steps.press(administrator, "解除丢失的手机")
    steps.expect_told(administrator, "丢失的手机已解除")
    officer.goto("/account/")
    expect(officer.get_by_role("heading", level=1)).to_have_text("登录")


def look_if(javascript: bool, page: Page, name: str) -> None:
    """Check the page; axe itself is a script."""
    if javascript:
        look(page, name)


def test_a_colleague_is_invited_joins_forgets_the_password_and_leaves(visitor: Visitors):
    manager, colleague = visitor(), visitor()
    steps.sign_in(manager, Role.DEVELOPER)
    join(colleague, invite(manager))
    reset = hand_over_a_code(manager)
    use_code(colleague, reset)
    remove(manager)
    colleague.goto("/developer/")
    expect(colleague).to_have_url(re.compile("/account/sign-in"))


def invite(manager: Page) -> str:
    """Invite a salesperson; return the code."""
    steps.go(manager, "人员")
    steps.follow(manager, "邀请同事")
    steps.press(manager, "生成邀请码")
    look(manager, "account/invite-refused")
    steps.fill(manager, {"姓名": "王丽", "用户名": "wangli"})
    manager.get_by_label("销售").check()
    steps.press(manager, "生成邀请码")
    look(manager, "account/invited")
    code = manager.locator(".anju-code").inner_text()
    steps.follow(manager, "回到人员")
    look(manager, "account/people")
    return code


def join(colleague: Page, code: str) -> None:
    """Use the code, and sign in."""
    colleague.goto("/account/sign-in")
    steps.follow(colleague, "我有邀请码")
    look(colleague, "account/accept")
    steps.fill(colleague, {"邀请码": code.lower(), "新密码": NEW, "再输入一次新密码": NEW})
    steps.press(colleague, "开通账号")
    steps.expect_told(colleague, "您的用户名是 wangli")
    steps.sign_in_as(colleague, "wangli", NEW)
    own_account(colleague)
    steps.follow(colleague, "修改")
    look(colleague, "account/password")


def hand_over_a_code(manager: Page) -> str:
    """Make a code for a forgotten password; return it."""
    manager.reload()
    steps.follow(manager, "王丽")
    steps.follow(manager, "给重设码")
    look(manager, "account/reset")
    steps.press(manager, "生成重设码")
    look(manager, "account/reset-code")
    return manager.locator(".anju-code").inner_text()


def use_code(colleague: Page, code: str) -> None:
    """Choose a new password by the code, and sign in with it."""
    other = f"{NEW}零一"
    colleague.goto("/account/reset")
    look(colleague, "account/use-reset")
    typed = {"用户名": "wangli", "重设码": code, "新密码": other, "再输入一次新密码": other}
    steps.fill(colleague, typed)
    steps.press(colleague, "设置新密码")
    steps.expect_told(colleague, "密码已重新设置")
    steps.sign_in_as(colleague, "wangli", other)


def remove(manager: Page) -> None:
    """Remove the salesperson; a colleague takes over."""
    steps.go(manager, "人员")
    steps.follow(manager, "王丽")
    steps.follow(manager, "移出这个人")
    look(manager, "account/remove")
    manager.get_by_label("罗文静").check()
    manager.get_by_label("我确认这个人不再需要这个账号").check()
    steps.press(manager, "移出")
    steps.expect_told(manager, "王丽已移出")


def test_the_devices_are_listed_and_ended(visitor: Visitors):
    here, elsewhere = visitor(), visitor()
    for page in (here, elsewhere):
        steps.sign_in(page, Role.HOUSEHOLD)
    own_account(here)
    steps.follow(here, "查看")
    look(here, "account/devices")
    steps.press(here, "其他设备全部退出")
    steps.expect_told(here, "其他设备上的登录都已退出")
    elsewhere.goto("/account/")
    expect(elsewhere).to_have_url(re.compile("/account/sign-in"))
