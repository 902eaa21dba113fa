"""A top-up paid online, page by page: the household, Stripe's page, its events, and the authority's desk."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import jobs
from app.core import clock as clocks
from app.core.actor import Actor, Role
from app.demo.stripe_server.courier import sign
from app.demo.stripe_server.server import CUT_AFTER, CUT_BEFORE, StripeServer
from app.payments import card_refunds, proofs
from app.payments.card_models import CardEvent, CardPayment, CardRefund, CardReport
from app.redemptions import service as buying
from app.redemptions.models import Redemption
from tests.factories.cards import SECRET, begin, made_up_stripe, pay
from tests.factories.identity import make_actor, make_district
from tests.factories.redemptions import Buyer, make_buyer, make_redemption
from tests.web.linting import LintingClient
from tests.web.sending import form_to, links, press, send, send_late, text_of, token_of
from tests.web.town import Town, make_town, saved

Enter = Callable[[Actor], LintingClient]
pytestmark = pytest.mark.usefixtures("whole_day")


@pytest.fixture
def town(committed_app: Flask) -> Town:
    return make_town(committed_app)


@pytest.fixture
def server(committed_app: Flask) -> Iterator[StripeServer]:
    """Stripe, whose pages forms of ours may lead to."""
    with made_up_stripe() as server:
        committed_app.config["CHECKOUT_URL"] = server.url
        yield server
        committed_app.config["CHECKOUT_URL"] = ""


@pytest.fixture
def buyer(town: Town, committed_app: Flask) -> Buyer:
    """A household whose lock lacks 10.2 万."""
    with saved(committed_app) as session:
        buyer = make_buyer(session, town.shop.desk, faces=(30_000_000,))
        make_redemption(session, buyer, town.home)
    return buyer


def tell(app: Flask, server: StripeServer, *, secret: str = SECRET, times: int = 1) -> set[int]:
    """Bring everything that Stripe has to tell, the last first; return what it was answered."""
    answers = set()
    with app.test_client() as stripe:
        for event in reversed(server.books.events * times):
            body = json.dumps(event).encode()
            head = {"Stripe-Signature": sign(body, secret, int(time.time()))}
            answers.add(stripe.post("/hooks/stripe", data=body, headers=head).status_code)
    return answers


def purchase_of(ours: LintingClient) -> str:
    """Return the address of the household's purchase."""
    found = links(ours.get("/household/redemptions/")).values()
    return next(href for href in found if "/redemptions/GF" in href)


def online_of(ours: LintingClient) -> str:
    """Return the address of the page of paying online, as the household finds it."""
    return links(ours.get(f"{purchase_of(ours)}/pay"))["在线支付"]


def the_only(app: Flask, model: Any) -> Any:
    with saved(app) as session:
        return session.scalars(select(model)).one()


