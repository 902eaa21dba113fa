"""An officer types in what an agreement's sum is made of, a checker compares it, the household reads it."""

from collections.abc import Callable
from urllib.parse import quote

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.actor import Actor
from app.core.errors import Conflict
from app.projects import lines
from app.projects.models import Agreement
from app.vouchers import service
from app.vouchers.models import Voucher
from tests.factories.policies import HAILING
from tests.factories.projects import make_agreement
from tests.factories.redemptions import Buyer, make_buyer
from tests.factories.vouchers import Desk, make_desk
from tests.web.linting import LintingClient
from tests.web.sending import form_of, form_to, links, send, text_of
from tests.web.town import saved

Enter = Callable[[Actor], LintingClient]
TYPED = {"home": "90万", "decoration": "8万", "award": "2万", "moving_award": "1万", "deduction": "1万"}


@pytest.fixture
def scene(committed_app: Flask) -> tuple[Desk, Buyer, str]:
    with saved(committed_app) as session:
        desk = make_desk(session)
        buyer = make_buyer(session, desk, faces=(100_000_000,))
        number = session.get_one(Agreement, buyer.vouchers[0].agreement_id).number
        return desk, buyer, number


def test_lines_are_typed_by_one_and_approved_by_another(
    enter: Enter, committed_app: Flask, scene: tuple[Desk, Buyer, str]
) -> None:
    desk, buyer, number = scene
    officer, checker, ours = enter(desk.officer), enter(desk.checker), enter(buyer.actor)
    address = f"/authority/agreements/{number}/lines"
    household = f"/authority/households/{buyer.household.ref}"
    assert quote(address) in links(officer.get(household)).values()
    wrong = send(officer, address, {**TYPED, "award": "1万"})
    assert wrong.status_code == 422
    assert "各项合计是 ¥990,000，和协议的补偿金额 ¥1,000,000 对不上" in text_of(wrong)
    assert send(officer, address, TYPED).status_code == 303
    assert "等待复核" in text_of(officer.get(address))
    assert number in text_of(checker.get("/authority/agreement-lines/"))
    assert send(checker, f"{address}/return", {"reason": "装修少写了"}).status_code == 303
    assert "装修少写了" in text_of(officer.get(address))
    assert send(officer, address, TYPED).status_code == 303
    assert send(checker, f"{address}/approve", {"checked": "yes"}).status_code == 303
    told = checker.get(f"{address}/approve")
    assert (told.status_code, "已经有人办过了" in text_of(told)) == (409, True)
    page = text_of(ours.get(f"/household/vouchers/{buyer.vouchers[0].ref}"))
    assert "房屋价值补偿 ¥900,000" in page
    assert "签约奖励 ¥20,000 搬迁奖励 ¥10,000" in page
    assert "扣减 -¥10,000" in page
    with saved(committed_app) as session, pytest.raises(Conflict, match="agreement_has_lines"):
        lines.propose(session, actor=desk.officer, number=number, amounts={"home": 1})


def test_the_day_a_home_was_handed_over_is_noted_by_one_and_corrected_by_two(
    enter: Enter, scene: tuple[Desk, Buyer, str]
) -> None:
    desk, _, number = scene
    officer, address = enter(desk.officer), f"/authority/agreements/{number}/vacated"
    for day in ("0001-01-01", "0216-05-01", "2016-06-02", "9999-12-31"):
        assert send(officer, address, {"vacated_on": day}).status_code == 422, day
    assert send(officer, address, {"vacated_on": "2016-05-01"}).status_code == 303
    sent = {**form_of(officer.get("/account/password"))[1], "vacated_on": "2016-05-02"}
    assert officer.post(address, data=sent).status_code == 409
    right = {"vacated_on": "2016-05-02", "reason": "看错了验收单"}
    posted(officer, address, "correct", **{**right, "reason": ""}, status=422)
    posted(officer, address, "correct", **right)
    assert "2016年5月1日" in text_of(officer.get(address))
    checker = enter(desk.checker)
    assert "等待复核的补偿明细和交房腾空日期（1 件）" in text_of(checker.get("/authority/"))
    assert number in text_of(checker.get("/authority/agreement-lines/"))
    assert "看错了验收单" in text_of(checker.get(address))
    posted(checker, address, "return", reason="再核对一次")
    posted(officer, address, "correct", **right)
    posted(checker, address, "approve", status=422)
    posted(checker, address, "approve", checked="yes")
    page = text_of(checker.get(address))
    for words in ("交房腾空 2016年5月2日", "已更正", "退回：再核对一次"):
        assert words in page


def posted(client: LintingClient, address: str, act: str, *, status: int = 303, **typed: str) -> None:
    """Send one of the forms of the page of the day."""
    action = quote(f"{address}/{act}")
    sent = client.post(action, data={**form_to(client.get(address), action), **typed})
    assert sent.status_code == status, text_of(sent)


