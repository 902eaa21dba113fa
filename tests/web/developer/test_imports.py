"""A salesperson's way with a spreadsheet, page by page."""

import io
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app import jobs
from app.homes import service
from app.homes.models import Home, PriceVersion
from tests.factories.homes import make_developer, make_home
from tests.unit.imports.books import HEAD, HOME, csv_text, saved, table
from tests.web import importing
from tests.web.developer.conftest import Begin, Company, Enter
from tests.web.importing import planned, selects
from tests.web.linting import LintingClient
from tests.web.sending import text_of, token_of


def upload(
    browser: LintingClient, company: Company, content: bytes, name: str = "销控表.xlsx"
) -> TestResponse:
    address = f"/developer/developments/{company.development.ref}/import"
    return importing.upload(browser, address, content, name)


def sent(browser: LintingClient, company: Company, content: bytes, name: str = "销控表.xlsx") -> str:
    address = f"/developer/developments/{company.development.ref}/import"
    return importing.sent(browser, address, content, name)


def order(browser: LintingClient, address: str, **typed: Any) -> TestResponse:
    return importing.order(browser, address, **{"reason": "五月调价", **typed})


@pytest.fixture
def home(company: Company, transaction: Begin) -> Home:
    with transaction() as session:
        return make_home(session, developer=company.actor, building=company.building, room="305")


def test_from_a_file_to_homes_for_sale(browser: LintingClient, company: Company, transaction: Begin) -> None:
    assert "导入销控表" in text_of(browser.get(f"/developer/developments/{company.development.ref}"))
    answer = upload(browser, company, table(HEAD, HOME))
    assert "正在打开文件" in text_of(browser.get(answer.location))
    jobs.run_waiting(browser.application)
    page = browser.get(answer.location)
    assert page.location.endswith("/columns")
    assert "A列：楼栋" in text_of(browser.get(page.location))
    assert planned(browser, answer.location).status_code == 303
    preview = text_of(browser.get(answer.location))
    for words in ("新增 1 套", "改动 0 套", "全部成功才算数"):
        assert words in preview
    assert "3幢1单元1101室" in text_of(browser.get(f"{answer.location}/rows?show=new"))
    assert order(browser, answer.location).status_code == 303
    assert "新增房源 1 套" in text_of(browser.get(answer.location))
    with transaction() as session:
        assert session.scalar(select(func.count()).select_from(Home)) == 1


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"", "a.xlsx", "这个文件是空的"),
        (b"%PDF-1.7", "a.pdf", "这不是表格文件"),
        ("楼栋".encode(), "a.xlsx", "里面却是普通文字"),
        (b"<html><table>", "a.xls", "其实是网页"),
    ],
)
def test_a_file_that_is_none_is_refused_at_once(
    browser: LintingClient, company: Company, content: bytes, name: str, words: str
) -> None:
    answer = upload(browser, company, content, name)
    assert answer.status_code == 422
    assert words in text_of(answer)


def test_a_damaged_file_is_given_up_in_words(browser: LintingClient, company: Company) -> None:
    address = sent(browser, company, table(HEAD, HOME)[:900])
    page = text_of(browser.get(address))
    assert "这个文件不完整或已损坏" in page
    assert "房源没有任何改动" in page


def test_a_changed_price_is_shown_from_old_to_new(
    browser: LintingClient, company: Company, home: Home, transaction: Begin
) -> None:
    with transaction() as session:
        service.publish(session, actor=company.actor, home_id=home.id)
    head = ["楼栋", "单元", "楼层", "室号", "现金价（万元）"]
    address = sent(browser, company, table(head, ["3幢", 2, 3, 305, 54]))
    planned(browser, address)
    preview = text_of(browser.get(address))
    assert "会退出房源库 1 套" in preview
    rows = text_of(browser.get(f"{address}/rows?show=leaving"))
    assert "现金价：¥570,000 → ¥540,000" in rows
    assert "房票价会高于现金价，退出房源库" in rows
    refused = order(browser, address, reason=" ")
    assert refused.status_code == 422
    assert order(browser, address).status_code == 303
    with transaction() as session:
        versions = session.scalars(
            select(PriceVersion.amount_fen).where(PriceVersion.kind == "cash").order_by(PriceVersion.id)
        ).all()
        assert versions == [57_000_000, 54_000_000]


