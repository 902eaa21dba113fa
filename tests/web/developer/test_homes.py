"""A home's page: changing prices, into the pool and out of it."""

import pytest
from werkzeug.test import TestResponse

from app.core import locks
from app.core.actor import Role
from app.homes import queries, service
from app.homes.models import Home
from tests.factories.homes import make_building, make_developer, make_development, make_home
from tests.factories.identity import make_actor, make_district
from tests.web.developer.conftest import Begin, Company, Enter
from tests.web.linting import LintingClient
from tests.web.sending import form_of, send, text_of


@pytest.fixture
def home(company: Company, transaction: Begin) -> Home:
    """A listed home: filed ¥600,000, cash ¥570,000, voucher ¥550,000."""
    with transaction() as session:
        home = make_home(session, developer=company.actor, building=company.building, room="301")
        service.publish(session, actor=company.actor, home_id=home.id)
        return home


def page_of(home: Home) -> str:
    return f"/developer/homes/{home.ref}"


def change(browser: LintingClient, home: Home, kind: str, amount: str, **more: str) -> TestResponse:
    typed = {"kind": kind, "amount": amount, "reason": "市场调整", **more}
    return send(browser, f"{page_of(home)}/prices", typed)


def voucher_price(transaction: Begin, home: Home) -> int | None:
    with transaction() as session:
        return queries.current_prices(session, [home.id])[home.id].amounts.voucher_fen


def test_a_changed_price_shows_with_its_history(browser: LintingClient, home: Home) -> None:
    assert change(browser, home, "voucher", "54.5万").status_code == 303
    page = text_of(browser.get(page_of(home)))
    assert "房票价已改为 ¥545,000。" in page
    assert "房票价从 ¥550,000 降到 ¥545,000" in page
    assert "原因：市场调整" in page
    assert "房票价 ¥550,000" in page


def test_a_voucher_price_above_the_cash_price_is_refused_with_the_way_to_mend_it(
    browser: LintingClient, home: Home, transaction: Begin
) -> None:
    answer = send(
        browser, f"{page_of(home)}/prices", {"kind": "voucher", "amount": "580,000", "reason": "利率上升"}
    )
    assert answer.status_code == 422
    assert "房票价 ¥580,000 高于现金价 ¥570,000，不能这样定价。请把房票价改为 ¥570,000 或更低。" in text_of(
        answer
    )
    assert 'id="amount-error"' in answer.get_data(as_text=True)
    _, kept = form_of(answer)
    assert (kept["kind"], kept["amount"], kept["reason"].strip()) == ("voucher", "580,000", "利率上升")
    assert voucher_price(transaction, home) == 55_000_000
    mended = send_again(browser, answer, home, amount="57万")
    assert mended.status_code == 303
    assert voucher_price(transaction, home) == 57_000_000


def send_again(browser: LintingClient, answer: TestResponse, home: Home, **typed: str) -> TestResponse:
    """Send the form of a refused page again, as a person does who mends one box."""
    _, sent = form_of(answer)
    return browser.post(f"{page_of(home)}/prices", data={**sent, **typed})


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"kind": ""}, "请选择要改的价格"),
        ({"kind": "gift"}, "请从列出的选项中选择要改的价格"),
        ({"amount": ""}, "请输入新的价格"),
        ({"amount": "-5"}, "新的价格不能是负数"),
        ({"amount": "55万"}, "新价格和现在的价格一样"),
        ({"reason": " "}, "请输入调价原因"),
        ({"kind": "filed", "amount": "61万"}, "请填写备案编号"),
        ({"kind": "cash", "amount": "61万"}, "现金价 ¥610,000 高于备案价 ¥600,000"),
    ],
)
def test_a_price_is_refused_at_its_field(
    browser: LintingClient, home: Home, typed: dict[str, str], message: str
) -> None:
    whole = {"kind": "voucher", "amount": "54万", "reason": "市场调整", **typed}
    answer = send(browser, f"{page_of(home)}/prices", whole)
    assert answer.status_code == 422
    assert message in text_of(answer)
    assert "¥550,000" in text_of(answer), "the prices in force stay in sight"


