"""The verification desk, page by page: case after case, then the sample and the rest."""

import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import update

from app import jobs
from app.core import clock as clocks
from app.core.actor import Actor, Role
from app.homes.models import Home
from app.redemptions import service
from app.redemptions.models import Redemption
from tests.factories.checking import make_case, make_checked
from tests.factories.identity import make_actor
from tests.factories.redemptions import Shop, make_shop
from tests.web.linting import LintingClient
from tests.web.sending import form_to, press, send, text_of, token_of
from tests.web.town import Town, make_town, saved

Enter = Callable[[Actor], LintingClient]
DESK = "/authority/verification/"
NEXT = "/authority/verification/next"
READ = {"checked": "yes"}


@pytest.fixture
def shop(committed_app: Flask) -> Shop:
    town: Town = make_town(committed_app)
    return town.shop


def cases(app: Flask, shop: Shop, count: int) -> list[Redemption]:
    with saved(app) as session:
        return [make_case(session, shop) for _ in range(count)]


def checked(app: Flask, shop: Shop, clock: clocks.FixedClock, count: int) -> list[Redemption]:
    with saved(app) as session:
        return make_checked(session, shop, clock, count)


def page_of(ref: str) -> str:
    return f"/authority/redemptions/{ref}/verify?queue=all"


def test_an_officer_goes_through_the_desk_by_the_enter_key(
    enter: Enter, shop: Shop, committed_app: Flask
) -> None:
    first, second, third = cases(committed_app, shop, 3)
    officer = enter(shop.desk.officer)
    desk = text_of(officer.get(DESK))
    assert "等核验（经办人） 3 笔" in desk
    assert "今天还没有从工作台办过" in desk
    assert press(officer, DESK, NEXT).location == page_of(first.ref)
    page = officer.get(page_of(first.ref))
    assert "项全部一致" in text_of(page)
    assert "autofocus" in page.get_data(as_text=True)
    # A form without script needs nothing but its button; the next case follows.
    assert press(officer, page_of(first.ref), "").location == page_of(second.ref)
    assert press(officer, page_of(second.ref), NEXT).location == page_of(third.ref)  # skipped
    assert first.ref not in text_of(officer.get(DESK))
    assert press(officer, page_of(third.ref), "").location == DESK
    assert "后面没有等您逐笔办理的购房了" in text_of(officer.get(DESK))
    desk = text_of(officer.get(DESK))
    assert "等核验（经办人） 1 笔" in desk
    assert "今天已办 2 笔" in desk


def test_a_difference_is_said_in_words_and_wants_an_explanation(
    enter: Enter, shop: Shop, committed_app: Flask
) -> None:
    (case,) = cases(committed_app, shop, 1)
    with saved(committed_app) as session:
        session.execute(update(Home).where(Home.id == case.home_id).values(area_m2="88.00"))
    officer = enter(shop.desk.officer)
    press(officer, DESK, NEXT)
    page = officer.get(page_of(case.ref))
    assert "1 处不一致 建筑面积" in text_of(page)
    assert "autofocus" not in page.get_data(as_text=True)
    refused = press(officer, page_of(case.ref), "")
    assert refused.status_code == 422
    assert "请写明为什么仍然可以通过" in text_of(refused)
    told = {"explanation": "测绘报告更正"}
    assert press(officer, page_of(case.ref), "", told).status_code == 303
    checker = enter(shop.desk.checker)
    assert "有不一致，经办人写了说明" in text_of(checker.get(DESK))
    assert "经办人的说明：测绘报告更正" in text_of(checker.get(page_of(case.ref)))


def test_a_refusal_takes_a_reason_of_the_list_and_goes_on(
    enter: Enter, shop: Shop, committed_app: Flask
) -> None:
    first, second = cases(committed_app, shop, 2)
    officer = enter(shop.desk.officer)
    press(officer, DESK, NEXT)
    address = f"/authority/redemptions/{first.ref}/refuse?queue=all"
    assert "请选择退回的原因" in text_of(send(officer, address))
    assert "请写明其他原因" in text_of(send(officer, address, {"kind": "other"}))
    told = {"kind": "number", "reason": "请核对编号"}
    assert send(officer, address, told).location == page_of(second.ref)
    page = text_of(officer.get(f"/authority/redemptions/{first.ref}"))
    assert "在网签系统里查不到这个合同编号。请核对编号" in page


def test_two_officers_see_who_has_a_case_open(enter: Enter, shop: Shop, committed_app: Flask) -> None:
    first, second = cases(committed_app, shop, 2)
    with saved(committed_app) as session:
        other = make_actor(session, role=Role.OFFICER, district=shop.desk.district)
        service.open_next(session, actor=other)
    officer = enter(shop.desk.officer)
    assert "正在看" in text_of(officer.get(DESK))
    assert press(officer, DESK, NEXT).location == page_of(second.ref)
    assert "请先问一声，或者看下一笔" in text_of(officer.get(page_of(first.ref)))