@dataclass
class Walk:
    """A household, the authority's two people, and a Stripe, on the way of one payment."""

    app: Flask
    server: StripeServer
    ours: LintingClient
    officer: LintingClient
    checker: LintingClient
    address: str

    def work(self) -> None:
        """Bring what Stripe has to tell, and run what that set off."""
        tell(self.app, self.server)
        jobs.run_waiting(self.app)

    def pay(self) -> str:
        """The browser comes back and nobody believes it; told ten times, it is paid once. Return its page."""
        gone = send(self.ours, self.address, {"amount": "102000"})
        assert gone.location.startswith(f"{self.server.url}/c/pay/")
        shown = self.ours.get(self.address)
        assert f"form-action 'self' {self.server.url};" in shown.headers["Content-Security-Policy"]
        assert press(self.ours, self.address, f"{self.address}/go-on").location == gone.location
        self.server.books.pay(the_only(self.app, CardPayment).checkout_id)
        assert "有一笔 ¥102,000 还没有付完" in text_of(self.ours.get(self.address))
        assert tell(self.app, self.server, secret="whsec_of_nobody") == {422}
        assert tell(self.app, self.server, times=10) == {204}
        jobs.run_waiting(self.app)
        assert "已经付齐" in text_of(self.ours.get(self.address))
        (receipt,) = (href for text, href in links(self.ours.get(self.address)).items() if "收据" in text)
        assert self.ours.get(receipt).data.startswith(b"%PDF")
        with saved(self.app) as session:
            assert len(session.scalars(select(CardEvent)).all()) == 2
        found = links(self.officer.get("/authority/cards/?state=paid"))
        return next(href for text, href in found.items() if "¥102,000" in text)

    def give_back(self, card: str) -> None:
        """Two people give back what is to be; Stripe's answer is cut off, and the sweep asks again."""
        assert "最多能退" in text_of(send(self.officer, f"{card}/refund", {"amount": "200000"}))
        refund = send(self.officer, f"{card}/refund").location
        assert send(self.checker, f"{refund}/approve", {"checked": "yes"}).status_code == 303
        assert send_late(self.officer, f"{refund}/reject", {"reason": "晚了"}).status_code == 409
        # On a slow machine the job's next try falls due meanwhile, and is cut off as well.
        self.server.faults += ["", CUT_AFTER, *[CUT_BEFORE] * 9]
        jobs.run_waiting(self.app)
        assert the_only(self.app, CardRefund).state == "approved"
        self.server.faults.clear()
        jobs.cards.sweep()
        (made,) = self.server.books.of("refund")
        self.server.books.end_refund(made["id"], failed=False)
        self.work()
        assert "已经退回" in text_of(self.officer.get(refund))
        assert "已经退回付款的卡或账户" in text_of(self.ours.get(self.address))

    def contest(self, card: str) -> None:
        """Its payer contests it all the same: shown with its deadline."""
        self.server.books.dispute(self.server.books.of("payment_intent")[0]["id"])
        self.work()
        page = text_of(self.officer.get("/authority/cards/"))
        assert "交证据的期限" in page
        assert "这里只列出" not in page
        assert "还没有了结" in text_of(self.officer.get("/authority/"))
        assert "说不是本人付的" in text_of(self.officer.get(card))
        assert "银行判定以前，这笔钱不算到账，购房不能核验" in text_of(self.officer.get(card))
        for address in (self.address, self.address.replace("/online", "/pay")):
            assert "付款人向银行提出拒付" in text_of(self.ours.get(address)), "why it is not there any more"
        assert "付成以后被拒付" in text_of(self.ours.get(self.address))

    def lose(self, card: str) -> None:
        """The bank decides for the payer, who has it twice: a checker says what became of that."""
        dispute = self.server.books.of("dispute")[0]["id"]
        self.server.books.decide(dispute, won=False)
        self.work()
        assert "差 ¥102,000，等了结" in text_of(self.officer.get("/authority/cards/"))
        assert "了结这笔拒付" not in text_of(self.officer.get(card))
        closing = links(self.checker.get(card))["了结这笔拒付"]
        assert self.officer.get(closing).status_code == 403
        assert "还差，差价里已经没有了 ¥102,000" in text_of(self.checker.get(closing))
        assert send(self.checker, closing, {"reason": ""}).status_code == 422
        assert send(self.checker, closing, {"reason": "付款人六月三日转账补回"}).status_code == 303
        assert "付款人六月三日转账补回" in text_of(self.officer.get(card))
        closed = self.checker.get(closing)
        assert (closed.status_code, "现在不能办这一步" in text_of(closed)) == (409, True)
        again = {"csrf_token": token_of(closed), "reason": "再写一次"}
        assert self.checker.post(closing, data=again).status_code == 409
        assert "还没有了结" not in text_of(self.officer.get("/authority/"))

    def compare(self) -> None:
        """The day's books agree but for what was paid to nobody."""
        asked = {**self.server.asked[0][2], "client_reference_id": "x", "metadata": {}}
        self.server.books.pay(self.server.books.open_checkout(asked, "")["id"])
        day = clocks.legal_day(clocks.system_now()).isoformat()
        assert send(self.officer, "/authority/card-reports/", {"day": day}).status_code == 303
        assert "1 处不一样" in text_of(self.officer.get("/authority/card-reports/"))
        for never in ("0001-01-01", "9999-12-31"):
            assert send(self.officer, "/authority/card-reports/", {"day": never}).status_code == 422
        report = self.officer.get(f"/authority/card-reports/{day}")
        assert "支付公司收了，平台没有这笔" in text_of(report)
        assert b"102000.00" in self.officer.get(f"/authority/card-reports/{day}.csv").data


