"""Printing vouchers and clear sheets, the register, and the page that anybody checks a paper on."""

import io
from collections.abc import Callable
from datetime import date

import pypdfium2
import pytest
from flask import Flask
from openpyxl import load_workbook

from app.core.actor import Actor
from app.vouchers import paper_queries
from app.vouchers.models import Voucher
from tests.factories.vouchers import make_desk
from tests.web.linting import LintingClient
from tests.web.sending import form_of, send, text_of, token_of
from tests.web.town import Town, make_town, saved

Enter = Callable[[Actor], LintingClient]


@pytest.fixture
def town(committed_app: Flask) -> Town:
    return make_town(committed_app)


@pytest.fixture
def officer(enter: Enter, town: Town) -> LintingClient:
    return enter(town.shop.desk.officer)


@pytest.fixture
def voucher(town: Town, committed_app: Flask) -> Voucher:
    with saved(committed_app) as session:
        found = session.get_one(Voucher, town.buyer.vouchers[0].id)
        assert found.household.project.name
        return found


def mark_of(app: Flask, voucher: Voucher) -> str:
    with saved(app) as session:
        return paper_queries.list_of_voucher(session, voucher=voucher)[0].mark


def test_a_voucher_is_printed_spoiled_and_printed_again(
    officer: LintingClient, voucher: Voucher, committed_app: Flask
) -> None:
    address = f"/authority/vouchers/{voucher.ref}/paper"
    assert send(officer, address, {"serial": "纸"}).status_code == 422
    assert send(officer, address, {"serial": "A0001"}).status_code == 303
    page = officer.get(address).get_data(as_text=True)
    link = next(part.split('"')[0] for part in page.split('href="') if ".pdf" in part.split('"')[0])
    answer = officer.get(link.replace("&amp;", "&"))
    assert answer.mimetype == "application/pdf"
    assert len(pypdfium2.PdfDocument(answer.data)) == 1
    old = mark_of(committed_app, voucher)
    spoil = "/authority/sheets/A0001/spoil"
    assert send(officer, spoil, {"serial": "A0002"}).status_code == 422
    assert send(officer, spoil, {"reason": "lost", "serial": "A0001"}).status_code == 422
    assert send(officer, spoil, {"reason": "lost", "serial": "A0002"}).status_code == 303
    assert "遗失" in text_of(officer.get(address))
    void = text_of(officer.get(f"/check/{old}"))
    assert "作废，已换新纸" in void
    assert "作废时间 2016年6月1日" in void


def test_a_project_is_printed_from_its_page(officer: LintingClient, voucher: Voucher) -> None:
    address = f"/authority/projects/{voucher.household.project.name}/paper"
    done = send(officer, address, {"serial": "B0001", "count": "50"})
    assert done.status_code == 303
    page = text_of(officer.get(address))
    assert "还没有打印 0 张" in page
    assert "纸张 B0001 到" in page


def test_the_register_is_listed_filtered_and_given_out(officer: LintingClient, voucher: Voucher) -> None:
    send(officer, f"/authority/vouchers/{voucher.ref}/paper", {"serial": "A0001"})
    assert "共 2 条" in text_of(officer.get("/authority/register"))
    assert "共 1 条" in text_of(officer.get("/authority/register?kind=live"))
    assert "没有这样的记录" in text_of(officer.get("/authority/register?kind=spoiled"))
    found = text_of(officer.get("/authority/register?words=a0001"))
    assert voucher.ref in found
    rows = officer.get("/authority/register.csv?kind=live").get_data(as_text=True).splitlines()
    assert len(rows) == 2
    assert "300000.00" in rows[1]
    book = load_workbook(io.BytesIO(officer.get("/authority/register.xlsx").data))
    sheet = book.active
    told = {head.value: cell for head, cell in zip(sheet[1], sheet[2], strict=True)}
    assert (told["房票编号"].value, told["票面金额(元)"].value) == (voucher.ref, 300000)
    assert told["用到"].value.date() == date(2017, 12, 1)
    paper = pypdfium2.PdfDocument(officer.get("/authority/register.pdf").data)
    printed = "".join(paper[0].get_textpage().get_text_range().split())
    for expected in ("A0001", voucher.ref, "300,000", "）打印于2016年6月1日", "第1页，共1页"):
        assert expected in printed, expected


def test_anybody_checks_a_paper_and_learns_nobodys_name(
    client: LintingClient, officer: LintingClient, voucher: Voucher, committed_app: Flask
) -> None:
    send(officer, f"/authority/vouchers/{voucher.ref}/paper", {"serial": "A0001"})
    mark = mark_of(committed_app, voucher)
    assert "请输入纸上二维码下面的查验码。" in text_of(client.get("/check/?mark="))
    typed = client.get("/check/", query_string={"mark": mark.lower()})
    assert typed.status_code == 303
    page = text_of(client.get(typed.location))
    assert "真的，可以使用" in page
    assert "票面金额 ¥300,000" in page
    assert "凭领取单领取账号" in page
    for secret in (voucher.household.holder_name, voucher.ref, voucher.household.ref):
        assert secret not in page
    unknown = client.get("/check/7K2M99QX4HT3BW8RD2XY")
    assert unknown.status_code == 404
    assert "查不到" in text_of(unknown)


def test_a_household_reads_and_prints_its_own_clear_sheet(
    enter: Enter, officer: LintingClient, town: Town, voucher: Voucher
) -> None:
    client = enter(town.buyer.actor)
    address = "/household/clear-sheet"
    page = client.get(address)
    assert "没有用完的钱怎么付？" in text_of(page)
    _, sent = form_of(page)
    assert client.post(address, data=sent).status_code == 303
    page = client.get(address).get_data(as_text=True)
    link = next(part.split('"')[0] for part in page.split('href="') if ".pdf" in part.split('"')[0])
    assert len(pypdfium2.PdfDocument(client.get(link).data)) == 1
    ref = voucher.household.ref
    shown = officer.get(f"/authority/households/{ref}/clear-sheet")
    assert "第 1 版" in text_of(shown)
    again = officer.post(f"/authority/households/{ref}/clear-sheet", data={"csrf_token": token_of(shown)})
    assert again.status_code == 303
    assert "第 2 版" not in text_of(officer.get(f"/authority/households/{ref}/clear-sheet"))


def test_clear_sheets_of_a_project(officer: LintingClient, voucher: Voucher) -> None:
    address = f"/authority/projects/{voucher.household.project.name}/clear-sheets"
    assert send(officer, address, {"count": "201"}).status_code == 422
    assert send(officer, address, {"count": "200"}).status_code == 303
    assert "已有明白纸 1 户" in text_of(officer.get(address))
    late = send(officer, address, {"count": "200"})
    assert "没有要打印的" in text_of(late)


def test_another_districts_officer_finds_none_of_it(
    enter: Enter, officer: LintingClient, voucher: Voucher, committed_app: Flask
) -> None:
    send(officer, f"/authority/vouchers/{voucher.ref}/paper", {"serial": "A0001"})
    with saved(committed_app) as session:
        elsewhere = make_desk(session)
    stranger = enter(elsewhere.officer)
    for address in (
        f"/authority/vouchers/{voucher.ref}/paper",
        "/authority/sheets/A0001/spoil",
        f"/authority/projects/{voucher.household.project.name}/paper",
        f"/authority/projects/{voucher.household.project.name}/clear-sheets",
        f"/authority/households/{voucher.household.ref}/clear-sheet",
    ):
        assert stranger.get(address).status_code == 404, address
