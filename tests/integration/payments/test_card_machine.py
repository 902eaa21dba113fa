"""Money online, in whatever order it is told: what was captured is credited, in the middle, or went back."""

import os
from collections import Counter
from typing import Any, ClassVar

from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule, run_state_machine_as_test
from sqlalchemy import select

from app.demo.stripe_server.server import CUT_AFTER, CUT_BEFORE, ERROR
from app.payments import card_disputes, card_refunds, queries
from app.payments import flows as card_flows
from app.payments.card_models import CardPayment, CardRefund
from tests.factories.cards import made_up_stripe
from tests.integration.payments.card_stories import STORIES, Story
from tests.integration.payments.card_world import WAN, CardWorld

some = st.sampled_from(range(8))
become = st.sampled_from(["arrive", "arrive", "fail", "bounce", "wait"])


class CardMachine(CardWorld):
    """A life that begins with a story; then anything may happen, and what nobody hears of is found."""

    story: ClassVar[Story]

    @initialize()
    def begin(self) -> None:
        for name, *given in self.story.acts:
            getattr(self, name)(*given)
            self.nothing_lost()
        self.count_ends()
        assert [end for end in self.story.ends if not self.ends[end]] == []

    @rule(fault=st.sampled_from([CUT_BEFORE, CUT_AFTER, CUT_AFTER, ERROR]))
    def break_something(self, fault: str) -> None:
        """The next thing that is asked of Stripe fails, before or after it was done."""
        self.server.faults[:] = [fault]

    @rule(
        fen=st.sampled_from([1_000, 3 * WAN, 12 * WAN]),
        how=st.sampled_from(["seen", "later", "late", "leave"]),
    )
    def pay(self, fen: int, how: str) -> None:
        """Pay a part; it is seen at once, later, or in the moment in which its page is given up."""
        self.pay_online(fen, how)

    @rule(place=some, act=st.sampled_from(["settle", "give up", "end there"]))
    def sweep(self, place: int, act: str) -> None:
        """Look at a payment, give its page up, or let the page end by itself."""
        found = self.rows(CardPayment, "new", "open", "ended")
        if not found:
            return
        one = found[place % len(found)]
        if act == "end there":
            self.at_stripe(self.server.books.end_checkout, one.checkout_id)
        else:
            do = card_flows.settle if act == "settle" else card_flows.give_up
            self.attempt(act, do, payment_id=one.id)

    @rule(place=some, times=st.sampled_from([1, 2, 10]))
    def tell_one(self, place: int, times: int) -> None:
        """Any event ever told comes, again or for the first time."""
        events = self.server.books.events[::-1]
        if events:
            self.tell(events[place % len(events)], times)

    @rule(backwards=st.booleans(), times=st.sampled_from([1, 3]))
    def tell_all(self, backwards: bool, times: int) -> None:
        """All that Stripe ever told comes in one go, perhaps the last first."""
        for told in list(self.server.books.events)[:: -1 if backwards else 1]:
            self.tell(told, times)

    @rule()
    def withdraw(self) -> None:
        self.cancel()

    @precondition(lambda self: self.top_up.ended_at)
    @rule(
        place=some,
        fen=st.sampled_from([None, None, 1_000, 3 * WAN]),
        steps=st.sampled_from([0, 1, 2, 2, 2]),
        become=become,
        heard=st.booleans(),
    )
    def give_back(self, place: int, fen: int | None, steps: int, become: str, heard: bool) -> None:
        """Some of a payment goes back, or all that may, as far as two people let it, and perhaps arrives."""
        paid = [one for one in self.rows(CardPayment, "paid") if one.left_fen]
        if not paid:
            return
        one = paid[place % len(paid)]
        contested = any(dispute.payment_id == one.id for dispute in self.disputes())
        most_fen = min(queries.surplus_of(self.session, self.top_up), one.left_fen)
        given: dict[str, Any] = {"actor": self.officer, "payment_ref": one.ref, "amount_fen": fen or most_fen}
        made = self.attempt("prepare", card_refunds.prepare, **given)
        if made and contested:
            self.ends["given back after a dispute"] += 1
        for _ in range(steps if made else 0):
            self.go_on(made)
        if made and steps > 1:
            self.end_refund(made, become, heard)

    @rule(place=some, become=become, heard=st.booleans())
    def go_on_later(self, place: int, become: str, heard: bool) -> None:
        found = self.rows(CardRefund, "prepared", "approved", "sent", "paid")
        if found:
            one = found[place % len(found)]
            self.go_on(one)
            self.end_refund(one, become, heard)

    def go_on(self, one: CardRefund) -> None:
        """Take a refund one step on."""
        if one.state == "prepared":
            self.attempt("approve", card_refunds.approve, actor=self.checker, ref=one.ref)
        else:
            self.attempt("give back", card_flows.give_back, refund_id=one.id)

    def end_refund(self, one: CardRefund, become: str, heard: bool) -> None:
        """Let a bank take a refund, or not, or first and then not, and tell of it or not."""
        acts = {"arrive": [False], "fail": [True], "bounce": [False, True]}.get(become, [])
        for failed in acts if one.stripe_id else []:
            self.at_stripe(self.server.books.end_refund, one.stripe_id, failed=failed)
            if heard or failed is False:
                self.attempt("give back", card_flows.give_back, refund_id=one.id)

    @precondition(lambda self: self.rows(CardRefund, "prepared"))
    @rule()
    def reject(self) -> None:
        refund = self.rows(CardRefund, "prepared")[0]
        self.attempt("reject", card_refunds.reject, actor=self.checker, ref=refund.ref, reason="不对")

    @rule(place=some, fen=st.sampled_from([None, 3 * WAN, 1_000]), heard=st.booleans())
    def contest(self, place: int, fen: int | None, heard: bool) -> None:
        """A payer contests a payment, whether it is known here or not, all of it or some."""
        found = self.of("payment_intent")
        if not found:
            return
        one = found[place % len(found)]
        gone = self.server.books.get(one["latest_charge"])["amount_refunded"]
        if self.at_stripe(self.server.books.dispute, one["id"], fen and min(fen, one["amount"])):
            self.ends["disputed after a refund" if gone else "disputed before a refund"] += 1
            self.hear(heard)

    @rule(place=some, won=st.booleans(), heard=st.booleans())
    def decide(self, place: int, won: bool, heard: bool) -> None:
        found = self.of("dispute")
        if found and self.at_stripe(self.server.books.decide, found[place % len(found)]["id"], won=won):
            self.hear(heard)

    def hear(self, heard: bool) -> None:
        for told in self.of("dispute") if heard else ():
            self.attempt("look", card_flows.look_at_dispute, dispute_id=told["id"])

    @rule()
    def close(self) -> None:
        """A checker says what became of the money that a lost dispute lacks."""
        for one in self.disputes():
            ref = self.session.scalars(select(CardPayment.ref).where(CardPayment.id == one.payment_id)).one()
            at = {"payment_ref": ref, "stripe_id": one.stripe_id, "reason": "区里承担"}
            self.attempt("close", card_disputes.close, actor=self.checker, **at)

    @rule()
    def compare_days(self) -> None:
        self.compare()


def test_whatever_is_told_in_whatever_order(app: Flask) -> None:
    """Each story comes to its ends, whatever is drawn then; ``ANJU_LIVES=50`` lives each fifty times."""
    lives = int(os.environ.get("ANJU_LIVES", "0"))
    one = settings(suppress_health_check=list(HealthCheck))
    few = settings(one, max_examples=2, stateful_step_count=8)
    many = settings(one, max_examples=lives or 1, stateful_step_count=40, derandomize=False)
    done: set[str] = set()
    with made_up_stripe() as server:
        lived = {"app": app, "server": server, "done": done}
        for story in STORIES:
            machine = type("Cards", (CardMachine,), {**lived, "story": story, "ends": Counter()})
            run_state_machine_as_test(machine, settings=many if lives else few)
    assert done >= {"payment told", "dispute told", "compare", "refused: card_unanswered"}