def test_a_lowered_cash_price_takes_the_home_out_until_the_voucher_price_follows(
    browser: LintingClient, home: Home
) -> None:
    assert "因价格退出房源库的房源" not in text_of(browser.get("/developer/"))
    change(browser, home, "cash", "50万")
    page = text_of(browser.get(page_of(home)))
    assert "价格已修改。现在房票价偏高，这套房已退出房源库。" in page
    assert "已于2016年6月1日（星期三）10:00退出房源库" in page
    assert "请把房票价改为 ¥500,000 或更低。" in page
    desk = text_of(browser.get("/developer/"))
    assert "因价格退出房源库的房源（1 套）" in desk
    assert "滨江花园 3幢2单元301室" in desk
    assert "最高可填 ¥500,000" in desk
    assert "下一步 降低房票价" in desk

    blocked = text_of(browser.get(f"{page_of(home)}/publish"))
    assert "现在还不能上架" in blocked
    change(browser, home, "voucher", "50万")
    assert "下一步 重新上架" in text_of(browser.get("/developer/"))
    send(browser, f"{page_of(home)}/publish")
    assert "房源已上架" in text_of(browser.get(page_of(home)))
    assert "因价格退出房源库的房源" not in text_of(browser.get("/developer/"))


def test_withdrawing_and_listing_again(browser: LintingClient, home: Home) -> None:
    send(browser, f"{page_of(home)}/withdraw")
    page = text_of(browser.get(page_of(home)))
    assert "房源已下架" in page
    assert "已下架" in page
    assert "这套房现在没有上架" in text_of(browser.get(f"{page_of(home)}/withdraw"))
    send(browser, f"{page_of(home)}/publish")
    assert "这套房已经上架" in text_of(browser.get(f"{page_of(home)}/publish"))


def test_who_was_too_late_sees_the_new_prices_before_trying_again(
    browser: LintingClient, home: Home, company: Company, transaction: Begin
) -> None:
    _, sent = form_of(browser.get(f"{page_of(home)}/prices"))
    with transaction() as session:
        service.set_price(
            session,
            actor=company.actor,
            home_id=home.id,
            kind="voucher",
            amount_fen=52_000_000,
            reason="同事先改",
        )
    late = browser.post(
        f"{page_of(home)}/prices", data={**sent, "kind": "cash", "amount": "56万", "reason": "调整"}
    )
    assert late.status_code == 409
    assert "您看到的不是最新内容" in text_of(late)
    assert "¥520,000" in text_of(late)
    assert send_again(browser, late, home).status_code == 303


@pytest.mark.parametrize("seen", ["", "0", "x", "９", "-1"])
def test_a_form_that_lost_what_it_had_shown_changes_nothing(
    browser: LintingClient, home: Home, transaction: Begin, seen: str
) -> None:
    answer = change(browser, home, "voucher", "54万", seen=seen)
    assert answer.status_code == 409
    assert voucher_price(transaction, home) == 55_000_000


def test_a_home_being_bought_may_change_its_price_but_not_leave(
    browser: LintingClient, home: Home, transaction: Begin
) -> None:
    _, sent = form_of(browser.get(f"{page_of(home)}/withdraw"))
    with transaction() as session:
        service.mark_locked(session, locks.lock(session, Home, home.id))
    page = text_of(browser.get(page_of(home)))
    assert "购房中" in page
    assert "有住户正在用房票买这套房" in page
    assert "下架" not in page.replace("不能下架", "")
    late = browser.post(f"{page_of(home)}/withdraw", data=sent)
    assert late.status_code == 409
    assert "有人正在用房票买这套房，现在不能下架" in late.get_data(as_text=True)
    change(browser, home, "cash", "50万")
    page = text_of(browser.get(page_of(home)))
    assert "购房中" in page
    assert "已退出房源库" in page


