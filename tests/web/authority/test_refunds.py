"""Too much money comes in, a wrong match is taken back, and what is left over goes back: page by page."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.actor import Actor, Role
from app.payments import queries
from app.payments.models import TopUp
from app.redemptions import service as buying
from tests.factories.identity import make_actor
from tests.factories.payments import statement, take_in
from tests.factories.redemptions import Buyer, make_buyer, make_redemption
from tests.web.linting import LintingClient
from tests.web.sending import form_to, links, send, send_late, text_of
from tests.web.town import Town, make_town, saved

Enter = Callable[[Actor], LintingClient]


@pytest.fixture
def town(committed_app: Flask) -> Town:
    return make_town(committed_app)


def press(client: LintingClient, page: str, action: str) -> int:
    return client.post(action, data=form_to(client.get(page), action)).status_code


@dataclass(frozen=True)
class Scene:
    """A lock that lacks 10.2 万, three lines of a statement, and the people around it."""

    buyer: Buyer
    ref: str
    code: str
    colleague: Actor
    first: str
    loan: str
    water: str

    @property
    def pay(self) -> str:
        return f"/household/redemptions/{self.ref}/pay"


@pytest.fixture
def scene(town: Town, committed_app: Flask) -> Scene:
    with saved(committed_app) as session:
        buyer = make_buyer(session, town.shop.desk, faces=(30_000_000,))
        ref = make_redemption(session, buyer, town.home).ref
        colleague = make_actor(session, role=Role.OFFICER, district=town.shop.desk.district)
        lines = ("S1,2016-06-02,42000,张三,", "S2,2016-06-02,70000,工商银行,按揭", "S3,2016-06-02,5,水厂,")
        take_in(session, town.shop.desk.officer, statement(*lines))
        session.commit()
        refs = [line.ref for line in queries.list_lines(session, actor=town.shop.desk.officer)]
        code = session.scalars(select(TopUp.ref)).one()
    return Scene(buyer, ref, code, colleague, *refs)


def test_the_household_says_where_its_money_comes_from(enter: Enter, scene: Scene) -> None:
    ours = enter(scene.buyer.actor)
    split = f"/household/redemptions/{scene.ref}/money"
    assert "几种合起来是 ¥100,000" in text_of(send(ours, split, {"own": "3万", "loan": "7万"}))
    assert send(ours, split, {"own": "32000", "loan": "7万"}).status_code == 303
    page = ours.get(scene.pay)
    assert "等您去申请" in text_of(page)
    papers = links(page)["银行按揭贷款：材料已经交了"]
    assert send(ours, papers, {"bank": "农业银行", "expected_on": "2016-05-01"}).status_code == 422
    assert send(ours, papers, {"bank": "农业银行", "expected_on": "2016-06-20"}).status_code == 303
    page = ours.get(scene.pay)
    assert "等银行（公积金中心）审批。农业银行，大约 2016年6月20日（星期一）放款" in text_of(page)
    approval = links(page)["银行按揭贷款：已经批准了"]
    assert "放款以前不能核验" in text_of(ours.get(approval))
    assert send(ours, approval, {}).status_code == 303
    page = ours.get(scene.pay)
    assert "已经批准，等银行（公积金中心）放款" in text_of(page)
    assert send(ours, approval, {}).status_code == 409, "it stands there already"
    refusal = links(page)["银行按揭贷款：没有批准"]
    assert "这一步不能撤回" in text_of(ours.get(refusal))
    assert send(ours, refusal, {}).location == split, "where the money is to come from instead"


def test_a_wrong_match_is_taken_back_and_a_line_set_aside(enter: Enter, town: Town, scene: Scene) -> None:
    officer, second = enter(town.shop.desk.officer), enter(scene.colleague)
    first, water, typed = scene.first, scene.water, {"top_up": scene.code, "kind": "own"}
    assert send(officer, f"/authority/top-ups/{first}", typed).status_code == 303
    assert "对错了，由另一位同事撤回" in text_of(officer.get(f"/authority/top-ups/{first}"))
    back = f"/authority/top-ups/{first}/take-back"
    assert "要由另一位同事撤回" in text_of(send(officer, back, {"reason": "对错了"}))
    assert send(second, back, {"reason": "对错了"}).status_code == 303
    assert "理由：对错了" in text_of(second.get(f"/authority/top-ups/{first}"))
    assert send(officer, f"/authority/top-ups/{water}/aside", {"reason": "水费"}).status_code == 303
    listed = text_of(officer.get("/authority/top-ups/lines/?state=aside"))
    assert "水厂" in listed
    assert "张三" not in listed
    assert press(officer, f"/authority/top-ups/{water}", f"/authority/top-ups/{water}/bring-back") == 303


def test_what_was_paid_too_much_goes_back(enter: Enter, town: Town, scene: Scene) -> None:
    ours, officer, second = enter(scene.buyer.actor), enter(town.shop.desk.officer), enter(scene.colleague)
    checker = enter(town.shop.desk.checker)
    typed = {"top_up": scene.code, "kind": "own"}
    assert send(officer, f"/authority/top-ups/{scene.first}", typed).status_code == 303
    typed = {"top_up": scene.code, "kind": "loan"}
    assert "比还差的多 ¥10,000" in text_of(send(officer, f"/authority/top-ups/{scene.loan}", typed))
    done = send(officer, f"/authority/top-ups/{scene.loan}", {**typed, "over": "yes"})
    assert "¥10,000 要退回" in text_of(officer.get(done.location))
    assert "要退回付款的账户" in text_of(ours.get(scene.pay))
    typed = {"line": scene.loan, "amount": "1万", "payee_account": "1234 5678"}
    made = send(officer, f"/authority/refunds/new/{scene.code}", typed)
    assert made.status_code == 303
    assert "等待复核的退款（1 笔）" in text_of(checker.get("/authority/"))
    approval = links(checker.get(made.location))["复核通过"]
    assert send(checker, approval, {}).status_code == 422, "compared first"
    assert send(checker, approval, {"checked": "yes"}).status_code == 303
    assert send_late(checker, approval, {"checked": "yes"}).status_code == 409
    paid = {"bank_ref": "B20160601", "paid_on": "2016-06-01"}
    assert send(second, f"{made.location}/pay", {**paid, "bank_ref": ""}).status_code == 422
    assert send(second, f"{made.location}/pay", paid).status_code == 303
    assert "B20160601" in text_of(checker.get(made.location))
    assert "已经退到付款的账户" in text_of(ours.get(scene.pay))
    assert "自付差价已经付齐" in text_of(ours.get(f"/household/redemptions/{scene.ref}"))
    assert links(checker.get("/authority/refunds/?state=paid"))
    back = {"reference": "TH1", "returned_on": "2016-06-01", "reason": "账户已销户"}
    assert send(second, f"{made.location}/return", {**back, "reference": scene.loan[:0]}).status_code == 422
    assert send(second, f"{made.location}/return", back).status_code == 303
    assert "账户已销户" in text_of(checker.get(made.location))
    assert "¥10,000" in text_of(officer.get("/authority/refunds/"))
    assert "重新办退款" not in text_of(checker.get(made.location))
    again = links(second.get(made.location))["重新办退款"]
    assert send(second, again, {"line": scene.loan, "payee_account": "6222 0200 5678"}).status_code == 303
    assert "重新办退款" not in text_of(second.get(made.location)), "the money is on its way"


def test_what_a_cancelled_purchase_brought_is_told_and_a_refund_may_be_given_up(
    enter: Enter, town: Town, committed_app: Flask
) -> None:
    with saved(committed_app) as session:
        buyer = make_buyer(session, town.shop.desk, faces=(30_000_000,))
        made = make_redemption(session, buyer, town.home)
        head = "流水号,交易日期,收入金额,对方户名,摘要,对方账号"
        content = f"{head}\nS1,2016-06-02,42000,张三,,6222 0200 1234".encode()
        take_in(session, town.shop.desk.officer, content)
        session.commit()
        (line,) = queries.list_lines(session, actor=town.shop.desk.officer)
        ref, line_ref = made.ref, line.ref
    ours, officer = enter(buyer.actor), enter(town.shop.desk.officer)
    page = text_of(ours.get(f"/household/redemptions/{ref}/pay"))
    code = page[page.index("ZF-") :][:14]
    assert send(officer, f"/authority/top-ups/{line_ref}", {"top_up": code, "kind": "own"}).status_code == 303
    with saved(committed_app) as session:
        buying.cancel(session, actor=buyer.actor, redemption_ref=ref)
    assert "自付差价已经到账的要退给您" in text_of(ours.get(f"/household/redemptions/{ref}"))
    assert "购房没有办成" in text_of(officer.get("/authority/refunds/"))
    above = send(officer, f"/authority/refunds/new/{code}", {"amount": "42000.01"})
    assert "最多能退 ¥42,000" in text_of(above)
    made_at = send(officer, f"/authority/refunds/new/{code}", {}).location
    assert "6222 0200 1234" in text_of(officer.get(made_at))
    assert send(officer, f"{made_at}/reject", {"reason": "账号已注销"}).status_code == 303
    assert send_late(officer, f"{made_at}/reject", {"reason": "再退一次"}).status_code == 409
    assert "¥42,000" in text_of(officer.get("/authority/refunds/?state=rejected"))
