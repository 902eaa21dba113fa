"""From a written-off home to the bank's receipt: what falls due is paid once, and to the fen."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.approvals.errors import SamePerson
from app.core import clock
from app.core import clock as business_clock
from app.core.actor import Role
from app.core.clock import FixedClock
from app.core.errors import Conflict, DomainError, Forbidden
from app.ledger import queries as ledger
from app.ledger.rules import AccountKind
from app.redemptions import queries as redemptions
from app.redemptions.change_states import Kind
from app.redemptions.service import changes
from app.redemptions.service.changes import Wish
from app.settlements import batches, claims, funds, proofs, receipts, reports
from app.settlements.bank_table import for_bank, outdated
from app.settlements.claims import Asked
from app.settlements.milestones import CERTIFICATE, HANDOVER
from app.settlements.money_models import FundSource
from app.settlements.offers import Payee
from app.settlements.payment_models import PaymentBatch
from app.settlements.receipts import ReceiptMismatch
from app.settlements.rules import LineKind
from app.settlements.shares import Scope, list_shares
from tests.factories.contracts import upload
from tests.factories.identity import make_actor
from tests.factories.redemptions import PRICE_FEN
from tests.factories.settlements import (
    Payers,
    approve,
    bring,
    claim,
    give_account,
    make_fund,
    make_payers,
    make_sold,
    offered,
    pay,
    reach,
    receipt,
    send,
)

WHOLE = PRICE_FEN


def correct(session: Session, payers: Payers, ref: str, price_fen: int | None) -> None:
    """Let the authority correct the price of a home that was written off, or (None) undo the write-off."""
    kind = Kind.REJECT if price_fen is None else Kind.PRICE
    wish = Wish(kind, "案件更正", price_fen=price_fen)
    asked = changes.ask(session, actor=payers.officer, redemption_ref=ref, wish=wish)
    session.commit()
    changes.approve(session, actor=payers.checker, change_ref=asked.ref)
    session.commit()


FIRST = PRICE_FEN * 60 // 100


@pytest.fixture
def payers(session: Session) -> Payers:
    return make_payers(session)


@pytest.fixture(autouse=True)
def proven(session: Session) -> object:
    yield
    assert proofs.verify(session) == []
    assert ledger.verify(session) == []
    assert redemptions.verify(session) == []


def test_each_part_is_paid_once_its_event_came(session: Session, payers: Payers) -> None:
    buyer, sold = make_sold(session, payers.shop)
    source = make_fund(session, payers, WHOLE)
    for event, fen in ((None, FIRST), (HANDOVER, PRICE_FEN * 33 // 100), (CERTIFICATE, PRICE_FEN * 7 // 100)):
        if event:
            reach(session, payers.shop, buyer, sold, event)
        assert sum(one.amount_fen for one in offered(session, payers)) == fen
        found = approve(session, payers, claim(session, payers))
        assert offered(session, payers) == []
        (payment,) = send(session, payers, source, found)
        assert (payment.amount_fen, payment.number) == (fen, "3400555500000001")
        pay(session, payers, payment)
    (held,) = funds.list_sources(session, actor=payers.officer)
    assert (held.balance.available_fen, held.balance.spent_fen) == (0, WHOLE)
    district = payers.district_id
    assert ledger.control_balance(session, district_id=district, kind=AccountKind.DEVELOPER_PAYABLE) == 0
    assert ledger.control_balance(session, district_id=district, kind=AccountKind.BANK) == WHOLE


def test_several_vouchers_pay_by_their_own_policies_to_the_fen(session: Session, payers: Payers) -> None:
    make_sold(session, payers.shop, faces=(10_000_001, 130_550_000))
    shares = {one.share.voucher_id: one.share for one in offered(session, payers)}
    assert len(shares) == 2
    assert sum(share.owed_fen for share in shares.values()) == PRICE_FEN
    assert all(sum(part.amount_fen for part in one.parts) == one.owed_fen for one in shares.values())


def test_a_source_pays_no_more_than_came_in(session: Session, payers: Payers) -> None:
    make_sold(session, payers.shop)
    source = make_fund(session, payers, FIRST - 1)
    found = approve(session, payers, claim(session, payers))
    with pytest.raises(DomainError, match="fund_short"):
        batches.make(session, actor=payers.officer, source_ref=source.ref, claim_refs=[found.ref])
    session.rollback()
    waiting = funds.enter_receipt(
        session,
        actor=payers.officer,
        source_ref=source.ref,
        amount_fen=1,
        received_on=clock.today(),
        reference="ZJ-1",
    )
    session.commit()
    with pytest.raises(DomainError, match="receipt_sum_differs"):
        funds.decide_receipt(session, actor=payers.checker, ref=waiting.ref, approve=True, amount_fen=2)
    session.rollback()
    with pytest.raises(DomainError, match="fund_short"):
        batches.make(session, actor=payers.officer, source_ref=source.ref, claim_refs=[found.ref])
    session.rollback()
    bring(session, payers, source, 1)
    assert len(send(session, payers, source, found)) == 1


def test_two_people_stand_behind_a_claim(session: Session, payers: Payers) -> None:
    make_sold(session, payers.shop)
    made = claim(session, payers)
    for actor in (payers.checker, payers.finance):
        with pytest.raises(Forbidden):
            claims.check(session, actor=actor, ref=made.ref)
    claims.check(session, actor=payers.officer, ref=made.ref)
    session.commit()
    both = make_actor(session, role=Role.CHECKER, district=payers.shop.desk.district)
    with pytest.raises(SamePerson):
        claims.approve(session, actor=replace(both, user_id=payers.officer.user_id), ref=made.ref)
    session.rollback()
    claims.refuse(session, actor=payers.checker, ref=made.ref, reason="发票不对")
    session.commit()
    assert len(offered(session, payers)) == 1


def test_what_was_approved_can_be_taken_back_before_it_is_paid(session: Session, payers: Payers) -> None:
    make_sold(session, payers.shop)
    source = make_fund(session, payers, WHOLE)
    found = approve(session, payers, claim(session, payers))
    (payment,) = send(session, payers, source, found)
    with pytest.raises(Conflict, match="claim_being_paid"):
        claims.refuse(session, actor=payers.checker, ref=found.ref, reason="账户冻结")
    session.rollback()
    batches.fail(session, actor=payers.officer, payment_ref=payment.ref, reason="没有送银行")
    session.commit()
    claims.refuse(session, actor=payers.checker, ref=found.ref, reason="账户冻结")
    session.commit()
    assert [one.amount_fen for one in offered(session, payers)] == [FIRST]
    (held,) = funds.list_sources(session, actor=payers.officer)
    assert held.balance.available_fen == WHOLE


def test_a_receipt_that_does_not_fit_marks_nothing(session: Session, payers: Payers) -> None:
    for _ in range(2):
        make_sold(session, payers.shop)
    source = make_fund(session, payers, WHOLE * 2)
    keys = [one.key for one in offered(session, payers)]
    found = [approve(session, payers, claim(session, payers, keys=[key])) for key in keys]
    payments = send(session, payers, source, *found)
    (batch,) = {one.batch_id for one in payments}
    ref = session.get_one(PaymentBatch, batch).ref
    right = receipt(*payments).decode()
    for wrong, code in (
        (right.replace(f"{FIRST // 100}.{FIRST % 100:02}", "1.00", 1), "sum"),
        (right.replace("3400555500000001", "3400555500000002", 1), "account"),
        (right.replace(payments[0].ref, "FK-22222-22222"), "unknown"),
        (right.replace(payments[0].ref, payments[1].ref), "double"),
    ):
        with pytest.raises(ReceiptMismatch) as refused:
            receipts.take_in(
                session, actor=payers.officer, batch_ref=ref, content=wrong.encode(), name="a.csv"
            )
        assert code in [one.code for one in refused.value.mismatches]
        session.rollback()
    half = "\n".join(right.split("\n")[:2]).encode()
    receipts.take_in(session, actor=payers.officer, batch_ref=ref, content=half, name="a.csv")
    session.commit()
    with pytest.raises(Conflict, match="receipt_known"):
        receipts.take_in(session, actor=payers.officer, batch_ref=ref, content=half, name="a.csv")
    session.rollback()
    receipts.take_in(session, actor=payers.officer, batch_ref=ref, content=right.encode(), name="b.csv")
    session.commit()
    assert {one.state for one in payments} == {"paid"}


def test_what_the_bank_sent_back_is_owed_and_held_again(session: Session, payers: Payers) -> None:
    make_sold(session, payers.shop)
    source = make_fund(session, payers, FIRST)
    found = approve(session, payers, claim(session, payers))
    (payment,) = send(session, payers, source, found)
    pay(session, payers, payment)
    batches.note_returned(
        session,
        actor=payers.officer,
        payment_ref=payment.ref,
        reference="TH1",
        returned_on=clock.today(),
        reason="账号已销户",
    )
    session.commit()
    assert offered(session, payers) == []
    give_account(session, payers, number="3400 5555 0000 0009")
    (again,) = send(session, payers, source, found, by=payers.colleague)
    assert again.number == "3400555500000009"
    pay(session, payers, again)


def test_whoever_noted_that_a_payment_failed_does_not_pay_it_anew(session: Session, payers: Payers) -> None:
    make_sold(session, payers.shop)
    source = make_fund(session, payers, FIRST)
    found = approve(session, payers, claim(session, payers))
    (payment,) = send(session, payers, source, found)
    batches.fail(session, actor=payers.officer, payment_ref=payment.ref, reason="没有送银行")
    session.commit()
    with pytest.raises(Forbidden, match="payment_same_person"):
        send(session, payers, source, found)
    session.rollback()
    (payment,) = send(session, payers, source, found, by=payers.colleague)
    receipts.take_in(
        session,
        actor=payers.colleague,
        batch_ref=payment.batch.ref,
        content=receipt(payment, result="账号有误"),
        name="回单.csv",
    )
    session.commit()
    with pytest.raises(Forbidden, match="payment_same_person"):
        send(session, payers, source, found, by=payers.colleague)
    session.rollback()
    kept = "district_id, batch_id, batch_state, claim_id, amount_fen, holder_name, bank, number"
    kept += ", transfer_id, fund_transfer_id"
    once_more = text(
        f"INSERT INTO settlement_payments ({kept}, ref, state) "
        f"SELECT {kept}, 'FK-22222-22222', 'sent' FROM settlement_payments WHERE id = :payment"
    )
    with pytest.raises(IntegrityError, match="does not pay the claim anew"):
        session.execute(once_more, {"payment": payment.id})
    session.rollback()
    (again,) = send(session, payers, source, found)
    pay(session, payers, again)


def test_a_late_payment_bears_interest_as_a_line_of_its_own(
    session: Session, payers: Payers, clock: FixedClock
) -> None:
    make_sold(session, payers.shop)
    source = make_fund(session, payers, WHOLE)
    found = approve(session, payers, claim(session, payers))
    clock.moment += timedelta(days=40)
    (payment,) = send(session, payers, source, found)
    pay(session, payers, payment)
    (interest,) = offered(session, payers)
    assert (interest.kind, interest.amount_fen) == (LineKind.INTEREST, FIRST * 2 * 10 // 10_000)
    (second,) = send(session, payers, source, approve(session, payers, claim(session, payers)))
    pay(session, payers, second)
    assert offered(session, payers) == []
    why = {"reference": "TH1", "returned_on": business_clock.today(), "reason": "销户"}
    batches.note_returned(session, actor=payers.officer, payment_ref=payment.ref, **why)
    session.commit()
    with pytest.raises(Conflict, match="claim_followed"):
        claims.refuse(session, actor=payers.checker, ref=found.ref, reason="不付了")
    session.rollback()


def test_a_claim_that_came_back_and_was_overtaken_is_refused_though_interest_stands_on_it(
    session: Session, payers: Payers, clock: FixedClock
) -> None:
    """Nobody may pay it anew, and while it stood nothing more of the share would ever be on offer."""
    _, sold = make_sold(session, payers.shop)
    source = make_fund(session, payers, WHOLE)
    found = approve(session, payers, claim(session, payers))
    clock.moment += timedelta(days=40)
    (payment,) = send(session, payers, source, found)
    pay(session, payers, payment)
    (second,) = send(session, payers, source, approve(session, payers, claim(session, payers)))
    pay(session, payers, second)
    borne_fen = FIRST * 2 * 10 // 10_000
    assert second.amount_fen == borne_fen
    why = {"reference": "TH1", "returned_on": business_clock.today(), "reason": "销户"}
    batches.note_returned(session, actor=payers.officer, payment_ref=payment.ref, **why)
    session.commit()
    correct(session, payers, sold.ref, PRICE_FEN - 10_000_000)
    with pytest.raises(Conflict, match="claim_overtaken"):
        send(session, payers, source, found, by=payers.colleague)
    session.rollback()
    claims.refuse(session, actor=payers.checker, ref=found.ref, reason="金额变了，重新申请")
    session.commit()
    (anew,) = offered(session, payers)
    assert anew.amount_fen == FIRST - 6_000_000
    clock.moment += timedelta(days=10)
    (payment,) = send(session, payers, source, approve(session, payers, claim(session, payers)))
    pay(session, payers, payment)
    (rest,) = offered(session, payers)
    assert rest.kind == LineKind.INTEREST
    assert rest.amount_fen == anew.amount_fen * 2 * 20 // 10_000 - borne_fen, "what was paid of it counts"
    approve(session, payers, claim(session, payers))
    assert proofs.verify(session) == []
    assert ledger.verify(session) == []


def came_back(
    session: Session, payers: Payers, clock: FixedClock, *, price_fen: int | None
) -> tuple[FundSource, int]:
    """Return a source, and the interest that was paid on a payment which came back before ``correct``."""
    _, sold = make_sold(session, payers.shop)
    source = make_fund(session, payers, WHOLE)
    found = approve(session, payers, claim(session, payers))
    clock.moment += timedelta(days=40)
    (payment,) = send(session, payers, source, found)
    pay(session, payers, payment)
    (second,) = send(session, payers, source, approve(session, payers, claim(session, payers)))
    pay(session, payers, second)
    why = {"reference": "TH1", "returned_on": business_clock.today(), "reason": "销户"}
    batches.note_returned(session, actor=payers.officer, payment_ref=payment.ref, **why)
    session.commit()
    correct(session, payers, sold.ref, price_fen)
    claims.refuse(session, actor=payers.checker, ref=found.ref, reason="金额变了，重新申请")
    session.commit()
    return source, second.amount_fen


def assert_deducted(session: Session, payers: Payers, back_fen: int) -> None:
    """Have the next claim deduct it, and leave it owed back where that claim is refused."""
    make_sold(session, payers.shop)
    after = approve(session, payers, claim(session, payers))
    assert after.total_fen == FIRST - back_fen
    assert (proofs.verify(session), ledger.verify(session)) == ([], [])
    claims.refuse(session, actor=payers.checker, ref=after.ref, reason="重新申请")
    session.commit()
    assert sorted(one.amount_fen for one in offered(session, payers)) == [-back_fen, FIRST]
    assert (proofs.verify(session), ledger.verify(session)) == ([], [])


def test_interest_that_what_is_left_bears_no_more_is_deducted(
    session: Session, payers: Payers, clock: FixedClock
) -> None:
    """Until the rest is paid anew nobody knows what it bears."""
    source, paid_fen = came_back(session, payers, clock, price_fen=PRICE_FEN // 10)
    (anew,) = offered(session, payers)
    assert anew.kind == LineKind.TRANCHE, "it counts for what is claimed anew"
    (payment,) = send(session, payers, source, approve(session, payers, claim(session, payers)))
    pay(session, payers, payment)
    (rest,) = offered(session, payers)
    borne_fen = anew.amount_fen * 2 * 10 // 10_000
    assert (rest.kind, rest.amount_fen) == (LineKind.INTEREST, borne_fen - paid_fen)
    assert_deducted(session, payers, paid_fen - borne_fen)


def test_interest_on_a_purchase_that_was_undone_is_deducted(
    session: Session, payers: Payers, clock: FixedClock
) -> None:
    _, paid_fen = came_back(session, payers, clock, price_fen=None)
    (rest,) = offered(session, payers)
    assert (rest.kind, rest.amount_fen) == (LineKind.INTEREST, -paid_fen)
    shares, today = list_shares(session, Scope(payers.officer.district)), business_clock.today()
    totals, rows = reports.totals_of(shares), reports.rows_of(shares, today=today)
    assert (totals.back_fen, totals.interest_back_fen, totals.interest_fen) == (0, paid_fen, 0)
    assert reports.sums_of(rows)[reports.INTEREST_BACK] == paid_fen
    (found,) = reports.shown(rows, reports.INTEREST_BACK, today=today)
    assert found.part.interest_back_fen == paid_fen
    assert_deducted(session, payers, paid_fen)


def test_what_was_paid_too_much_is_deducted_from_the_next_claim(session: Session, payers: Payers) -> None:
    _, sold = make_sold(session, payers.shop)
    source = make_fund(session, payers, WHOLE * 2)
    (payment,) = send(session, payers, source, approve(session, payers, claim(session, payers)))
    pay(session, payers, payment)
    correct(session, payers, sold.ref, PRICE_FEN - 10_000_000)
    (back,) = offered(session, payers)
    assert back.amount_fen == -6_000_000
    with pytest.raises(DomainError, match="claim_lines_bad"):
        claim(session, payers)
    make_sold(session, payers.shop)
    found = approve(session, payers, claim(session, payers))
    assert found.total_fen == FIRST - 6_000_000
    pay(session, payers, *send(session, payers, source, found))
    assert offered(session, payers) == []


def test_a_paid_purchase_that_was_undone_is_owed_back_whole(session: Session, payers: Payers) -> None:
    _, sold = make_sold(session, payers.shop)
    source = make_fund(session, payers, WHOLE * 2)
    (payment,) = send(session, payers, source, approve(session, payers, claim(session, payers)))
    pay(session, payers, payment)
    correct(session, payers, sold.ref, None)
    assert [one.amount_fen for one in offered(session, payers)] == [-FIRST]
    make_sold(session, payers.shop)
    with pytest.raises(Conflict, match="claim_nothing_left"):
        claim(session, payers)
    session.rollback()
    make_sold(session, payers.shop)
    assert claim(session, payers).total_fen == FIRST


def test_a_claim_that_a_correction_overtook_is_not_paid(session: Session, payers: Payers) -> None:
    _, sold = make_sold(session, payers.shop)
    source = make_fund(session, payers, WHOLE)
    found = approve(session, payers, claim(session, payers))
    correct(session, payers, sold.ref, PRICE_FEN - 10_000_000)
    with pytest.raises(Conflict, match="claim_overtaken"):
        batches.make(session, actor=payers.officer, source_ref=source.ref, claim_refs=[found.ref])
    session.rollback()
    claims.refuse(session, actor=payers.checker, ref=found.ref, reason="房价已更正")
    session.commit()
    assert [one.amount_fen for one in offered(session, payers)] == [FIRST - 6_000_000]


def test_what_a_correction_overtook_on_its_way_to_the_bank_is_told(session: Session, payers: Payers) -> None:
    """The bank is not asked for it; what it paid all the same is noted, and deducted from the next claim."""
    _, sold = make_sold(session, payers.shop)
    source = make_fund(session, payers, WHOLE)
    (payment,) = send(session, payers, source, approve(session, payers, claim(session, payers)))
    assert for_bank(session, payment.batch) == [payment]
    correct(session, payers, sold.ref, PRICE_FEN - 10_000_000)
    with pytest.raises(Conflict, match="batch_nothing_left"):
        for_bank(session, payment.batch)
    assert outdated(session, [payment]) == {payment.id: "overtaken"}
    pay(session, payers, payment)
    assert outdated(session, [payment]) == {}
    assert sum(one.amount_fen for one in offered(session, payers)) == -6_000_000


def test_what_is_not_on_offer_is_not_claimed(session: Session, payers: Payers) -> None:
    make_sold(session, payers.shop)
    (offer,) = offered(session, payers)
    for keys in ([], [offer.key, "GF-22222-22222:FP-22222-22222:tranche:0"], [offer.key.replace(":0", ":1")]):
        asked = Asked(payers.district_id, Payee(None), keys, upload())
        with pytest.raises(DomainError, match="claim_lines"):
            claims.submit(session, actor=payers.finance, asked=asked)
        session.rollback()
    claim(session, payers)
    with pytest.raises(DomainError, match="claim_lines_changed"):
        claim(session, payers, keys=[offer.key])
    session.rollback()


def test_the_database_takes_a_part_once(session: Session, payers: Payers) -> None:
    make_sold(session, payers.shop)
    claim(session, payers)
    names = "district_id, claim_id, redemption_id, voucher_id, kind, place, turn, event, due_on, owed_fen, "
    names += "upto_fen, before_fen, amount_fen, rule, stands"
    with pytest.raises(IntegrityError, match="uq_settlement_lines_turn"):
        session.execute(text(f"INSERT INTO settlement_lines ({names}) SELECT {names} FROM settlement_lines"))
    session.rollback()
    others = names.replace("turn", "1").replace(
        "upto_fen, before_fen, amount_fen", "owed_fen + 1, 0, owed_fen + 1"
    )
    with pytest.raises(IntegrityError, match="ck_settlement_lines_owed"):
        session.execute(text(f"INSERT INTO settlement_lines ({names}) SELECT {others} FROM settlement_lines"))
    session.rollback()
