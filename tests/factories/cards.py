"""A made-up Stripe over HTTP, asked through the real client, and payments that somebody began."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.demo.stripe_server.books import Books
from app.demo.stripe_server.courier import Courier
from app.demo.stripe_server.server import StripeServer
from app.gateways import stripe
from app.gateways.stripe import Access, StripeApi
from app.payments import flows as card_flows
from app.payments.card_models import CardPayment
from app.payments.models import TopUp
from app.redemptions import service as buying
from app.redemptions.models import Redemption

SECRET = "whsec_only_for_tests"


@contextmanager
def made_up_stripe(hook: str | None = None) -> Iterator[StripeServer]:
    """Have a made-up Stripe answer in this process; its events are brought to ``hook``, or by nobody."""
    server = StripeServer(Books(), courier=Courier(hook, SECRET) if hook else None)
    server.start()
    stripe.use(StripeApi(Access("sk_test_only", SECRET, ("card", "alipay", "wechat_pay"), server.url)))
    try:
        yield server
    finally:
        stripe.use(None)
        server.close()


def forget(server: StripeServer) -> None:
    """Let a made-up Stripe know nothing of what was done before, and answer."""
    books = server.books
    books.things, books.answers, books.events = {}, {}, []
    server.faults.clear()


def begin(session: Session, actor: Actor, redemption: Redemption, amount_fen: int) -> CardPayment:
    """Let a household begin to pay a part online; Stripe has not heard of it."""
    return buying.begin_card_payment(
        session,
        actor=actor,
        redemption_ref=redemption.ref,
        amount_fen=amount_fen,
        title="自付差价",
        success_url="http://127.0.0.1/back",
        cancel_url="http://127.0.0.1/back",
    )


def top_up_of(session: Session) -> TopUp:
    """Return the only top-up there is, as it is now."""
    return session.scalars(select(TopUp), execution_options={"populate_existing": True}).one()


def pay(session: Session, server: StripeServer, payment: CardPayment) -> None:
    """Let somebody pay on the hosted page, and the platform look."""
    card_flows.settle(session, payment_id=payment.id)
    server.books.pay(str(payment.checkout_id))
    card_flows.settle(session, payment_id=payment.id)
