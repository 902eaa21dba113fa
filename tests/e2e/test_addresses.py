"""A home at the address of a sold one: its developer reads why it waits, and the regulator decides."""

from decimal import Decimal

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from app.core.actor import Role
from app.extensions import db
from app.homes import service
from app.homes.models import Development, Home
from tests.e2e.browser import Live, Visitors, look
from tests.e2e.demo import actor_in
from tests.e2e.steps import expect_told, fill, press, sign_in


@pytest.fixture
def live(demo: Live) -> Live:
    """The demo district."""
    return demo


def double_a_sold_home(live: Live) -> str:
    """Return the reference of a home that the demo's developer enters like one that is sold."""
    with live.app.app_context():
        session = db.session()
        developer = actor_in(session, Role.DEVELOPER)
        own = select(Home).join(Development, Development.id == Home.development_id)
        own = own.where(Development.developer_id == developer.organisation, Home.status == "sold")
        sold = session.scalars(own.order_by(Home.id)).first()
        assert sold is not None
        made = service.create_home(
            session,
            actor=developer,
            building_id=sold.building_id,
            unit=f"0{sold.unit}",
            storey=sold.storey,
            room=sold.room,
            rooms=3,
            area_m2=Decimal("89.50"),
        )
        session.commit()
        return made.ref


def test_the_developer_reads_why_and_the_regulator_decides(live: Live, visitor: Visitors) -> None:
    ref = double_a_sold_home(live)
    developer, regulator = visitor(), visitor()
    sign_in(developer, Role.DEVELOPER)
    developer.goto(f"/developer/homes/{ref}")
    expect(developer.get_by_role("main")).to_contain_text("监管部门核对以前")
    look(developer, "addresses/developer-home")
    sign_in(regulator, Role.REGULATOR)
    regulator.goto("/regulator/addresses/")
    look(regulator, "addresses/list")
    regulator.get_by_role("main").get_by_role("listitem").get_by_role("link").first.click()
    look(regulator, "addresses/waiting")
    press(regulator, "确认核对结果")
    look(regulator, "addresses/refused")
    regulator.get_by_label("就是已经被买下或售出的那套房").check()
    fill(regulator, {"理由和依据": "现场只有一套。"})
    regulator.get_by_label("我已核对过两套房的楼栋、单元、楼层和室号").check()
    press(regulator, "确认核对结果")
    expect_told(regulator, "已认定：就是那套房")
    look(regulator, "addresses/decided")
    developer.reload()
    expect(developer.get_by_role("main")).to_contain_text("现场只有一套")
