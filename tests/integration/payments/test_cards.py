"""Parts of a large sum, money that comes too late, refunds that fail late, and books that differ."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core import apart, clock
from app.core.errors import Conflict, DomainError, Forbidden, NotFound
from app.demo.stripe_server.server import CUT_AFTER, CUT_BEFORE, ERROR, StripeServer
from app.gateways.stripe import Movement
from app.notices.models import Notice
from app.payments import card_disputes, card_queries, card_refunds, card_reports, cards, proofs, queries
from app.payments import flows as card_flows
from app.payments.card_models import CardDispute, CardPayment, CardRefund, CardReport
from app.payments.card_rules import MOST_FEN, parts_of
from app.redemptions import service as buying
from app.redemptions.models import Redemption
from tests.factories.cards import begin, made_up_stripe, pay, top_up_of
from tests.factories.redemptions import Buyer, Shop, make_buyer, make_home, make_redemption, make_shop

FEN = 10_200_000
pytestmark = pytest.mark.usefixtures("whole_day")


@pytest.fixture(scope="module")
def server() -> Iterator[StripeServer]:
    with made_up_stripe() as server:
        yield server


def test_a_large_sum_goes_in_parts(session: Session, shop: Shop, server: StripeServer) -> None:
    rich = make_buyer(session, shop.desk, faces=(250_000_000,))
    purchase = make_redemption(session, rich, make_home(session, shop, voucher_fen=520_000_000))
    top_up = top_up_of(session)
    for part in parts_of(top_up.amount_fen):
        assert part <= MOST_FEN
        pay(session, server, begin(session, rich.actor, purchase, part))
    assert len(parts_of(top_up.amount_fen)) > 2
    assert queries.missing_of(session, top_up) == 0
    assert proofs.verify(session) == []


def test_what_is_paid_after_the_purchase_ended_is_to_be_given_back(
    session: Session, buyer: Buyer, purchase: Redemption, server: StripeServer
) -> None:
    payment = begin(session, buyer.actor, purchase, FEN)
    card_flows.settle(session, payment_id=payment.id)
    buying.cancel(session, actor=buyer.actor, redemption_ref=purchase.ref)
    session.commit()
    server.books.pay(str(payment.checkout_id))
    card_flows.sweep(session)
    session.refresh(payment)
    assert payment.state == "paid"
    assert queries.surplus_of(session, top_up_of(session)) == FEN
    assert proofs.verify(session) == []


def test_a_payment_that_fails_unexpectedly_holds_up_none_behind_it(
    session: Session, shop: Shop, buyer: Buyer, purchase: Redemption, server: StripeServer
) -> None:
    other = make_buyer(session, shop.desk, faces=(30_000_000,))
    second = make_redemption(session, other, make_home(session, shop))
    torn = begin(session, buyer.actor, purchase, FEN)
    fine = begin(session, other.actor, second, FEN)
    for payment in (torn, fine):
        card_flows.settle(session, payment_id=payment.id)
        server.books.pay(str(payment.checkout_id))
        payment.look_at = clock.system_now()
    # The page that Stripe knows is not this payment's: its answer is refused as a fault of ours.
    server.books.get(str(torn.checkout_id))["client_reference_id"] = "KF-TORN"
    torn.look_at -= timedelta(minutes=1)
    session.commit()
    card_flows.sweep(session)
    session.refresh(torn)
    session.refresh(fine)
    assert (torn.state, fine.state) == ("open", "paid")
    stuck = apart.list_stuck(session, actor=shop.desk.officer, limit=10)
    assert [(one.task, one.ref, one.reason, one.tries) for one in stuck] == [
        ("cards.settle", torn.ref, "LookupError", 1)
    ]
    # Nor does it hold up a day's comparison, which names it; once it can be done it is stuck no more.
    day = clock.legal_day(clock.system_now())
    card_flows.reconcile(session, day=day)
    report = session.scalars(select(CardReport)).one()
    assert ("not_credited", torn.ref) in [(one["what"], one["ref"]) for one in report.differences]
    assert apart.count_stuck(session, actor=shop.desk.officer) == 2
    server.books.get(str(torn.checkout_id))["client_reference_id"] = torn.ref
    card_flows.sweep(session)
    card_flows.reconcile(session, day=day)
    assert apart.count_stuck(session, actor=shop.desk.officer) == 0


def test_the_page_of_a_purchase_that_ended_is_closed(
    session: Session, buyer: Buyer, purchase: Redemption, server: StripeServer
) -> None:
    payment = begin(session, buyer.actor, purchase, FEN)
    card_flows.settle(session, payment_id=payment.id)
    buying.cancel(session, actor=buyer.actor, redemption_ref=purchase.ref)
    session.commit()
    card_flows.sweep(session)
    assert server.books.get(str(payment.checkout_id))["status"] == "expired"
    session.refresh(payment)
    assert payment.state == "ended"


def test_what_was_cut_off_before_a_page_was_known_opens_one_page(
    session: Session, buyer: Buyer, purchase: Redemption, server: StripeServer
) -> None:
    payment = begin(session, buyer.actor, purchase, FEN)
    server.faults += [CUT_AFTER, CUT_BEFORE]
    for _ in range(2):
        with pytest.raises(card_flows.Later):
            card_flows.open_page(session, payment_id=payment.id)
    url = card_flows.open_page(session, payment_id=payment.id)
    found = server.books.of("checkout.session")
    assert [one["url"] for one in found if one["client_reference_id"] == payment.ref] == [url]


def test_a_page_that_never_opened_is_over_with_its_time(
    session: Session,
    buyer: Buyer,
    purchase: Redemption,
    server: StripeServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Stripe may give the same error to the same key for a day; a household is not to wait that long."""
    payment = begin(session, buyer.actor, purchase, FEN)
    session.commit()
    begun = clock.system_now()
    for state, passed in (("new", timedelta()), ("ended", timedelta(hours=2))):
        monkeypatch.setattr(clock, "system_now", lambda moment=begun + passed: moment)
        server.faults.append(ERROR)
        with pytest.raises(card_flows.Later):
            card_flows.settle(session, payment_id=payment.id)
        session.refresh(payment)
        assert payment.state == state


