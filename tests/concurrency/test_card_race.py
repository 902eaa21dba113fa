"""The same payment told twice at once is credited once; two parts at once are one."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.gateways.stripe import Checkout, Event
from app.ledger import queries as ledger
from app.ledger.models import LedgerTransfer
from app.payments import cards, proofs
from app.payments.card_models import CardEvent, CardPayment
from app.payments.money import Code
from tests.concurrency.race import NoLocks, Outcome, race
from tests.factories.cards import begin
from tests.factories.redemptions import Buyer, Shop, make_buyer, make_home, make_redemption

TOLD = 6
FEN = 10_200_000


@pytest.fixture
def buyer(setting: Session, shop: Shop) -> Buyer:
    return make_buyer(setting, shop.desk, faces=(30_000_000,))


@pytest.fixture
def payment(setting: Session, shop: Shop, buyer: Buyer) -> CardPayment:
    redemption = make_redemption(setting, buyer, make_home(setting, shop))
    made = begin(setting, buyer.actor, redemption, FEN)
    setting.commit()
    return made


def paid(ref: str) -> Checkout:
    """Return what Stripe says of a payment whose money it has."""
    return Checkout(
        id="cs_1",
        ref=ref,
        url=None,
        status="complete",
        intent_id="pi_1",
        captured_fen=FEN,
        currency="cny",
        captured_at=datetime(2016, 6, 1, tzinfo=UTC),
    )


def name_of(outcome: Outcome) -> str:
    """Return what became of an act: a refusal's code, or the constraint that stopped it."""
    return str(outcome.orig.diag.constraint_name) if isinstance(outcome, IntegrityError) else str(outcome)


def credited(engine: Engine) -> int:
    with Session(engine) as session:
        received = LedgerTransfer.code == Code.CARD_RECEIVE
        assert proofs.verify(session) == []
        assert ledger.verify(session) == []
        return session.scalars(select(func.sum(LedgerTransfer.amount_fen)).where(received)).one()


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control: the ledger's key alone"])
def test_an_event_and_the_sweep_at_once_credit_once(
    engine: Engine, setting: Session, payment: CardPayment, locked: bool
) -> None:
    """Without the lock everybody sees an unpaid row; the transfer's key lets one of them move the money."""
    payment_id, checkout = payment.id, paid(payment.ref)
    acts = [lambda session: cards.note_checkout(session, payment_id=payment_id, checkout=checkout)] * TOLD
    how = {} if locked else {"policy": NoLocks(), "meet_at": "INSERT INTO ledger_accounts "}
    assert set(race(engine, acts, **how)) == {"done"}
    assert credited(engine) == FEN


def test_an_event_that_comes_twice_at_once_is_taken_in_once(engine: Engine, payment: CardPayment) -> None:
    event = Event("evt_1", "checkout.session.completed", "checkout.session", "cs_1", payment.ref, None)
    outcomes = race(engine, [lambda session: cards.note_event(session, event)] * TOLD)
    assert set(outcomes) == {"done"}
    with Session(engine) as session:
        assert session.scalars(select(func.count(CardEvent.id))).one() == 1


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control: the index alone"])
def test_two_parts_at_once_are_one(
    engine: Engine, setting: Session, shop: Shop, buyer: Buyer, locked: bool
) -> None:
    redemption = make_redemption(setting, buyer, make_home(setting, shop))
    acts = [lambda session: begin(session, buyer.actor, redemption, FEN)] * TOLD
    how = {} if locked else {"policy": NoLocks(), "meet_at": "INSERT INTO card_payments "}
    outcomes = race(engine, acts, **how)
    assert outcomes.count("done") == 1
    refused = {name_of(one) for one in outcomes} - {"done"}
    if locked:
        assert refused == {"card_under_way"}
    else:  # who was told that the platform is busy came once more, and found the first one's
        assert "uq_card_payments_under_way" in refused <= {"uq_card_payments_under_way", "card_under_way"}
    with Session(engine) as session:
        assert session.scalars(select(func.count(CardPayment.id))).one() == 1