def test_from_the_first_page_to_the_days_books(
    committed_app: Flask, enter: Enter, town: Town, buyer: Buyer, server: StripeServer
) -> None:
    people = (buyer.actor, town.shop.desk.officer, town.shop.desk.checker)
    ours, officer, checker = (enter(one) for one in people)
    walk = Walk(committed_app, server, ours, officer, checker, online_of(ours))
    assert "不能多付" in text_of(send(ours, walk.address, {"amount": "200000"}))
    card = walk.pay()
    assert press(ours, walk.address.replace("/online", "/cancel"), "").status_code == 303
    walk.give_back(card)
    walk.contest(card)
    walk.compare()
    walk.lose(card)
    with saved(committed_app) as session:
        elsewhere = make_district(session)
        strangers = [
            make_actor(session, role=role, district=elsewhere) for role in (Role.OFFICER, Role.CHECKER)
        ]
        neighbour = make_buyer(session, town.shop.desk, faces=(30_000_000,)).actor
        refund = session.scalars(select(CardRefund.ref)).one()
    day = clocks.legal_day(clocks.system_now()).isoformat()
    for stranger in map(enter, strangers):
        for address in (card, f"/authority/card-refunds/{refund}", f"/authority/card-reports/{day}"):
            assert stranger.get(address).status_code == 404, address
        assert "还没有对过账" in text_of(stranger.get("/authority/card-reports/"))
    assert enter(neighbour).get(walk.address).status_code == 404
    with saved(committed_app) as session:
        assert proofs.verify(session) == []


def test_lists_that_are_cut_short_say_so(
    committed_app: Flask, enter: Enter, town: Town, buyer: Buyer, server: StripeServer
) -> None:
    with saved(committed_app) as session:
        purchase = session.scalars(select(Redemption)).one()
        payment = begin(session, buyer.actor, purchase, 10_200_000)
        session.commit()
        pay(session, server, payment)
        session.commit()
        buying.cancel(session, actor=buyer.actor, redemption_ref=purchase.ref)
        session.commit()
        desk = town.shop.desk
        for _ in range(51):
            card_refunds.prepare(session, actor=desk.officer, payment_ref=payment.ref, amount_fen=100)
            session.commit()
        for number in range(31):
            day = clocks.legal_day(clocks.system_now()) - timedelta(days=number)
            compared = {"made_at": clocks.system_now(), "ours_fen": 0, "theirs_fen": 0, "count": 0}
            session.add(CardReport(district_id=desk.district.id, day=day, differences=[], **compared))
    checker = enter(desk.checker)
    assert "这里只列出 50 笔，一共有 51 笔" in text_of(checker.get("/authority/cards/"))
    assert "51 笔退款等复核" in text_of(checker.get("/authority/"))
    assert "这里列出最近对过的 31 天" in text_of(checker.get("/authority/card-reports/"))


def test_what_is_given_up_is_over_and_one_at_a_time_is_under_way(
    committed_app: Flask, enter: Enter, buyer: Buyer, server: StripeServer
) -> None:
    ours = enter(buyer.actor)
    address = online_of(ours)
    form = form_to(ours.get(address), "")
    assert ours.post(address, data=form).status_code == 303
    other = {**form, "request_id": form["request_id"][::-1]}
    assert "有一笔在线支付还没有结束" in text_of(ours.post(address, data=other))
    assert press(ours, address, f"{address}/look").status_code == 303
    assert "支付公司还没有收到这一笔" in text_of(ours.get(address))
    assert press(ours, address, f"{address}/give-up").status_code == 303
    assert the_only(committed_app, CardPayment).state == "ended"
    page = text_of(ours.get(address))
    assert "已经结束，没有扣钱" in page
    assert "去支付页面" in page


def test_without_stripe_there_is_the_bank_alone(enter: Enter, buyer: Buyer, client: LintingClient) -> None:
    ours = enter(buyer.actor)
    purchase = purchase_of(ours)
    assert "在线支付" not in text_of(ours.get(f"{purchase}/pay"))
    assert ours.get(f"{purchase}/online").status_code == 404
    assert client.post("/hooks/stripe", data=b"{}").status_code == 404