def test_a_refund_is_asked_for_once_though_stripe_forgot_the_key(
    session: Session, shop: Shop, buyer: Buyer, purchase: Redemption, server: StripeServer
) -> None:
    payment = begin(session, buyer.actor, purchase, FEN)
    pay(session, server, payment)
    buying.cancel(session, actor=buyer.actor, redemption_ref=purchase.ref)
    session.commit()
    officer, checker = shop.desk.officer, shop.desk.checker
    refund = card_refunds.prepare(session, actor=officer, payment_ref=payment.ref, amount_fen=1_000)
    card_refunds.approve(session, actor=checker, ref=refund.ref)
    session.commit()
    server.faults += ["", CUT_AFTER]  # the look for it goes well, the answer to the asking is lost
    with pytest.raises(card_flows.Later):
        card_flows.give_back(session, refund_id=refund.id)
    server.books.answers.clear()
    card_flows.give_back(session, refund_id=refund.id)
    made = [one for one in server.books.of("refund") if one["payment_intent"] == payment.intent_id]
    assert [one["id"] for one in made] == [refund.stripe_id]


def test_a_refund_that_fails_after_it_was_paid_is_to_be_given_anew(
    session: Session, shop: Shop, buyer: Buyer, purchase: Redemption, server: StripeServer
) -> None:
    payment = begin(session, buyer.actor, purchase, FEN)
    pay(session, server, payment)
    buying.cancel(session, actor=buyer.actor, redemption_ref=purchase.ref)
    session.commit()
    desk = shop.desk
    refund = card_refunds.prepare(session, actor=desk.officer, payment_ref=payment.ref, amount_fen=FEN)
    with pytest.raises(DomainError, match="refund_above"):
        card_refunds.prepare(session, actor=desk.officer, payment_ref=payment.ref, amount_fen=1)
    card_refunds.approve(session, actor=desk.checker, ref=refund.ref)
    session.commit()
    for failed in (False, True):
        card_flows.give_back(session, refund_id=refund.id)
        server.books.end_refund(str(refund.stripe_id), failed=failed)
        card_flows.give_back(session, refund_id=refund.id)
        session.refresh(refund)
        assert refund.state == ("failed" if failed else "paid")
        assert queries.surplus_of(session, top_up_of(session)) == (FEN if failed else 0)
    assert refund.back_transfer_id is not None
    assert proofs.verify(session) == []


