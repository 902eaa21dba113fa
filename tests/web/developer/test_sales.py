"""A developer marks a home sold offline from the phone, takes it back, and meets a household's lock."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.actor import Actor, Duty, Role
from app.core.clock import FixedClock
from app.homes.models import Home
from app.identity.models import Organisation
from app.sales.models import CashSale
from tests.factories.identity import make_actor
from tests.factories.redemptions import make_home, make_redemption, make_shop
from tests.factories.sales import report_sale
from tests.web.linting import LintingClient
from tests.web.sending import form_of, send, text_of
from tests.web.town import Town, make_town, saved

Enter = Callable[[Actor], LintingClient]


@pytest.fixture
def town(committed_app: Flask) -> Town:
    return make_town(committed_app)


@pytest.fixture
def browser(town: Town, enter: Enter) -> LintingClient:
    return enter(town.shop.developer)


def the_sale(app: Flask) -> CashSale:
    with saved(app) as session:
        return session.scalars(select(CashSale)).one()


def home_status(app: Flask, home: Home) -> str:
    with saved(app) as session:
        return session.get_one(Home, home.id).status


def sell(browser: LintingClient, home: Home, **typed: str) -> str:
    """Report a contract by the form; return where that led."""
    sent = send(browser, f"/developer/homes/{home.ref}/sold", {"contract_number": "现-1", **typed})
    assert sent.status_code == 303, text_of(sent)
    return sent.location or ""


def test_from_the_search_to_sold_and_back(committed_app: Flask, town: Town, browser: LintingClient) -> None:
    place = town.home
    with saved(committed_app) as session:
        building = session.get_one(Home, place.id).building.name
    for words in (f"{building} {place.room}", f"{building}{place.room}", f"{building}2-{place.room}"):
        found = browser.get("/developer/sold", query_string={"q": words})
        assert f"/developer/homes/{place.ref}/sold" in found.get_data(as_text=True), words
    page = browser.get(f"/developer/homes/{place.ref}/sold")
    assert form_of(page)[1]["signed_on"] == "2016-06-01"
    where = sell(browser, place, price="46万", payment="mortgage")
    told = text_of(browser.get(where))
    assert "已登记售出" in told
    assert "¥460,000" in told
    assert "按揭贷款" in told
    assert "还剩 2 小时" in told
    assert home_status(committed_app, place) == "sold"
    undone = send(browser, f"{where}/undo", {"reason": "点错了房号"})
    assert undone.location == where
    assert "已撤回" in text_of(browser.get(where))
    assert home_status(committed_app, place) == "free"


def test_the_home_and_the_sales_table_lead_here(town: Town, browser: LintingClient) -> None:
    address = f"/developer/homes/{town.home.ref}/sold"
    home = browser.get(f"/developer/homes/{town.home.ref}").get_data(as_text=True)
    assert address in home
    development = re.findall(r"/developer/developments/(DV-[^/?\"]+)", home)[0]
    table = browser.get(f"/developer/developments/{development}").get_data(as_text=True)
    assert address in table
    sell(browser, town.home)
    after = browser.get(f"/developer/homes/{town.home.ref}")
    assert "查看线下合同 现-1" in text_of(after)
    assert address not in after.get_data(as_text=True)
    assert "现-1" in text_of(browser.get(address))


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"contract_number": ""}, "请输入网签合同编号"),
        ({"contract_number": "x" * 61}, "网签合同编号最多 60 个字"),
        ({"signed_on": "2016-06-02"}, "签订日期不能晚于今天"),
        ({"signed_on": "1997-01-01"}, "合同签订日期不能早于"),
        ({"signed_on": "昨天"}, "合同签订日期要写成年月日"),
        ({"price": "46万"}, "填了成交价，请同时选择付款方式"),
        ({"price": "-1", "payment": "full"}, "合同总价不能是负数"),
        ({"payment": "gold"}, "请从列出的选项中选择付款方式"),
    ],
)
def test_what_is_wrong_is_told_at_the_box_and_nothing_is_sold(
    committed_app: Flask, town: Town, browser: LintingClient, typed: dict[str, str], told: str
) -> None:
    sent = send(browser, f"/developer/homes/{town.home.ref}/sold", {"contract_number": "现-1", **typed})
    assert sent.status_code == 422
    assert told in text_of(sent)
    assert form_of(sent)[1]["contract_number"] == typed.get("contract_number", "现-1")
    assert home_status(committed_app, town.home) == "free"


def test_a_number_in_use_is_told(committed_app: Flask, town: Town, browser: LintingClient) -> None:
    with saved(committed_app) as session:
        report_sale(session, town.shop, make_home(session, town.shop), number="现-1")
    sent = send(browser, f"/developer/homes/{town.home.ref}/sold", {"contract_number": "现-1"})
    assert "这个合同编号已经登记过" in text_of(sent)


def test_a_locked_home_becomes_a_conflict_that_can_be_withdrawn(
    committed_app: Flask, town: Town, browser: LintingClient, enter: Enter
) -> None:
    with saved(committed_app) as session:
        redemption = make_redemption(session, town.buyer, town.home)
    assert "记为冲突" in text_of(browser.get(f"/developer/homes/{town.home.ref}/sold"))
    where = sell(browser, town.home)
    told = text_of(browser.get(where))
    assert "没有售出" in told
    assert "冲突怎么处理" in told
    assert "1 份线下合同有冲突" in text_of(browser.get("/developer/"))
    assert "有一份线下合同也主张买下这套房" in text_of(
        browser.get(f"/developer/redemptions/{redemption.ref}")
    )
    assert "核对完以前不能上架" in text_of(browser.get(f"/developer/homes/{town.home.ref}"))
    household = enter(town.buyer.actor)
    page = text_of(household.get(f"/household/redemptions/{redemption.ref}"))
    assert "这套房正在核对" in page
    assert "取消不扣一分钱" in page
    assert "这套房正在核对，请点开看" in text_of(household.get("/household/"))
    send(browser, f"{where}/undo", {"reason": "买方退房"})
    assert "份线下合同有冲突" not in text_of(browser.get("/developer/"))
    page = text_of(household.get(f"/household/redemptions/{redemption.ref}"))
    assert "现在已经撤回，您的购房照常办理" in page
    assert "这套房正在核对，请点开看" not in text_of(household.get("/household/"))


def test_undoing_too_late_is_told_before_and_after_the_button(
    committed_app: Flask, town: Town, browser: LintingClient, clock: FixedClock
) -> None:
    where = sell(browser, town.home)
    form = browser.get(f"{where}/undo")
    clock.advance(timedelta(hours=2))
    _, sent = form_of(form)
    late = browser.post(f"{where}/undo", data={**sent, "reason": "想改"})
    assert (late.status_code, "登记后 2 小时内" in text_of(late)) == (409, True)
    page = browser.get(where)
    assert "/undo" not in page.get_data(as_text=True)
    assert "现在已经过了" in text_of(page)


def test_another_companys_home_and_contract_are_not_there(
    committed_app: Flask, town: Town, browser: LintingClient, enter: Enter
) -> None:
    where = sell(browser, town.home)
    with saved(committed_app) as session:
        foreign = make_shop(session, desk=town.shop.desk).developer
    stranger = enter(foreign)
    for address in (f"/developer/homes/{town.home.ref}/sold", where, f"{where}/undo"):
        assert stranger.get(address).status_code == 404
    assert stranger.post(f"/developer/homes/{town.home.ref}/sold", data={}).status_code in {400, 404}
    found = stranger.get("/developer/sold", query_string={"q": town.home.room})
    assert town.home.ref not in found.get_data(as_text=True)
    assert "现-1" not in text_of(stranger.get("/developer/sales/"))


def test_finance_reads_and_marks_nothing(committed_app: Flask, town: Town, enter: Enter) -> None:
    with saved(committed_app) as session:
        company = session.get_one(Organisation, town.shop.developer.organisation)
        finance = make_actor(session, role=Role.DEVELOPER, organisation=company, duty=Duty.FINANCE)
    browser = enter(finance)
    assert browser.get("/developer/sales/").status_code == 200
    for address in ("/developer/sold", f"/developer/homes/{town.home.ref}/sold"):
        assert browser.get(address).status_code == 403


def test_the_list_filters_and_says_when_it_is_empty(
    committed_app: Flask, town: Town, browser: LintingClient
) -> None:
    assert "还没有线下成交的登记" in text_of(browser.get("/developer/sales/"))
    sell(browser, town.home)
    assert "共 1 份" in text_of(browser.get("/developer/sales/?words=现-1&state=standing"))
    assert "没有符合条件的合同" in text_of(browser.get("/developer/sales/?first=2016-06-02"))
    assert browser.get("/developer/sales/?first=昨天").status_code == 400
