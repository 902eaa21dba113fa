"""A refund and a dispute of one payment in every order, told late, doubled, or taken back by the bank.

Whatever happens, what stands on the top-up is what Stripe has of it, and what goes out twice is the
district's loss by name: nothing that a dispute took is owed to anybody.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.errors import DomainError
from app.demo.stripe_server.books import Wrong
from app.demo.stripe_server.server import StripeServer
from app.ledger import queries as ledger
from app.ledger.errors import InsufficientBalance
from app.ledger.rules import AccountKind
from app.payments import card_refunds, proofs, queries
from app.payments import flows as card_flows
from app.payments.card_models import CardDispute, CardPayment, CardRefund
from app.redemptions import service as buying
from app.redemptions.models import Redemption
from tests.factories.cards import begin, made_up_stripe, pay, top_up_of
from tests.factories.redemptions import Buyer, Shop

FEN: Final = 10_200_000
PART: Final = 3_000_000
ACTS: Final = (
    *("prepare part", "prepare all", "approve", "reject", "ask"),
    *("arrive", "fail", "contest part", "contest all", "win", "lose", "look", "look"),
)


@pytest.fixture(scope="module")
def server() -> Iterator[StripeServer]:
    with made_up_stripe() as server:
        yield server


class Story:
    """One payment of a purchase that was given up, and what is done about it."""

    def __init__(self, session: Session, server: StripeServer, shop: Shop, payment: CardPayment) -> None:
        self.session, self.books, self.payment = session, server.books, payment
        self.officer, self.checker = shop.desk.officer, shop.desk.checker

    def do(self, act: str) -> None:
        """Do it; what is refused here or at Stripe leaves nothing behind."""
        name, _, how = act.partition(" ")
        try:
            getattr(self, f"_{name}")(how)
        except InsufficientBalance:
            raise
        except (DomainError, Wrong):
            self.session.rollback()
        self.session.commit()

    def _prepare(self, how: str) -> None:
        fen = PART if how == "part" else FEN
        known = {"payment_ref": self.payment.ref, "amount_fen": fen}
        card_refunds.prepare(self.session, actor=self.officer, **known)

    def _approve(self, _how: str) -> None:
        for one in self.refunds("prepared"):
            card_refunds.approve(self.session, actor=self.checker, ref=one.ref)

    def _reject(self, _how: str) -> None:
        for one in self.refunds("prepared"):
            card_refunds.reject(self.session, actor=self.checker, ref=one.ref, reason="不对")

    def _ask(self, _how: str) -> None:
        for one in self.refunds("approved"):
            card_flows.give_back(self.session, refund_id=one.id)

    def _arrive(self, _how: str) -> None:
        self._end(failed=False)

    def _fail(self, _how: str) -> None:
        self._end(failed=True)

    def _end(self, *, failed: bool) -> None:
        for one in self.books.of("refund")[:1]:
            self.books.end_refund(one["id"], failed=failed)

    def _contest(self, how: str) -> None:
        self.books.dispute(str(self.payment.intent_id), PART if how == "part" else None)

    def _win(self, _how: str) -> None:
        self._decide(won=True)

    def _lose(self, _how: str) -> None:
        self._decide(won=False)

    def _decide(self, *, won: bool) -> None:
        for one in self.books.of("dispute"):
            self.books.decide(one["id"], won=won)

    def _look(self, _how: str) -> None:
        """What every event sets off, told twice."""
        for _ in range(2):
            for refund in self.refunds("sent", "paid"):
                card_flows.give_back(self.session, refund_id=refund.id)
            for dispute in self.books.of("dispute"):
                card_flows.look_at_dispute(self.session, dispute_id=dispute["id"])

    def refunds(self, *states: str) -> Sequence[CardRefund]:
        """Return the refunds in some states, as they are now."""
        wanted = select(CardRefund).where(CardRefund.state.in_(states)).order_by(CardRefund.id)
        return self.session.scalars(wanted, execution_options={"populate_existing": True}).all()

    def lacking_fen(self) -> int:
        """Return what disputes took that was not there any more: the district's loss, or will be."""
        disputes = self.session.scalars(
            select(CardDispute).where(CardDispute.outcome.is_distinct_from("won")),
            execution_options={"populate_existing": True},
        )
        return sum(one.amount_fen - one.held_fen for one in disputes)

    def check(self) -> None:
        """While a dispute lacks anything nothing of its payment is free, and nothing is promised twice."""
        self.session.refresh(self.payment)
        free_fen = self.payment.captured_fen - self.payment.refunded_fen
        assert min(free_fen, self.lacking_fen()) == 0
        assert queries.surplus_of(self.session, top_up_of(self.session)) == free_fen

    def finish(self) -> None:
        """Everybody has looked: our books are Stripe's to the fen."""
        self.do("ask")
        self.do("look")
        self.check()
        moved_fen = sum(one["amount"] for one in self.books.of("balance_transaction"))
        waiting_fen = sum(one.amount_fen for one in self.refunds("prepared", "approved"))
        there_fen = queries.net_fen(self.session, top_up_of(self.session))
        assert there_fen + waiting_fen - self.lacking_fen() == moved_fen
        if not self.books.of("dispute") or self.books.of("dispute")[0]["status"] in {"won", "lost"}:
            control_fen = ledger.control_balance(
                self.session, district_id=self.payment.district_id, kind=AccountKind.CARD
            )
            sent_fen = sum(one.amount_fen for one in self.refunds("sent"))
            assert -control_fen - sent_fen - self.lacking_fen() == moved_fen
        assert proofs.verify(self.session) == []


@pytest.fixture
def told(
    session: Session, shop: Shop, buyer: Buyer, purchase: Redemption, server: StripeServer
) -> Callable[[Sequence[str]], None]:
    """Return what tells one story from the moment in which the paid purchase was given up."""
    payment = begin(session, buyer.actor, purchase, FEN)
    pay(session, server, payment)
    buying.cancel(session, actor=buyer.actor, redemption_ref=purchase.ref)
    session.commit()
    things = {name: dict(one) for name, one in server.books.things.items()}
    connection = session.connection()

    def tell(acts: Sequence[str]) -> None:
        server.books.things = {name: dict(one) for name, one in things.items()}
        server.books.answers = {}
        with (
            connection.begin_nested() as before,
            Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as own,
        ):
            story = Story(own, server, shop, own.get_one(CardPayment, payment.id))
            for act in acts:
                story.do(act)
            story.finish()
            own.close()
            before.rollback()

    return tell


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(acts=st.lists(st.sampled_from(ACTS), max_size=12))
@example(acts=["prepare part", "approve", "ask", "contest all", "look", "lose", "look", "fail", "look"])
@example(acts=["prepare part", "contest all", "look", "reject", "win", "look"])
@example(acts=["prepare all", "approve", "ask", "arrive", "look", "contest all", "lose", "look", "fail"])
@example(acts=["contest all", "lose", "look", "win", "look", "lose", "look", "win", "look", "prepare all"])
def test_books_are_stripes_in_every_order(told: Callable[[Sequence[str]], None], acts: list[str]) -> None:
    told(acts)
