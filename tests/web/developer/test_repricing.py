"""Batch repricing on a developer's pages: look, confirm, take back."""

from urllib.parse import urlencode

import pytest

from app.homes import queries, service
from app.homes.models import Home
from tests.factories import promotions
from tests.factories.homes import make_home
from tests.web.developer.conftest import Begin, Company
from tests.web.developer.test_promotions import fill
from tests.web.linting import LintingClient
from tests.web.sending import links, text_of


@pytest.fixture
def homes(company: Company, transaction: Begin) -> list[Home]:
    """Two listed homes: filed ¥600,000, cash ¥570,000, voucher ¥550,000."""
    with transaction() as session:
        made = []
        for room in ("301", "302"):
            home = make_home(session, developer=company.actor, building=company.building, room=room)
            service.publish(session, actor=company.actor, home_id=home.id)
            made.append(home)
        return made


def address(company: Company, suffix: str = "", **typed: str) -> str:
    query = {"kind": "voucher", "way": "percent_down", "figure": "1", "step": "100", **typed}
    return f"/developer/developments/{company.development.ref}/repricing{suffix}?{urlencode(query)}"


def vouchers(transaction: Begin, homes: list[Home]) -> list[int | None]:
    with transaction() as session:
        prices = queries.current_prices(session, [home.id for home in homes])
        return [prices[home.id].amounts.voucher_fen for home in homes]


def test_look_confirm_and_take_back(
    browser: LintingClient, company: Company, homes: list[Home], transaction: Begin
) -> None:
    assert "看结果" in browser.get(address(company).split("?")[0]).get_data(as_text=True)
    page = browser.get(address(company))
    shown = text_of(page)
    assert "¥544,500" in shown
    assert "降 ¥11,000" in shown
    url = address(company)
    missing = fill(browser, url, {"reason": ""}, page=page, action=url)
    assert missing.status_code == 422
    assert "请输入调价原因" in text_of(missing)
    done = fill(browser, url, {"reason": "淡季降价"}, page=page, action=url)
    assert done.status_code == 303
    assert vouchers(transaction, homes) == [54_450_000, 54_450_000]
    batch = text_of(browser.get(done.location))
    assert "淡季降价" in batch
    assert "还是这个价" in batch
    undone = fill(browser, f"{done.location}/undo", {"reason": "降错了"})
    assert undone.status_code == 303
    assert vouchers(transaction, homes) == [55_000_000, 55_000_000]
    listed = text_of(browser.get("/developer/batches/"))
    assert "已撤回" in listed


def test_what_would_leave_the_pool_is_asked_about_and_a_refusal_stops_all(
    browser: LintingClient, company: Company, homes: list[Home], transaction: Begin
) -> None:
    url = address(company, kind="cash", way="amount_down", figure="30000")
    asked = fill(browser, url, {"reason": "现金促销"}, action=url)
    assert asked.status_code == 422
    assert "2 套上架的房源会马上退出房源库" in text_of(asked)
    assert fill(browser, url, {"sure": "yes"}, page=asked, action=url).status_code == 303
    refused = text_of(browser.get(address(company, way="percent_up", figure="20")))
    assert "有 2 套不符合规定" in refused
    assert "请把房票价改为 ¥540,000 或更低" in refused


def test_homes_against_the_rule_are_left_out_by_one_button(
    browser: LintingClient, company: Company, homes: list[Home], transaction: Begin
) -> None:
    with transaction() as session:
        promotions.declare(session, company.actor, homes[1])
    page = browser.get(address(company, way="percent_up"))
    url = links(page)["留下这 1 套不改，其余的继续"]
    left = browser.get(url)
    assert "留下不改" in text_of(left)
    done = fill(browser, url, {"reason": "旺季"}, page=left, action=url.split("#")[0])
    assert done.status_code == 303
    assert "1 套不符合规定，留下不改" in text_of(browser.get(done.location))
    assert vouchers(transaction, homes) == [55_550_000, 55_000_000]


def test_a_batch_for_a_later_day_is_planned_and_cancelled_as_one(
    browser: LintingClient, company: Company, homes: list[Home], transaction: Begin
) -> None:
    past = browser.get(address(company, effective_on="2016-06-01"))
    assert past.status_code == 400
    assert "生效日期要晚于今天" in text_of(past)
    url = address(company, effective_on="2016-07-01")
    done = fill(browser, url, {"reason": "七月调价"}, action=url)
    assert done.status_code == 303
    assert vouchers(transaction, homes) == [55_000_000] * 2
    assert done.location in browser.get("/developer/batches/").get_data(as_text=True)
    page = browser.get(done.location)
    assert "¥544,500" in text_of(page)
    cancelled = fill(browser, done.location, {}, page=page, action=f"{done.location}/cancel")
    assert cancelled.status_code == 303
    assert text_of(browser.get(done.location)).count("已取消") >= 2


def test_the_preview_as_a_file(browser: LintingClient, company: Company, homes: list[Home]) -> None:
    file = browser.get(address(company, suffix=".csv"))
    assert file.mimetype == "text/csv"
    lines = file.get_data(as_text=True).splitlines()
    assert len(lines) == 3
    assert f"{homes[0].ref},3幢2单元301室,550000.00,544500.00,可以," in lines[1]


def test_what_is_missing_is_told_and_nothing_chosen_says_so(
    browser: LintingClient, company: Company, homes: list[Home]
) -> None:
    wrong = browser.get(address(company, figure="很多"))
    assert wrong.status_code == 400
    assert "要写成数字" in text_of(wrong)
    assert "没有符合条件的房源" in text_of(browser.get(address(company, rooms="9")))