def test_a_sold_home_is_only_to_be_read(browser: LintingClient, home: Home, transaction: Begin) -> None:
    with transaction() as session:
        locked = locks.lock(session, Home, home.id)
        service.mark_locked(session, locked)
        service.mark_sold(session, locked)
    body = browser.get(page_of(home)).get_data(as_text=True)
    assert "已售出" in body
    assert f"{page_of(home)}/prices" not in body
    answer = change(browser, home, "cash", "50万")
    assert answer.status_code == 409
    assert "这套房已经售出" in answer.get_data(as_text=True)


def test_out_of_the_districts_pool_the_page_says_how_to_get_in(transaction: Begin, enter: Enter) -> None:
    with transaction() as session:
        district = make_district(session)
        developer = make_developer(session)
        development = make_development(session, developer=developer, district=district)
        building = make_building(session, developer=developer, development=development)
        home = make_home(session, developer=developer, building=building)
        words = "请在“入库”页面提交申请，或查看办理情况"
    browser = enter(developer)
    for address in (page_of(home), f"{page_of(home)}/publish"):
        page = text_of(browser.get(address))
        assert "现在还不能上架" in page
        assert words in page
    _, sent = form_of(browser.get(f"{page_of(home)}/prices"))
    refused = browser.post(f"{page_of(home)}/publish", data=sent)
    assert refused.status_code == 422
    assert words in text_of(refused)


def test_missing_prices_are_named_as_missing(
    browser: LintingClient, company: Company, transaction: Begin
) -> None:
    with transaction() as session:
        home = make_home(
            session, developer=company.actor, building=company.building, cash_fen=None, voucher_fen=None
        )
    page = text_of(browser.get(page_of(home)))
    assert "未填写" in page
    assert "请先补上缺少的价格" in page
    change(browser, home, "cash", "57万")
    change(browser, home, "voucher", "57万")
    assert send(browser, f"{page_of(home)}/publish").status_code == 303


def test_another_companys_homes_are_not_there(
    home: Home, company: Company, transaction: Begin, enter: Enter
) -> None:
    with transaction() as session:
        rival = make_developer(session, admitted_to=company.district)
    browser = enter(rival)
    _, sent = form_of(browser.get("/developer/developments/new"))
    ref = company.development.ref
    for address in (page_of(home), f"/developer/developments/{ref}"):
        assert browser.get(address).status_code == 404
    for address in (
        f"{page_of(home)}/prices",
        f"{page_of(home)}/publish",
        f"{page_of(home)}/withdraw",
        f"/developer/developments/{ref}/buildings/new",
        f"/developer/developments/{ref}/homes/new",
    ):
        assert browser.get(address).status_code == 404
        assert browser.post(address, data=sent).status_code == 404
    assert company.development.name not in browser.get("/developer/developments/").get_data(as_text=True)


def test_a_passer_by_signs_in_first(home: Home, client: LintingClient) -> None:
    answer = client.get(page_of(home))
    sign_in = f"/account/sign-in?next=/developer/homes/{home.ref}"
    assert (answer.status_code, answer.location) == (302, sign_in)


def test_other_roles_stay_outside(home: Home, transaction: Begin, enter: Enter) -> None:
    with transaction() as session:
        officer = make_actor(session, role=Role.OFFICER, district=make_district(session))
    assert enter(officer).get(page_of(home)).status_code == 403


def test_a_long_price_history_has_pages(
    browser: LintingClient, home: Home, company: Company, transaction: Begin
) -> None:
    with transaction() as session:
        for step in range(1, 11):
            service.set_price(
                session,
                actor=company.actor,
                home_id=home.id,
                kind="voucher",
                amount_fen=55_000_000 - step * 100,
                reason=f"第{step}次",
            )
    assert "首次填报" not in text_of(browser.get(page_of(home)))
    assert "首次填报" in text_of(browser.get(f"{page_of(home)}?page=2"))
