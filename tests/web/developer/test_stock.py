"""Developments, buildings, homes: filling them in, and reading them again."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, select

from app.core.actor import Role
from app.extensions import READER, db
from app.homes import service
from app.homes.models import Development, Home
from tests.factories.homes import admit, make_building, make_development, make_home
from tests.factories.identity import make_actor, make_district
from tests.web.developer.conftest import Begin, Company, Enter
from tests.web.linting import LintingClient
from tests.web.sending import form_of, send, text_of

HOME = {
    "building": "3幢",
    "unit": "2单元",
    "storey": "11",
    "room": "1101",
    "rooms": "3",
    "area_m2": "89.5",
    "filed_price": "60万",
    "filing_number": "备2016-0012",
    "cash_price": "57万",
    "voucher_price": "55万",
}


def new_home(company: Company) -> str:
    return f"/developer/developments/{company.development.ref}/homes/new"


def test_a_new_company_is_led_from_nothing_to_a_listed_home(transaction: Begin, enter: Enter) -> None:
    with transaction() as session:
        district = make_district(session)
        actor = make_actor(session, role=Role.DEVELOPER)
        admit(session, actor, district)
        code = district.code
    browser = enter(actor)
    assert "添加第一个楼盘" in text_of(browser.get("/developer/"))
    assert "还没有楼盘" in text_of(browser.get("/developer/developments/"))

    place = {"name": "滨江花园", "district": code, "address": "滨江路 8 号", "sales_phone": "0513-5550000"}
    made = send(browser, "/developer/developments/new", {**place, "stage": "finished"})
    assert made.status_code == 303
    assert "还没有楼栋" in text_of(browser.get(made.location))
    assert "这个楼盘还没有楼栋" in text_of(browser.get(f"{made.location}/homes/new"))

    built = send(
        browser,
        f"{made.location}/buildings/new",
        {"name": "3幢", "storeys": "18", "units": "2", "has_lift": "yes"},
    )
    assert built.status_code == 303
    assert "3幢还没有房源" in text_of(browser.get(built.location))

    saved = send(browser, f"{made.location}/homes/new?building=3幢", HOME)
    assert saved.status_code == 303
    page = text_of(browser.get(saved.location))
    for words in ("3幢2单元1101室", "未上架", "¥600,000", "¥570,000", "¥550,000", "备2016-0012", "首次填报"):
        assert words in page
    listed = send(browser, f"{saved.location}/publish")
    assert listed.location == saved.location
    page = text_of(browser.get(saved.location))
    assert "房源已上架" in page
    assert "已上架" in page
    assert "1101室" in text_of(browser.get(built.location))
    assert "共 1 套，已上架 1 套" in text_of(browser.get("/developer/developments/"))


@pytest.mark.parametrize(
    ("typed", "field", "message"),
    [
        ({"room": ""}, "room", "请输入室号"),
        ({"building": ""}, "building", "请选择楼栋"),
        ({"building": "别处"}, "building", "请从列出的选项中选择楼栋"),
        ({"storey": "19"}, "storey", "这栋楼共 18 层，请填写 1 到 18 之间的楼层"),
        ({"area_m2": "八十"}, "area_m2", "建筑面积要写成数字"),
        ({"area_m2": "2000.01"}, "area_m2", "建筑面积不能超过"),
        ({"filed_price": ""}, "filed_price", "请输入备案价"),
        ({"filing_number": " "}, "filing_number", "请输入备案编号"),
        ({"cash_price": "0"}, "cash_price", "现金价不能低于"),
        ({"unit": "3单元"}, "unit", "这栋楼共 2 个单元"),
        ({"inner_area_m2": "89.51"}, "inner_area_m2", "套内面积不能大于建筑面积"),
        ({"cash_price": "60.01万"}, "cash_price", "现金价 ¥600,100 高于备案价 ¥600,000"),
        (
            {"voucher_price": "57.5万"},
            "voucher_price",
            "房票价 ¥575,000 高于现金价 ¥570,000，不能这样定价。请把房票价改为 ¥570,000 或更低。",
        ),
        (
            {"cash_price": "", "voucher_price": "600,000.01"},
            "voucher_price",
            "房票价 ¥600,000.01 高于备案价 ¥600,000",
        ),
    ],
)
def test_a_home_is_refused_at_its_field_and_nothing_typed_is_lost(
    browser: LintingClient,
    company: Company,
    transaction: Begin,
    typed: dict[str, str],
    field: str,
    message: str,
) -> None:
    sent = {**HOME, **typed}
    answer = send(browser, new_home(company), sent)
    assert answer.status_code == 422
    body = answer.get_data(as_text=True)
    assert message in text_of(answer)
    assert f'id="{field}-error"' in body
    _, kept = form_of(answer)
    assert {name: kept[name] for name in sent if name != "building"} == {
        name: text for name, text in sent.items() if name != "building"
    }
    with transaction() as session:
        assert session.scalar(select(func.count()).select_from(Home)) == 0


def test_the_same_room_twice_is_refused_and_the_same_form_twice_is_not(
    browser: LintingClient, company: Company, transaction: Begin
) -> None:
    page = browser.get(new_home(company))
    sent = {**form_of(page)[1], **HOME}
    first = browser.post(new_home(company), data=sent)
    assert browser.post(new_home(company), data=sent).location == first.location
    again = send(browser, new_home(company), {**HOME, "unit": "2", "room": "1101室"})
    assert again.status_code == 422
    assert "已经有这个室号" in text_of(again)
    with transaction() as session:
        assert session.scalar(select(func.count()).select_from(Home)) == 1


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"name": "滨江花园"}, "贵公司已经有同名的楼盘"),
        ({"stage": "presale"}, "期房要有预售许可证才能销售"),
        ({"stage": "presale", "presale_permit": "预售证第1号"}, "期房要写明交房日期"),
        ({"stage": "presale", "presale_permit": "1", "delivery_on": "明年"}, "交房日期要写成年月日"),
        (
            {"stage": "presale", "presale_permit": "1", "delivery_on": "1999-12-31"},
            "交房日期不能早于2000年1月1日",
        ),
        (
            {"stage": "presale", "presale_permit": "1", "delivery_on": "2100-01-02"},
            "交房日期不能晚于2100年1月1日",
        ),
        ({"stage": ""}, "请选择现房或期房"),
        ({"sales_phone": "5550000"}, "售楼电话要写成手机号、带区号的座机或 400 电话"),
        ({"lat": "30.5"}, "经度和纬度要一起填"),
        ({"lat": "117.0661", "lon": "30.5172"}, "经度和纬度像是填反了"),
        ({"lat": "北纬三十度", "lon": "117"}, "纬度要写成小数"),
        ({"lat": "30.5", "lon": "1170.661"}, "经度不在中国范围内"),
        ({"district": "nowhere"}, "请从列出的选项中选择所在城区"),
        ({"name": "长" * 41}, "楼盘名称最多 40 个字"),
    ],
)
def test_a_development_is_refused_at_its_field(
    browser: LintingClient, company: Company, transaction: Begin, typed: dict[str, str], message: str
) -> None:
    place = {
        "name": "港华新居",
        "district": company.district.code,
        "address": "路",
        "sales_phone": "0513-5550000",
    }
    answer = send(browser, "/developer/developments/new", {**place, "stage": "finished", **typed})
    assert answer.status_code == 422
    assert message in text_of(answer)
    with transaction() as session:
        assert session.scalar(select(func.count()).select_from(Development)) == 1


def test_permit_and_handover_day_are_kept_whether_homes_are_built_or_not(
    browser: LintingClient, company: Company
) -> None:
    place = {
        "district": company.district.code,
        "address": "路",
        "sales_phone": "0513-5550000",
        "delivery_on": "2017.6.30",
    }
    permit = {"presale_permit": "预售证第1号"}
    presale = send(
        browser, "/developer/developments/new", {**place, **permit, "name": "期房", "stage": "presale"}
    )
    page = text_of(browser.get(presale.location))
    assert "预售证第1号" in page
    assert "2017年6月30日" in page
    finished = send(
        browser, "/developer/developments/new", {**place, **permit, "name": "现房", "stage": "finished"}
    )
    assert "预售证第1号" in text_of(browser.get(finished.location))


def test_a_building_of_the_same_name_is_refused(browser: LintingClient, company: Company) -> None:
    address = f"/developer/developments/{company.development.ref}/buildings/new"
    answer = send(browser, address, {"name": "3幢", "storeys": "6", "units": "1", "has_lift": "no"})
    assert answer.status_code == 422
    assert "这个楼盘已经有同名的楼栋" in text_of(answer)
    assert "层数不能大于 120" in text_of(send(browser, address, {"name": "4幢", "storeys": "121"}))


def test_the_sales_table_shows_one_building_by_unit_and_storey(
    browser: LintingClient, company: Company, transaction: Begin
) -> None:
    with transaction() as session:
        other = make_building(
            session, developer=company.actor, development=company.development, name="4 幢&东"
        )
        for storey, room in ((2, "201"), (10, "1001"), (10, "1002")):
            make_home(session, developer=company.actor, building=company.building, storey=storey, room=room)
        make_home(session, developer=company.actor, building=other, room="301", voucher_fen=None)
    address = f"/developer/developments/{company.development.ref}"
    first = text_of(browser.get(address))
    assert first.index("1001室") < first.index("1002室") < first.index("201室")
    assert "301室" not in first
    second = text_of(browser.get(address, query_string={"building": "4 幢&东"}))
    assert "301室" in second
    assert "未填写" in second
    assert text_of(browser.get(address, query_string={"building": "没有"})) == first


def test_long_lists_have_pages(browser: LintingClient, company: Company, transaction: Begin) -> None:
    with transaction() as session:
        for number in range(10):
            make_development(
                session, developer=company.actor, district=company.district, name=f"第{number}花园"
            )
    first = text_of(browser.get("/developer/developments/"))
    assert "第9花园" in first
    assert "滨江花园" not in first
    assert "滨江花园" in text_of(browser.get("/developer/developments/?page=2"))


def test_more_homes_take_no_more_queries(
    browser: LintingClient, company: Company, transaction: Begin, committed_app: Flask
) -> None:
    addresses = (
        f"/developer/developments/{company.development.ref}",
        "/developer/",
        "/developer/developments/",
    )

    def fell_out(room: str) -> None:
        with transaction() as session:
            home = make_home(session, developer=company.actor, building=company.building, room=room)
            service.publish(session, actor=company.actor, home_id=home.id)
            service.set_price(
                session,
                actor=company.actor,
                home_id=home.id,
                kind="cash",
                amount_fen=50_000_000,
                reason="降价",
            )

    fell_out("301")
    once = [count_queries(committed_app, browser, address) for address in addresses]
    fell_out("302")
    fell_out("303")
    assert [count_queries(committed_app, browser, address) for address in addresses] == once


def count_queries(app: Flask, browser: LintingClient, address: str) -> int:
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    with app.app_context():
        engine = db.engines[READER]
    event.listen(engine, "before_cursor_execute", note)
    try:
        assert browser.get(address).status_code == 200
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len(asked)
