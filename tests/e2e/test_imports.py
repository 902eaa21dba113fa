"""A salesperson brings a real sales table: two-row head, a sheet a building, a slip, and sees it through."""

import re
from pathlib import Path

import pytest
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet
from playwright.sync_api import Page, expect

from app.core.actor import Role
from app.identity.models import User
from tests.e2e.browser import Live, Visitors, look
from tests.e2e.steps import fact, follow, press, sign_in_as
from tests.factories.homes import make_building, make_developer, make_development, make_home
from tests.factories.identity import PASSWORD, make_actor, make_district
from tests.factories.redemptions import make_home as make_home_to_sell
from tests.factories.redemptions import make_shop
from tests.web.town import saved


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Two buildings on two sheets; one area is in words, one price in 万 among yuan."""
    book = Workbook()
    for position, name in enumerate(("3号楼", "5号楼")):
        sheet = book.worksheets[0] if position == 0 else book.create_sheet()
        assert isinstance(sheet, Worksheet)
        sheet.title = name
        for row in (
            ["滨江花园价目表"],
            ["单元", "室号", "户型", "建筑面积", "备案价", None, "现金总价(元)", "房票总价(元)"],
            [None, None, None, "(㎡)", "单价(元/㎡)", "总价(元)"],
            ["1", 1101, "三室两厅", 89.5, 6703.91, 600000, "57万", 550000],
            [None, 1102, "三室两厅", "八十九", 6703.91, 600000, 570000, 550000],
            ["小计", None, None, 179],
            ["备注：以上价格有效期至年底"],
        ):
            sheet.append(row)
        sheet.merge_cells("A1:H1")
        sheet.merge_cells("E2:F2")
    path = tmp_path / "滨江花园销控表.xlsx"
    book.save(path)
    return path


def arrive(live: Live, page: Page) -> None:
    with saved(live.app) as session:
        actor = make_developer(session, admitted_to=make_district(session))
        development = make_development(
            session, developer=actor, district=make_district(session), name="滨江花园"
        )
        building = make_building(session, developer=actor, development=development, name="3幢")
        make_home(session, developer=actor, building=building, room="305")
        username, ref = session.get_one(User, actor.user_id).username, development.ref
    sign_in_as(page, username, PASSWORD)
    page.goto(f"/developer/developments/{ref}")
    follow(page, "导入销控表")


def test_a_real_table_is_seen_through(live: Live, page: Page, table: Path) -> None:
    arrive(live, page)
    look(page, "imports/1-file")
    page.get_by_label("销控表文件").set_input_files(table)
    press(page, "上传")
    expect(page.get_by_text("正在打开文件")).to_be_visible()
    look(page, "imports/2-at-work")
    live.run_jobs()
    # The page asks by itself every two seconds and goes on where the work has gone.
    expect(page.get_by_role("heading", name="确认各列是什么")).to_be_visible()
    look(page, "imports/3-columns")
    page.get_by_label("备案编号", exact=True).last.fill("备2016-0012")
    press(page, "开始核对")
    live.run_jobs()
    expect(page.get_by_role("heading", name="导入前请核对")).to_be_visible()
    expect(fact(page, "新增")).to_contain_text("2 套")
    expect(fact(page, "有问题")).to_contain_text("2 行")
    look(page, "imports/4-preview")
    page.get_by_role("link", name=re.compile("查看.*有问题的行")).click()
    expect(page.get_by_text("“3号楼”第 5 行")).to_be_visible()
    look(page, "imports/5-bad-rows")
    page.go_back()
    page.get_by_role("link", name=re.compile("查看.*新增的房源")).click()
    look(page, "imports/6-new-homes")
    page.go_back()
    page.get_by_label("调价原因").fill("首次导入")
    press(page, "导入")
    look(page, "imports/7-refused")
    page.get_by_label("先不导入有问题的行，只导入其他行").check()
    press(page, "导入")
    live.run_jobs()
    expect(fact(page, "新增房源")).to_contain_text("2 套")
    look(page, "imports/8-applied")
    follow(page, "查看销控表")
    expect(page.get_by_text("5号楼").first).to_be_visible()


def test_without_a_script_the_page_is_asked_again_by_hand(live: Live, visitor: Visitors, table: Path) -> None:
    page = visitor(javascript=False)
    arrive(live, page)
    page.get_by_label("销控表文件").set_input_files(table)
    press(page, "上传")
    live.run_jobs()
    follow(page, "现在更新")
    expect(page.get_by_role("heading", name="确认各列是什么")).to_be_visible()


def test_a_bureau_sees_what_comes_of_its_contracts(live: Live, page: Page, tmp_path: Path) -> None:
    with saved(live.app) as session:
        shop = make_shop(session)
        home = make_home_to_sell(session, shop)
        bureau = make_actor(session, role=Role.REGULATOR, district=shop.desk.district)
        username = session.get_one(User, bureau.user_id).username
        place = [home.development.name, home.building.name, home.unit]
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(["合同编号", "楼盘", "楼栋", "单元", "室号", "签约日期", "总价(万元)", "付款方式"])
    for number, room, paid in (
        ("网签-1", home.room, "按揭"),
        ("网签-2", "9999", ""),
        ("网签-3", "1", "实物"),
    ):
        sheet.append([number, *place, room, "2016-05-20", 45, paid])
    book.save(tmp_path / "网签合同.xlsx")
    sign_in_as(page, username, PASSWORD)
    page.goto("/regulator/sales/")
    follow(page, "导入网签合同")
    page.get_by_label("网签合同表格").set_input_files(tmp_path / "网签合同.xlsx")
    press(page, "上传")
    live.run_jobs()
    expect(page.get_by_role("heading", name="确认各列是什么")).to_be_visible()
    look(page, "imports/contracts-1-columns")
    press(page, "开始核对")
    live.run_jobs()
    expect(fact(page, "售出，退出房源库")).to_contain_text("1 份")
    expect(fact(page, "有问题")).to_contain_text("1 行")
    look(page, "imports/contracts-2-preview")
    page.get_by_role("link", name=re.compile("查看.*没有对应的房源")).click()
    look(page, "imports/contracts-3-unmatched")
    page.go_back()
    page.get_by_label("先不导入有问题的行，只导入其他行").check()
    press(page, "导入")
    live.run_jobs()
    expect(fact(page, "采用合同")).to_contain_text("2 份")
    look(page, "imports/contracts-4-applied")
    follow(page, "查看现金成交")
    expect(page.get_by_text("网签-1")).to_be_visible()