def test_a_refund_that_failed_and_nobody_told_is_found_by_the_days_comparison(
    session: Session, shop: Shop, buyer: Buyer, purchase: Redemption, server: StripeServer
) -> None:
    payment = begin(session, buyer.actor, purchase, FEN)
    pay(session, server, payment)
    buying.cancel(session, actor=buyer.actor, redemption_ref=purchase.ref)
    session.commit()
    known = {"payment_ref": payment.ref, "amount_fen": FEN}
    refund = card_refunds.prepare(session, actor=shop.desk.officer, **known)
    card_refunds.approve(session, actor=shop.desk.checker, ref=refund.ref)
    session.commit()
    card_flows.give_back(session, refund_id=refund.id)
    server.books.end_refund(str(refund.stripe_id), failed=False)
    card_flows.give_back(session, refund_id=refund.id)
    assert refund.state == "paid"
    server.books.end_refund(str(refund.stripe_id), failed=True)
    card_flows.reconcile(session, day=clock.legal_day(clock.system_now()))
    session.refresh(refund)
    assert refund.state == "failed"
    assert queries.surplus_of(session, top_up_of(session)) == FEN
    assert proofs.verify(session) == []


def movement(kind: str, amount_fen: int, **named: str | None) -> Movement:
    """Return a line of Stripe's books of today."""
    given = {"source_id": None, "intent_id": None, "ref": None, **named}
    return Movement(kind=kind, amount_fen=amount_fen, currency="cny", **given)


def test_every_difference_is_named(
    session: Session, shop: Shop, buyer: Buyer, purchase: Redemption, server: StripeServer
) -> None:
    payment = begin(session, buyer.actor, purchase, FEN)
    pay(session, server, payment)
    session.refresh(payment)
    day, intent = clock.legal_day(clock.system_now()), payment.intent_id

    def compare(*movements: Movement) -> list[str]:
        card_reports.write(session, day=day, movements=movements)
        report = session.scalars(select(CardReport), execution_options={"populate_existing": True}).one()
        return [one["what"] for one in report.differences]

    same = movement("charge", FEN, intent_id=intent)
    assert compare(same) == []
    assert compare() == ["not_theirs"]
    assert compare(movement("charge", FEN - 1, intent_id=intent)) == ["differs"]
    assert compare(same, movement("charge", 500, source_id="ch_x")) == ["not_ours"]
    assert compare(same, movement("refund", -500, source_id="re_x", intent_id=intent)) == ["refund_not_ours"]
    assert compare(same, movement("dispute", -500, source_id="du_x", intent_id=intent)) == [
        "dispute_not_ours"
    ]
    report = session.scalars(select(CardReport)).one()
    assert (report.ours_fen, report.theirs_fen, report.count) == (FEN, FEN, 2)
    card_flows.reconcile(session, day=day)
    session.refresh(report)
    assert [one for one in report.differences if one["what"] != "not_ours"] == []


def test_the_database_lets_no_more_go_back_than_came(
    session: Session, buyer: Buyer, purchase: Redemption, server: StripeServer
) -> None:
    payment = begin(session, buyer.actor, purchase, FEN)
    with pytest.raises(DomainError, match="card_under_way"):
        begin(session, buyer.actor, purchase, 1_000)
    pay(session, server, payment)
    session.commit()
    for change in (
        "UPDATE card_payments SET refunded_fen = captured_fen + 1",
        "UPDATE card_payments SET state = 'ended'",
        "UPDATE card_payments SET captured_fen = 0",
    ):
        with pytest.raises(IntegrityError), session.begin_nested():
            session.execute(text(change))
    session.execute(text("UPDATE card_payments SET captured_fen = captured_fen + 1"))
    assert {one.rule for one in proofs.verify(session)} >= {
        "what was captured online is credited once",
        "a top-up holds its matched lines less its refunds",
    }


def test_the_sweep_looks_when_it_is_time(
    session: Session, buyer: Buyer, purchase: Redemption, server: StripeServer
) -> None:
    payment = begin(session, buyer.actor, purchase, FEN)
    card_flows.settle(session, payment_id=payment.id)
    server.books.pay(str(payment.checkout_id))
    card_flows.sweep(session)
    session.refresh(payment)
    assert payment.state == "open"
    payment.look_at -= timedelta(minutes=2)
    session.commit()
    card_flows.sweep(session)
    session.refresh(payment)
    assert payment.state == "paid"
    assert session.scalars(select(CardRefund)).all() == []
    assert cards.find_under_way(session, top_up=top_up_of(session)) is None
    assert session.get_one(CardPayment, payment.id).captured_fen == FEN


