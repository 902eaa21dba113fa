"""Promotions and planned prices on a developer's pages, and what buyers see of them."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from justhtml import JustHTML
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.core.actor import Role
from app.core.clock import FixedClock
from app.homes import queries, service
from app.homes.models import Home
from app.homes.pool_models import PoolListing
from app.homes.pricing_models import PlannedPrice, Promotion
from tests.factories.homes import make_home
from tests.factories.identity import make_actor
from tests.factories.policies import make_policy_version
from tests.factories.redemptions import make_buyer, make_quote, make_redemption
from tests.factories.vouchers import Desk
from tests.web.developer.conftest import Begin, Company
from tests.web.linting import LintingClient
from tests.web.sending import text_of
from tests.web.town import saved


@pytest.fixture
def home(company: Company, transaction: Begin) -> Home:
    """A listed home: filed ¥600,000, cash ¥570,000, voucher ¥550,000."""
    with transaction() as session:
        home = make_home(session, developer=company.actor, building=company.building, room="301")
        service.publish(session, actor=company.actor, home_id=home.id)
        return home


def fill(
    browser: LintingClient,
    address: str,
    given: Mapping[str, Any] | None = None,
    *,
    page: TestResponse | None = None,
    action: str = "",
) -> TestResponse:
    """Fill in the form with that action, on a page that is open already or at an address, and send it."""
    shown = page or browser.get(address)
    forms = JustHTML(shown.get_data(as_text=True), sanitize=False).query("main form[method=post]")
    form = next(one for one in forms if (one.attrs.get("action") or "") == action)
    sent: dict[str, Any] = {}
    for control in form.query("input, textarea"):
        name, kind = control.attrs.get("name"), control.attrs.get("type")
        if kind in {"checkbox", "radio"}:
            if "checked" in control.attrs:
                sent.setdefault(name, []).append(control.attrs.get("value"))
        else:
            sent[name] = control.to_text() if control.name == "textarea" else control.attrs.get("value") or ""
    return browser.post(action or address, data={**sent, **(given or {})})


def new_promotion(company: Company) -> str:
    return f"/developer/developments/{company.development.ref}/promotions/new"


def typed(**changes: object) -> dict[str, object]:
    return {
        "title": "六月一次性付款优惠",
        "kind": "full",
        "amount": "2万",
        "scope": "development",
        "first_day": "2016-06-01",
        "last_day": "2016-06-30",
        "reason": "促销",
        **changes,
    }


def listing_state(transaction: Begin, home: Home) -> str | None:
    with transaction() as session:
        return session.scalar(select(PoolListing.state).where(PoolListing.home_id == home.id))


def test_a_promotion_within_the_rule_is_kept_and_shown_to_everybody(
    browser: LintingClient, company: Company, home: Home
) -> None:
    assert "还没有申报过优惠" in text_of(
        browser.get(f"/developer/developments/{company.development.ref}/promotions/")
    )
    answer = fill(browser, new_promotion(company), typed())
    assert answer.status_code == 303
    page = text_of(browser.get(answer.location))
    assert "减 ¥20,000" in page
    assert "整个楼盘，现在共 1 套" in page
    public = text_of(browser.get(f"/homes/{home.ref}"))
    assert "现金购房，一次性付款 实付 ¥550,000" in public
    assert "只有现金购房人有" in public


def test_one_that_breaks_the_rule_asks_first_and_then_takes_the_home_out(
    browser: LintingClient, company: Company, home: Home, transaction: Begin
) -> None:
    asked = fill(browser, new_promotion(company), typed(amount="3万"))
    assert asked.status_code == 422
    assert "1 套上架的房源会马上退出房源库" in text_of(asked)
    assert listing_state(transaction, home) == "listed"
    answer = fill(browser, new_promotion(company), {"sure": "yes"}, page=asked)
    assert answer.status_code == 303
    assert listing_state(transaction, home) == "out"
    assert "现金购房人有优惠，房票购房人没有同样的优惠" in text_of(browser.get(f"/homes/{home.ref}"))
    assert "降低房票价" in text_of(browser.get("/developer/"))
    signal = text_of(browser.get("/developer/signals/"))
    assert "房票净价高于同一套房的最低现金净价 10,000 元" in signal
    opened = fill(browser, f"{answer.location}/open", {"reason": "同等待遇"})
    assert opened.status_code == 303
    assert fill(browser, f"/developer/homes/{home.ref}/publish").status_code == 303
    assert "现金和房票购房人都有" in text_of(browser.get(f"/homes/{home.ref}"))


def test_a_wrong_term_is_told_before_the_consequences_are_asked_about(
    browser: LintingClient, company: Company, home: Home
) -> None:
    wrong = text_of(fill(browser, new_promotion(company), typed(amount="3万", last_day="2016-05-30")))
    assert "结束日期不能早于开始日期" in wrong
    assert "退出房源库，并通知监管部门" not in wrong


def test_a_price_that_takes_a_referral_says_so(browser: LintingClient, company: Company, home: Home) -> None:
    fill(browser, new_promotion(company), typed(kind="referral", title="老带新", more=["open"]))
    page = text_of(browser.get(f"/homes/{home.ref}"))
    assert "现金购房，按揭，有人介绍时 实付 ¥550,000" in page
    assert "有人介绍时，现金和房票购房人都有" in page
    assert "用房票实付 ¥530,000，已减去优惠：老带新（有人介绍时）" in page


def test_an_extra_open_to_voucher_buyers_stands_beside_the_prices(
    browser: LintingClient, company: Company, home: Home
) -> None:
    gift = typed(kind="parking", title="送地下车位", amount="", worth="8万", more=["open", "stackable"])
    assert fill(browser, new_promotion(company), gift).status_code == 303
    page = text_of(browser.get(f"/homes/{home.ref}"))
    assert "用房票买这套房，另外还有：送地下车位（价值 ¥80,000）。" in page


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"amount": ""}, "两个只填一个"),
        ({"rate": "2"}, "两个只填一个"),
        ({"amount": "", "rate": "85"}, "要在 0.01 到 50 之间"),
        ({"first_day": "2016-05-31"}, "开始日期不能早于今天"),
        ({"scope": "building"}, "请选择是哪一栋楼"),
        ({"scope": "homes"}, "请填写房源编号"),
        ({"scope": "homes", "homes": "FY-11111-11111"}, "没有这些房源"),
        ({"kind": "parking", "amount": "", "worth": ""}, "值多少钱"),
        ({"title": ""}, "请输入优惠名称"),
    ],
)
def test_what_is_wrong_is_told_at_its_field(
    browser: LintingClient, company: Company, wrong: dict[str, object], said: str
) -> None:
    answer = fill(browser, new_promotion(company), typed(**wrong))
    assert answer.status_code == 422
    assert said in text_of(answer)


def test_one_home_may_be_named_and_the_promotion_stopped(
    browser: LintingClient, company: Company, home: Home, transaction: Begin
) -> None:
    answer = fill(browser, new_promotion(company), typed(scope="homes", homes=home.ref.lower()))
    assert "3幢2单元301室" in text_of(browser.get(answer.location)).replace(" ", "")
    stopped = fill(browser, f"{answer.location}/stop", {"reason": "活动取消"})
    assert stopped.status_code == 303
    page = text_of(browser.get(answer.location))
    assert "已停止" in page
    assert "活动取消" in page
    with transaction() as session:
        assert session.scalars(select(Promotion.stopped_at)).one() is not None


def test_live_quotes_and_purchases_are_told_before_a_price_changes(
    browser: LintingClient, company: Company, home: Home, committed_app: Flask
) -> None:
    with saved(committed_app) as session:
        other = make_home(session, developer=company.actor, building=company.building, room="302")
        service.publish(session, actor=company.actor, home_id=other.id)
        desk = Desk(
            district=company.district,
            officer=make_actor(session, role=Role.OFFICER, district=company.district),
            checker=make_actor(session, role=Role.CHECKER, district=company.district),
            policy_version=make_policy_version(session, district=company.district),
        )
        session.commit()
        quote = make_quote(session, make_buyer(session, desk), home)
        purchase = make_redemption(session, make_buyer(session, desk), other)
    page = f"/developer/homes/{home.ref}/prices"
    assert quote.ref in text_of(browser.get(page))
    asked = fill(browser, page, {"kind": "voucher", "amount": "56万", "reason": "市场调整"})
    assert asked.status_code == 422
    assert "涨价不影响它们" in text_of(asked)
    assert fill(browser, page, {"sure": "yes"}, page=asked).status_code == 303
    assert purchase.ref in text_of(browser.get(f"/developer/homes/{other.ref}/prices"))
    withdrawing = text_of(browser.get(f"/developer/homes/{home.ref}/withdraw"))
    assert "下架以后不能再锁定" in withdrawing


def test_a_price_is_planned_cancelled_and_its_refusal_read(
    browser: LintingClient, company: Company, home: Home, transaction: Begin, clock: FixedClock
) -> None:
    page = f"/developer/homes/{home.ref}/plans"
    plan = {"kind": "voucher", "amount": "56万", "effective_on": "2016-06-03", "reason": "六月调价"}
    assert fill(browser, page, plan).status_code == 303
    shown = text_of(browser.get(page))
    assert "房票价 ¥560,000" in shown
    assert "等待生效" in shown
    refused = fill(browser, page, {**plan, "amount": "58万", "effective_on": "2016-06-04"})
    assert "高于现金价" in text_of(refused)
    with transaction() as session:
        ref = session.scalars(select(PlannedPrice.ref)).one()
    assert fill(browser, page, action=f"/developer/plans/{ref}/cancel").status_code == 303
    assert "已取消" in text_of(browser.get(page))
    assert fill(browser, page, plan).status_code == 303
    fill(browser, new_promotion(company), typed())
    clock.advance(timedelta(days=2))
    with transaction() as session:
        service.settle_due(session)
    desk = text_of(browser.get("/developer/"))
    assert "没有生效的调价计划" in desk
    assert "请把房票价改为 ¥550,000 或更低" in desk
    with transaction() as session:
        refused_ref = session.scalars(select(PlannedPrice.ref).where(PlannedPrice.state == "refused")).one()
    assert fill(browser, "/developer/", action=f"/developer/plans/{refused_ref}/read").status_code == 303
    assert "没有生效的调价计划" not in text_of(browser.get("/developer/"))


def test_a_planned_price_shows_on_the_public_page_from_its_moment(
    browser: LintingClient, home: Home, clock: FixedClock, transaction: Begin
) -> None:
    plan = {"kind": "voucher", "amount": "54万", "effective_on": "2016-06-02", "reason": "降价"}
    assert fill(browser, f"/developer/homes/{home.ref}/plans", plan).status_code == 303
    clock.moment = clock.moment.replace(hour=15, minute=59)
    assert "房票价 ¥550,000" in text_of(browser.get(f"/homes/{home.ref}"))
    clock.advance(timedelta(minutes=1))
    assert "房票价 ¥540,000" in text_of(browser.get(f"/homes/{home.ref}"))
    with transaction() as session:
        assert queries.current_prices(session, [home.id])[home.id].amounts.voucher_fen == 54_000_000
