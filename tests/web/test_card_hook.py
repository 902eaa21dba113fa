"""What strangers, and Stripe itself, may send to the hook: nothing of it is believed, and most is let go."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import jobs
from app.demo.stripe_server.courier import sign
from app.demo.stripe_server.server import StripeServer
from app.payments import flows as card_flows
from app.payments import proofs
from app.payments.card_models import CardDispute, CardEvent, CardPayment
from tests.factories.cards import SECRET, begin, made_up_stripe
from tests.factories.redemptions import make_buyer, make_home, make_redemption
from tests.web.town import Town, make_town, saved

FEN = 10_200_000
_OLDEST_SECONDS = 300


@pytest.fixture
def town(committed_app: Flask) -> Town:
    return make_town(committed_app)


@pytest.fixture
def server() -> Iterator[StripeServer]:
    with made_up_stripe() as server:
        yield server


@pytest.fixture
def refs(committed_app: Flask, town: Town, server: StripeServer) -> list[str]:
    """Two households' parts under way: the first is paid at Stripe and nobody has told of it."""
    with saved(committed_app) as session:
        made = []
        for _ in range(2):
            buyer = make_buyer(session, town.shop.desk, faces=(30_000_000,))
            purchase = make_redemption(session, buyer, make_home(session, town.shop))
            payment = begin(session, buyer.actor, purchase, FEN)
            card_flows.settle(session, payment_id=payment.id)
            made.append(payment)
        server.books.pay(str(made[0].checkout_id))
        return [one.ref for one in made]


@pytest.fixture
def send(committed_app: Flask) -> Callable[..., int]:
    """Send a body as Stripe would, some seconds ago, and do what it sets off; return what it was told."""

    def send(body: bytes, *, secret: str = SECRET, age: float = 0) -> int:
        head = {"Stripe-Signature": sign(body, secret, int(time.time() - age))}
        with committed_app.test_client() as stripe:
            told = stripe.post("/hooks/stripe", data=body, headers=head).status_code
        jobs.run_waiting(committed_app)
        return told

    return send


def event(kind: str, event_id: str = "evt_1", **about: Any) -> bytes:
    return json.dumps({"id": event_id, "object": "event", "type": kind, "data": {"object": about}}).encode()


def paid(app: Flask) -> dict[str, int]:
    with saved(app) as session:
        assert proofs.verify(session) == []
        found = session.scalars(select(CardPayment).where(CardPayment.state == "paid"))
        return {one.ref: one.captured_fen for one in found}


def events(app: Flask) -> int:
    with saved(app) as session:
        return session.scalars(select(func.count(CardEvent.id))).one()


def test_a_strangers_word_is_no_event(
    committed_app: Flask, refs: list[str], send: Callable[..., int]
) -> None:
    """Not signed, signed with another secret or too long ago; far too large; signed, and no event at all."""
    true = event(
        "checkout.session.completed", object="checkout.session", id="cs", client_reference_id=refs[0]
    )
    assert committed_app.test_client().post("/hooks/stripe", data=true).status_code == 422
    assert send(true, secret="whsec_of_nobody") == 422
    assert send(true, age=_OLDEST_SECONDS + 5) == 422
    assert send(b"[" * 10_000_000, secret="whsec_of_nobody") == 413
    assert send(b"[" * 500_000, secret="whsec_of_nobody") == 422
    assert {send(body) for body in (b"", b"null", b"[]", b"{}", b"\xff", event("x"), true[:-9])} <= {422, 204}
    assert (paid(committed_app), events(committed_app)) == ({}, 0)


def test_an_event_says_only_where_to_look(
    committed_app: Flask, server: StripeServer, refs: list[str], send: Callable[..., int]
) -> None:
    """Of another purchase, another page, other sums: what is credited is what Stripe says when asked."""
    mine, others = refs
    page = {"object": "checkout.session", "status": "complete", "payment_status": "paid"}
    intent = server.books.of("payment_intent")[0]["id"]
    completed = "checkout.session.completed"
    # Somebody else's page, told as paid with the first one's payment and any sum: it is not.
    told = event(
        completed, id="cs_x", client_reference_id=others, payment_intent=intent, amount_total=1, **page
    )
    assert send(told) == 204
    assert paid(committed_app) == {}
    # Of nobody here: purchases, disputes, refunds, and things that Stripe invents some day.
    for number, (kind, about) in enumerate(
        [
            (completed, {**page, "id": "cs_y", "client_reference_id": "KF-22222-22222"}),
            ("charge.dispute.created", {"object": "dispute", "id": "du_x", "payment_intent": "pi_x"}),
            ("refund.failed", {"object": "refund", "id": "re_x", "metadata": {"anju": mine}}),
            ("tomorrow.invented", {"object": "tomorrow", "metadata": None}),
        ]
    ):
        assert send(event(kind, f"evt_of_nobody_{number}", **about)) == 204
    assert (paid(committed_app), events(committed_app)) == ({}, 2)  # a dispute may wait for its payment
    # The clock of who sends it may be ahead, and of a true payment any event will do, with any sum.
    told = event(
        "payment_intent.succeeded",
        "evt_2",
        object="payment_intent",
        id=intent,
        metadata={"anju": mine},
        amount=1,
    )
    assert [send(told, age=-600), send(told)] == [204, 204]
    assert (paid(committed_app), events(committed_app)) == ({mine: FEN}, 3)


@pytest.mark.parametrize("swept", [False, True], ids=["told of the payment later", "nobody tells of it"])
def test_a_dispute_waits_for_its_payment(
    committed_app: Flask, server: StripeServer, refs: list[str], send: Callable[..., int], swept: bool
) -> None:
    """Contested before anybody told that it was paid: held in the moment in which it is credited."""
    intent = server.books.of("payment_intent")[0]["id"]
    disputed = server.books.dispute(intent)["id"]
    told = {"object": "dispute", "id": disputed, "payment_intent": intent, "metadata": {}}
    for number in range(3):
        assert send(event("charge.dispute.created", f"evt_{number // 2}", **told)) == 204
    assert paid(committed_app) == {}
    if swept:
        with saved(committed_app) as session:
            payment = session.scalars(select(CardPayment).where(CardPayment.ref == refs[0])).one()
            payment.look_at -= timedelta(minutes=2)
            session.commit()
            card_flows.sweep(session)
    else:
        about = {"object": "payment_intent", "id": intent, "metadata": {"anju": refs[0]}}
        assert send(event("payment_intent.succeeded", "evt_9", **about)) == 204
    jobs.run_waiting(committed_app)
    assert paid(committed_app) == {refs[0]: FEN}
    with saved(committed_app) as session:
        dispute = session.scalars(select(CardDispute)).one()
        assert (dispute.stripe_id, dispute.held_fen) == (disputed, FEN)
