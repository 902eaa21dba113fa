"""A home sold offline, from the phone at the sales desk to the officer's decision, without any script."""

import re

import pytest
from playwright.sync_api import expect

from app.core.actor import Role
from tests.e2e.browser import Live, Visitors, look
from tests.e2e.steps import expect_told, fill, follow, press, sign_in


@pytest.fixture
def live(demo: Live) -> Live:
    """The demo district."""
    return demo


def test_a_home_is_found_by_room_number_sold_and_given_back(live: Live, visitor: Visitors) -> None:
    page = visitor()
    sign_in(page, Role.DEVELOPER)
    page.goto("/developer/sales/")
    look(page, "sales/developer-sales")
    follow(page, "登记线下售出")
    fill(page, {"楼栋和室号": "1号楼 2"})
    press(page, "查找")
    look(page, "sales/find-sold")
    page.get_by_role("main").get_by_role("listitem").filter(
        has_not_text=re.compile("已售出|购房中")
    ).get_by_role("link").first.click()
    look(page, "sales/sell-home")
    press(page, "确认已线下售出")
    look(page, "sales/sell-home-refused")
    fill(page, {"网签合同编号": "菱现 20160099"})
    press(page, "确认已线下售出")
    expect_told(page, "已登记售出")
    look(page, "sales/developer-sale")
    follow(page, "打开这套房")
    look(page, "sales/developer-home-sold")
    follow(page, "查看线下合同")
    follow(page, "撤回这份登记")
    fill(page, {"撤回的原因": "点错了房号"})
    look(page, "sales/undo-sale")
    press(page, "确认撤回")
    expect_told(page, "已撤回")


def test_an_officer_decides_a_conflict_without_script(live: Live, visitor: Visitors) -> None:
    developer, officer = visitor(javascript=False), visitor(javascript=False)
    sign_in(developer, Role.DEVELOPER)
    developer.goto("/developer/sales/?state=conflict")
    developer.get_by_role("main").get_by_role("link", name=re.compile("室$")).first.click()
    expect(developer.get_by_role("main")).to_contain_text("冲突怎么处理")
    sign_in(officer, Role.OFFICER)
    officer.goto("/authority/conflicts/")
    officer.get_by_role("main").get_by_role("link", name=re.compile("室$")).first.click()
    follow(officer, "作出决定")
    officer.get_by_label("锁定有效，不采纳线下合同").check()
    fill(officer, {"理由和依据": "合同签在锁定之后。"})
    officer.get_by_label(re.compile("我已在网签系统里核对过")).check()
    press(officer, "确认决定")
    expect_told(officer, "锁定有效")
    developer.reload()
    expect(developer.get_by_role("main")).to_contain_text("不予采纳")


def test_the_pages_of_a_conflict_and_of_the_registrys_files(live: Live, visitor: Visitors) -> None:
    page = visitor()
    sign_in(page, Role.OFFICER)
    page.goto("/authority/conflicts/")
    look(page, "sales/conflicts")
    page.get_by_role("main").get_by_role("link", name=re.compile("室$")).first.click()
    look(page, "sales/conflict")
    follow(page, "作出决定")
    look(page, "sales/decide-conflict")
    page = visitor()
    sign_in(page, Role.REGULATOR)
    page.goto("/regulator/sales/")
    look(page, "sales/regulator-sales")
    page.get_by_role("main").get_by_role("link", name=re.compile("室$")).first.click()
    look(page, "sales/regulator-sale")
    page.goto("/regulator/sales-files/")
    look(page, "sales/files")
    page.get_by_role("main").get_by_role("link", name=re.compile("第2批")).click()
    look(page, "sales/file-waits")
    press(page, "确认采用")
    expect_told(page, "文件已采用")
    page.goto("/regulator/sales-files/")
    follow(page, "导入网签合同")
    page.get_by_label("网签合同表格").set_input_files(
        {"name": "坏文件.xlsx", "mimeType": "text/csv", "buffer": b"%PDF-1.7"}
    )
    press(page, "上传")
    expect(page).to_have_title(re.compile("^错误："))
    look(page, "sales/file-refused")


def test_a_manager_makes_a_token_and_revokes_it(live: Live, visitor: Visitors) -> None:
    page = visitor()
    sign_in(page, Role.DEVELOPER)
    page.goto("/account/tokens")
    look(page, "sales/tokens")
    follow(page, "建一个令牌")
    press(page, "建立令牌")
    look(page, "sales/new-token-refused")
    fill(page, {"用在哪里": "明源销售系统"})
    page.get_by_label("读取本公司房源").check()
    press(page, "建立令牌")
    look(page, "sales/token-made")
    follow(page, "我已经保存好，返回")
    follow(page, "停用")
    look(page, "sales/revoke-token")
    press(page, "确认停用")
    expect_told(page, "令牌已停用")