def test_bad_rows_are_told_marked_and_left_out_by_choice(
    browser: LintingClient, company: Company, transaction: Begin
) -> None:
    bad = [*HOME[:3], "1102", 3, "八十", 600000, "备2016-12", 570000, 550000]
    address = sent(browser, company, table(HEAD, HOME, bad))
    planned(browser, address)
    assert "有问题 1 行" in text_of(browser.get(address))
    told = text_of(browser.get(f"{address}/rows?show=bad"))
    assert "“销控表”第 3 行" in told
    assert "F列“八十”：要写成数字" in told
    marked = load_workbook(io.BytesIO(browser.get(f"{address}/marked.xlsx").get_data()))
    cell = marked["销控表"]["F3"]
    assert (cell.value, cell.fill.start_color.rgb) == ("八十", "FFF2B8B5")
    assert cell.comment
    assert "要写成数字" in cell.comment.text
    assert marked["销控表"]["F2"].comment is None
    refused = order(browser, address)
    assert refused.status_code == 422
    assert "有 1 行不能导入" in text_of(refused)
    assert order(browser, address, leave_out="yes").status_code == 303
    assert "1 行，是您选择先不导入的" in text_of(browser.get(address))
    with transaction() as session:
        assert session.scalar(select(func.count()).select_from(Home)) == 1


def test_a_text_file_comes_back_as_a_workbook_with_reasons(browser: LintingClient, company: Company) -> None:
    bad = [*HOME[:5], "八十", *HOME[6:]]
    address = sent(browser, company, csv_text(HEAD, bad).encode("gbk"), "销控表.csv")
    planned(browser, address)
    marked = load_workbook(io.BytesIO(browser.get(f"{address}/marked.xlsx").get_data()))
    sheet = marked.worksheets[0]
    assert [cell.value for cell in sheet[2]][1] == 2
    assert "F列“八十”：要写成数字" in str(sheet["C2"].value)
    assert sheet["D2"].value == "3幢"


def test_columns_are_corrected_and_remembered(browser: LintingClient, company: Company) -> None:
    content = table(["幢", "号", "面积", "总价"], ["3幢", 301, 90, 50])
    address = sent(browser, company, content)
    page = browser.get(f"{address}/columns")
    assert "认得出表头" not in text_of(page)
    names = [name for name in selects(page) if name.startswith("head_")]
    first = browser.post(f"{address}/columns", data={**selects(page), names[0]: "1", "sheets": "0"})
    assert first.status_code == 422
    assert "表头的行变了" in text_of(first)
    columns = sorted(name for name in selects(first) if name.startswith("column_"))
    assert len(columns) == 4
    typed = dict(zip(columns, ["building", "room", "area", "filed:wan"], strict=True))
    again = browser.post(
        f"{address}/columns", data={**selects(first), **typed, "sheets": "0", "filing_number": "备1"}
    )
    assert again.status_code == 303, text_of(again)
    jobs.run_waiting(browser.application)
    assert "有问题 1 行" in text_of(browser.get(address))  # nobody said how many rooms
    other = sent(browser, company, table(["幢", "号", "面积", "总价"], ["3幢", 302, 91, 51]))
    page = browser.get(f"{other}/columns")
    kept = {**selects(page), names[0]: "1", "sheets": "0"}
    assert "您上次对同样的表头的选择" in text_of(browser.post(f"{other}/columns", data=kept))


def test_a_head_that_is_not_there_is_refused_at_its_box(browser: LintingClient, company: Company) -> None:
    address = sent(browser, company, table(HEAD, HOME))
    page = browser.get(f"{address}/columns")
    answer = browser.post(f"{address}/columns", data={**selects(page), "head_0": "77"})
    assert answer.status_code == 422
    assert "这一行没有内容" in text_of(answer)
    assert 'id="head_0-error"' in answer.get_data(as_text=True)


