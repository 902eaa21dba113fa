"""A batch goes to the bank by two people's word: as it was made, and never what was overtaken or answered."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlalchemy.orm import Session

from app.approvals.errors import SamePerson
from app.core import clock
from app.core.errors import Conflict, DomainError, Forbidden
from app.notices.models import Notice
from app.settlements import (
    accounts,
    batch_queries,
    batches,
    claim_queries,
    claims,
    funds,
    payable,
    proofs,
    receipts,
    releases,
)
from app.settlements.bank_table import for_bank, outdated
from app.settlements.money_models import FundSource, SettlementClaim
from app.settlements.payment_models import PaymentBatch
from tests.factories.accounts import make_account
from tests.factories.redemptions import PRICE_FEN
from tests.factories.settlements import (
    Payers,
    approve,
    claim,
    give_account,
    make_batch,
    make_fund,
    make_payers,
    make_sold,
    offered,
    pay,
    receipt,
    send,
)
from tests.frugality import at_most
from tests.integration.settlements.test_paying import FIRST, correct


@pytest.fixture
def payers(session: Session) -> Payers:
    return make_payers(session)


@pytest.fixture
def source(session: Session, payers: Payers) -> FundSource:
    return make_fund(session, payers, PRICE_FEN * 2)


@pytest.fixture(autouse=True)
def proven(session: Session) -> object:
    yield
    assert proofs.verify(session) == []


def approved(session: Session, payers: Payers, homes: int = 1) -> list[SettlementClaim]:
    """Return approved claims, each for a home of its own."""
    for _ in range(homes):
        make_sold(session, payers.shop)
    keys = [one.key for one in offered(session, payers)]
    return [approve(session, payers, claim(session, payers, keys=[key])) for key in keys]


def free(session: Session, payers: Payers) -> int:
    """Return what the source has that nobody was promised, in fen."""
    (held,) = funds.list_sources(session, actor=payers.officer)
    return held.balance.available_fen


def test_finance_hears_where_the_company_is_paid(session: Session, payers: Payers) -> None:
    typed = accounts.Typed("测试置业有限公司", "建行菱湖支行", "3400 5555 0000 0009")
    made = accounts.propose(session, actor=payers.finance, district_id=payers.district_id, typed=typed)
    session.commit()
    accounts.decide(session, actor=payers.checker, ref=made.ref, approve=False, reason="户名不符")
    session.commit()
    wanted = select(Notice).where(Notice.kind.startswith("payee_account")).order_by(Notice.id)
    told = session.scalars(wanted).all()
    steps = ["entered", "confirmed", "entered", "refused"]
    assert [(one.user_id, one.kind) for one in told] == [
        (payers.finance.user_id, f"payee_account_{step}") for step in steps
    ]
    assert "户名不符" in told[-1].text
    assert all("账户" in one.text and "征收办窗口" in one.text and "34005555" not in one.text for one in told)


def test_nothing_of_a_batch_goes_to_the_bank_before_somebody_else_released_it(
    session: Session, payers: Payers, source: FundSource
) -> None:
    batch = make_batch(session, payers, source, *approved(session, payers))
    (payment,) = batch_queries.payments_of(session, batch)
    told: dict[str, Any] = {"content": receipt(payment), "name": "a.csv"}
    for act in (
        lambda: for_bank(session, batch),
        lambda: receipts.take_in(session, actor=payers.officer, batch_ref=batch.ref, **told),
        lambda: batches.fail(session, actor=payers.officer, payment_ref=payment.ref, reason="没有送银行"),
    ):
        with pytest.raises(Conflict, match="batch_not_released"):
            act()
        session.rollback()
    for who, refusal in (
        (payers.colleague, Forbidden),
        (replace(payers.checker, user_id=payers.officer.user_id), SamePerson),
    ):
        with pytest.raises(refusal):
            releases.release(session, actor=who, ref=batch.ref)
        session.rollback()
    releases.release(session, actor=payers.checker, ref=batch.ref)
    session.commit()
    assert for_bank(session, batch) == [payment]
    for again in (releases.release, lambda *a, **k: releases.refuse(*a, reason="不付了", **k)):
        with pytest.raises(Conflict, match="payment_batch_released"):
            again(session, actor=payers.checker, ref=batch.ref)
        session.rollback()
    pay(session, payers, payment)


def test_what_a_checker_sends_back_may_be_paid_by_anybody_anew(
    session: Session, payers: Payers, source: FundSource
) -> None:
    found = approved(session, payers)
    batch = make_batch(session, payers, source, *found)
    assert free(session, payers) == PRICE_FEN * 2 - FIRST
    with pytest.raises(DomainError, match="reason_missing"):
        releases.refuse(session, actor=payers.checker, ref=batch.ref, reason=" ")
    session.rollback()
    releases.refuse(session, actor=payers.checker, ref=batch.ref, reason="资金来源不对")
    session.commit()
    assert free(session, payers) == PRICE_FEN * 2
    with pytest.raises(Conflict, match="payment_batch_refused"):
        releases.release(session, actor=payers.checker, ref=batch.ref)
    session.rollback()
    pay(session, payers, *send(session, payers, source, *found))


def test_a_payment_that_was_overtaken_is_not_released(
    session: Session, payers: Payers, source: FundSource
) -> None:
    batch = make_batch(session, payers, source, *approved(session, payers))
    (payment,) = batch_queries.payments_of(session, batch)
    give_account(session, payers, number="3400 5555 0000 0009")
    assert outdated(session, [payment]) == {payment.id: "account"}
    with pytest.raises(Conflict, match="batch_outdated"):
        releases.release(session, actor=payers.checker, ref=batch.ref)
    session.rollback()
    releases.refuse(session, actor=payers.checker, ref=batch.ref, reason="账户换了")
    session.commit()
    again = make_batch(session, payers, source, payment.claim)
    correct(session, payers, payment.claim.lines[0].redemption.ref, PRICE_FEN - 10_000_000)
    with pytest.raises(Conflict, match="batch_outdated"):
        releases.release(session, actor=payers.checker, ref=again.ref)
    session.rollback()


def test_the_bank_is_asked_once_and_to_the_account_in_use(
    session: Session, payers: Payers, source: FundSource
) -> None:
    """A table that is downloaded later asks for nothing that was paid, failed, or went elsewhere since."""
    paid, failed, waits = send(session, payers, source, *approved(session, payers, homes=3))
    batch = paid.batch
    assert for_bank(session, batch) == [paid, failed, waits]
    pay(session, payers, paid)
    batches.fail(session, actor=payers.officer, payment_ref=failed.ref, reason="银行拒付")
    session.commit()
    assert for_bank(session, batch) == [waits]
    send(session, payers, source, failed.claim, by=payers.colleague)
    give_account(session, payers, number="3400 5555 0000 0009")
    with pytest.raises(Conflict, match="batch_nothing_left"):
        for_bank(session, batch)
    assert outdated(session, [paid, failed, waits]) == {waits.id: "account"}
    pay(session, payers, waits)


def test_what_somebody_may_pay_is_told_apart_from_what_waits_for_others(
    session: Session, payers: Payers, source: FundSource
) -> None:
    mine, late, _free = found = approved(session, payers, homes=3)
    (payment,) = send(session, payers, source, mine)
    batches.fail(session, actor=payers.officer, payment_ref=payment.ref, reason="没有送银行")
    session.commit()
    correct(session, payers, late.lines[0].redemption.ref, PRICE_FEN - 10_000_000)
    own = payable.look(session, actor=payers.officer)
    assert (own.open, own.undone, own.overtaken, own.left) == ([found[2]], [mine], [late], 2)
    other = payable.look(session, actor=payers.colleague)
    assert (other.open, other.undone, other.overtaken) == ([mine, found[2]], [], [late])
    for officer, seen in ((payers.officer, own), (payers.colleague, other)):
        refs = [one.ref for one in seen.open]
        batches.make(session, actor=officer, source_ref=source.ref, claim_refs=refs)
        session.rollback()
    claims.refuse(session, actor=payers.checker, ref=late.ref, reason="房价已更正")
    session.commit()


def test_a_batch_sent_back_lets_nobody_pay_anew_what_they_said_failed(
    session: Session, payers: Payers, source: FundSource
) -> None:
    (payment,) = send(session, payers, source, *approved(session, payers))
    batches.fail(session, actor=payers.officer, payment_ref=payment.ref, reason="没有送银行")
    session.commit()
    batch = make_batch(session, payers, source, payment.claim, by=payers.colleague)
    releases.refuse(session, actor=payers.checker, ref=batch.ref, reason="先问银行")
    session.commit()
    (undone,) = payable.look(session, actor=payers.officer).undone
    assert undone == payment.claim
    with pytest.raises(Forbidden, match="payment_same_person"):
        make_batch(session, payers, source, payment.claim)
    session.rollback()
    again = make_batch(session, payers, source, payment.claim, by=payers.colleague)
    line = (
        "INSERT INTO settlement_payments (district_id, ref, batch_id, batch_state, claim_id, amount_fen, "
        "holder_name, bank, number, transfer_id, fund_transfer_id, state, reason) SELECT district_id, 'X', "
        "(SELECT id FROM payment_batches WHERE made_by_id = :officer), 'released', claim_id, amount_fen, "
        "holder_name, bank, number, fund_transfer_id, transfer_id, 'failed', 'X' "
        "FROM settlement_payments WHERE batch_id = :again"
    )
    releases.refuse(session, actor=payers.checker, ref=again.ref, reason="先问银行")
    session.commit()
    with pytest.raises(IntegrityError, match="does not pay the claim anew"):
        session.execute(text(line), {"officer": payers.officer.user_id, "again": again.id})
    session.rollback()


def test_the_database_pays_nothing_that_nobody_released(
    session: Session, payers: Payers, source: FundSource
) -> None:
    batch = make_batch(session, payers, source, *approved(session, payers))
    at = {"batch": batch.id, "officer": payers.officer.user_id, "moment": clock.now() + timedelta(1)}
    decided = "UPDATE payment_batches SET decided_at = :moment, decided_by_id = :officer, "
    for statement, guard in (
        ("UPDATE settlement_payments SET state = 'paid', paid_on = '2016-06-01'", "released"),
        (f"{decided} state = 'released' WHERE id = :batch", "second_person"),
        (f"{decided.replace(':officer', 'NULL')} state = 'released' WHERE id = :batch", "decided_by"),
        ("UPDATE payment_batches SET total_fen = 1 WHERE id = :batch", "permission denied"),
        ("DELETE FROM payment_batches WHERE id = :batch", "permission denied"),
    ):
        with pytest.raises((IntegrityError, ProgrammingError), match=guard):
            session.execute(text(statement), at)
        session.rollback()
    releases.release(session, actor=payers.checker, ref=batch.ref)
    session.commit()
    with pytest.raises(IntegrityError, match="decided_once"):
        session.execute(text("UPDATE payment_batches SET state = 'made', decided_at = NULL"))
    session.rollback()


def test_a_release_that_nobody_was_asked_for_is_found(
    session: Session, payers: Payers, source: FundSource
) -> None:
    batch = make_batch(session, payers, source, *approved(session, payers))
    forged = text(
        "UPDATE payment_batches SET state = 'released', decided_at = :moment, decided_by_id = :checker"
    )
    session.execute(forged, {"moment": clock.now(), "checker": payers.checker.user_id})
    assert [(one.object_type, one.object_id) for one in proofs.verify(session)] == [
        ("payment_batch", batch.id)
    ]
    session.rollback()
    assert session.get_one(PaymentBatch, batch.id).state == "made"


def test_accounts_of_many_payees_are_one_question(session: Session, payers: Payers) -> None:
    development = payers.shop.building.development
    escrow = make_account(
        session, manager=payers.shop.developer, checker=payers.checker, development=development
    )
    own = {"district_id": payers.district_id, "developer_id": payers.finance.organisation}
    wanted = [
        SettlementClaim(id=1, **own),
        SettlementClaim(id=2, **own, development_id=development.id),
        SettlementClaim(id=3, **own, development_id=0),
        *(SettlementClaim(id=4 + place, **own | {"developer_id": -place}) for place in range(3)),
    ]
    number = escrow.number
    with at_most(session, 2):
        found = claim_queries.accounts_of(session, wanted)
    assert {claim_id: one and one.number for claim_id, one in found.items()} == {
        1: "3400555500000001",
        2: number,
        **dict.fromkeys(range(3, 7)),
    }
