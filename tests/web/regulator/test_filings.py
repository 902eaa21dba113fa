"""Registering filed prices by the pages, and what each side sees of them."""

from dataclasses import dataclass

import pytest

from app.core.actor import Actor, Role
from app.homes import service
from app.homes.models import Development, Home
from tests.factories.homes import make_building, make_developer, make_development, make_home
from tests.factories.identity import make_actor, make_district
from tests.web.developer.conftest import Begin, Enter
from tests.web.linting import LintingClient
from tests.web.sending import form_of, send, text_of


@dataclass(frozen=True)
class Scene:
    """A development with two homes, the first listed, its developer, and the bureau at work."""

    bureau: LintingClient
    developer: LintingClient
    place: Development
    homes: list[Home]


@pytest.fixture
def scene(transaction: Begin, enter: Enter) -> Scene:
    with transaction() as session:
        district = make_district(session)
        developer: Actor = make_developer(session, admitted_to=district)
        place = make_development(session, developer=developer, district=district, name="滨江花园")
        building = make_building(session, developer=developer, development=place, name="3幢")
        homes = [
            make_home(session, developer=developer, building=building, storey=5, room=room)
            for room in ("501", "502")
        ]
        service.publish(session, actor=developer, home_id=homes[0].id)
        regulator = make_actor(session, role=Role.REGULATOR, district=district)
    return Scene(enter(regulator), enter(developer), place, homes)


def box(home: Home) -> str:
    return f"price_{home.ref.replace('-', '_')}"


def test_a_building_is_registered_and_both_sides_and_the_public_see_it(scene: Scene) -> None:
    first, second = scene.homes
    passer_by = scene.bureau.application.test_client()
    assert "房企填报，待核对" in text_of(passer_by.get(f"/homes/{first.ref}"))
    assert "还有 2 套没有登记备案价" in text_of(scene.bureau.get("/regulator/filings/"))
    address = f"/regulator/filings/{scene.place.ref}"
    typed = {"filing_number": "备2016-88", "filed_on": "2016-05-20", box(first): "59万", box(second): ""}
    saved = send(scene.bureau, f"{address}/register?building=3幢", typed)
    assert saved.status_code == 303
    page = text_of(scene.bureau.get(saved.location))
    assert "¥590,000（备案编号 备2016-88），2016年5月20日（星期五）备案" in page
    assert "¥600,000（备案编号 备2016-0012），与登记不一致" in page
    assert "没有登记" in page
    assert "还有 1 套没有登记备案价" in text_of(scene.bureau.get("/regulator/filings/"))

    page = text_of(scene.developer.get(f"/developer/homes/{first.ref}"))
    for words in ("备案价和贵公司填报的不一致", "主管部门登记：¥590,000", "贵公司填报：¥600,000"):
        assert words in page
    prices = scene.developer.get(f"/developer/homes/{first.ref}/prices")
    assert 'value="filed"' not in prices.get_data(as_text=True)
    assert "filing_number" not in form_of(prices)[1]
    lower = {"kind": "voucher", "amount": "54万", "reason": "让利"}
    assert send(scene.developer, f"/developer/homes/{first.ref}/prices", lower).status_code == 303
    assert "主管部门登记，编号 备2016-88" in text_of(passer_by.get(f"/homes/{first.ref}"))


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({}, "请至少填一套房的备案价"),
        ({"filing_number": ""}, "请输入备案编号"),
        ({"filed_on": "2016-06-02"}, "备案日期不能晚于今天"),
        ({"first": "六十"}, "要写成数字"),
        ({"first": "60"}, "2单元501室：备案价 ¥60，每平方米只有 ¥0.67，太便宜了。您是说 ¥600,000 吗？"),
    ],
)
def test_a_filing_is_refused_where_it_is_wrong(scene: Scene, typed: dict[str, str], message: str) -> None:
    whole = {"filing_number": "备2016-88", "filed_on": "2016-05-20", **typed}
    if "first" in whole or "filed_on" in typed:
        whole[box(scene.homes[0])] = whole.pop("first", "59万")
    answer = send(scene.bureau, f"/regulator/filings/{scene.place.ref}/register", whole)
    assert answer.status_code == 422
    assert message in text_of(answer)


def test_a_colleague_who_was_faster_is_noticed(scene: Scene) -> None:
    address = f"/regulator/filings/{scene.place.ref}/register"
    sent = form_of(scene.bureau.get(address))[1]
    typed = {"filing_number": "备2016-88", "filed_on": "2016-05-20", box(scene.homes[0]): "59万"}
    assert scene.bureau.post(address, data={**sent, **typed}).status_code == 303
    second = scene.bureau.post(address, data={**sent, **typed, "filing_number": "备2016-89"})
    assert second.status_code == 409
    assert "刚刚有人登记过这栋楼的备案价" in text_of(second)


def test_another_districts_bureau_sees_nothing(scene: Scene, transaction: Begin, enter: Enter) -> None:
    with transaction() as session:
        stranger = make_actor(session, role=Role.REGULATOR, district=make_district(session))
    browser = enter(stranger)
    assert "本区还没有楼盘" in text_of(browser.get("/regulator/filings/"))
    for address in (
        f"/regulator/filings/{scene.place.ref}",
        f"/regulator/filings/{scene.place.ref}/register",
    ):
        assert browser.get(address).status_code == 404
