"""A contract claims a locked home: what the authority sees, and the officer's decision."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.actor import Actor, Role
from app.core.clock import FixedClock
from app.homes.models import Home
from app.redemptions.models import Redemption
from app.sales.models import CashSale
from tests.factories.identity import make_actor
from tests.factories.redemptions import contract, make_home, make_redemption, make_shop, redeem, verify_first
from tests.factories.sales import line_of, load, report_sale
from tests.web.linting import LintingClient
from tests.web.sending import send, text_of
from tests.web.town import Town, make_town, saved

Enter = Callable[[Actor], LintingClient]


@pytest.fixture
def town(committed_app: Flask) -> Town:
    return make_town(committed_app)


@pytest.fixture
def locked(town: Town, committed_app: Flask) -> Redemption:
    with saved(committed_app) as session:
        return make_redemption(session, town.buyer, town.home)


@pytest.fixture
def claim(town: Town, locked: Redemption, committed_app: Flask) -> CashSale:
    with saved(committed_app) as session:
        return report_sale(session, town.shop, town.home, number="现-1", signed_on=date(2016, 5, 30))


def decide(browser: LintingClient, claim: CashSale, outcome: str) -> str:
    sent = send(
        browser,
        f"/authority/conflicts/{claim.ref}/decide",
        {"outcome": outcome, "reason": "已核对网签", "checked": "yes"},
    )
    assert sent.status_code == 303, text_of(sent)
    return text_of(browser.get(sent.location or ""))


def test_the_officer_finds_the_conflict_and_lets_the_contract_stand(
    enter: Enter, town: Town, locked: Redemption, claim: CashSale
) -> None:
    officer, household = enter(town.shop.desk.officer), enter(town.buyer.actor)
    assert "现-1" in text_of(officer.get("/authority/conflicts/"))
    page = text_of(officer.get(f"/authority/conflicts/{claim.ref}"))
    assert "线下合同签在锁定当天或之前" in page
    assert locked.ref in page
    assert "处理完以前不能核验" in text_of(officer.get(f"/authority/redemptions/{locked.ref}"))
    assert "锁定已解除，房票金额全部退回" in decide(officer, claim, "contract")
    assert "现在没有等处理的冲突" in text_of(officer.get("/authority/conflicts/"))
    assert "现-1" in text_of(officer.get("/authority/conflicts/?state=all"))
    told = text_of(household.get(f"/household/redemptions/{locked.ref}"))
    assert "线下合同在先，锁定解除" in told
    assert "已核对网签" in told
    assert "您的房票金额已经全部退回" in told
    assert "现在可以用的金额 ¥500,000" in text_of(household.get("/household/"))


def test_the_lock_stands(enter: Enter, town: Town, locked: Redemption, claim: CashSale) -> None:
    officer = enter(town.shop.desk.officer)
    assert "锁定有效" in decide(officer, claim, "lock")
    page = text_of(enter(town.buyer.actor).get(f"/household/redemptions/{locked.ref}"))
    assert "征收办已经决定：以您的锁定为准" in page
    assert "不予采纳" in text_of(enter(town.shop.developer).get(f"/developer/sales/{claim.ref}"))
    assert "已经处理完" in text_of(officer.get(f"/authority/conflicts/{claim.ref}/decide"))


def test_a_later_contract_cannot_be_chosen(
    enter: Enter, town: Town, locked: Redemption, committed_app: Flask, clock: FixedClock
) -> None:
    clock.advance(timedelta(days=1))
    with saved(committed_app) as session:
        later = report_sale(session, town.shop, town.home, number="现-2")
    officer = enter(town.shop.desk.officer)
    assert "按规则以锁定为准" in text_of(officer.get(f"/authority/conflicts/{later.ref}"))
    sent = send(
        officer,
        f"/authority/conflicts/{later.ref}/decide",
        {"outcome": "contract", "reason": "x", "checked": "yes"},
    )
    assert sent.status_code == 422
    assert "签订日期晚于锁定日" in text_of(sent)


def test_a_purchase_that_waits_for_the_checker_is_refused_there_first(
    enter: Enter, town: Town, locked: Redemption, committed_app: Flask
) -> None:
    with saved(committed_app) as session:
        contract(session, town.shop, locked)
        verify_first(session, town.shop, locked)
        claim = report_sale(session, town.shop, town.home, signed_on=date(2016, 5, 30))
    sent = send(
        enter(town.shop.desk.officer),
        f"/authority/conflicts/{claim.ref}/decide",
        {"outcome": "contract", "reason": "x", "checked": "yes"},
    )
    assert (sent.status_code, "正在等待复核" in text_of(sent)) == (409, True)
    page = text_of(enter(town.buyer.actor).get(f"/household/redemptions/{locked.ref}"))
    assert "锁定不再计时" in page


def test_each_box_must_be_filled(enter: Enter, town: Town, claim: CashSale) -> None:
    sent = send(enter(town.shop.desk.officer), f"/authority/conflicts/{claim.ref}/decide")
    told = text_of(sent)
    assert sent.status_code == 422
    for sentence in ("请选择处理决定", "请输入理由和依据", "请先在网签系统里核对"):
        assert sentence in told


def test_others_read_and_another_district_sees_nothing(
    enter: Enter, town: Town, claim: CashSale, committed_app: Flask
) -> None:
    with saved(committed_app) as session:
        readers = [
            make_actor(session, role=role, district=town.shop.desk.district)
            for role in (Role.CHECKER, Role.AUDITOR, Role.INSPECTOR)
        ]
        stranger = make_shop(session).desk.officer
    for reader in readers:
        browser = enter(reader)
        page = browser.get(f"/authority/conflicts/{claim.ref}")
        assert "作出决定" not in text_of(page)
        assert browser.get(f"/authority/conflicts/{claim.ref}/decide").status_code == 403
    foreign = enter(stranger)
    assert foreign.get(f"/authority/conflicts/{claim.ref}").status_code == 404
    assert foreign.get(f"/authority/conflicts/{claim.ref}/decide").status_code == 404
    assert "现-1" not in text_of(foreign.get("/authority/conflicts/"))


def test_a_contract_of_a_home_bought_by_voucher(
    enter: Enter, town: Town, locked: Redemption, committed_app: Flask
) -> None:
    with saved(committed_app) as session:
        redeem(session, town.shop, locked)
        load(session, town.shop, line_of(session.get_one(Home, town.home.id), "A-1"))
    officer = enter(town.shop.desk.officer)
    page = officer.get("/authority/conflicts/")
    ref = page.get_data(as_text=True).split("/authority/conflicts/XJ")[1].split('"')[0]
    assert "已经卖给别人" in text_of(officer.get(f"/authority/conflicts/XJ{ref}"))
    assert "没有锁定" in text_of(officer.get(f"/authority/conflicts/XJ{ref}/decide"))


def test_the_officer_says_which_of_two_homes_a_contract_sold(
    enter: Enter, town: Town, committed_app: Flask
) -> None:
    with saved(committed_app) as session:
        twin = make_home(session, town.shop)
        home = session.get_one(Home, town.home.id)
        twin.unit, twin.room, twin.storey = home.unit, home.room, home.storey + 1
        session.commit()
        load(session, town.shop, line_of(home, "A-1"))
        ref, storey = session.scalars(select(CashSale.ref)).one(), twin.storey
        twin_ref = twin.ref
    officer = enter(town.shop.desk.officer)
    assert "A-1" in text_of(officer.get("/authority/conflicts/"))
    page = text_of(officer.get(f"/authority/conflicts/{ref}"))
    assert "等认定是哪一套" in page
    assert f"第 {storey} 层" in page
    assert "单元和室号相同，只有楼层不同" in page
    path = f"/authority/conflicts/{ref}/choose"
    empty = send(officer, path, {})
    assert empty.status_code == 422
    assert "请先在网签系统里核对" in text_of(empty)
    sent = send(officer, path, {"home": twin_ref, "reason": "网签附图为高一层", "checked": "yes"})
    assert sent.status_code == 303, text_of(sent)
    after = text_of(officer.get(sent.location or ""))
    assert "这套房记为已售出" in after
    assert "认定卖的是这一套" in after
    assert "已经认定过" in text_of(officer.get(path))
    assert enter(make_actor_of_other_district(committed_app)).get(path).status_code == 404


def make_actor_of_other_district(app: Flask) -> Actor:
    with saved(app) as session:
        return make_shop(session).desk.officer
