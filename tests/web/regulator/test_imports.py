"""A bureau's way with its own tables, page by page."""

import io
from dataclasses import dataclass

import pytest
from openpyxl import load_workbook

from app.core.actor import Actor, Role
from app.homes import service
from app.homes.filings import filed_of
from app.homes.models import Development, Home
from app.identity.models import District
from tests.factories.homes import make_building, make_developer, make_development, make_home
from tests.factories.identity import make_actor, make_district
from tests.unit.imports.books import csv_text, table
from tests.web.developer.conftest import Begin, Enter
from tests.web.importing import order, planned, selects, sent, upload
from tests.web.linting import LintingClient
from tests.web.sending import text_of

FILINGS = "/regulator/filings/import"
SALES = "/regulator/sales/import"
HEAD = ["楼栋", "单元", "室号", "备案总价(元)"]


@dataclass(frozen=True)
class Scene:
    """A development with two homes, the first listed, and the bureau at work."""

    district: District
    bureau: Actor
    browser: LintingClient
    place: Development
    homes: list[Home]


@pytest.fixture
def scene(transaction: Begin, enter: Enter) -> Scene:
    with transaction() as session:
        district = make_district(session)
        developer = make_developer(session, admitted_to=district)
        place = make_development(session, developer=developer, district=district, name="滨江花园")
        building = make_building(session, developer=developer, development=place, name="3幢")
        homes = [
            make_home(session, developer=developer, building=building, storey=5, room=room)
            for room in ("501", "502")
        ]
        service.publish(session, actor=developer, home_id=homes[0].id)
        regulator = make_actor(session, role=Role.REGULATOR, district=district)
    return Scene(district, regulator, enter(regulator), place, homes)


def content(scene: Scene, *prices: int) -> bytes:
    rows = [["3号楼", home.unit, home.room, price] for home, price in zip(scene.homes, prices, strict=False)]
    return table(["滨江花园一房一价备案表"], HEAD, *rows, name="备案")


def test_from_a_table_to_filed_prices(scene: Scene, transaction: Begin) -> None:
    browser = scene.browser
    assert "导入备案价表格" in text_of(browser.get("/regulator/filings/"))
    address = sent(browser, FILINGS, content(scene, 540_000, 610_000), "备案表.xlsx")
    page = browser.get(f"{address}/columns")
    # The title names the development; number and day have no column, so they are asked for.
    assert selects(page)["development"] == scene.place.ref
    answer = planned(browser, address)
    assert answer.status_code == 422
    assert "请填写" in text_of(answer)
    given = {"filing_number": "备2016-88", "filed_on": "2016-05-20"}
    assert planned(browser, address, **given).status_code == 303
    preview = text_of(browser.get(address))
    for words in ("改动 2 套", "会退出房源库 1 套", "现金价高于新的备案价 1 套", "登记以后立即生效"):
        assert words in preview
    rows = text_of(browser.get(f"{address}/rows?show=leaving"))
    for words in (
        "滨江花园 3幢2单元501室",
        "备案价：¥600,000 → ¥540,000",
        "备案编号：备2016-0012 → 备2016-88",
    ):
        assert words in rows
    assert order(browser, address).status_code == 303
    assert "登记备案价 2 套" in text_of(browser.get(address))
    with transaction() as session:
        filed = filed_of(session, [home.id for home in scene.homes])
        assert [one.bureau.amount_fen for one in filed.values() if one.bureau] == [54_000_000, 61_000_000]
    # A second order comes too late, and changes nothing.
    assert browser.post(f"{address}/apply", data=selects(browser.get(FILINGS))).status_code == 303
    # The next file under the same head keeps what was chosen.
    again = sent(browser, FILINGS, content(scene, 530_000), "备案表二.xlsx")
    assert "下面是您上次对同样的表头的选择" in text_of(browser.get(f"{again}/columns"))


def test_the_template_and_the_file_of_prices_come_back(scene: Scene, transaction: Begin) -> None:
    book = load_workbook(io.BytesIO(scene.browser.get("/regulator/filings/template.xlsx").get_data()))
    assert [cell.value for cell in book.worksheets[0][1]][:3] == ["楼盘", "楼栋", "单元"]
    for address in (
        "/regulator/filings/filed-prices.csv",
        f"/regulator/filings/{scene.place.ref}/filed-prices.xlsx",
    ):
        file = scene.browser.get(address).get_data()
        run = sent(scene.browser, FILINGS, file, address.rpartition("/")[2])
        assert planned(scene.browser, run).status_code == 303
        preview = text_of(scene.browser.get(run))
        assert "没有变化 2 套" in preview
        assert "完全一样" in preview


def test_a_bad_row_comes_back_marked(scene: Scene) -> None:
    file = table(
        [*HEAD, "备案编号", "备案日期", "楼盘"],
        ["3幢", "2", "501", "六十万", "备1", "2016-05-20", "滨江花园"],
    )
    run = sent(scene.browser, FILINGS, file, "a.xlsx")
    planned(scene.browser, run)
    assert "D列“六十万”" in text_of(scene.browser.get(f"{run}/rows"))
    book = load_workbook(io.BytesIO(scene.browser.get(f"{run}/marked.xlsx").get_data()))
    assert "数字" in str(book.worksheets[0]["D2"].comment.text)


