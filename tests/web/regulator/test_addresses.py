"""A home at a taken address: the regulator's list and decision, and what its developer reads meanwhile."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from app import jobs
from app.core.actor import Actor, Role
from app.homes.models import Home
from app.sales.address_models import AddressDoubt
from tests.factories.homes import make_home as make_stock
from tests.factories.identity import make_actor, make_district
from tests.factories.redemptions import contract, make_buyer, make_home, make_redemption
from tests.factories.sales import report_sale
from tests.web.linting import LintingClient
from tests.web.sending import send, text_of
from tests.web.town import Town, make_town, saved

Enter = Callable[[Actor], LintingClient]


@pytest.fixture
def town(committed_app: Flask) -> Town:
    return make_town(committed_app)


@pytest.fixture
def double(town: Town, committed_app: Flask) -> tuple[Home, str]:
    """A home written like the one that was sold, and the reference of the doubt about it."""
    with saved(committed_app) as session:
        report_sale(session, town.shop, town.home)
        made = make_stock(
            session,
            developer=town.shop.developer,
            building=town.shop.building,
            unit=f"0{town.home.unit}",
            storey=town.home.storey,
            room=town.home.room,
        )
        session.commit()
        return made, session.scalars(select(AddressDoubt.ref)).one()


@pytest.fixture
def bureau(town: Town, committed_app: Flask) -> Actor:
    with saved(committed_app) as session:
        return make_actor(session, role=Role.REGULATOR, district=town.shop.desk.district)


def answer(browser: LintingClient, ref: str, **changed: str) -> str:
    typed = {"outcome": "other", "reason": "现场看过，楼层不同", "checked": "yes", **changed}
    sent = send(browser, f"/regulator/addresses/{ref}", typed)
    return text_of(browser.get(sent.location or "")) if sent.status_code == 303 else text_of(sent)


def test_the_regulator_finds_it_and_lets_another_home_into_the_pool(
    enter: Enter, town: Town, bureau: Actor, double: tuple[Home, str]
) -> None:
    home, ref = double
    developer, regulator = enter(town.shop.developer), enter(bureau)
    page = text_of(developer.get(f"/developer/homes/{home.ref}"))
    assert "监管部门核对以前，这套房不能上架" in page
    assert "现在还不能上架" in page
    assert town.home.room in text_of(regulator.get("/regulator/addresses/"))
    shown = text_of(regulator.get(f"/regulator/addresses/{ref}"))
    assert home.ref in shown
    assert town.home.ref in shown
    assert "请输入理由和依据" in answer(regulator, ref, reason="")
    assert "已认定：是另一套房" in answer(regulator, ref)
    assert "现在没有等核对的同址房源" in text_of(regulator.get("/regulator/addresses/"))
    assert "现场看过" in text_of(regulator.get(f"/regulator/addresses/{ref}"))
    assert "现在还不能上架" not in text_of(developer.get(f"/developer/homes/{home.ref}"))


def test_the_very_home_stays_out_and_the_developer_reads_why(
    enter: Enter, town: Town, bureau: Actor, double: tuple[Home, str]
) -> None:
    home, ref = double
    regulator = enter(bureau)
    assert "就是那套房，不能上架" in answer(regulator, ref, outcome="same", reason="同一套")
    page = text_of(enter(town.shop.developer).get(f"/developer/homes/{home.ref}"))
    assert "理由：同一套" in page


def test_nobody_else_decides(
    enter: Enter, town: Town, double: tuple[Home, str], committed_app: Flask
) -> None:
    _home, ref = double
    with saved(committed_app) as session:
        stranger = make_actor(session, role=Role.REGULATOR, district=make_district(session))
    assert enter(stranger).get(f"/regulator/addresses/{ref}").status_code == 404
    assert enter(town.shop.desk.officer).get("/regulator/addresses/").status_code == 403


def test_of_two_households_who_locked_one_dwelling_the_second_reads_why_it_waits(
    enter: Enter, town: Town, bureau: Actor, committed_app: Flask
) -> None:
    with saved(committed_app) as session:
        twin = make_home(session, town.shop)
        twin.unit, twin.room, twin.storey = f"0{town.home.unit}", town.home.room, town.home.storey
        session.commit()
        make_redemption(session, town.buyer, town.home)
        other = make_buyer(session, town.shop.desk)
        second = contract(session, town.shop, make_redemption(session, other, twin))
    household, officer = enter(other.actor), enter(town.shop.desk.officer)
    purchase, case = f"/household/redemptions/{second.ref}", f"/authority/redemptions/{second.ref}"
    refused = send(officer, f"{case}/verify", {"checked": "yes"})
    assert refused.status_code == 409
    assert "可能是同一套房填报了两次" in text_of(refused), "before the job has come by"
    jobs.run_waiting(committed_app)
    for browser, address in (
        (household, purchase),
        (enter(town.shop.developer), f"/developer/redemptions/{second.ref}"),
        (officer, case),
    ):
        assert "已经先被买下或售出的房相同" in text_of(browser.get(address))
    assert "这套房正在核对，请点开看怎么办" in text_of(household.get("/household/"))
    with saved(committed_app) as session:
        ref = session.scalars(select(AddressDoubt.ref)).one()
    assert "已认定：就是那套房" in answer(enter(bureau), ref, outcome="same")
    assert "不能再办下去" in text_of(household.get(purchase))
    assert "已经签了合同的请退回" in text_of(officer.get(case))
