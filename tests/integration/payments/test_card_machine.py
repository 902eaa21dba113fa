"""Money online, in whatever order it is told: what was captured is credited, in the middle, or went back."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core import clock as business_clock
from app.core.clock import FixedClock
from app.core.errors import DomainError
from app.demo.stripe_server.books import Thing, Wrong
from app.demo.stripe_server.server import CUT_AFTER, CUT_BEFORE, ERROR, StripeServer
from app.extensions import db
from app.gateways.stripe import Event
from app.ledger import queries as ledger
from app.ledger.errors import InsufficientBalance
from app.payments import card_refunds, cards, proofs, queries
from app.payments import flows as card_flows
from app.payments.card_models import CardDispute, CardPayment, CardRefund
from app.payments.models import TopUp
from app.redemptions import queries as redemptions
from app.redemptions import service as buying
from app.wiring import TEST_MOMENT
from tests.factories.cards import begin, made_up_stripe
from tests.factories.redemptions import make_buyer, make_home, make_redemption, make_shop

WAN = 1_000_000
some = st.integers(0, 9)


class CardMachine(RuleBasedStateMachine):
    """A purchase that lacks 10.2 万, a household that pays online, and a Stripe that may fail anywhere."""

    app: Flask
    server: StripeServer
    done: set[str]

    def __init__(self) -> None:
        super().__init__()
        business_clock.use(FixedClock(TEST_MOMENT))
        books = self.server.books
        books.things, books.answers, books.events = {}, {}, []
        self.server.faults.clear()
        with self.app.app_context():
            self.connection = db.engine.connect()
        self.outer = self.connection.begin()
        self.session = Session(self.connection, join_transaction_mode="create_savepoint")
        shop = make_shop(self.session)
        self.officer, self.checker = shop.desk.officer, shop.desk.checker
        self.buyer = make_buyer(self.session, shop.desk, faces=(30 * WAN,))
        self.purchase = make_redemption(self.session, self.buyer, make_home(self.session, shop))
        self.top_up = self.session.scalars(select(TopUp)).one()
        self.jobs: list[tuple[Callable[..., Any], dict[str, Any]]] = []
        self.session.commit()

    def teardown(self) -> None:
        """When everybody answers again, the sweep leaves nothing in the middle; the slow proofs once."""
        try:
            self.end()
        finally:
            self.session.close()
            self.outer.rollback()
            self.connection.close()

    def end(self) -> None:
        self.server.faults.clear()
        for payment in self.rows(CardPayment, "new", "open"):
            card_flows.settle(self.session, payment_id=payment.id)
        for refund in self.rows(CardRefund, "approved"):
            card_flows.give_back(self.session, refund_id=refund.id)
        for dispute in self.server.books.of("dispute"):
            card_flows.look_at_dispute(self.session, dispute_id=dispute["id"])
        self.nothing_lost()
        assert self.captured() == sum(one.captured_fen for one in self.rows(CardPayment, "paid"))
        self.same_as_theirs()
        assert ledger.verify(self.session) == []
        assert proofs.verify(self.session) == []
        assert redemptions.verify(self.session) == []

    def same_as_theirs(self) -> None:
        """What is there and asked of nobody, less what disputes took twice, is what Stripe has."""
        for refund in self.rows(CardRefund, "sent", "paid"):
            card_flows.give_back(self.session, refund_id=refund.id)
        there = queries.net_fen(self.session, self.top_up)
        waiting = self.sum_of(CardRefund.amount_fen, CardRefund.state == "prepared")
        standing = CardDispute.outcome.is_distinct_from("won")
        lacking = self.sum_of(CardDispute.amount_fen - CardDispute.held_fen, standing)
        moved = sum(one["amount"] for one in self.server.books.of("balance_transaction"))
        assert there + waiting - lacking == moved

    def attempt(self, name: str, act: Callable[..., Any], **given: Any) -> None:
        """Do it; a refusal leaves nothing behind, and is never the ledger's."""
        try:
            act(self.session, **given)
        except InsufficientBalance:
            raise
        except DomainError:
            self.session.rollback()
            return
        self.session.commit()
        self.done.add(name)

    def rows(self, model: Any, *states: str) -> Sequence[Any]:
        return self.session.scalars(
            select(model).where(model.state.in_(states)).order_by(model.id),
            execution_options={"populate_existing": True},
        ).all()

    def captured(self) -> int:
        return sum(one["amount_received"] for one in self.server.books.of("payment_intent"))

    @rule(fault=st.sampled_from([CUT_BEFORE, CUT_AFTER, CUT_AFTER, ERROR]))
    def break_something(self, fault: str) -> None:
        """The next thing that is asked of Stripe fails, before or after it was done."""
        self.server.faults[:] = [fault]

    @rule(
        fen=st.sampled_from([1_000, 3 * WAN, 10_200_000, 12 * WAN]), then=st.sampled_from(["pay", "pay", ""])
    )
    def begin(self, fen: int, then: str) -> None:
        payment: list[CardPayment] = []
        self.attempt(
            "begin",
            lambda session: payment.append(begin(session, self.buyer.actor, self.purchase, fen)),
        )
        if payment:
            self.attempt("open", card_flows.open_page, payment_id=payment[0].id)
        if payment and then:
            self.pay()

    @precondition(lambda self: self.server.books.of("checkout.session"))
    @rule(act=st.sampled_from(["pay", "pay", "end"]))
    def press(self, act: str) -> None:
        self.pay() if act == "pay" else self.act(self.server.books.end_checkout, "checkout.session", 0)

    def pay(self) -> None:
        self.act(self.server.books.pay, "checkout.session", 0)

    def act(self, do: Callable[..., Any], kind: str, place: int, **how: Any) -> None:
        """Do something at Stripe; what it refuses did not happen."""
        found = self.server.books.of(kind)
        try:
            do(found[place % len(found)]["id"], **how)
        except (Wrong, ZeroDivisionError):
            return
        self.done.add(do.__name__)

    @precondition(lambda self: self.server.books.events)
    @rule(place=some, times=st.sampled_from([1, 2, 10]))
    def tell(self, place: int, times: int) -> None:
        """Any event ever told comes, again or for the first time; each id sets off one job at most."""
        events = self.server.books.events[::-1]
        event = _event(events[place % len(events)])
        took = 0
        for _ in range(times):
            took += cards.note_event(self.session, event)
            self.session.commit()
        assert took <= 1
        if took:
            self.done.add("tell")
            self.look(event)

    def look(self, event: Event) -> None:
        """What the job does that the event set off."""
        if event.object_type == "refund":
            refund = self.session.scalars(select(CardRefund).where(CardRefund.ref == event.ref)).one()
            self.attempt("refund told", card_flows.give_back, refund_id=refund.id)
        elif event.object_type == "dispute":
            self.attempt("dispute told", card_flows.look_at_dispute, dispute_id=event.object_id)
        else:
            payment = self.session.scalars(select(CardPayment).where(CardPayment.ref == event.ref)).one()
            self.attempt("payment told", card_flows.settle, payment_id=payment.id)

    @precondition(lambda self: self.rows(CardPayment, "new", "open", "ended"))
    @rule(place=some, how=st.sampled_from(["settle", "give up"]))
    def sweep(self, place: int, how: str) -> None:
        found = self.rows(CardPayment, "new", "open", "ended")
        act = card_flows.settle if how == "settle" else card_flows.give_up
        self.attempt(how, act, payment_id=found[place % len(found)].id)

    @precondition(lambda self: self.rows(CardPayment, "paid"))
    @rule()
    def cancel(self) -> None:
        self.attempt("cancel", buying.cancel, actor=self.buyer.actor, redemption_ref=self.purchase.ref)

    @precondition(lambda self: self.top_up.ended_at and self.rows(CardPayment, "paid"))
    @rule(place=some, fen=st.sampled_from([1_000, 3 * WAN, 10_200_000]), steps=st.integers(0, 3))
    def prepare(self, place: int, fen: int, steps: int) -> None:
        """Some of what is paid goes back, as far as two people let it."""
        paid = self.rows(CardPayment, "paid")
        ref = paid[place % len(paid)].ref
        self.attempt("prepare", card_refunds.prepare, actor=self.officer, payment_ref=ref, amount_fen=fen)
        for _ in range(steps):
            self.go_on(0)

    @precondition(lambda self: self.rows(CardRefund, "prepared"))
    @rule()
    def reject(self) -> None:
        refund = self.rows(CardRefund, "prepared")[0]
        self.attempt("reject", card_refunds.reject, actor=self.checker, ref=refund.ref, reason="不对")

    @precondition(lambda self: self.rows(CardRefund, "prepared", "approved", "sent", "paid"))
    @rule(place=some)
    def go_on_later(self, place: int) -> None:
        self.go_on(place)

    def go_on(self, place: int) -> None:
        found = self.rows(CardRefund, "prepared", "approved", "sent", "paid")
        if not found:
            return
        refund = found[place % len(found)]
        if refund.state == "prepared":
            self.attempt("approve", card_refunds.approve, actor=self.checker, ref=refund.ref)
        else:
            self.attempt("give back", card_flows.give_back, refund_id=refund.id)

    @precondition(lambda self: self.server.books.of("refund"))
    @rule(place=some, failed=st.booleans())
    def end_refund(self, place: int, failed: bool) -> None:
        self.act(self.server.books.end_refund, "refund", place, failed=failed)

    @precondition(lambda self: self.server.books.of("payment_intent"))
    @rule(place=some, fen=st.sampled_from([None, 3 * WAN]), looked=st.booleans())
    def dispute(self, place: int, fen: int | None, looked: bool) -> None:
        self.act(self.server.books.dispute, "payment_intent", place, amount=fen)
        self.look_at_last(looked)

    @precondition(lambda self: self.server.books.of("dispute"))
    @rule(place=some, won=st.booleans(), looked=st.booleans())
    def decide(self, place: int, won: bool, looked: bool) -> None:
        self.act(self.server.books.decide, "dispute", place, won=won)
        self.look_at_last(looked)

    def look_at_last(self, looked: bool) -> None:
        found = self.server.books.of("dispute")
        if looked and found:
            self.attempt("look", card_flows.look_at_dispute, dispute_id=found[0]["id"])

    @invariant()
    def nothing_lost(self) -> None:
        """Captured = credited and still there + gone back or held for it + not known here yet."""
        self.session.refresh(self.top_up)
        paid = self.rows(CardPayment, "paid")
        in_the_middle = self.captured() - sum(one.captured_fen for one in paid)
        known = {one.intent_id for one in paid}
        unknown = [one for one in self.server.books.of("payment_intent") if one["id"] not in known]
        assert in_the_middle == sum(one["amount_received"] for one in unknown)
        back = self.sum_of(CardRefund.amount_fen, CardRefund.state.not_in(("rejected", "failed")))
        held = self.sum_of(CardDispute.held_fen, CardDispute.held_fen > 0)
        there = self.top_up and queries.net_fen(self.session, self.top_up)
        assert there + back + held + in_the_middle == self.captured()
        assert there >= 0
        due = 0 if self.top_up.ended_at else self.top_up.amount_fen
        assert queries.surplus_of(self.session, self.top_up) == max(0, there - due)

    def sum_of(self, column: Any, condition: Any) -> int:
        return int(self.session.scalars(select(func.coalesce(func.sum(column), 0)).where(condition)).one())


def _event(told: Thing) -> Event:
    about = told["data"]["object"]
    intent = about["id"] if about["object"] == "payment_intent" else about.get("payment_intent")
    ref = about.get("client_reference_id") or about.get("metadata", {}).get("anju")
    return Event(told["id"], told["type"], about["object"], about["id"], ref, intent)


def test_whatever_is_told_in_whatever_order(app: Flask) -> None:
    CardMachine.app, CardMachine.done = app, set()
    with made_up_stripe() as CardMachine.server:
        run_state_machine_as_test(
            CardMachine,
            settings=settings(
                max_examples=10,
                stateful_step_count=40,
                deadline=None,
                derandomize=True,
                suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
            ),
        )
    assert CardMachine.done >= {
        *("begin", "open", "pay", "tell", "payment told", "settle", "give up", "cancel"),
        *("prepare", "approve", "give back", "end_refund", "refund told"),
        *("dispute", "decide", "look"),
    }
