"""A home that is not handed over in time, page by page, from the household to the regulator."""

from collections.abc import Callable
from datetime import timedelta

from flask import Flask

from app.core import clock as business_clock
from app.core.actor import Actor, Role
from app.core.clock import FixedClock
from tests.factories.identity import make_actor
from tests.factories.redemptions import make_redemption, redeem
from tests.web.linting import LintingClient
from tests.web.sending import form_to, links, send, text_of
from tests.web.town import make_town, saved

Enter = Callable[[Actor], LintingClient]


def test_it_is_reported_answered_seen_closed_and_told_again_by_telephone(
    enter: Enter, committed_app: Flask, clock: FixedClock
) -> None:
    town = make_town(committed_app)
    with saved(committed_app) as session:
        locked = make_redemption(session, town.buyer, town.home)
        agreed_on = business_clock.today() + timedelta(days=10)
        ref = redeem(session, town.shop, locked, handover_by=agreed_on).ref
        regulator = make_actor(session, role=Role.REGULATOR, district=town.shop.desk.district)
    household, developer = enter(town.buyer.actor), enter(town.shop.developer)
    officer, page = enter(town.shop.desk.officer), f"/household/redemptions/{ref}"
    assert "最迟 2016年6月11日" in text_of(household.get(page)), "what the contract promises"
    assert "没有按时交房" not in links(household.get(page))
    assert "过了这一天还没有交房再反映" in text_of(household.get(f"{page}/late"))
    clock.moment += timedelta(days=11)
    own = links(household.get(page))["没有按时交房"]
    assert send(household, own, {"kind": "late", "reason": ""}).status_code == 422
    assert send(household, own, {"kind": "late", "reason": "没有通水电"}).status_code == 303
    assert "现在等房企答复哪一天交房" in text_of(household.get(own))
    listed = developer.get(_waiting(developer))
    (report,) = [href for href in links(listed).values() if "/late/YJ-" in href]
    answer = {"promised_on": "2016-06-20", "reason": "等供水验收"}
    assert send(developer, report, {**answer, "promised_on": "2016-06-01"}).status_code == 422
    assert send(developer, report, answer).status_code == 303
    assert "现在等房企交房，最迟 2016年6月20日（星期一）" in text_of(household.get(own))
    desk = officer.get("/authority/settlements/late/")
    assert "房企已答复，等交房" in text_of(desk)
    assert officer.get(links(desk)["下载 Excel"]).status_code == 200
    (seen,) = [href for href in links(desk).values() if "/late/YJ-" in href]
    assert send(officer, seen, {"reason": ""}).status_code == 422
    assert send(officer, seen, {"reason": "双方书面约定延期"}).status_code == 303
    assert "双方书面约定延期" in text_of(household.get(own))
    by_phone = links(officer.get(f"/authority/redemptions/{ref}"))["住户来电：没有按时交房"]
    assert send(officer, by_phone, {"kind": "unlike", "reason": "没有装门"}).status_code == 303
    assert "已经反映过了" in text_of(officer.get(by_phone))
    bureau = enter(regulator)
    assert "没有了结" in text_of(bureau.get("/regulator/late/"))
    assert bureau.get("/regulator/late.xlsx").status_code == 200
    withdraw = household.get(own)
    assert "没有装门" in text_of(withdraw)
    done = household.post(f"{own}/withdraw", data=form_to(withdraw, f"{own}/withdraw"))
    assert done.status_code == 303
    assert "住户已撤回" in text_of(household.get(own))


def _waiting(developer: LintingClient) -> str:
    """Return where a developer's desk and purchases lead to what waits for its answer."""
    desk, purchases = (links(developer.get(f"/developer/{page}")) for page in ("", "redemptions/"))
    assert desk["1 套没有按时交房，等贵公司答复"] == purchases["1 套没有按时交房，住户已经反映"]
    return desk["1 套没有按时交房，等贵公司答复"]