def test_money_counts_though_its_page_had_ended(
    session: Session, buyer: Buyer, purchase: Redemption, server: StripeServer
) -> None:
    """Stripe may capture in the very moment in which we give a page up."""
    payment = begin(session, buyer.actor, purchase, FEN)
    card_flows.settle(session, payment_id=payment.id)
    card_flows.give_up(session, payment_id=payment.id)
    assert payment.state == "ended"
    server.books.get(str(payment.checkout_id))["status"] = "open"
    server.books.pay(str(payment.checkout_id))
    card_flows.settle(session, payment_id=payment.id)
    assert payment.state == "paid"
    assert queries.missing_of(session, top_up_of(session)) == 0
    assert proofs.verify(session) == []


@pytest.mark.parametrize("won", [True, False])
def test_a_household_hears_once_that_a_bank_took_money_back_and_how_it_ended(
    session: Session, buyer: Buyer, purchase: Redemption, server: StripeServer, won: bool
) -> None:
    payment = begin(session, buyer.actor, purchase, FEN)
    pay(session, server, payment)
    disputed = server.books.dispute(str(payment.intent_id))["id"]
    for _ in range(2):
        card_flows.look_at_dispute(session, dispute_id=disputed)
    server.books.decide(disputed, won=won)
    for _ in range(2):
        card_flows.look_at_dispute(session, dispute_id=disputed)
    told = session.scalars(select(Notice).where(Notice.kind.startswith("online_")).order_by(Notice.id)).all()
    assert [one.kind for one in told] == ["online_contested", "online_stays" if won else "online_taken_back"]
    assert {(one.household_id, one.about_ref) for one in told} == {(purchase.household_id, purchase.ref)}
    assert all("102,000" in one.text for one in told)
    assert "不是您提出的" in told[0].text


@pytest.mark.parametrize("won", [True, False])
def test_of_a_dispute_as_much_is_held_as_is_there(
    session: Session, shop: Shop, buyer: Buyer, purchase: Redemption, server: StripeServer, won: bool
) -> None:
    payment = begin(session, buyer.actor, purchase, FEN)
    pay(session, server, payment)
    buying.cancel(session, actor=buyer.actor, redemption_ref=purchase.ref)
    session.commit()
    card_refunds.prepare(session, actor=shop.desk.officer, payment_ref=payment.ref, amount_fen=3_000_000)
    session.commit()
    disputed = server.books.dispute(str(payment.intent_id))["id"]
    for _ in range(2):
        card_flows.look_at_dispute(session, dispute_id=disputed)
    dispute = session.scalars(select(CardDispute)).one()
    assert (dispute.amount_fen, dispute.held_fen) == (FEN, FEN - 3_000_000)
    assert queries.surplus_of(session, top_up_of(session)) == 0
    server.books.decide(disputed, won=won)
    for _ in range(2):
        card_flows.look_at_dispute(session, dispute_id=disputed)
    session.refresh(dispute)
    assert dispute.outcome == ("won" if won else "lost")
    assert queries.surplus_of(session, top_up_of(session)) == (FEN - 3_000_000 if won else 0)
    assert proofs.verify(session) == []


def test_what_a_lost_dispute_took_is_not_given_back_when_a_refund_fails_afterwards(
    session: Session, shop: Shop, buyer: Buyer, purchase: Redemption, server: StripeServer
) -> None:
    """The bank gave the payer the whole payment; then a refund of a part of it comes back to us."""
    payment = begin(session, buyer.actor, purchase, FEN)
    pay(session, server, payment)
    buying.cancel(session, actor=buyer.actor, redemption_ref=purchase.ref)
    session.commit()
    desk, known = shop.desk, {"payment_ref": payment.ref, "amount_fen": 3_000_000}
    refund = card_refunds.prepare(session, actor=desk.officer, **known)
    card_refunds.approve(session, actor=desk.checker, ref=refund.ref)
    session.commit()
    card_flows.give_back(session, refund_id=refund.id)
    disputed = server.books.dispute(str(payment.intent_id))["id"]
    card_flows.look_at_dispute(session, dispute_id=disputed)
    server.books.decide(disputed, won=False)
    card_flows.look_at_dispute(session, dispute_id=disputed)
    server.books.end_refund(str(refund.stripe_id), failed=True)
    card_flows.give_back(session, refund_id=refund.id)
    session.refresh(refund)
    assert refund.state == "failed"
    with pytest.raises(DomainError, match="refund_above"):
        card_refunds.prepare(session, actor=desk.officer, payment_ref=payment.ref, amount_fen=1)
    assert proofs.verify(session) == []


