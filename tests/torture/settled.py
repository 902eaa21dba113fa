"""After the fire: everything that was left in the middle ends, and our books are Stripe's to the fen."""

from datetime import date, timedelta
from typing import Final, NamedTuple

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.core import clock
from app.core.queue import enqueue
from app.demo.stripe_server.books import Books
from app.ledger import queries as ledger
from app.ledger.rules import AccountKind
from app.payments import cards, queries
from app.payments.card_models import CardDispute, CardPayment, CardRefund, CardReport
from app.payments.models import TopUp
from app.payments.money import net_fen
from tests.torture.ordeal import Ordeal
from tests.torture.payers import Desk, GiveBack, Visitor

ROUNDS: Final = 6
"""A refund that fails is given anew, and a dispute that is won after the purchase ended goes back."""
_REPORTS: Final = "/authority/card-reports/"


class Compare(NamedTuple):
    """A day whose books somebody compares."""

    cookie: str
    day: date

    def go_on(self, port: int) -> bool:
        """Press the button, and tell whether it was done."""
        officer = Visitor(port, self.cookie)
        told = officer.send(officer.open(_REPORTS), _REPORTS, day=self.day.isoformat())
        return told is not None and told.status == 303


def settle_up(ordeal: Ordeal, desk: Desk) -> None:
    """Let banks decide and an hour pass, and the two people give back what is to be, until nothing is left.

    Raises AssertionError when something stays.
    """
    ordeal.finish_jobs()
    for number in range(ROUNDS):
        _banks_decide(desk.stripe.books)
        desk.stripe.tell("often")
        _compare(ordeal, desk)
        _refunds_end(desk.stripe.books, fails=number == 0)
        desk.stripe.tell("often")
        _compare(ordeal, desk)
        with ordeal.session() as session:
            _let_an_hour_pass(session)
        ordeal.await_jobs()
        with ordeal.session() as session:
            owed = _owed(session)
        for ref in owed:
            ordeal.see_through(GiveBack(desk, ref))
        if not owed:
            return
    raise AssertionError(f"{owed} are not given back")


def prove(ordeal: Ordeal, desk: Desk) -> dict[str, int]:
    """Return how much of what there was at Stripe. Raises AssertionError for what is not the same here.

    ``taken`` counts disputes that were lost, to which the sum of a refund went that failed.
    """
    _compare(ordeal, desk)
    books = desk.stripe.books
    with ordeal.session() as session:
        paid = session.scalars(select(CardPayment).where(CardPayment.state == "paid")).all()
        refunds = session.scalars(select(CardRefund).where(CardRefund.stripe_id.is_not(None))).all()
        disputes = session.scalars(select(CardDispute)).all()
        theirs = books.of("payment_intent")
        assert sorted((one.intent_id, one.ref, one.captured_fen) for one in paid) == sorted(
            (one["id"], one["metadata"]["anju"], one["amount_received"]) for one in theirs
        )
        assert sorted((one.stripe_id, one.ref, one.amount_fen, one.state) for one in refunds) == sorted(
            (one["id"], one["metadata"]["anju"], one["amount"], _OURS[one["status"]])
            for one in books.of("refund")
        )
        assert sorted((one.stripe_id, one.outcome) for one in disputes) == sorted(
            (one["id"], one["status"]) for one in books.of("dispute")
        )
        assert not _owed(session)
        _prove_top_ups(session)
        lost_fen = sum(one.amount_fen - one.held_fen for one in disputes if one.outcome == "lost")
        moved_fen = sum(one["amount"] for one in books.of("balance_transaction"))
        assert _card_fen(session) - lost_fen == moved_fen
        for report in session.scalars(select(CardReport)):
            assert report.differences == [], report.differences
        failed = set(session.scalars(select(CardRefund.payment_id).where(CardRefund.state == "failed")))
        taken = [one for one in disputes if one.outcome == "lost" and one.payment_id in failed]
        kinds = {"payments": paid, "refunds": refunds, "disputes": disputes, "taken": taken}
        return {kind: len(rows) for kind, rows in kinds.items()} | {"fen": moved_fen}


_OURS: Final = {"succeeded": "paid", "failed": "failed"}


def _prove_top_ups(session: Session) -> None:
    """No part is under way for a purchase that has ended, and nothing that was paid for it is kept."""
    wanted = select(TopUp).join(CardPayment, CardPayment.top_up_id == TopUp.id).distinct()
    for top_up in session.scalars(wanted).all():
        if top_up.ended_at is not None:
            assert net_fen(session, top_up) == 0, top_up.ref
            assert cards.find_under_way(session, top_up=top_up) is None, top_up.ref


def _card_fen(session: Session) -> int:
    """Return what lies with Stripe by our ledger, in fen."""
    districts = session.scalars(select(CardPayment.district_id).distinct()).all()
    kind = AccountKind.CARD
    return -sum(ledger.control_balance(session, district_id=one, kind=kind) for one in districts)


def _banks_decide(books: Books) -> None:
    """Let every other dispute be won, but none whose payment is being given back meanwhile."""
    with books.lock:
        going_back = {one["charge"] for one in books.of("refund") if one["status"] == "pending"}
        for number, dispute in enumerate(books.of("dispute")):
            if dispute["status"] not in ("won", "lost"):
                books.decide(dispute["id"], won=number % 2 == 0 and dispute["charge"] not in going_back)


def _refunds_end(books: Books, *, fails: bool) -> None:
    """Let every refund arrive, but each third at first not, and of contested payments every other one."""
    with books.lock:
        lost = {one["charge"] for one in books.of("dispute") if one["status"] == "lost"}
        waiting = [one for one in books.of("refund") if one["status"] == "pending"]
        for each, known in ((3, False), (2, True)):
            some = [one for one in waiting if (one["charge"] in lost) is known]
            for number, refund in enumerate(some):
                books.end_refund(refund["id"], failed=fails and number % each == 0)


def _let_an_hour_pass(session: Session) -> None:
    """Every payment under way is looked at by the sweep, and each refund's minute comes."""
    session.execute(text("UPDATE card_payments SET look_at = now() - interval '1 s'"))
    enqueue(session, "cards.sweep")
    for refund_id in session.scalars(select(CardRefund.id).where(CardRefund.state == "sent")):
        enqueue(session, "cards.refund", refund_id=refund_id)
    session.commit()


def _compare(ordeal: Ordeal, desk: Desk) -> None:
    """Let an officer compare the books of today and of yesterday: the run may have begun then."""
    today = clock.legal_day(clock.system_now())
    for day in (today - timedelta(days=1), today):
        ordeal.see_through(Compare(desk.officer, day))


def _owed(session: Session) -> list[str]:
    """Return our names of the payments of which something is to go back, or is on its way."""
    on_its_way = select(CardRefund.payment_id).where(CardRefund.state.in_(("prepared", "approved", "sent")))
    is_left = CardPayment.captured_fen > CardPayment.refunded_fen
    wanted = select(CardPayment, TopUp).join(TopUp, TopUp.id == CardPayment.top_up_id)
    found = session.execute(wanted.where(is_left | CardPayment.id.in_(on_its_way))).all()
    waiting = set(session.scalars(on_its_way))
    return [
        one.ref
        for one, top_up in found
        if one.id in waiting or min(queries.surplus_of(session, top_up), one.left_fen) > 0
    ]
