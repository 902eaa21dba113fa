"""A large top-up paid online in a browser, part by part, on the page of a made-up Stripe, and given back."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.demo.stripe_server.server import StripeServer
from app.identity.models import User
from app.payments import card_refunds
from app.payments import flows as card_flows
from app.payments.card_models import CardEvent, CardPayment
from app.redemptions import service as buying
from tests.e2e.browser import PATIENCE_MS, Live, Visitors, look
from tests.e2e.steps import expect_refused, expect_told, fill, press, sign_in_as
from tests.factories.cards import made_up_stripe
from tests.factories.identity import PASSWORD
from tests.factories.redemptions import Buyer, make_buyer, make_home, make_redemption
from tests.web.town import Town, make_town, saved


@pytest.fixture
def server(live: Live) -> Iterator[StripeServer]:
    with made_up_stripe(f"{live.url}/hooks/stripe") as server:
        live.app.config["CHECKOUT_URL"] = server.url
        yield server
        live.app.config["CHECKOUT_URL"] = ""


@dataclass(frozen=True)
class Scene:
    """A household whose home costs 220 万 more than its voucher brings, and the authority's people."""

    town: Town
    buyer: Buyer
    ref: str
    names: dict[int | None, str]

    @property
    def online(self) -> str:
        return f"/household/redemptions/{self.ref}/online"

    def enter(self, page: Page, who: Actor) -> Page:
        sign_in_as(page, self.names[who.user_id], PASSWORD)
        return page


@pytest.fixture
def scene(live: Live) -> Scene:
    town = make_town(live.app)
    with saved(live.app) as session:
        buyer = make_buyer(session, town.shop.desk, faces=(250_000_000,))
        home = make_home(session, town.shop, voucher_fen=520_000_000)
        ref = make_redemption(session, buyer, home).ref
        names = {row.id: row.username for row in session.scalars(select(User))}
    return Scene(town, buyer, ref, names)


def test_a_large_sum_is_paid_in_parts_and_given_back(
    live: Live, visitor: Visitors, server: StripeServer, scene: Scene
) -> None:
    ours = scene.enter(visitor(), scene.buyer.actor)
    ours.goto(scene.online.replace("/online", "/pay"))
    look(ours, "cards/pay")
    ours.get_by_role("main").get_by_role("link", name="在线支付", exact=True).click()
    look(ours, "cards/online")
    press(ours, "去支付页面")
    expect(ours.get_by_role("heading", level=1)).to_contain_text("支付 999,999.99 元")
    look(ours, "cards/hosted")
    press(ours, "支付失败")
    expect(ours.get_by_role("alert")).to_contain_text("没有付成")
    ours.get_by_label("不通知（丢了）").check()
    press(ours, "支付成功")
    expect(ours.get_by_role("main")).to_contain_text("还没有付完")
    look(ours, "cards/under-way")
    press(ours, "我已经付了，查一下")
    expect(ours.get_by_role("main")).to_contain_text("已到账 ¥999,999.99")
    look(ours, "cards/first-part")
    fill(ours, {"这一次付多少": "200000.02"})
    press(ours, "去支付页面")
    ours.get_by_label("同一个通知发十遍").check()
    press(ours, "付了款，但是网页断了")
    wait_until_told(live, 2)
    live.run_jobs()
    ours.goto(scene.online)
    expect(ours.get_by_role("main")).to_contain_text("已到账 ¥1,200,000.01")
    look_at_the_desk(live, visitor, server, scene)


def wait_until_told(live: Live, count: int) -> None:
    """Return once so many events were taken in. Raises TimeoutError."""
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while time.monotonic() < deadline:
        with saved(live.app) as session:
            if session.scalars(select(func.count(CardEvent.id))).one() == count:
                return
        time.sleep(0.05)
    raise TimeoutError(f"{count} events should have come")


def look_at_the_desk(live: Live, visitor: Visitors, server: StripeServer, scene: Scene) -> None:
    """The purchase ends and the payer contests: what the officer and the checker have of it."""
    with saved(live.app) as session:
        buying.cancel(session, actor=scene.buyer.actor, redemption_ref=scene.ref)
        session.commit()
        payment, second = session.scalars(select(CardPayment).order_by(CardPayment.id)).all()[-2:]
        lose_what_went_back(session, server, scene.town, second)
        disputed = server.books.dispute(str(payment.intent_id), amount=3_000_000)
        card_flows.look_at_dispute(session, dispute_id=disputed["id"])
        asked = {**server.asked[0][2], "client_reference_id": "x", "metadata": {}}
        server.books.pay(server.books.open_checkout(asked, "")["id"])
        card_flows.reconcile(session, day=clock.legal_day(clock.system_now()))
    officer = scene.enter(visitor(), scene.town.shop.desk.officer)
    officer.goto("/authority/cards/")
    look(officer, "cards/list")
    officer.get_by_role("main").get_by_role("link", name="¥999,999.99").first.click()
    look(officer, "cards/card")
    officer.get_by_role("link", name="退回付款的卡或账户").click()
    look(officer, "cards/new-refund")
    press(officer, "提交复核")
    look(officer, "cards/refund")
    officer.get_by_role("link", name="不退，或者要改").click()
    look(officer, "cards/reject")
    officer.goto("/authority/card-reports/")
    look(officer, "cards/reports")
    officer.get_by_role("main").get_by_role("link", name="年").first.click()
    expect(officer.get_by_role("main")).to_contain_text("支付公司收了，平台没有这笔")
    look(officer, "cards/report")
    close_the_lost_one(scene.enter(visitor(), scene.town.shop.desk.checker))


def lose_what_went_back(session: Session, server: StripeServer, town: Town, payment: CardPayment) -> None:
    """Give a part of a payment back, and let its payer have the whole by the bank: that part is lacking."""
    desk = town.shop.desk
    part = {"payment_ref": payment.ref, "amount_fen": 3_000_000}
    refund = card_refunds.prepare(session, actor=desk.officer, **part)
    card_refunds.approve(session, actor=desk.checker, ref=refund.ref)
    session.commit()
    card_flows.give_back(session, refund_id=refund.id)
    lost = server.books.dispute(str(payment.intent_id))["id"]
    card_flows.look_at_dispute(session, dispute_id=lost)
    server.books.decide(lost, won=False)
    card_flows.look_at_dispute(session, dispute_id=lost)


def close_the_lost_one(checker: Page) -> None:
    """The checker says what became of the money that a lost dispute lacks."""
    checker.goto("/authority/cards/")
    expect(checker.get_by_role("main")).to_contain_text("差 ¥30,000，等了结")
    checker.get_by_role("main").get_by_role("link", name="¥200,000.02").first.click()
    look(checker, "cards/lost")
    checker.get_by_role("link", name="了结这笔拒付").click()
    look(checker, "cards/close")
    press(checker, "了结")
    expect_refused(checker, "差的钱怎么了结的", "请输入差的钱怎么了结的")
    look(checker, "cards/close-refused")
    fill(checker, {"差的钱怎么了结的": "付款人 5 月 30 日转账补回。"})
    press(checker, "了结")
    expect_told(checker, "这笔拒付已经了结")
    look(checker, "cards/closed")
