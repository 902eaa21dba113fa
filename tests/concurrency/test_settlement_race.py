"""A part is claimed once, a claim paid once and a receipt counted once, however many press at one moment."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor, Role
from app.settlements import batches, claims, funds, proofs, receipts, releases
from app.settlements.claims import Asked
from app.settlements.money_models import FundSource, SettlementClaim, SettlementLine
from app.settlements.offers import Payee
from app.settlements.payment_models import PaymentBatch, SettlementPayment
from tests.concurrency.race import NoLocks, Outcome, held, race
from tests.factories.contracts import upload
from tests.factories.identity import make_actor
from tests.factories.redemptions import PRICE_FEN
from tests.factories.settlements import (
    Payers,
    approve,
    claim,
    make_batch,
    make_fund,
    make_payers,
    make_sold,
    offered,
    pay,
    receipt,
    send,
)

LOCKED = pytest.mark.parametrize("locked", [True, False], ids=["locked", "control: no locks"])


@pytest.fixture
def payers(setting: Session) -> Payers:
    made = make_payers(setting)
    make_sold(setting, made.shop)
    return made


@pytest.fixture
def source(setting: Session, payers: Payers) -> FundSource:
    return make_fund(setting, payers, PRICE_FEN * 2)


@pytest.fixture
def check(engine: Engine, check_sound: Callable[[], None]) -> Callable[[], None]:
    def prove() -> None:
        check_sound()
        with Session(engine) as session:
            assert proofs.verify(session) == []

    return prove


def refusal(outcomes: list[Outcome]) -> str:
    """Return what the other one was told; exactly one of two may have done it."""
    (told,) = (str(one) for one in outcomes if one != "done")
    return told


@LOCKED
def test_two_claims_take_a_part_once(
    engine: Engine, setting: Session, payers: Payers, check: Callable[[], None], locked: bool
) -> None:
    keys = [one.key for one in offered(setting, payers)]
    setting.commit()

    def submit(session: Session) -> None:
        asked = Asked(payers.district_id, Payee(None), keys, upload())
        claims.submit(session, actor=payers.finance, asked=asked)

    outcomes = race(engine, [submit] * 2) if locked else race(engine, [submit] * 2, policy=NoLocks())
    assert refusal(outcomes) == ("claim_lines_changed" if locked else "claim_lines_taken")
    assert setting.scalars(select(func.count(SettlementLine.id))).one() == 1
    check()


@LOCKED
def test_two_batches_pay_a_claim_once(
    engine: Engine,
    setting: Session,
    payers: Payers,
    source: FundSource,
    check: Callable[[], None],
    locked: bool,
) -> None:
    """Without the lock the claim's own account still holds no more than was approved."""
    found = approve(setting, payers, claim(setting, payers))
    ref, fund = found.ref, source.ref

    def make(session: Session) -> None:
        batches.make(session, actor=payers.officer, source_ref=fund, claim_refs=[ref])

    outcomes = race(engine, [make] * 2) if locked else race(engine, [make] * 2, policy=NoLocks())
    assert refusal(outcomes) == "claim_being_paid"
    assert setting.scalars(select(func.count(SettlementPayment.id))).one() == 1
    check()


@LOCKED
def test_two_officers_do_not_promise_a_source_twice(
    engine: Engine, setting: Session, payers: Payers, check: Callable[[], None], locked: bool
) -> None:
    """Two claims, and money for one: without the lock the account itself is never overdrawn."""
    make_sold(setting, payers.shop)
    keys = [one.key for one in offered(setting, payers)]
    refs = [approve(setting, payers, claim(setting, payers, keys=[key])).ref for key in keys]
    first = setting.scalars(select(SettlementClaim).where(SettlementClaim.ref == refs[0])).one()
    fund = make_fund(setting, payers, first.total_fen).ref
    setting.commit()

    def make(officer: Actor, ref: str) -> Callable[[Session], object]:
        return lambda session: batches.make(session, actor=officer, source_ref=fund, claim_refs=[ref])

    acts = [make(who, ref) for who, ref in zip((payers.officer, payers.colleague), refs, strict=True)]
    outcomes = race(
        engine, acts, policy=None if locked else NoLocks(), meet_at="INSERT INTO payment_batches "
    )
    assert refusal(outcomes) == "fund_short"
    check()