def test_a_workbook_with_nothing_to_see_is_given_up(browser: LintingClient, company: Company) -> None:
    book = Workbook()
    book.create_sheet("底价").append(HEAD)
    book.worksheets[1].sheet_state = "hidden"
    assert "这个文件是空的" in text_of(browser.get(sent(browser, company, saved(book))))


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"room": ""}, "请指出哪一列是室号"),
        ({"area": "room"}, "同一项内容选了两列"),
    ],
)
def test_a_plan_that_cannot_work_is_refused_at_its_column(
    browser: LintingClient, company: Company, typed: dict[str, str], words: str
) -> None:
    address = sent(browser, company, table(HEAD, HOME))
    page = browser.get(f"{address}/columns")
    kept = selects(page)
    for old, new in typed.items():
        name = next(name for name, value in kept.items() if value == old)
        kept[name] = new
    answer = browser.post(f"{address}/columns", data=kept)
    assert answer.status_code == 422
    assert words in text_of(answer)


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_the_stock_goes_out_and_comes_back_without_a_change(
    browser: LintingClient, company: Company, home: Home, transaction: Begin, kind: str
) -> None:
    with transaction() as session:
        make_home(session, developer=company.actor, building=company.building, room="306", cash_fen=None)
    file = browser.get(f"/developer/developments/{company.development.ref}/stock.{kind}").get_data()
    address = sent(browser, company, file, f"stock.{kind}")
    planned(browser, address)
    page = text_of(browser.get(address))
    assert "没有变化 2 套" in page
    assert "表里的内容和现在的情况完全一样" in page


def test_the_template_is_read_by_ourselves(browser: LintingClient, company: Company) -> None:
    address = f"/developer/developments/{company.development.ref}/import/template.xlsx"
    run = sent(browser, company, browser.get(address).get_data())
    planned(browser, run)
    assert "新增 1 套" in text_of(browser.get(run))


def test_no_cell_of_the_stock_is_ever_computed(
    browser: LintingClient, company: Company, transaction: Begin
) -> None:
    with transaction() as session:
        number = '=HYPERLINK("http://x")'
        home = make_home(session, developer=company.actor, building=company.building)
        service.set_price(
            session,
            actor=company.actor,
            home_id=home.id,
            kind="filed",
            amount_fen=61_000_000,
            reason="x",
            filing_number=number,
        )
    stem = f"/developer/developments/{company.development.ref}/stock"
    assert "'=HYPERLINK" in browser.get(f"{stem}.csv").get_data(as_text=True)
    book = load_workbook(io.BytesIO(browser.get(f"{stem}.xlsx").get_data()))
    (cell,) = [cell for row in book.worksheets[0].iter_rows() for cell in row if "HYPER" in str(cell.value)]
    assert (cell.data_type, cell.value) == ("s", f"'{number}")


def test_a_dropped_file_changes_nothing(browser: LintingClient, company: Company, transaction: Begin) -> None:
    address = sent(browser, company, table(HEAD, HOME))
    planned(browser, address)
    token = token_of(browser.get(address))
    assert browser.post(f"{address}/discard", data={"csrf_token": token}).status_code == 303
    assert "已放弃" in text_of(browser.get(address))
    assert order(browser, address).location == address
    with transaction() as session:
        assert session.scalar(select(func.count()).select_from(Home)) == 0


def test_a_run_is_nobody_elses(
    browser: LintingClient, company: Company, transaction: Begin, enter: Enter
) -> None:
    address = sent(browser, company, table(HEAD, HOME))
    with transaction() as session:
        other = make_developer(session)
    stranger = enter(other)
    for path in ("", "/columns", "/rows", "/marked.xlsx"):
        assert stranger.get(f"{address}{path}").status_code == 404


def test_a_page_that_watched_the_work_is_sent_on(browser: LintingClient, company: Company) -> None:
    address = sent(browser, company, table(HEAD, HOME))
    watching = browser.get(address, headers={"HX-Request": "true"})
    assert watching.headers["HX-Redirect"] == address
