"""The price monitor from the order of a run to the company's answer, on a phone and on a desk."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from app.core.actor import Actor, Role
from app.identity.models import User
from tests.e2e.browser import Live, Visitors, look
from tests.e2e.steps import expect_told, fill, follow, go, press, sign_in_as
from tests.factories.identity import PASSWORD, make_actor
from tests.factories.watched import Watched, make_watched

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
Begin = Callable[[], AbstractContextManager[Session]]


@pytest.fixture
def watched(transaction: Begin) -> Watched:
    with transaction() as session:
        return make_watched(session)


def enter(page: Page, transaction: Begin, actor: Actor) -> None:
    with transaction() as session:
        username = session.get_one(User, actor.user_id).username
    sign_in_as(page, username, PASSWORD)


def download(page: Page, link: str) -> bytes:
    with page.expect_download() as waiting:
        follow(page, link)
    return waiting.value.path().read_bytes()


def test_from_a_run_to_the_company_s_answer(
    live: Live, visitor: Visitors, watched: Watched, transaction: Begin
) -> None:
    with transaction() as session:
        who = make_actor(session, role=Role.REGULATOR, district=watched.district)
    regulator, company = visitor(), visitor()
    enter(regulator, transaction, who)
    run_the_monitor(regulator, live)
    address = read_the_dear_development(regulator)
    ask_the_company(regulator)
    enter(company, transaction, watched.developers[0])
    answer(company, address.replace("/regulator/", "/developer/"))
    regulator.goto(address)
    expect(regulator.get_by_role("main")).to_contain_text("这几套房是精装修，合同附后。")
    expect(regulator.get_by_role("main")).to_contain_text("合同.pdf")
    look(regulator, "monitor/answered")


def run_the_monitor(page: Page, live: Live) -> None:
    follow(page, "看核对记录，或现在核对")
    press(page, "现在核对")
    expect_told(page, "已开始核对")
    look(page, "monitor/ordered")
    live.run_jobs()
    page.reload()
    expect(page.get_by_role("main")).to_contain_text("已完成")
    look(page, "monitor/runs")
    page.locator("main .anju-card a").first.click()
    look(page, "monitor/run")


def read_the_dear_development(page: Page) -> str:
    """Find its signal in the list, take the list along, read why, and return the signal's address."""
    go(page, "价格异常线索")
    look(page, "monitor/signals")
    page.goto("/regulator/signals/?kind=development_above_area&state=signal")
    assert download(page, "下载这份列表（Excel）").startswith(b"PK")
    assert "可比现金价" in download(page, "下载这份列表（CSV）").decode()
    page.locator("main .anju-card a").first.click()
    expect(page.get_by_role("main")).to_contain_text("不算房企自己的现金成交")
    look(page, "monitor/explained")
    address = page.url
    follow(page, "这个楼盘的价格走势")
    look(page, "monitor/chart")
    page.goto(address)
    return address


def ask_the_company(page: Page) -> None:
    press(page, "由我处理")
    follow(page, "请房企答复")
    fill(page, {"请房企说明什么": "请说明房票价为什么高于同一楼盘的现金成交价。"})
    look(page, "monitor/ask")
    press(page, "发给房企")
    expect_told(page, "已发给房企")


def answer(page: Page, address: str) -> None:
    page.goto("/developer/signals/")
    expect(page.get_by_role("link", name=re.compile("高于可比现金价"))).to_have_count(2)
    look(page, "monitor/company-signals")
    page.goto(address)
    look(page, "monitor/company-explained")
    follow(page, "答复监管部门")
    fill(page, {"答复": "这几套房是精装修，合同附后。"})
    page.get_by_label("附件一").set_input_files(
        {"name": "合同.pdf", "mimeType": "application/pdf", "buffer": PDF}
    )
    press(page, "提交答复")
    expect_told(page, "答复已提交")


def test_a_home_s_page_shows_what_cash_buyers_paid(visitor: Visitors, watched: Watched) -> None:
    page = visitor()
    page.goto(f"/homes/{watched.listed[watched.developments[1].id][0].ref}")
    expect(page.get_by_role("main")).to_contain_text("同类房的现金成交")
    look(page, "monitor/home")


def test_a_run_is_watched_and_cancelled_without_script(
    live: Live, visitor: Visitors, watched: Watched, transaction: Begin
) -> None:
    with transaction() as session:
        who = make_actor(session, role=Role.REGULATOR, district=watched.district)
    page = visitor(javascript=False)
    enter(page, transaction, who)
    page.goto("/regulator/monitor/")
    press(page, "现在核对")
    expect(page.get_by_role("progressbar")).to_be_visible()
    follow(page, "现在更新")
    follow(page, "取消这次核对")
    press(page, "确认取消核对")
    expect(page.get_by_role("main")).to_contain_text("这次核对取消了，线索没有改动。")
    live.run_jobs()
    page.goto("/regulator/monitor/")
    expect(page.get_by_role("main")).to_contain_text("已取消")