def test_a_checker_opens_the_sample_and_approves_the_rest(
    enter: Enter, shop: Shop, committed_app: Flask, clock: clocks.FixedClock
) -> None:
    found = checked(committed_app, shop, clock, 7)
    checker = enter(shop.desk.checker)
    desk = text_of(checker.get(DESK))
    assert "等复核（复核人） 7 笔" in desk
    assert "抽查没有例外的 7 笔" in desk
    batch = press(checker, DESK, "/authority/verification/batches").location
    assert "0 笔已看，共抽中 5 笔" in text_of(checker.get(batch))
    assert f"{batch}/approve" not in checker.get(batch).get_data(as_text=True)
    early = {"csrf_token": token_of(checker.get(batch)), **READ}
    refused = checker.post(f"{batch}/approve", data=early)
    assert "还有 5 笔抽中的没有看" in text_of(refused)
    address = press(checker, batch, f"{batch}/sample").location
    looked = 0
    while address != batch:
        ref = address.split("/")[3]
        assert "这是抽查" in text_of(checker.get(address))
        address = press(checker, address, f"{batch}/sample/{ref}").location
        looked += 1
    assert looked == 5
    unread = press(checker, batch, f"{batch}/approve")
    assert unread.status_code == 422
    assert "勾选确认后再整批通过" in text_of(unread)
    assert "抽中的都看过了" in text_of(checker.get(batch)), "nothing was written off"
    assert press(checker, batch, f"{batch}/approve", READ).location == batch
    assert "0 笔已有结果，共 7 笔" in text_of(checker.get(batch))
    jobs.run_waiting(committed_app)
    page = text_of(checker.get(batch))
    assert "办完" in page
    assert "已核销 7 笔" in page
    with saved(committed_app) as session:
        assert {session.get_one(Redemption, one.id).state for one in found} == {"redeemed"}


def test_what_was_decided_leaves_as_a_file(
    enter: Enter, shop: Shop, committed_app: Flask, clock: clocks.FixedClock
) -> None:
    (case,) = checked(committed_app, shop, clock, 1)
    with saved(committed_app) as session:
        auditor = make_actor(session, role=Role.AUDITOR, district=shop.desk.district)
        elsewhere = make_shop(session).desk.officer
    client = enter(auditor)
    clock.advance(timedelta(days=6))
    page = text_of(client.get("/authority/verification/decided"))
    assert case.ref in page
    assert "40 秒" in page
    text = client.get("/authority/verification/decided.csv").get_data(as_text=True)
    assert f"核验通过,{case.ref}" in text
    sheet = load_workbook(io.BytesIO(client.get("/authority/verification/decided.xlsx").data)).active
    assert sheet is not None
    assert [row[3] for row in sheet.iter_rows(values_only=True)] == ["购房编号", case.ref]
    clock.advance(timedelta(days=1))
    assert case.ref not in text_of(client.get("/authority/verification/decided"))
    for day in ("0001-01-01", "9999-12-31"):
        assert client.get(f"/authority/verification/decided?last={day}").status_code == 422
        assert client.get(f"/authority/verification/decided.csv?last={day}").status_code == 200
    assert case.ref not in enter(elsewhere).get("/authority/verification/decided.csv").get_data(as_text=True)


def test_strangers_and_watchers_open_nothing(
    enter: Enter, shop: Shop, committed_app: Flask, clock: clocks.FixedClock
) -> None:
    checked(committed_app, shop, clock, 1)
    with saved(committed_app) as session:
        batch = service.make_batch(session, actor=shop.desk.checker)
        stranger = make_shop(session).desk.checker
        auditor = make_actor(session, role=Role.AUDITOR, district=shop.desk.district)
    address = f"/authority/verification/batches/{batch.ref}"
    client = enter(stranger)
    assert client.get(address).status_code == 404
    token = {"csrf_token": token_of(client.get(DESK))}
    for act in ("sample", "approve", "drop"):
        assert client.post(f"{address}/{act}", data=token).status_code == 404, act
    watcher = enter(auditor)
    assert watcher.get(address).status_code == 200
    token = {"csrf_token": token_of(watcher.get(address))}
    for act in (f"{address}/drop", f"{address}/approve", NEXT, "/authority/verification/batches"):
        assert watcher.post(act, data=token).status_code == 403, act
    owner = enter(shop.desk.checker)
    assert form_to(owner.get(address), f"{address}/drop")
    assert press(owner, address, f"{address}/drop").location == address
    assert "已放弃" in text_of(owner.get(address))
