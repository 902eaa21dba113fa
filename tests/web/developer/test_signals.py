from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from sqlalchemy.orm import Session

from app.cases import service
from app.cases.models import Signal
from app.core.actor import Actor
from app.homes import service as service_of_homes
from app.identity.models import User
from tests.factories.cases import Market, break_rule, make_market, make_signal
from tests.factories.monitor import make_area_signal
from tests.web.linting import LintingClient
from tests.web.sending import links, text_of

Begin = Callable[[], AbstractContextManager[Session]]
Enter = Callable[[Actor], LintingClient]
LIST = "/developer/signals/"


@pytest.fixture
def market(transaction: Begin) -> Market:
    with transaction() as session:
        return make_market(session)


@pytest.fixture
def signal(market: Market, transaction: Begin) -> Signal:
    with transaction() as session:
        return break_rule(session, market, amount_fen=55_800_000)


def read(browser: LintingClient, address: str, status: int = 200) -> str:
    response = browser.get(address)
    assert response.status_code == status
    return response.get_data(as_text=True)


def test_a_company_without_signals_reads_how_to_keep_it_so(market: Market, enter: Enter) -> None:
    assert "目前没有价格异常线索" in read(enter(market.developer), LIST)


def test_of_many_homes_compared_together_the_first_stand_there_and_all_on_demand(
    transaction: Begin, enter: Enter
) -> None:
    with transaction() as session:
        market, other = make_market(session), make_market(session)
        many = make_area_signal(session, market, homes=52)
        few = make_area_signal(session, other, homes=50)
    browser = enter(market.developer)
    page = browser.get(f"{LIST}{many.ref}")
    assert text_of(page).count("5 至 19 份") == 50
    everything = links(page)["上面是前 50 套，看全部 52 套"]
    assert everything.startswith(f"{LIST}{many.ref}"), "it leads to the company's own page"
    told = text_of(browser.get(everything))
    assert told.count("5 至 19 份") == 52
    assert "看全部" not in told
    assert "看全部" not in text_of(enter(other.developer).get(f"{LIST}{few.ref}"))


def test_a_company_sees_its_signal_and_how_to_mend_it(market: Market, signal: Signal, enter: Enter) -> None:
    browser = enter(market.developer)
    assert f"{LIST}{signal.ref}" in read(browser, LIST)
    page = read(browser, f"{LIST}{signal.ref}")
    assert "线索正等监管部门处理" in page
    assert "把房票价降到不高于现金价和备案价" in page
    assert "¥570,000" in page
    assert "/regulator/" not in page


def test_all_sides_read_that_only_the_cash_price_is_above_the_filed_price(
    market: Market, transaction: Begin, enter: Enter
) -> None:
    with transaction() as session:
        service_of_homes.set_price(
            session,
            actor=market.developer,
            home_id=market.home.id,
            kind="voucher",
            amount_fen=56_000_000,
            reason="降价",
        )
        signal = break_rule(session, market, kind="filed", amount_fen=56_500_000)
    page = read(enter(market.developer), f"{LIST}{signal.ref}")
    assert "现金价高于同一套房的备案价 5,000 元" in page
    assert "把现金价和房票价都降到不高于备案价" in page
    desk = read(enter(market.developer), "/developer/")
    assert "现金价 ¥570,000" in desk
    assert "降低现金价" in desk
    page = read(enter(market.regulator), f"/regulator/signals/{signal.ref}")
    assert "同一套房的房票价和现金价都不得高于备案价" in page
    assert "房票价或现金价高于备案价，等房企改价" in read(
        enter(market.regulator), f"/homes/{market.home.ref}"
    )


def test_the_reason_for_a_case_and_who_opened_it_stay_with_the_regulator(
    market: Market, signal: Signal, transaction: Begin, enter: Enter
) -> None:
    with transaction() as session:
        service.open_case(session, actor=market.regulator, signal_ref=signal.ref, reason="怀疑多次压价")
        name = session.get_one(User, market.regulator.user_id).display_name
    page = read(enter(market.developer), f"{LIST}{signal.ref}")
    assert "已立案" in page
    assert "监管部门" in page
    assert "怀疑多次压价" not in page
    assert name not in page


def test_the_reason_for_a_dismissal_is_told(
    market: Market, signal: Signal, transaction: Begin, enter: Enter
) -> None:
    with transaction() as session:
        service.dismiss(session, actor=market.regulator, signal_ref=signal.ref, reason="录入有误，已更正")
        name = session.get_one(User, market.regulator.user_id).display_name
    page = read(enter(market.developer), f"{LIST}{signal.ref}")
    assert "监管部门已排除这条线索" in page
    assert "录入有误，已更正" in page
    assert name not in page


def test_another_company_and_the_regulator_do_not_read_it_here(
    market: Market, signal: Signal, transaction: Begin, enter: Enter
) -> None:
    with transaction() as session:
        other, foreign = make_signal(session, district=market.district)
    visitor = enter(other.developer)
    page = read(visitor, LIST)
    assert foreign.ref in page
    assert signal.ref not in page
    read(visitor, f"{LIST}{signal.ref}", status=404)
    read(enter(market.regulator), LIST, status=403)
    read(visitor, "/regulator/signals/", status=403)
