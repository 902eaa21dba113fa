"""A purchase paid online over a Stripe that may fail anywhere: who acts in it, and what always holds."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Final

from hypothesis.stateful import invariant
from sqlalchemy import func, select

from app.core import clock
from app.core.errors import DomainError
from app.demo.stripe_server.books import Thing, Wrong
from app.demo.stripe_server.server import StripeServer
from app.gateways.stripe import Event
from app.ledger import queries as ledger
from app.ledger.errors import InsufficientBalance
from app.payments import cards, proofs, queries
from app.payments import flows as card_flows
from app.payments.card_models import CardDispute, CardDisputeHold, CardPayment, CardRefund
from app.payments.models import TopUp
from app.redemptions import queries as redemptions
from app.redemptions import service as buying
from tests.factories.cards import begin, forget
from tests.factories.redemptions import make_buyer, make_home, make_redemption, make_shop
from tests.machines import Machine

WAN: Final = 1_000_000


class CardWorld(Machine):
    """A purchase that lacks 10.2 万, a household that pays online, two people who give back."""

    server: ClassVar[StripeServer]
    ends: ClassVar[Counter[str]]
    """How often each end was reached, over all lives."""

    def __init__(self) -> None:
        super().__init__()
        forget(self.server)
        shop = make_shop(self.session)
        self.officer, self.checker = shop.desk.officer, shop.desk.checker
        self.buyer = make_buyer(self.session, shop.desk, faces=(30 * WAN,))
        self.purchase = make_redemption(self.session, self.buyer, make_home(self.session, shop))
        self.top_up = self.session.scalars(select(TopUp)).one()
        self.began = clock.legal_day(clock.system_now())
        self.told: dict[str, list[int]] = {}
        self.session.commit()

    # --- acts ---

    def attempt(self, name: str, act: Callable[..., Any], **given: Any) -> Any:
        """Do it; a refusal leaves nothing behind, is never the ledger's, and silence always our own fault."""
        faults = len(self.server.faults)
        try:
            made = act(self.session, **given)
        except InsufficientBalance:
            raise
        except DomainError as error:
            self.session.rollback()
            if isinstance(error, card_flows.Later) and len(self.server.faults) == faults:
                raise
            self.done.add(f"refused: {error.code}")
            return None
        self.session.commit()
        self.done.add(name)
        return made

    def at_stripe(self, do: Callable[..., Any], *given: Any, **how: Any) -> bool:
        """Let somebody do something at Stripe; what it refuses did not happen."""
        try:
            do(*given, **how)
        except Wrong:
            return False
        self.done.add(do.__name__)
        return True

    def pay_online(self, fen: int, way: str) -> None:
        """Pay a part: seen at once, told of later, or in the very moment in which its page is given up."""
        made = self.attempt("begin", lambda session: begin(session, self.buyer.actor, self.purchase, fen))
        if not made:
            return
        self.attempt("open", card_flows.open_page, payment_id=made.id)
        if way == "late":
            self.attempt("give up", card_flows.give_up, payment_id=made.id)
            if made.state == "ended" and made.checkout_id:
                self.server.books.get(made.checkout_id)["status"] = "open"
                self.ends["captured on a page that had ended"] += 1
        pages = [one for one in self.of("checkout.session") if one["client_reference_id"] == made.ref]
        if pages and way != "leave":
            self.at_stripe(self.server.books.pay, pages[0]["id"])
        if way == "seen":
            self.attempt("settle", card_flows.settle, payment_id=made.id)

    def tell(self, told: Thing, times: int) -> None:
        """Bring an event, again or for the first time; each id sets off one job at most."""
        event, took = _event(told), 0
        for _ in range(times):
            took += cards.note_event(self.session, event)
            self.session.commit()
        assert took <= 1
        if took:
            self._remember(told, times)
            self.look(event)

    def _remember(self, told: Thing, times: int) -> None:
        """Count what came doubled, after a later one of the same thing, or before its payment was known."""
        place, before = self.server.books.events.index(told), self.told.setdefault(_about(told)["id"], [])
        if times > 1:
            self.ends["told more than once"] += 1
        if before and place < max(before):
            self.ends["told in another order"] += 1
        before.append(place)
        if _about(told)["object"] == "dispute":
            intents = {one.intent_id for one in self.rows(CardPayment, "paid")}
            if _about(told)["payment_intent"] not in intents:
                self.ends["a dispute told of before its payment"] += 1

    def look(self, event: Event) -> None:
        """What the job does that an event set off."""
        if event.object_type == "refund":
            refund = self.session.scalars(select(CardRefund).where(CardRefund.ref == event.ref)).one()
            self.attempt("refund told", card_flows.give_back, refund_id=refund.id)
        elif event.object_type == "dispute":
            self.attempt("dispute told", card_flows.look_at_dispute, dispute_id=event.object_id)
        else:
            payment = self.session.scalars(select(CardPayment).where(CardPayment.ref == event.ref)).one()
            late = payment.state != "paid" and self.top_up.ended_at is not None
            self.attempt("payment told", card_flows.settle, payment_id=payment.id)
            self.ends["credited after the purchase had ended"] += late and payment.state == "paid"

    def compare(self) -> None:
        """Compare the days of this life, as the nightly job does: it hears what nobody told of."""
        unheard = [one.id for one in self.rows(CardRefund, "sent", "paid") if self._failed_there(one)]
        answers = not self.server.faults
        for day in sorted({self.began, clock.legal_day(clock.system_now())}):
            self.attempt("compare", card_flows.reconcile, day=day)
        if answers:
            heard = [self.session.get_one(CardRefund, one, populate_existing=True) for one in unheard]
            assert {one.state for one in heard} <= {"failed"}
            self.ends["a refund failed and nobody told"] += len(heard)

    def cancel(self) -> None:
        """Let the household withdraw; what was paid is to be given back from then on."""
        given = {"actor": self.buyer.actor, "redemption_ref": self.purchase.ref}
        self.attempt("cancel", buying.cancel, **given)

    # --- what there is ---

    def of(self, kind: str) -> list[Thing]:
        """Return everything of a kind at Stripe, the newest first."""
        return self.server.books.of(kind)

    def rows(self, model: Any, *states: str) -> Sequence[Any]:
        """Return what stands in some of its states, or all of it, the oldest first."""
        wanted = select(model).order_by(model.id).execution_options(populate_existing=True)
        return self.session.scalars(wanted.where(model.state.in_(states)) if states else wanted).all()

    def disputes(self) -> Sequence[CardDispute]:
        """Return every dispute that is known here, the oldest first."""
        wanted = select(CardDispute).order_by(CardDispute.id)
        return self.session.scalars(wanted, execution_options={"populate_existing": True}).all()

    def sum_of(self, column: Any, condition: Any) -> int:
        return int(self.session.scalars(select(func.coalesce(func.sum(column), 0)).where(condition)).one())

    def captured(self) -> int:
        return sum(one["amount_received"] for one in self.of("payment_intent"))

    # --- what holds ---

    @invariant()
    def nothing_lost(self) -> None:
        """Captured = credited and still there + gone back or held for it + not known here yet."""
        self.session.refresh(self.top_up)
        paid = self.rows(CardPayment, "paid")
        in_the_middle = self.captured() - sum(one.captured_fen for one in paid)
        known = {one.intent_id for one in paid}
        unknown = [one for one in self.of("payment_intent") if one["id"] not in known]
        assert in_the_middle == sum(one["amount_received"] for one in unknown)
        back = self.sum_of(CardRefund.amount_fen, CardRefund.state.not_in(("rejected", "failed")))
        held = self.sum_of(CardDispute.held_fen, CardDispute.held_fen > 0)
        there = queries.net_fen(self.session, self.top_up)
        assert there + back + held + in_the_middle == self.captured()
        assert there >= 0
        due = 0 if self.top_up.ended_at else self.top_up.amount_fen
        assert queries.surplus_of(self.session, self.top_up) == max(0, there - due)

    @invariant()
    def nothing_goes_back_twice(self) -> None:
        """No charge gives back more than it brought, whatever was cut off between Stripe and here."""
        for charge in self.of("charge"):
            assert 0 <= charge["amount_refunded"] <= charge["amount_captured"]

    def prove(self) -> None:
        """When everybody answers again nothing stays in the middle, and our books are Stripe's."""
        self.server.faults.clear()
        self.compare()
        self.settle_all()
        self.nothing_lost()
        assert self.captured() == sum(one.captured_fen for one in self.rows(CardPayment, "paid"))
        self.same_as_theirs()
        assert ledger.verify(self.session) == []
        assert proofs.verify(self.session) == []
        assert redemptions.verify(self.session) == []
        self.count_ends()

    def settle_all(self) -> None:
        """Look at everything once, as the sweep does when its time has come."""
        for payment in self.rows(CardPayment, "new", "open"):
            card_flows.settle(self.session, payment_id=payment.id)
        for refund in self.rows(CardRefund, "approved", "sent", "paid"):
            card_flows.give_back(self.session, refund_id=refund.id)
        for dispute in self.of("dispute"):
            card_flows.look_at_dispute(self.session, dispute_id=dispute["id"])

    def same_as_theirs(self) -> None:
        """What is there and asked of nobody, less what disputes took twice, is what Stripe has."""
        there = queries.net_fen(self.session, self.top_up)
        waiting = self.sum_of(CardRefund.amount_fen, CardRefund.state == "prepared")
        standing = CardDispute.outcome.is_distinct_from("won")
        lacking = self.sum_of(CardDispute.amount_fen - CardDispute.held_fen, standing)
        moved = sum(one["amount"] for one in self.of("balance_transaction"))
        assert there + waiting - lacking == moved

    def _failed_there(self, refund: CardRefund) -> bool:
        return self.server.books.get(str(refund.stripe_id))["status"] == "failed"

    # --- where it ended ---

    def count_ends(self) -> None:
        """Count where refunds, disputes and payments have come to."""
        refunds = self.rows(CardRefund)
        self.ends.update(_end_of_refund(one) for one in refunds)
        for dispute in self.disputes():
            wanted = select(CardDisputeHold.state).where(CardDisputeHold.dispute_id == dispute.id)
            holds = self.session.scalars(wanted).all()
            self.ends[_end_of_dispute(dispute, holds)] += 1
            self.ends["what came back went to a dispute"] += len(holds) > 1
        for payment in self.rows(CardPayment, "paid"):
            arrived = [one for one in refunds if one.payment_id == payment.id and one.state == "paid"]
            self.ends["given back in several refunds"] += len(arrived) > 1
            self.ends["given back in part"] += (
                0 < sum(one.amount_fen for one in arrived) < payment.captured_fen
            )
            self.ends["given back whole"] += sum(one.amount_fen for one in arrived) == payment.captured_fen


def _end_of_refund(one: CardRefund) -> str:
    if one.state != "failed":
        return f"refund {one.state}"
    if one.back_transfer_id:
        return "refund failed after it had arrived"
    return "refund failed" if one.stripe_id else "refund refused by Stripe"


def _end_of_dispute(one: CardDispute, holds: Sequence[str]) -> str:
    if one.outcome == "won":
        return "dispute won after it was lost" if "returned" in holds else "dispute won"
    if one.outcome is None:
        return "dispute undecided"
    if one.lacking_fen:
        return "dispute lost that lacks money" + (", closed" if one.closed_at else "")
    return "dispute lost"


def _about(told: Thing) -> Thing:
    about: Thing = told["data"]["object"]
    return about


def _event(told: Thing) -> Event:
    about = _about(told)
    intent = about["id"] if about["object"] == "payment_intent" else about.get("payment_intent")
    ref = about.get("client_reference_id") or about.get("metadata", {}).get("anju")
    return Event(told["id"], told["type"], about["object"], about["id"], ref, intent)