@LOCKED
def test_a_payment_comes_back_once(
    engine: Engine,
    setting: Session,
    payers: Payers,
    source: FundSource,
    check: Callable[[], None],
    locked: bool,
) -> None:
    """Two officers note it off two papers: without the lock the ledger's key stops the second."""
    (payment,) = send(setting, payers, source, approve(setting, payers, claim(setting, payers)))
    pay(setting, payers, payment)
    ref = payment.ref
    setting.commit()

    def give_back(officer: Actor, reference: str) -> Callable[[Session], object]:
        why = {"reference": reference, "returned_on": clock.today(), "reason": "销户"}
        return lambda session: batches.note_returned(session, actor=officer, payment_ref=ref, **why)

    acts = [give_back(payers.officer, "TH1"), give_back(payers.colleague, "TH2")]
    outcomes = race(engine, acts) if locked else race(engine, acts, policy=NoLocks())
    assert refusal(outcomes) == "payment_not_paid"
    (held,) = funds.list_sources(setting, actor=payers.officer)
    assert (held.balance.available_fen, held.balance.spent_fen) == (PRICE_FEN * 2, 0)
    check()


@LOCKED
@pytest.mark.parametrize("first", ["released", "refused"])
def test_a_batch_is_decided_on_once(
    engine: Engine,
    setting: Session,
    payers: Payers,
    source: FundSource,
    check: Callable[[], None],
    locked: bool,
    first: str,
) -> None:
    """One checker releases it, another sends it back: without the lock the decision itself is one row."""
    batch = make_batch(setting, payers, source, approve(setting, payers, claim(setting, payers)))
    ref = batch.ref
    other = make_actor(setting, role=Role.CHECKER, district=payers.shop.desk.district)
    setting.commit()

    def release(session: Session) -> None:
        releases.release(session, actor=payers.checker, ref=ref)

    def refuse(session: Session) -> None:
        releases.refuse(session, actor=other, ref=ref, reason="来源不对")

    acts = (release, refuse) if first == "released" else (refuse, release)
    told = held(engine, *acts, policy=None if locked else NoLocks())
    assert told == (f"payment_batch_{first}" if locked else "approval_decided")
    setting.refresh(batch)
    assert batch.state == first
    check()


@LOCKED
@pytest.mark.parametrize("same", [True, False], ids=["the same file", "another file"])
def test_a_receipt_counts_once(
    engine: Engine,
    setting: Session,
    payers: Payers,
    source: FundSource,
    check: Callable[[], None],
    locked: bool,
    same: bool,
) -> None:
    payments = send(setting, payers, source, approve(setting, payers, claim(setting, payers)))
    ref = setting.get_one(PaymentBatch, payments[0].batch_id).ref
    first = receipt(*payments)
    setting.commit()

    def take_in(content: bytes) -> Callable[[Session], object]:
        return lambda session: receipts.take_in(
            session, actor=payers.officer, batch_ref=ref, content=content, name="a.csv"
        )

    acts = [take_in(first), take_in(first if same else receipt(*payments))]
    outcomes = race(engine, acts) if locked else race(engine, acts, policy=NoLocks())
    if same:
        assert refusal(outcomes) == "receipt_known"
    elif locked:
        assert refusal(outcomes) == "receipt_mismatch"
    else:
        assert "uq_bank_payments_transfer_id" in refusal(outcomes)
    (held,) = funds.list_sources(setting, actor=payers.officer)
    assert held.balance.spent_fen == payments[0].amount_fen
    check()
