"""What must not move money twice, or at all: keys that are forgotten, sums that differ, races."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import clock
from app.demo.stripe_server.books import Thing
from app.demo.stripe_server.server import CUT_AFTER, WRONG_KEY, StripeServer
from app.gateways.stripe import Access, StripeApi
from app.payments import card_refunds, proofs, queries
from app.payments import flows as card_flows
from app.payments.card_models import CardRefund, CardReport
from app.redemptions import service as buying
from app.redemptions.models import Redemption
from tests.factories.cards import SECRET, begin, made_up_stripe, pay, top_up_of
from tests.factories.payments import pay_in
from tests.factories.redemptions import Buyer, Shop

FEN = 10_200_000
AT_ONCE = 2
pytestmark = pytest.mark.usefixtures("whole_day")


@pytest.fixture
def server() -> Iterator[StripeServer]:
    with made_up_stripe() as server:
        yield server


def forget_keys(server: StripeServer) -> None:
    """Let Stripe know no key: what is asked is done each time, as if none had been sent."""
    make: Callable[..., Thing] = lambda _key, _asked, do: do()  # noqa: E731  # a method's stand-in
    server.books.once = make  # type: ignore[method-assign]


def sum_at(server: StripeServer, kind: str) -> int:
    return sum(one["amount"] for one in server.books.of(kind))


@pytest.mark.parametrize("keyed", [True, False], ids=["keyed", "control: no key, paid back twice"])
def test_two_who_ask_for_a_refund_at_once_get_one(server: StripeServer, keyed: bool) -> None:
    """Both look for it first, and neither finds any: then only the key stands between them and the money."""
    if not keyed:
        forget_keys(server)
    gateway = StripeApi(Access("sk_test_only", SECRET, ("card",), server.url))
    line = {"price_data": {"unit_amount": "3000000", "currency": "cny", "product_data": {"name": "x"}}}
    expires = str(int(clock.system_now().timestamp()) + 3_600)
    asked: dict[str, Any] = {"line_items": [line], "expires_at": expires, "payment_method_types": ["card"]}
    page = server.books.open_checkout(asked | {"success_url": "", "cancel_url": ""}, "")
    intent = server.books.pay(page["id"])["payment_intent"]
    looked = threading.Barrier(AT_ONCE)
    server.done = lambda request: looked.wait(20) if request == "GET /v1/refunds" else None
    with ThreadPoolExecutor(AT_ONCE) as pool:
        ask = {"ref": "KT-1", "intent_id": intent, "amount_fen": 1_000_000}
        told = {one.result().id for one in [pool.submit(gateway.refund, **ask) for _ in range(AT_ONCE)]}
    assert (len(told), sum_at(server, "refund")) == ((1, 1_000_000) if keyed else (2, 2_000_000))


@pytest.mark.parametrize("keyed", [True, False], ids=["keyed", "control: no key, two pages to pay on"])
def test_a_page_whose_answer_was_lost_is_opened_once(
    session: Session, buyer: Buyer, purchase: Redemption, server: StripeServer, keyed: bool
) -> None:
    """Web and database die after Stripe opened it and before our commit; whoever comes next asks again."""
    if not keyed:
        forget_keys(server)
    payment = begin(session, buyer.actor, purchase, FEN)
    server.faults.append(CUT_AFTER)
    with pytest.raises(card_flows.Later):
        card_flows.open_page(session, payment_id=payment.id)
    card_flows.open_page(session, payment_id=payment.id)
    for page in server.books.of("checkout.session"):
        server.books.pay(page["id"])
    card_flows.reconcile(session, day=clock.legal_day(clock.system_now()))
    report = session.scalars(select(CardReport)).one()
    assert sum_at(server, "payment_intent") == (FEN if keyed else 2 * FEN)
    assert queries.net_fen(session, top_up_of(session)) == FEN
    assert [one["what"] for one in report.differences] == ([] if keyed else ["not_credited"])


@pytest.fixture
def refund(
    session: Session, shop: Shop, buyer: Buyer, purchase: Redemption, server: StripeServer
) -> CardRefund:
    """An approved refund of everything that was paid, of which Stripe has not heard."""
    payment = begin(session, buyer.actor, purchase, FEN)
    pay(session, server, payment)
    buying.cancel(session, actor=buyer.actor, redemption_ref=purchase.ref)
    session.commit()
    known = {"payment_ref": payment.ref, "amount_fen": FEN}
    made = card_refunds.prepare(session, actor=shop.desk.officer, **known)
    card_refunds.approve(session, actor=shop.desk.checker, ref=made.ref)
    session.commit()
    return made


def test_a_wrong_key_of_ours_says_nothing_of_a_refund(
    session: Session, refund: CardRefund, server: StripeServer
) -> None:
    """It was asked for and the answer lost; what Stripe says to a key it does not know is no end of it."""
    for faults in (["", CUT_AFTER], [WRONG_KEY]):
        server.faults += faults
        with pytest.raises(card_flows.Later):
            card_flows.give_back(session, refund_id=refund.id)
    card_flows.give_back(session, refund_id=refund.id)
    assert (refund.state, sum_at(server, "refund")) == ("sent", FEN)
    assert proofs.verify(session) == []


def test_the_days_comparison_credits_what_nobody_told_of(
    session: Session, buyer: Buyer, purchase: Redemption, server: StripeServer
) -> None:
    """Captured in the moment in which the page was given up; every event was lost, and no sweep looks."""
    payment = begin(session, buyer.actor, purchase, FEN)
    card_flows.settle(session, payment_id=payment.id)
    card_flows.give_up(session, payment_id=payment.id)
    server.books.get(str(payment.checkout_id))["status"] = "open"
    server.books.pay(str(payment.checkout_id))
    card_flows.sweep(session)
    session.refresh(payment)
    assert payment.state == "ended"
    card_flows.reconcile(session, day=clock.legal_day(clock.system_now()))
    assert payment.state == "paid"
    assert queries.missing_of(session, top_up_of(session)) == 0
    assert session.scalars(select(CardReport)).one().differences == []


@pytest.mark.parametrize(
    ("change", "credited", "what"),
    [
        ({"amount_received": FEN - 1}, FEN - 1, []),
        ({"amount_received": FEN + 1}, FEN + 1, []),
        ({"currency": "usd"}, 0, ["not_credited"]),
    ],
    ids=["a fen less", "a fen more", "another currency"],
)
def test_what_was_captured_counts_and_not_what_was_asked(
    session: Session,
    buyer: Buyer,
    purchase: Redemption,
    server: StripeServer,
    change: dict[str, Any],
    credited: int,
    what: list[str],
) -> None:
    payment = begin(session, buyer.actor, purchase, FEN)
    card_flows.settle(session, payment_id=payment.id)
    server.books.pay(str(payment.checkout_id))
    intent, charge = server.books.of("payment_intent")[0], server.books.of("charge")[0]
    intent |= change
    charge |= {"amount_captured": intent["amount_received"], "currency": intent["currency"]}
    server.books.of("balance_transaction")[0] |= {
        "amount": intent["amount_received"],
        "currency": intent["currency"],
    }
    looked = payment.look_at
    card_flows.settle(session, payment_id=payment.id)
    top_up = top_up_of(session)
    assert queries.net_fen(session, top_up) == credited
    assert queries.surplus_of(session, top_up) == max(0, credited - FEN)
    card_flows.reconcile(session, day=clock.legal_day(clock.system_now()))
    assert [one["what"] for one in session.scalars(select(CardReport)).one().differences] == what
    # What cannot be credited does not stand in front of all others at each sweep.
    assert payment.state == "paid" or payment.look_at > looked
    assert proofs.verify(session) == []


def test_a_part_that_comes_when_the_sum_is_full_is_to_be_given_back(
    session: Session, shop: Shop, buyer: Buyer, purchase: Redemption, server: StripeServer
) -> None:
    """The bank's line and the hosted page pay the same yuan at once."""
    payment = begin(session, buyer.actor, purchase, FEN)
    card_flows.settle(session, payment_id=payment.id)
    pay_in(session, shop.desk.officer, purchase)
    server.books.pay(str(payment.checkout_id))
    card_flows.settle(session, payment_id=payment.id)
    top_up = top_up_of(session)
    assert (queries.missing_of(session, top_up), queries.surplus_of(session, top_up)) == (0, FEN)
    known = {"actor": shop.desk.officer, "payment_ref": payment.ref}
    assert card_refunds.prepare(session, amount_fen=FEN, **known).state == "prepared"
    session.commit()
    assert proofs.verify(session) == []
