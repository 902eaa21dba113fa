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
from tests.concurrency.race import NoLocks, Outcome, race
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


def refusals(outcomes: list[Outcome]) -> set[str]:
    """Return what the others were told; exactly one of them may have done it."""
    told = sorted(map(str, outcomes))
    assert told.count("done") == 1, told
    return set(told) - {"done"}


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
    assert refusals(outcomes) <= {"claim_lines_changed", "claim_lines_taken", "busy"}
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
    assert refusals(outcomes) <= {"claim_being_paid", "busy"}
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
    assert refusals(outcomes) <= {"fund_short", "busy"}
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
    """Two officers note it off two papers: without the lock both are heard, and the money moves once."""
    (payment,) = send(setting, payers, source, approve(setting, payers, claim(setting, payers)))
    pay(setting, payers, payment)
    ref = payment.ref
    setting.commit()

    def give_back(officer: Actor, reference: str) -> Callable[[Session], object]:
        why = {"reference": reference, "returned_on": clock.today(), "reason": "销户"}
        return lambda session: batches.note_returned(session, actor=officer, payment_ref=ref, **why)

    acts = [give_back(payers.officer, "TH1"), give_back(payers.colleague, "TH2")]
    outcomes = race(engine, acts) if locked else race(engine, acts, policy=NoLocks())
    if locked:
        assert refusals(outcomes) == {"payment_not_paid"}
    (held,) = funds.list_sources(setting, actor=payers.officer)
    assert (held.balance.available_fen, held.balance.spent_fen) == (PRICE_FEN * 2, 0)
    check()


@LOCKED
def test_a_batch_is_decided_on_once(
    engine: Engine,
    setting: Session,
    payers: Payers,
    source: FundSource,
    check: Callable[[], None],
    locked: bool,
) -> None:
    """One checker releases it, another sends it back: without the lock the decision itself is one row."""
    batch = make_batch(setting, payers, source, approve(setting, payers, claim(setting, payers)))
    ref = batch.ref
    setting.commit()

    def release(session: Session) -> None:
        releases.release(session, actor=payers.checker, ref=ref)

    def refuse(session: Session) -> None:
        releases.refuse(session, actor=other, ref=ref, reason="来源不对")

    other = make_actor(setting, role=Role.CHECKER, district=payers.shop.desk.district)
    setting.commit()
    policy = None if locked else NoLocks()
    outcomes = race(engine, [release, refuse], policy=policy, meet_at="UPDATE approval_requests ")
    (told,) = refusals(outcomes)
    # Without the lock whoever was told that the platform is busy came once more, and found it decided.
    found = {"payment_batch_released", "payment_batch_refused"}
    assert told in (found if locked else {*found, "approval_decided"})
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
    (told,) = refusals(outcomes)
    if locked:
        assert told == ("receipt_known" if same else "receipt_mismatch")
    else:
        assert told in {"receipt_known", "receipt_mismatch", "busy"} or "uq_bank_payments" in told
    (held,) = funds.list_sources(setting, actor=payers.officer)
    assert held.balance.spent_fen == payments[0].amount_fen
    check()
