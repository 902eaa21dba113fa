"""From a locked home over the developer's contract to the write-off, page by page."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from app.core import clock as clocks
from app.core.actor import Actor
from app.redemptions.models import Redemption
from tests.factories.redemptions import (
    contract,
    make_redemption,
    make_shop,
    verify_first,
)
from tests.web.contracting import CONTRACT, enter_contract
from tests.web.linting import LintingClient
from tests.web.sending import send, send_late, text_of, token_of
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
def contracted(town: Town, locked: Redemption, committed_app: Flask) -> Redemption:
    with saved(committed_app) as session:
        return contract(session, town.shop, locked)


@pytest.fixture
def checked(town: Town, contracted: Redemption, committed_app: Flask) -> Redemption:
    with saved(committed_app) as session:
        return verify_first(session, town.shop, contracted)


def test_the_way_from_a_lock_to_the_write_off(enter: Enter, town: Town, locked: Redemption) -> None:
    developer, officer, checker = (
        enter(actor) for actor in (town.shop.developer, town.shop.desk.officer, town.shop.desk.checker)
    )
    household = enter(town.buyer.actor)
    assert locked.ref in text_of(developer.get("/developer/redemptions/"))
    assert "1 笔等贵公司签合同" in text_of(developer.get("/developer/"))
    done = enter_contract(developer, locked.ref)
    assert done.location == f"/developer/redemptions/{locked.ref}"
    for page in (developer.get(done.location), household.get(f"/household/redemptions/{locked.ref}")):
        assert "网签-2016-00017" in text_of(page)
        assert "合同上的建筑面积 89.50 ㎡ 合同总价 ¥462,000" in text_of(page)
    desk = text_of(developer.get("/developer/"))
    assert "1 笔等征收办核验，贵公司不用办理" in desk
    assert "等贵公司签合同" not in desk
    assert "现在轮到征收办经办人" in text_of(household.get(f"/household/redemptions/{locked.ref}"))
    assert "现在轮到征收办经办人" in text_of(developer.get(f"/developer/redemptions/{locked.ref}"))
    assert "现在轮到您：请把合同和报价" in text_of(officer.get(f"/authority/redemptions/{locked.ref}"))
    assert "核验以后才由您复核" in text_of(checker.get(f"/authority/redemptions/{locked.ref}"))

    address = f"/authority/redemptions/{locked.ref}"
    assert locked.ref in text_of(officer.get("/authority/"))
    page = text_of(officer.get(address))
    assert "房票价（合同总价）" in page
    assert "不一致" not in page
    assert send(officer, f"{address}/verify", {}).location == address
    assert "现在轮到征收办复核人" in text_of(household.get(f"/household/redemptions/{locked.ref}"))

    assert locked.ref in text_of(checker.get("/authority/"))
    assert send(checker, f"{address}/verify", {}).location == address
    assert "购房办完了，房票已经核销" in text_of(checker.get(address))
    page = text_of(household.get(f"/household/redemptions/{locked.ref}"))
    assert "全部办完了" in page
    wallet = text_of(household.get("/household/"))
    assert "已用完" in wallet
    assert "¥115,000" in wallet


def test_verifying_wants_the_right_turn(enter: Enter, town: Town, contracted: Redemption) -> None:
    officer, checker = enter(town.shop.desk.officer), enter(town.shop.desk.checker)
    address = f"/authority/redemptions/{contracted.ref}/verify"
    early = send(checker, address, {})
    assert early.status_code == 409
    assert "经办人还没有核验" in text_of(early)
    assert send(officer, address, {}).status_code == 303
    again = send_late(officer, address)
    assert again.status_code == 409
    assert "正在等待复核" in text_of(again)


@pytest.mark.parametrize("second", [False, True])
def test_a_refusal_gives_everything_back_and_says_why(
    enter: Enter, town: Town, contracted: Redemption, committed_app: Flask, second: bool
) -> None:
    if second:
        with saved(committed_app) as session:
            verify_first(session, town.shop, contracted)
    client = enter(town.shop.desk.checker if second else town.shop.desk.officer)
    address = f"/authority/redemptions/{contracted.ref}/refuse"
    assert send(client, address).status_code == 422
    assert send(client, address, {"kind": "form", "reason": "合同缺少盖章"}).status_code == 303
    household = enter(town.buyer.actor)
    page = text_of(household.get(f"/household/redemptions/{contracted.ref}"))
    assert "合同缺少盖章" in page
    assert "已退回" in page
    assert "¥500,000" in text_of(household.get("/household/"))


@pytest.mark.parametrize(
    ("later", "told"),
    [(92, "2016年9月1日（星期四）24:00 以后奖励比例会降低"), (93, "重新锁定只能按更低的比例")],
)
def test_before_a_refusal_stands_what_the_household_would_lose(
    enter: Enter, town: Town, contracted: Redemption, clock: clocks.FixedClock, later: int, told: str
) -> None:
    clock.advance(timedelta(days=later))
    asked = text_of(enter(town.shop.desk.officer).get(f"/authority/redemptions/{contracted.ref}/refuse"))
    assert "购房人会失去 这套房的锁定，和按锁定那天算好的奖励 ¥77,000" in asked
    assert told in asked


def test_differences_are_lit(enter: Enter, town: Town, contracted: Redemption, committed_app: Flask) -> None:
    with saved(committed_app) as session:
        session.execute(text("UPDATE homes SET area_m2 = 88.00 WHERE id = :id"), {"id": contracted.home_id})
    page = text_of(enter(town.shop.desk.officer).get(f"/authority/redemptions/{contracted.ref}"))
    assert "合同上的 89.50 ㎡ 现在登记的 88.00 ㎡ 结果 不一致" in page
    assert page.count("不一致") == 1


def test_a_contract_that_differs_is_lit_too(
    enter: Enter, town: Town, contracted: Redemption, committed_app: Flask
) -> None:
    with saved(committed_app) as session:
        session.execute(
            text("UPDATE redemptions SET contract_area_m2 = 88.00 WHERE id = :id"), {"id": contracted.id}
        )
    page = text_of(enter(town.shop.desk.officer).get(f"/authority/redemptions/{contracted.ref}/verify"))
    assert "合同上的 88.00 ㎡ 现在登记的 89.50 ㎡ 结果 不一致" in page
    assert "1 处不一致 建筑面积" in page
    assert page.count("结果 不一致") == 1


def test_lists_are_filtered_by_state(enter: Enter, town: Town, contracted: Redemption) -> None:
    officer = enter(town.shop.desk.officer)
    assert contracted.ref in text_of(officer.get("/authority/redemptions/?state=contracted"))
    assert contracted.ref not in text_of(officer.get("/authority/redemptions/?state=redeemed"))
    assert officer.get("/authority/redemptions/?state=nonsense").status_code == 422
    assert officer.get("/authority/vouchers/?state=nonsense").status_code == 422


def test_strangers_find_nothing(enter: Enter, town: Town, checked: Redemption, committed_app: Flask) -> None:
    with saved(committed_app) as session:
        elsewhere = make_shop(session)
    rival, officer, checker = (
        enter(actor) for actor in (elsewhere.developer, elsewhere.desk.officer, elsewhere.desk.checker)
    )
    own = f"/developer/redemptions/{checked.ref}"
    for address in (own, f"{own}/contract"):
        assert rival.get(address).status_code == 404, address
    token = token_of(rival.get("/developer/redemptions/"))
    assert rival.post(f"{own}/contract", data={"csrf_token": token, **CONTRACT}).status_code == 404
    theirs = f"/authority/redemptions/{checked.ref}"
    for client in (officer, checker):
        token = token_of(client.get("/authority/"))
        for address in (theirs, f"{theirs}/verify", f"{theirs}/refuse"):
            assert client.get(address).status_code == 404, address
        for address in (f"{theirs}/verify", f"{theirs}/refuse"):
            sent = {"csrf_token": token, "kind": "form", "reason": "不符"}
            assert client.post(address, data=sent).status_code == 404, address
    assert "还没有人用房票锁定" in text_of(rival.get("/developer/redemptions/"))