def test_what_an_agreement_entitles_to_is_noted_until_a_voucher_stands_on_it(
    enter: Enter, committed_app: Flask
) -> None:
    with saved(committed_app) as session:
        desk = make_desk(session, policy=HAILING + "face: [{yuan_per_resident: 20000}]\n")
        agreement = make_agreement(session, officer=desk.officer, compensation_fen=50_000_000)
        number, household = agreement.number, agreement.household.ref
    officer = enter(desk.officer)
    address, issue = f"/authority/agreements/{number}/entitled", f"/authority/agreements/{number}/voucher"
    assert quote(address) in links(officer.get(f"/authority/households/{household}")).values()
    empty = {"entitled_m2": "", "residents": ""}
    assert send(officer, address, empty).status_code == 303
    nothing = send(officer, address, empty)
    assert (nothing.status_code, "没有改动" in text_of(nothing)) == (422, True)
    assert "还没有登记" in text_of(officer.get(issue))
    assert send(officer, address, {"entitled_m2": "90.5", "residents": "100"}).status_code == 422
    assert send(officer, address, {"entitled_m2": "90.5", "residents": "3"}).status_code == 303
    assert "90.50 ㎡，3 人" in text_of(officer.get(f"/authority/households/{household}"))
    assert "安置人口每人 ¥20,000" in text_of(officer.get(issue))
    assert send(officer, issue, {}).status_code == 303
    correct = {"entitled_m2": "90.5", "residents": "4", "reason": "看错了", "evidence": "户口簿"}
    posted(officer, address, "correct", **correct, status=409)
    with saved(committed_app) as session:
        (voucher,) = session.scalars(select(Voucher))
        service.approve(session, actor=desk.checker, voucher_id=voucher.id)
    posted(officer, address, "correct", **correct | {"evidence": ""}, status=422)
    posted(officer, address, "correct", **correct)
    checker = enter(desk.checker)
    assert quote(address) in links(checker.get("/authority/agreement-lines/")).values()
    posted(checker, address, "approve", status=422)
    posted(checker, address, "return", reason="户口簿上是 3 人")
    posted(officer, address, "correct", **correct)
    posted(checker, address, "approve", checked="yes")
    told = text_of(checker.get(address))
    assert "90.50 ㎡，4 人" in told
    assert ("看错了" in told, "户口簿" in told, "已更正" in told) == (True, True, True)


def test_a_checker_decides_what_the_page_showed_and_nothing_asked_since(
    enter: Enter, committed_app: Flask
) -> None:
    with saved(committed_app) as session:
        desk = make_desk(session, policy=HAILING + "face: [{yuan_per_resident: 20000}]\n")
        agreement = make_agreement(session, officer=desk.officer, compensation_fen=100_000_000)
        number = agreement.number
    officer, checker, other = enter(desk.officer), enter(desk.checker), enter(desk.checker)
    address = f"/authority/agreements/{number}"
    assert send(officer, f"{address}/entitled", {"entitled_m2": "", "residents": "3"}).status_code == 303
    assert send(officer, f"{address}/vacated", {"vacated_on": "2016-05-01"}).status_code == 303
    assert send(officer, f"{address}/voucher", {}).status_code == 303
    with saved(committed_app) as session:
        (voucher,) = session.scalars(select(Voucher))
        service.approve(session, actor=desk.checker, voucher_id=voucher.id)
    why = {"reason": "看错了", "evidence": "户口簿"}
    for page, one, two in (
        ("entitled", {"residents": "4"}, {"residents": "40"}),
        ("vacated", {"vacated_on": "2016-05-02"}, {"vacated_on": "2015-05-02"}),
    ):
        on = f"{address}/{page}"
        posted(officer, on, "correct", **why, **one)
        approval, refusal = quote(f"{on}/approve"), quote(f"{on}/return")
        shown = checker.get(on)
        seen = {**form_to(shown, approval), "checked": "yes"}
        unread = {**form_to(shown, refusal), "reason": "还是不对"}
        posted(other, on, "return", reason="再核对一次")
        posted(officer, on, "correct", **why, **two)
        assert checker.post(approval, data=seen).status_code == 409, page
        assert checker.post(refusal, data=unread).status_code == 409, page
        assert "等待复核" in text_of(officer.get(on)), page
        posted(checker, on, "approve", checked="yes")
    on = f"{address}/lines"
    assert send(officer, on, TYPED).status_code == 303
    seen = {**form_of(checker.get(f"{on}/approve"))[1], "checked": "yes"}
    unread = {**form_of(checker.get(f"{on}/return"))[1], "reason": "还是不对"}
    assert send(other, f"{on}/return", {"reason": "再核对一次"}).status_code == 303
    assert send(officer, on, {**TYPED, "home": "89万", "award": "3万"}).status_code == 303
    assert checker.post(quote(f"{on}/approve"), data=seen).status_code == 409
    assert checker.post(quote(f"{on}/return"), data=unread).status_code == 409
    assert send(checker, f"{on}/approve", {"checked": "yes"}).status_code == 303
