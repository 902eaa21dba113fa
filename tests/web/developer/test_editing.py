"""Correcting what was typed, removing what never counted, and being asked about what is unlikely."""

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from app.core import locks
from app.homes import service
from app.homes.models import Building, Development, Home
from tests.factories.homes import make_building, make_developer, make_development, make_home
from tests.web.developer.conftest import Begin, Company
from tests.web.developer.test_stock import HOME
from tests.web.linting import LintingClient
from tests.web.sending import form_of, send, text_of, token_of


@pytest.fixture
def home(company: Company, transaction: Begin) -> Home:
    with transaction() as session:
        return make_home(session, developer=company.actor, building=company.building, storey=5, room="501")


def begin_purchase(transaction: Begin, home: Home, *, ends: bool = False) -> None:
    with transaction() as session:
        locked = locks.lock(session, Home, home.id)
        service.mark_locked(session, locked)
        if ends:
            service.mark_sold(session, locked)


def test_a_development_is_corrected_and_its_public_page_follows(
    browser: LintingClient, client: LintingClient, company: Company, home: Home, transaction: Begin
) -> None:
    with transaction() as session:
        service.publish(session, actor=company.actor, home_id=home.id)
    address = f"/developer/developments/{company.development.ref}/edit"
    answer = send(
        browser,
        address,
        {
            "name": "滨江新园",
            "sales_phone": "（0556）5550188",
            "lat": "30.5172",
            "lon": "东经 117.0661",
        },
    )
    assert answer.status_code == 303
    page = text_of(browser.get(answer.location))
    for words in ("滨江新园", "0556-5550188", "北纬 30.5172°，东经 117.0661°"):
        assert words in page
    public = text_of(client.get(f"/developments/{company.development.ref}"))
    for words in ("滨江新园", "0556-5550188", "北纬 30.5172°，东经 117.0661°"):
        assert words in public


def test_a_building_and_a_home_are_corrected(
    browser: LintingClient, client: LintingClient, company: Company, home: Home, transaction: Begin
) -> None:
    with transaction() as session:
        service.publish(session, actor=company.actor, home_id=home.id)
    place = f"/developer/developments/{company.development.ref}"
    assert browser.get(f"{place}/buildings/edit?building=没有").status_code == 404
    assert browser.get(f"{place}/buildings/edit").status_code == 404
    renamed = send(
        browser, f"{place}/buildings/edit?building=3幢", {"name": "8 幢", "storeys": "20", "has_lift": "no"}
    )
    assert "8 幢：20 层，2 个单元，没有电梯。" in text_of(browser.get(renamed.location))
    facts = {"inner_area_m2": "71.2", "orientation": "north-south", "finish": "fitted", "room": "502"}
    saved = send(browser, f"/developer/homes/{home.ref}/edit", facts)
    assert saved.location == f"/developer/homes/{home.ref}"
    for page in (text_of(browser.get(saved.location)), text_of(client.get(f"/homes/{home.ref}"))):
        for words in ("8 幢2单元502室", "71.20 ㎡", "南北通透", "精装", "没有电梯"):
            assert words in page


def test_what_a_buyer_relies_on_is_told_and_cannot_be_changed(
    browser: LintingClient, company: Company, home: Home, transaction: Begin
) -> None:
    begin_purchase(transaction, home)
    place = f"/developer/developments/{company.development.ref}"
    page = browser.get(f"{place}/edit")
    assert "有住户正在用房票买这里的房" in text_of(page)
    assert {"name", "address", "stage"}.isdisjoint(form_of(page)[1])
    assert send(browser, f"{place}/edit", {"sales_phone": "400-888-1234"}).status_code == 303
    assert send(browser, f"{place}/edit", {"name": "别名"}).status_code == 303
    with transaction() as session:
        kept = session.get_one(Development, company.development.id)
        assert (kept.name, kept.sales_phone) == ("滨江花园", "400-888-1234")

    edit = f"/developer/homes/{home.ref}/edit"
    assert "area_m2" not in form_of(browser.get(edit))[1]
    assert send(browser, edit, {"finish": "bare", "area_m2": "100"}).status_code == 303
    with transaction() as session:
        found = session.get_one(Home, home.id)
        assert (found.finish, found.area_m2) == ("bare", Decimal("89.50"))


def test_a_home_whose_every_fact_stands_has_no_form(
    browser: LintingClient, company: Company, home: Home, transaction: Begin
) -> None:
    with transaction() as session:
        found = session.get_one(Home, home.id)
        found.inner_area_m2, found.orientation, found.finish = Decimal(70), "south", "bare"
    begin_purchase(transaction, home, ends=True)
    page = text_of(browser.get(f"/developer/homes/{home.ref}/edit"))
    assert "没有可以改的" in page
    assert "已经有房售出" in page