@pytest.mark.parametrize(
    ("bytes_sent", "name", "words"),
    [
        (b"", "a.xlsx", "这个文件是空的"),
        (b"%PDF-1.7", "a.pdf", "这不是表格文件"),
        (b"<html><table>", "a.xls", "其实是网页"),
    ],
)
def test_a_hostile_file_is_refused_at_once(scene: Scene, bytes_sent: bytes, name: str, words: str) -> None:
    answer = upload(scene.browser, FILINGS, bytes_sent, name)
    assert answer.status_code == 422
    assert words in text_of(answer)


def test_the_title_of_a_file_runs_nothing(scene: Scene) -> None:
    file = csv_text(HEAD, ["<script>alert(1)</script>", "1", "501", "x"]).encode()
    run = sent(scene.browser, FILINGS, file, "<script>.csv")
    given = {"development": scene.place.ref, "filing_number": "b", "filed_on": "2016-05-20"}
    planned(scene.browser, run, **given)
    assert "<script>alert" not in scene.browser.get(f"{run}/rows").get_data(as_text=True)


def test_a_run_is_nobody_elses(scene: Scene, transaction: Begin, enter: Enter) -> None:
    run = sent(scene.browser, FILINGS, content(scene, 540_000), "a.xlsx")
    with transaction() as session:
        elsewhere = make_actor(session, role=Role.REGULATOR, district=make_district(session))
        auditor = make_actor(session, role=Role.AUDITOR, district=scene.district)
        developer = make_developer(session, admitted_to=scene.district)
    stranger = enter(elsewhere)
    for path in ("", "/columns", "/rows", "/marked.xlsx"):
        assert stranger.get(f"{run}{path}").status_code == 404
    assert stranger.get(f"/regulator/filings/{scene.place.ref}/filed-prices.csv").status_code == 404
    assert "滨江花园" not in stranger.get("/regulator/filings/filed-prices.csv").get_data(as_text=True)
    for other in (enter(auditor), enter(developer)):
        assert other.get(FILINGS).status_code == 403
        assert other.get(run).status_code == 403
    ref = run.rpartition("/")[2]
    assert enter(developer).get(f"/developer/imports/{ref}").status_code == 404


def test_from_a_table_to_sold_homes(scene: Scene, transaction: Begin) -> None:
    browser = scene.browser
    assert "导入网签合同" in text_of(browser.get("/regulator/sales/"))
    home = scene.homes[0]
    rows = [
        [number, "3幢", home.unit, room, "2016-05-20", 45] for number, room in (("A-1", "501"), ("A-2", "9"))
    ]
    heads = ["合同编号", "楼栋", "单元", "室号", "签订日期", "总价(万元)"]
    address = sent(browser, SALES, table(heads, *rows), "滨江花园网签.xlsx")
    # The name of the file says which development it is.
    assert selects(browser.get(f"{address}/columns"))["development"] == scene.place.ref
    assert planned(browser, address).status_code == 303
    preview = text_of(browser.get(address))
    for words in ("售出，退出房源库 1 份", "没有对应的房源 1 份", "卖出的房马上退出房源库"):
        assert words in preview
    row = text_of(browser.get(f"{address}/rows?show=sold"))
    for words in (
        "合同：售出，退出房源库",
        "滨江花园 3幢2单元501室",
        "合同 A-1，2016年5月20日（星期五），¥450,000",
    ):
        assert words in row
    assert "A-2" not in row
    assert order(browser, address).status_code == 303
    assert "采用合同 2 份" in text_of(browser.get(address))
    with transaction() as session:
        assert session.get_one(Home, home.id).status == "sold"
    assert "滨江花园网签.xlsx" in text_of(browser.get("/regulator/sales-files/"))
    assert "A-1,滨江花园,3幢" in browser.get("/regulator/sales/contracts.csv").get_data(as_text=True)
    book = load_workbook(io.BytesIO(browser.get("/regulator/sales/template.xlsx").get_data()))
    assert [cell.value for cell in book.worksheets[0][1]][-4:] == ["团购", "员工购房", "已注销", "房票付款"]


def test_contracts_are_the_regulators_alone(scene: Scene, transaction: Begin, enter: Enter) -> None:
    with transaction() as session:
        auditor = make_actor(session, role=Role.AUDITOR, district=scene.district)
        officer = make_actor(session, role=Role.OFFICER, district=scene.district)
    assert enter(auditor).get("/regulator/sales/contracts.csv").status_code == 200
    for other in (enter(auditor), enter(officer)):
        assert other.get(SALES).status_code == 403
        assert other.post(SALES).status_code == 403


def test_the_form_of_one_price_shows_the_developers_own(scene: Scene) -> None:
    page = text_of(scene.browser.get(f"/regulator/filings/{scene.place.ref}/register"))
    assert "开发商申报 ¥600,000" in page
