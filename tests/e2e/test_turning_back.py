"""What turns a household back: a changed price, an old quote, a lock given up; at home and at the counter."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from app.core.actor import Role
from app.core.clock import FixedClock
from app.demo.households import HOLDER_OF_THE_DEMO
from tests.e2e.browser import WIDTHS, Live, Visitors, look
from tests.e2e.prepared.buying import ask_kin, fill_a_basket, lower_a_price, make_a_quote
from tests.e2e.prepared.people import holder_id
from tests.e2e.steps import expect_told, fill, find_household, follow, press, sign_in


@pytest.fixture
def live(demo: Live) -> Live:
    """The demo district."""
    return demo


@pytest.fixture(params=["home", "counter"])
def place(request: pytest.FixtureRequest) -> str:
    """Where the household sits: at home with a telephone, or before a clerk with a screen."""
    return str(request.param)


@pytest.fixture
def width(place: str) -> int:
    """The window there."""
    return WIDTHS["phone" if place == "home" else "desk"]


def test_what_stands_in_the_way_is_told_with_the_way_on(
    live: Live, visitor: Visitors, place: str, clock: FixedClock
) -> None:
    page = visitor()
    if place == "home":
        sign_in(page, Role.HOUSEHOLD)
    else:
        _begin_a_visit(live, page)
    see = f"turning-back/{place}"
    _a_quote_too_old(live, page, see, clock)
    _a_price_changed(live, page, see)
    _a_lock_given_up(page, see)
    page.goto(ask_kin(live.app))
    look(page, f"{see}-kin")
    page.goto("/household/consents/")
    look(page, f"{see}-consents")
    follow(page, "室")
    press(page, "撤回请求")
    look(page, f"{see}-kin-withdrawn")


def _begin_a_visit(live: Live, page: Page) -> None:
    sign_in(page, Role.OFFICER)
    find_household(page, HOLDER_OF_THE_DEMO)
    follow(page, "本人在窗口，为这一户代办")
    page.get_by_label("本人在窗口，我已核对身份证原件和本人一致").check()
    fill(page, {"身份证号码的最后六位": holder_id(live.app, HOLDER_OF_THE_DEMO)[-6:]})
    press(page, "开始代办")


def _a_price_changed(live: Live, page: Page, see: str) -> None:
    """One home of two has another price: neither is locked, and the rest is quoted anew in one press."""
    quote = fill_a_basket(live.app)
    page.goto("/household/basket/")
    look(page, f"{see}-basket")
    page.goto(quote)
    look(page, f"{see}-basket-quote")
    lower_a_price(live.app, quote)
    press(page, "确认一起锁定")
    expect(page.get_by_role("main")).to_contain_text("这些房现在不能锁定")
    look(page, f"{see}-price-changed")
    press(page, "去掉这些，其余 1 套重新报价")
    look(page, f"{see}-quoted-anew")
    press(page, "确认一起锁定")
    expect(page.get_by_role("main")).to_contain_text("已锁定，等合同")
    look(page, f"{see}-locked")


def _a_quote_too_old(live: Live, page: Page, see: str, clock: FixedClock) -> None:
    quote = make_a_quote(live.app)
    page.goto(quote)
    clock.advance(timedelta(minutes=31))
    press(page, "确认锁定这套房")
    expect(page.locator(".govuk-error-summary")).to_contain_text("过期")
    look(page, f"{see}-quote-too-old")
    page.goto(quote)
    look(page, f"{see}-quote-lapsed")
    follow(page, "重新计算")
    look(page, f"{see}-choose")


def _a_lock_given_up(page: Page, see: str) -> None:
    page.goto("/household/redemptions/")
    look(page, f"{see}-purchases")
    page.locator(".anju-card").filter(has_text="已锁定，等合同").first.get_by_role("link").first.click()
    follow(page, "不想买了，取消锁定")
    look(page, f"{see}-cancel")
    press(page, "确认取消锁定")
    expect_told(page, "锁定已经取消")
    look(page, f"{see}-cancelled")
