"""Own money in a whole life: paid online over a Stripe that may be told of late, borrowed, and given back."""

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule
from sqlalchemy import select

from app.core import clock as business_clock
from app.demo.stripe_server.books import Wrong
from app.demo.stripe_server.server import CUT_AFTER, StripeServer
from app.ledger.rules import AccountKind
from app.payments import card_refunds, cards, flows, queries
from app.payments.card_models import CardDispute, CardPayment, CardRefund
from app.payments.card_rules import parts_of
from app.payments.kinds import Kind, Lender, Stage
from app.payments.models import TopUp
from app.redemptions import service
from app.redemptions.models import Redemption
from app.redemptions.rules import top_up_owner
from tests.factories.cards import begin, forget
from tests.integration.life.steps import Steps
from tests.integration.life.world import WAN

STARTED = ("locked", "contracted", "checked")
some = st.integers(0, 9)


class OwnMoney(Steps):
    """What households pay themselves, and how it goes back."""

    server: StripeServer

    def __init__(self) -> None:
        super().__init__()
        forget(self.server)

    def prove(self) -> None:
        """Before the proofs everybody answers, and nothing stays in the middle."""
        for payment in self.rows(CardPayment, "new", "open"):
            self.attempt("settle", flows.settle, payment_id=payment.id)
        for dispute in self.server.books.of("dispute"):
            self.attempt("look", flows.look_at_dispute, dispute_id=dispute["id"])
        for refund in self.rows(CardRefund, "approved", "sent"):
            self.attempt("give back", flows.give_back, refund_id=refund.id)
        self.every_fen_online_is_here_or_in_the_middle()
        super().prove()

    @rule(
        place=some, wan=st.sampled_from([None, None, 1]), then=st.sampled_from(["pay", "pay", "unseen", ""])
    )
    def pay_online(self, place: int, wan: int | None, then: str) -> None:
        """Begin to pay what is missing, or a part; paid, it is seen at once, later, or not paid at all."""
        found = [one for one in self.rows(Redemption, *STARTED) if self._top_up(one)]
        if found:
            self._pay_online(found[place % len(found)], wan and wan * WAN, then)

    def bring_own_money(self, found: Redemption) -> None:
        """Of every other purchase what is missing is paid online; what could not be comes by bank."""
        if self.counter % 2:
            self._pay_online(found, None, "pay")
        super().bring_own_money(found)

    def _pay_online(self, one: Redemption, fen: int | None, then: str) -> None:
        top_up, who = self._top_up(one), self.actor(one.household_id)
        part_fen = fen or next(iter(parts_of(queries.missing_of(self.session, top_up)) if top_up else ()), 0)
        made = self.attempt("begin", lambda session: begin(session, who, one, part_fen))
        if made:
            self._go_on_paying_online(made, then)

    def _go_on_paying_online(self, made: CardPayment, then: str) -> None:
        if then == "unseen":
            self.server.faults[:] = [CUT_AFTER]
        for _ in range(2):
            self.attempt("open", flows.open_page, payment_id=made.id)
        if then and self._at_stripe("pay", made.checkout_id) and then == "pay":
            self.attempt("settle", flows.settle, payment_id=made.id)

    @rule(
        place=some,
        act=st.sampled_from(["settle", "pay", "give_up", "contest", "contest", "won", "lost"]),
        seen=st.booleans(),
    )
    def after_online(self, place: int, act: str, seen: bool) -> None:
        """What is under way is paid late, looked at or given up; a payer contests, and a bank decides."""
        under_way, paid = self.rows(CardPayment, *cards.UNDER_WAY), self.rows(CardPayment, "paid")
        disputes = self.server.books.of("dispute")
        if act == "contest" and paid:
            self._at_stripe("dispute", paid[place % len(paid)].intent_id)
        elif act in {"won", "lost"} and disputes:
            self._at_stripe("decide", disputes[place % len(disputes)]["id"], won=act == "won")
        elif act == "pay" and under_way:
            self._at_stripe("pay", under_way[place % len(under_way)].checkout_id)
        elif act in {"settle", "give_up"} and under_way:
            self.attempt(act, getattr(flows, act), payment_id=under_way[place % len(under_way)].id)
        for dispute in self.server.books.of("dispute") if seen else ():
            self.attempt("look", flows.look_at_dispute, dispute_id=dispute["id"])

    @rule(place=some, steps=st.sampled_from([1, 4, 4, 4]), well=st.sampled_from([True, True, False]))
    def give_back(self, place: int, steps: int, well: bool) -> None:
        """What was paid online and is too much goes back to its source, or does not arrive there."""
        for one in self.rows(CardPayment, "paid"):
            top_up = self.session.get_one(TopUp, one.top_up_id)
            fen = min(queries.surplus_of(self.session, top_up), one.left_fen)
            if fen > 0:
                known = {"payment_ref": one.ref, "amount_fen": fen}
                made = self.attempt(
                    "prepare card refund", card_refunds.prepare, actor=self.desk.officer, **known
                )
                assert made, "what is too much can be given back"
        waiting = self.rows(CardRefund, "prepared", "approved", "sent", "paid")
        for _ in range(steps if waiting else 0):
            self._go_on_giving_back(waiting[place % len(waiting)], well)

    def _go_on_giving_back(self, one: CardRefund, well: bool) -> None:
        if one.state == "prepared" and well:
            self.attempt("approve card refund", card_refunds.approve, actor=self.desk.checker, ref=one.ref)
        elif one.state == "prepared":
            known = {"actor": self.desk.checker, "ref": one.ref, "reason": "不符"}
            self.attempt("reject card refund", card_refunds.reject, **known)
        elif one.state == "approved":
            self.attempt("ask back", flows.give_back, refund_id=one.id)
        elif one.state in {"sent", "paid"}:
            self._at_stripe("end_refund", one.stripe_id, failed=not well)
            self.attempt("give back", flows.give_back, refund_id=one.id)

    @rule(place=some, share=st.sampled_from([1, 2]), stages=st.sampled_from(["", "f", "fa", "far"]))
    def borrow(self, place: int, share: int, stages: str) -> None:
        """Some of a top-up, or all, is to come from a bank, which says so, and may refuse in the end."""
        found = [one for one in self.rows(Redemption, *STARTED) if self._top_up(one)]
        if not found:
            return
        one = found[place % len(found)]
        whole = one.present_top_up_fen
        wanted = {Kind.LOAN: whole // share, Kind.OWN: whole - whole // share}
        at = {"actor": self.actor(one.household_id), "redemption_ref": one.ref}
        self.attempt("split own", service.split_top_up, wanted=wanted, **at)
        for stage in stages:
            lender = Lender("农业银行", business_clock.today() + timedelta(days=20))
            how = {"kind": Kind.LOAN, "stage": _STAGES[stage], "lender": lender if stage == "f" else None}
            self.attempt(f"loan {stage}", service.advance_loan, **how, **at)

    @rule(place=some, well=st.sampled_from([True, True, False]))
    def after_contract(self, place: int, well: bool) -> None:
        """A buyer's proof of kinship is given, or an officer accepts it, or sends it back."""
        found = self.rows(Redemption, "contracted")
        if found:
            self.prove_kin(found[place % len(found)], well=well)

    def _at_stripe(self, act: str, thing_id: str | None, **how: Any) -> bool:
        """Let somebody do something at Stripe; what it refuses did not happen."""
        try:
            getattr(self.server.books, act)(thing_id, **how)
        except Wrong:
            return False
        self.done.add(f"stripe: {act}")
        return True

    def _top_up(self, one: Redemption) -> TopUp | None:
        owner = top_up_owner(one.id)
        return queries.find_top_up(self.session, district_id=one.district_id, owner=owner)

    @invariant()
    def every_fen_online_is_here_or_in_the_middle(self) -> None:
        """What Stripe captured is credited here or not known yet; what is with it is what did not go back."""
        paid = self.rows(CardPayment, "paid")
        here = {one.intent_id: one.captured_fen for one in paid}
        theirs = {one["id"]: one["amount_received"] for one in self.server.books.of("payment_intent")}
        assert here.items() <= theirs.items()
        lost = select(CardDispute).where(CardDispute.outcome == "lost")
        gone = sum(one.amount_fen for one in self.rows(CardRefund, "paid"))
        gone += sum(one.held_fen for one in self.session.scalars(lost))
        assert -self._control(AccountKind.CARD) == sum(here.values()) - gone
        back = sum(one["amount"] for one in self.server.books.of("refund") if one["status"] != "failed")
        assert back <= sum(theirs.values())

    @invariant()
    def nothing_is_paid_twice(self) -> None:
        """No payment gives back more than it brought, whoever failed between Stripe and here."""
        for intent in self.server.books.of("payment_intent"):
            charge = self.server.books.get(intent["latest_charge"])
            assert 0 <= charge["amount_refunded"] <= charge["amount_captured"]


_STAGES = {"f": Stage.FILED, "a": Stage.APPROVED, "r": Stage.REFUSED}