def test_a_purchase_that_begins_while_somebody_types_wins(
    browser: LintingClient, company: Company, home: Home, transaction: Begin
) -> None:
    address = f"/developer/developments/{company.development.ref}/edit"
    sent = {**form_of(browser.get(address))[1], "name": "别名", "stage": "finished"}
    begin_purchase(transaction, home)
    browser.post(address, data=sent)
    with transaction() as session:
        assert session.get_one(Development, company.development.id).name == "滨江花园"


def test_what_was_never_listed_can_be_removed_step_by_step(
    browser: LintingClient, company: Company, home: Home, transaction: Begin
) -> None:
    place = f"/developer/developments/{company.development.ref}"
    refused = "这个楼盘还有楼栋，不能删除"
    assert refused in text_of(browser.get(f"{place}/delete"))
    assert "这栋楼还有房源，不能删除" in text_of(browser.get(f"{place}/buildings/delete?building=3幢"))
    gone = send(browser, f"/developer/homes/{home.ref}/delete")
    assert "房源“3幢2单元501室”已删除" in text_of(browser.get(gone.location))
    assert browser.get(f"/developer/homes/{home.ref}").status_code == 404
    gone = send(browser, f"{place}/buildings/delete?building=3幢")
    assert "楼栋“3幢”已删除" in text_of(browser.get(gone.location))
    gone = send(browser, f"{place}/delete")
    assert "楼盘“滨江花园”已删除" in text_of(browser.get(gone.location))
    with transaction() as session:
        left = [session.scalar(select(func.count()).select_from(kind)) for kind in (Home, Building)]
        assert left == [0, 0]


def test_a_home_that_was_listed_is_not_removed(
    browser: LintingClient, company: Company, home: Home, transaction: Begin
) -> None:
    address = f"/developer/homes/{home.ref}/delete"
    sent = form_of(browser.get(address))[1]
    with transaction() as session:
        service.publish(session, actor=company.actor, home_id=home.id)
    answer = browser.post(address, data=sent)
    assert answer.status_code == 409
    assert "刚刚有改动" in text_of(answer)
    assert "不能删除" in text_of(browser.get(address))


@pytest.mark.parametrize(
    ("typed", "question"),
    [
        ({"cash_price": "57", "voucher_price": "55"}, "您是说 ¥570,000 吗？"),
        ({"filed_price": "600万"}, "您是说 ¥600,000 吗？"),
        ({"area_m2": "8.95"}, "建筑面积 8.95 ㎡，比一间房还小。您是说 89.50 ㎡ 吗？"),
        ({"inner_area_m2": "7.1"}, "套内面积 7.10 ㎡，不到建筑面积的一半。"),
    ],
)
def test_an_unlikely_figure_is_asked_about_before_it_is_kept(
    browser: LintingClient, company: Company, transaction: Begin, typed: dict[str, str], question: str
) -> None:
    address = f"/developer/developments/{company.development.ref}/homes/new"
    if "filed_price" in typed:
        with transaction() as session:
            for room in ("301", "302", "303"):
                make_home(session, developer=company.actor, building=company.building, room=room)
    first = send(browser, address, {**HOME, **typed})
    assert first.status_code == 422
    assert question in text_of(first)
    sent = {**form_of(first)[1], "building": "3幢"}
    assert browser.post(address, data=sent).status_code == 422
    kept = browser.post(address, data={**sent, "sure": "yes"})
    assert kept.status_code == 303


def test_a_tick_counts_only_for_the_question_that_was_asked(
    browser: LintingClient, company: Company, home: Home
) -> None:
    address = f"/developer/homes/{home.ref}/prices"
    typed: dict[str, Any] = {"kind": "voucher", "amount": "55", "reason": "调价"}
    assert send(browser, address, {**typed, "sure": "yes"}).status_code == 422
    first = send(browser, address, typed)
    assert "您是说 ¥550,000 吗？" in text_of(first)
    sent = {**form_of(first)[1], "sure": "yes", "kind": "voucher"}
    other = browser.post(address, data={**sent, "amount": "54"})
    assert other.status_code == 422
    assert "您是说 ¥540,000 吗？" in text_of(other)
    assert browser.post(address, data=sent).status_code == 303


def test_nobody_opens_the_forms_of_another_company(
    browser: LintingClient, company: Company, transaction: Begin
) -> None:
    with transaction() as session:
        other = make_developer(session, admitted_to=None)
        place = make_development(session, developer=other, district=company.district)
        building = make_building(session, developer=other, development=place)
        theirs = make_home(session, developer=other, building=building)
    token = token_of(browser.get("/developer/"))
    for address in (
        f"/developer/developments/{place.ref}/edit",
        f"/developer/developments/{place.ref}/delete",
        f"/developer/developments/{place.ref}/buildings/edit?building={building.name}",
        f"/developer/developments/{place.ref}/buildings/delete?building={building.name}",
        f"/developer/homes/{theirs.ref}/edit",
        f"/developer/homes/{theirs.ref}/delete",
    ):
        assert browser.get(address).status_code == 404
        assert browser.post(address, data={"csrf_token": token}).status_code == 404
