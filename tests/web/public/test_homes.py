"""The page of a home and of a development."""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import quote

import pytest
from flask import Flask
from justhtml import JustHTML

from app.core.actor import Actor, Role
from app.core.clock import FixedClock
from app.homes import service as homes
from app.identity.models import District
from tests.factories.identity import make_actor, make_district
from tests.factories.projects import make_household
from tests.factories.search import Stock
from tests.web.linting import LintingClient
from tests.web.public.test_search import titles
from tests.web.sending import links, text_of
from tests.web.town import saved

Enter = Callable[[Actor], LintingClient]


def address(stock: Stock, room: str) -> str:
    return f"/homes/{stock.homes[room].ref}"


def make_buyer(app: Flask, district: District | None) -> Actor:
    with saved(app) as session:
        home_district = session.merge(district) if district else make_district(session)
        officer = make_actor(session, role=Role.OFFICER, district=home_district)
        session.commit()
        household = make_household(session, officer=officer)
        return make_actor(session, role=Role.HOUSEHOLD, district=home_district, household_id=household.id)


def test_a_home_with_its_three_prices_and_facts(client: LintingClient, stock: Stock) -> None:
    words = text_of(client.get(address(stock, "901")))
    for part in (
        "滨江花园",
        "3幢2单元901室",
        "可选",
        "备案价 ¥482,000",
        "现金价 ¥472,000",
        "房票价 ¥462,000",
        "房票价比现金价低 ¥10,000。",
        "第 9 层，共 18 层（中楼层）",
        "89.50 ㎡",
        "¥5,162.01/㎡",
        stock.homes["901"].ref,
    ):
        assert part in words


def test_words_of_the_trade_are_explained_where_they_stand_and_on_a_page_of_all(
    client: LintingClient, stock: Stock
) -> None:
    shown = client.get(address(stock, "901"))
    assert "备案价、现金价、房票价是什么？" in text_of(shown)
    assert "一套房一个价，卖价不能超过它" in text_of(shown)
    leads = {way for words, way in links(shown).items() if words == "全部词语解释"}
    every = JustHTML(client.get("/words").get_data(as_text=True), sanitize=False)
    anchors = {one.attrs["id"] for one in every.query("main dt")}
    assert leads
    assert {way.split("#")[1] for way in leads} <= anchors
    assert {"supervised", "presale", "filed", "debt-home"} <= anchors


def test_a_passer_by_is_told_how_to_sign_in_and_led_back(client: LintingClient, stock: Stock) -> None:
    shown = client.get(address(stock, "901"))
    way = links(shown)["登录后用房票购买"]
    assert way == "/account/sign-in?next=" + quote(address(stock, "901"), safe="/")
    assert "请带身份证和征收补偿协议到征收办窗口领取" in text_of(shown)


def test_a_household_of_the_district_gets_the_button(
    committed_app: Flask, enter: Enter, stock: Stock
) -> None:
    buyer = enter(make_buyer(committed_app, stock.port))
    way = links(buyer.get(address(stock, "901")))["用我的房票购买"]
    assert way == f"/household/homes/{stock.homes['901'].ref}/quote"
    assert "您现在没有可以用的房票" in text_of(buyer.get(way))


def test_a_household_of_another_district_is_told_why_not(
    committed_app: Flask, enter: Enter, stock: Stock
) -> None:
    shown = enter(make_buyer(committed_app, None)).get(address(stock, "901"))
    assert "用我的房票购买" not in links(shown)
    assert "您的房票是别的区发的，不能买这套房" in text_of(shown)


def test_price_history_begins_with_the_first_listing(
    client: LintingClient, committed_app: Flask, stock: Stock, clock: FixedClock
) -> None:
    clock.advance(timedelta(days=3))
    with saved(committed_app) as session:
        homes.set_price(
            session,
            actor=stock.seller,
            home_id=stock.homes["901"].id,
            kind="voucher",
            amount_fen=45_000_000,
            reason="内部说明",
        )
    page = client.get(address(stock, "901"))
    words = text_of(page)
    assert "由 ¥462,000 降到 ¥450,000" in words
    assert "2016年6月4日" in words
    assert "备2016-0012" in words
    assert "内部说明" not in words
    rows = JustHTML(page.get_data(as_text=True), sanitize=False).query("main tbody tr")
    assert len(rows) == 4


@pytest.mark.parametrize(
    ("act", "said"),
    [
        ("lock", ("已锁定", "已经有人用房票锁定了这套房")),
        ("sell", ("已售", "已经卖出")),
        ("withdraw", ("已出库", "原因：房企把它下架了")),
        ("lower", ("已出库", "原因：房票价高于现金价")),
    ],
)
def test_a_home_that_cannot_be_chosen_says_why(
    client: LintingClient, committed_app: Flask, stock: Stock, act: str, said: tuple[str, str]
) -> None:
    with saved(committed_app) as session:
        home = session.merge(stock.homes["901"])
        if act in {"lock", "sell"}:
            homes.mark_locked(session, home)
        if act == "sell":
            homes.mark_sold(session, home)
        if act == "withdraw":
            homes.withdraw(session, actor=stock.seller, home_id=home.id)
        if act == "lower":
            homes.set_price(
                session,
                actor=stock.seller,
                home_id=home.id,
                kind="cash",
                amount_fen=40_000_000,
                reason="促销",
            )
    shown = client.get(address(stock, "901"))
    assert shown.status_code == 200
    for part in said:
        assert part in text_of(shown)
    assert "登录后用房票购买" not in links(shown)


def test_a_home_that_was_never_listed_is_not_public(
    client: LintingClient, committed_app: Flask, stock: Stock
) -> None:
    with saved(committed_app) as session:
        draft = homes.create_home(
            session,
            actor=stock.seller,
            building_id=stock.homes["901"].building_id,
            unit="1",
            storey=2,
            room="201",
            rooms=2,
            area_m2=stock.homes["901"].area_m2,
        )
    assert client.get(f"/homes/{draft.ref}").status_code == 404


@pytest.mark.parametrize("ref", ["FY-22222-22222", "1", "%00", "DV-1", "' OR 1=1", "a" * 2000, "🏠"])
def test_made_up_references_are_not_found(client: LintingClient, stock: Stock, ref: str) -> None:
    assert client.get(f"/homes/{quote(ref, safe='%')}").status_code == 404
    assert client.get(f"/developments/{quote(ref, safe='%')}").status_code == 404


def test_a_reference_may_be_typed_in_any_case(client: LintingClient, stock: Stock) -> None:
    assert client.get(address(stock, "901").lower()).status_code == 200


def test_a_development_lists_its_homes_and_leads_to_the_search(client: LintingClient, stock: Stock) -> None:
    shown = client.get(f"/developments/{stock.riverside.ref}")
    assert "在房源库里的房子：4 套" in text_of(shown)
    assert len(titles(shown)) == 4
    found = client.get(links(shown)["按价格、面积、楼层在这个楼盘里挑"])
    assert "找到 4 套房" in text_of(found)
    assert "预售2016-018" in text_of(client.get(f"/developments/{stock.brocade.ref}"))