def refunded_and_disputed(
    session: Session, shop: Shop, buyer: Buyer, purchase: Redemption, server: StripeServer
) -> tuple[CardPayment, str]:
    """Return a payment of which a part went back before its payer contested all of it, and that dispute."""
    payment = begin(session, buyer.actor, purchase, FEN)
    pay(session, server, payment)
    buying.cancel(session, actor=buyer.actor, redemption_ref=purchase.ref)
    session.commit()
    known = {"payment_ref": payment.ref, "amount_fen": 3_000_000}
    refund = card_refunds.prepare(session, actor=shop.desk.officer, **known)
    card_refunds.approve(session, actor=shop.desk.checker, ref=refund.ref)
    session.commit()
    card_flows.give_back(session, refund_id=refund.id)
    disputed = server.books.dispute(str(payment.intent_id))["id"]
    card_flows.look_at_dispute(session, dispute_id=disputed)
    return payment, disputed


def test_a_lost_dispute_that_lacks_money_is_closed_by_a_checker(
    session: Session, shop: Shop, buyer: Buyer, purchase: Redemption, server: StripeServer
) -> None:
    """The payer got a part back before the bank gave them the whole: nobody here can hold that part."""
    desk = shop.desk
    payment, disputed = refunded_and_disputed(session, shop, buyer, purchase, server)
    named = {"payment_ref": payment.ref, "stripe_id": disputed}
    with pytest.raises(Conflict, match="dispute_closed"):
        card_disputes.close(session, actor=desk.checker, **named, reason="还没有判")
    server.books.decide(disputed, won=False)
    card_flows.look_at_dispute(session, dispute_id=disputed)
    dispute = session.scalars(select(CardDispute)).one()
    assert dispute.lacking_fen == 3_000_000
    assert card_queries.due_disputes(session, limit=5) == [disputed]
    assert card_queries.count_open_disputes(session, actor=desk.officer) == 1
    with pytest.raises(Forbidden):
        card_disputes.close(session, actor=desk.officer, **named, reason="已追回")
    stranger = make_shop(session).desk.checker
    with pytest.raises(NotFound):
        card_disputes.close(session, actor=stranger, **named, reason="已追回")
    with pytest.raises(DomainError, match="reason_missing"):
        card_disputes.close(session, actor=desk.checker, **named, reason=" ")
    card_disputes.close(session, actor=desk.checker, **named, reason="付款人六月三日转账补回")
    session.commit()
    assert card_queries.due_disputes(session, limit=5) == []
    assert card_queries.count_open_disputes(session, actor=desk.officer) == 0
    with pytest.raises(Conflict, match="dispute_closed"):
        card_disputes.close(session, actor=desk.checker, **named, reason="再写一次")
    session.rollback()
    # A bank that decides anew is followed all the same.
    server.books.get(disputed)["status"] = "won"
    card_flows.look_at_dispute(session, dispute_id=disputed)
    session.refresh(dispute)
    assert (dispute.outcome, dispute.closed_at, dispute.lacking_fen) == ("won", None, 0)
    by_hand = "UPDATE card_disputes SET closed_at = now(), closed_by_id = 1, close_reason = '-'"
    with pytest.raises(IntegrityError, match="ck_card_disputes_closed"), session.begin_nested():
        session.execute(text(by_hand))
    assert proofs.verify(session) == []


def test_disputes_that_wait_for_banks_are_asked_about_before_lost_ones(
    session: Session, buyer: Buyer, purchase: Redemption, server: StripeServer
) -> None:
    payment = begin(session, buyer.actor, purchase, FEN)
    pay(session, server, payment)
    rows = [("du_lost", "lost", "lost"), ("du_new", "needs_response", None)]
    for stripe_id, status, outcome in rows:
        dispute = CardDispute(
            district_id=payment.district_id,
            payment_id=payment.id,
            stripe_id=stripe_id,
            amount_fen=1,
            held_fen=0,
            reason="general",
            status=status,
            opened_at=clock.now(),
            outcome=outcome,
            ended_at=clock.now() if outcome else None,
        )
        session.add(dispute)
        session.flush()
    assert card_queries.due_disputes(session, limit=1) == ["du_new"]
