"""Homes collected in a basket, quoted together and locked together; what cannot be had is named."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.core.actor import Actor
from app.homes.models import Home
from app.redemptions import service
from app.redemptions.models import BasketHome, Redemption
from tests.factories.redemptions import make_buyer, make_home, make_redemption, redeem
from tests.web.linting import LintingClient
from tests.web.sending import form_to, press, text_of
from tests.web.town import Town, make_town, saved

Enter = Callable[[Actor], LintingClient]


@pytest.fixture
def town(committed_app: Flask) -> Town:
    return make_town(committed_app)


@pytest.fixture
def second(committed_app: Flask, town: Town) -> Home:
    with saved(committed_app) as session:
        return make_home(session, town.shop)


@pytest.fixture
def household(enter: Enter, town: Town) -> LintingClient:
    return enter(town.buyer.actor)


@pytest.fixture
def full(household: LintingClient, town: Town, second: Home) -> LintingClient:
    """A household with both homes in its basket."""
    for home in (town.home, second):
        assert (
            press(household, f"/homes/{home.ref}", f"/household/basket/homes/{home.ref}").status_code == 303
        )
    return household


def places(app: Flask) -> list[int]:
    with saved(app) as session:
        return list(session.scalars(select(BasketHome.home_id).order_by(BasketHome.place)))


def test_the_basket_says_what_is_left_for_another_home(household: LintingClient, town: Town) -> None:
    press(household, f"/homes/{town.home.ref}", f"/household/basket/homes/{town.home.ref}")
    shown = household.get("/household/basket/")
    assert "房票加奖励大约还能付 ¥138,000" in text_of(shown)
    assert "price_max=138000" in shown.get_data(as_text=True)
    assert "一起算，看报价" in text_of(shown)
    assert 'form="basket-quote"' not in shown.get_data(as_text=True), "one home needs one button"


def test_from_two_homes_to_two_locks(full: LintingClient, committed_app: Flask) -> None:
    shown = text_of(full.get("/household/basket/"))
    assert "这 2 套房的实付价 ¥924,000" in shown
    assert shown.index("看报价 ") < shown.index("篮里的房"), "the way on stands before the list of homes"
    assert "房票今天加上奖励最多可付 ¥600,000" in shown
    made = press(full, "/household/basket/", "")
    assert made.status_code == 303
    page = full.get(made.location)
    active = page.get_data(as_text=True).split("service-navigation__item--active", 1)[1]
    assert "选房篮" in active.split("</li>", 1)[0]
    quote = text_of(page)
    # 50 万 of vouchers with 20 % are 60 万 of 92.4 万.
    assert "房票使用 ¥500,000 政府奖励 ¥100,000 自付差价 ¥324,000 合计 ¥924,000" in quote
    assert "自付差价只付至监管账户，不付给任何个人。" in quote
    assert "要么全部锁定，要么一套也不锁定" in quote
    # Of 30 万 and 20 万 the first home took 38.5 万; what the second finds is said to be left over.
    assert quote.count("用完第一套后还剩") == 1
    assert "用完第一套后还剩 ¥115,000" in quote
    locked = press(full, made.location, "")
    assert locked.status_code == 303
    assert "2 套房已经一起为您锁定" in text_of(full.get(locked.location))
    assert "这份报价已经锁定过房源" in text_of(full.get(made.location))
    with saved(committed_app) as session:
        assert session.scalar(select(func.count(Redemption.id))) == 2


def test_the_order_is_the_households(
    full: LintingClient, town: Town, second: Home, committed_app: Flask
) -> None:
    assert places(committed_app) == [town.home.id, second.id]
    moved = press(full, "/household/basket/", f"/household/basket/homes/{second.ref}/up")
    assert moved.status_code == 303
    assert places(committed_app) == [second.id, town.home.id]
    first, other = (voucher.ref for voucher in town.buyer.vouchers)
    turns = {"turn_" + first.replace("-", "_"): "2", "turn_" + other.replace("-", "_"): "1"}
    made = press(full, "/household/basket/", "", turns)
    words = text_of(full.get(made.location))
    assert words.index(f"房票 {other}") < words.index(f"房票 {first}")
    removed = press(full, "/household/basket/", f"/household/basket/homes/{second.ref}/remove")
    assert "已移出选房篮" in text_of(full.get(removed.location))
    assert places(committed_app) == [town.home.id]


def test_a_home_that_went_meanwhile_is_named_and_the_page_goes_on_without_it(
    full: LintingClient, town: Town, second: Home, committed_app: Flask
) -> None:
    made = press(full, "/household/basket/", "")
    with saved(committed_app) as session:
        make_redemption(session, make_buyer(session, town.shop.desk), session.get_one(Home, second.id))
    refused = press(full, made.location, "")
    assert refused.status_code == 409
    words = text_of(refused)
    assert "一套也没有锁定" in words
    assert "：这套房已经有人锁定，请另选一套" in words
    action = f"{made.location}/without"
    again = full.post(action, data=form_to(refused, action))
    assert again.status_code == 303
    assert again.location != made.location
    assert "1 套房" in text_of(full.get(again.location))
    assert press(full, again.location, "").status_code == 303
    basket = text_of(full.get("/household/basket/"))
    assert "现在不能锁定" in basket
    asked = text_of(press(full, "/household/basket/", ""))
    assert "没有算出报价" in asked, "a quote was asked for, no lock"
    assert "这些房现在算不出报价" in asked
    assert "一套也没有锁定" not in asked


def test_nothing_in_it_and_somebody_elses_quote(
    household: LintingClient, town: Town, committed_app: Flask
) -> None:
    assert "选房篮里还没有房源" in text_of(household.get("/household/basket/"))
    with saved(committed_app) as session:
        other = make_buyer(session, town.shop.desk)
        quote = service.quote_basket(
            session, actor=other.actor, home_refs=[town.home.ref], parts=other.parts()
        )
        ref = quote.ref
    assert household.get(f"/household/baskets/{ref}").status_code == 404


def test_a_finished_purchase_prints_as_a_receipt(enter: Enter, town: Town, committed_app: Flask) -> None:
    with saved(committed_app) as session:
        done = redeem(session, town.shop, make_redemption(session, town.buyer, town.home))
        number = done.contract_number
    page = text_of(enter(town.buyer.actor).get(f"/household/redemptions/{done.ref}"))
    assert "打印购房凭单（PDF）" in page
    for figure in (done.ref, number or "", "房票使用 ¥385,000", "政府奖励 ¥77,000", "自付差价 ¥0"):
        assert figure in page
