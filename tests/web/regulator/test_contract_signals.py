"""A contract below the declared price, as the regulator and its developer read it and take it away."""

import csv
import io
from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select

from app.cases.models import Signal
from app.core.actor import Actor, Role
from app.homes.models import Home
from tests.factories.identity import make_actor
from tests.factories.sales import line_of, load
from tests.web.linting import LintingClient
from tests.web.sending import text_of
from tests.web.town import Town, make_town, saved

Enter = Callable[[Actor], LintingClient]
HEADLINE = "成交价低于申报现金价 10%（47,200 元）"


@pytest.fixture
def town(committed_app: Flask) -> Town:
    return make_town(committed_app)


@pytest.fixture
def regulator(town: Town, committed_app: Flask) -> Actor:
    with saved(committed_app) as session:
        return make_actor(session, role=Role.REGULATOR, district=town.shop.desk.district)


@pytest.fixture
def ref(town: Town, regulator: Actor, committed_app: Flask) -> str:
    with saved(committed_app) as session:
        load(session, town.shop, line_of(session.get_one(Home, town.home.id), "A-1", price="424800"))
        return session.scalars(select(Signal.ref)).one()


def test_the_regulator_reads_both_prices_and_takes_the_list_away(
    enter: Enter, regulator: Actor, ref: str
) -> None:
    browser = enter(regulator)
    assert HEADLINE in text_of(browser.get("/regulator/signals/"))
    page = text_of(browser.get(f"/regulator/signals/{ref}"))
    for told in (
        HEADLINE,
        "A-1",
        "¥424,800",
        "¥472,000",
        "那天没有这位购房人能享受的优惠",
        "不自动改变任何住户",
    ):
        assert told in page
    (cells,) = csv.DictReader(io.StringIO(browser.get("/regulator/signals.csv").text.lstrip("\ufeff")))
    assert (cells["问题"], cells["合同总价（元）"], cells["对照价格（元）"]) == (
        HEADLINE,
        "424800.00",
        "472000.00",
    )
    assert (cells["付款方式"], cells["计算的优惠"]) == ("一次性付款", "没有优惠")
    sheet = load_workbook(io.BytesIO(browser.get("/regulator/signals.xlsx").data)).active
    assert sheet is not None
    heading, row = sheet.iter_rows(values_only=True)
    read = dict(zip(heading, row, strict=True))
    assert list(read) == list(cells)
    assert (read["编号"], read["对照价格（元）"], read["相差（元）"]) == (ref, 472000, 47200)
    assert read["对照价格生效时间"] == datetime(2016, 6, 1, 10, 0)  # noqa: DTZ001  # as Excel has it


def test_its_developer_reads_what_to_do_and_when_it_lapsed(
    enter: Enter, town: Town, ref: str, committed_app: Flask
) -> None:
    browser = enter(town.shop.developer)
    assert HEADLINE in text_of(browser.get("/developer/signals/"))
    assert "登记的优惠不能倒填日期" in text_of(browser.get(f"/developer/signals/{ref}"))
    with saved(committed_app) as session:
        home = session.get_one(Home, town.home.id)
        load(session, town.shop, line_of(home, "A-1", price="424800", cancelled="1"))
    page = text_of(browser.get(f"/developer/signals/{ref}"))
    assert "这条线索失效" in page
    assert "合同已经撤回、注销或不再生效" in page
