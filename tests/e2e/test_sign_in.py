"""Signing in on the real app, with and without JavaScript."""

from playwright.sync_api import Page, expect

from tests.e2e.browser import Visitors, look


def test_sign_in_page_is_accessible(page: Page):
    page.goto("/account/sign-in")
    expect(page.get_by_role("heading", level=1)).to_have_text("登录")
    look(page, "account/sign-in")


def test_wrong_credentials_are_told_without_javascript(visitor: Visitors):
    page = visitor(javascript=False)
    page.goto("/account/sign-in")
    page.get_by_label("用户名").fill("nobody")
    page.get_by_label("密码", exact=True).fill("wrong")
    page.get_by_role("button", name="登录").click()
    expect(page).to_have_title("错误：登录 - 安居房票服务")
    expect(page.get_by_label("用户名")).to_have_value("nobody")
    expect(page.get_by_label("密码", exact=True)).to_have_value("")
