"""Interest on what leaves a voucher, up to the day of the payment; and terms that start with the handover."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.core.clock import FixedClock
from app.core.errors import Conflict, DomainError
from app.ledger import queries as ledger
from app.ledger import service as ledger_service
from app.ledger.models import LedgerTransfer
from app.notices.models import Notice
from app.notices.words import yuan
from app.projects.service import note_vacated
from app.redemptions import queries
from app.vouchers import payouts, service
from app.vouchers.ending_interest import interest_on
from app.vouchers.ending_queries import find_live
from app.vouchers.lapses import lapse_due
from app.wiring import TEST_MOMENT
from tests.factories.endings import LEAVING, PAYING, approve, ask, pay
from tests.factories.midnight import at_every_look
from tests.factories.policies import HAILING, make_policy_version
from tests.factories.projects import make_agreement
from tests.factories.redemptions import make_buyer, make_home, make_redemption, make_shop, redeem
from tests.factories.vouchers import make_desk

BEARING = PAYING + "interest: {rate: 3.65%, from: issue, on: [leftover]}\n"
WAN = 1_000_000


def assert_proven(session: Session) -> None:
    assert ledger.verify(session) == []
    assert queries.verify(session) == []


def test_a_payout_bears_interest_to_its_day_and_anew_when_it_came_back(
    session: Session, clock: FixedClock
) -> None:
    shop = make_shop(session, desk=make_desk(session, policy=BEARING))
    buyer = make_buyer(session, shop.desk, faces=(100 * WAN,))
    redeem(session, shop, make_redemption(session, buyer, make_home(session, shop, voucher_fen=42 * WAN)))
    made = approve(session, shop.desk, ask(session, buyer))
    assert interest_on(made, date(2016, 6, 1)).fen == 0
    clock.advance(timedelta(days=10))
    # 3.65% a year are 0.01% a day.
    paid = pay(session, shop.desk, made)
    assert paid.interest_fen == made.paid_fen * 10 // 10_000
    told = session.scalars(select(Notice.text).where(Notice.kind == "ending_paid")).one()
    assert f"另付利息 {yuan(paid.interest_fen)}，一共 {yuan(paid.paid_fen + paid.interest_fen)}" in told
    assert_proven(session)
    back = payouts.note_returned(
        session,
        actor=shop.desk.officer,
        ending_ref=made.ref,
        reference="退-1",
        returned_on=date(2016, 6, 11),
        reason="账户已销户",
    )
    session.commit()
    assert back.interest_fen == 0
    assert_proven(session)
    clock.advance(timedelta(days=5))
    again = pay(session, shop.desk, approve(session, shop.desk, made), reference="网银-2")
    assert again.interest_fen == made.paid_fen * 15 // 10_000
    assert_proven(session)
    session.execute(text("UPDATE vouchers SET issued_at = issued_at - interval '1 day'"))
    found = {breach.rule for breach in queries.verify(session)}
    assert "interest is what the policy pays up to the day of the payment" in found
    session.rollback()


def test_interest_that_nobody_is_owed_is_found(session: Session, clock: FixedClock) -> None:
    shop = make_shop(session, desk=make_desk(session, policy=BEARING))
    buyer = make_buyer(session, shop.desk, faces=(100 * WAN,))
    redeem(session, shop, make_redemption(session, buyer, make_home(session, shop, voucher_fen=42 * WAN)))
    made = approve(session, shop.desk, ask(session, buyer))
    clock.advance(timedelta(days=10))
    pay(session, shop.desk, made)
    assert_proven(session)
    borne = session.scalars(select(LedgerTransfer).where(LedgerTransfer.code == "interest.paid")).one()
    # Once more under keys that name no ending, and as if it had come back the way on which it went.
    for code, key in (
        ("interest.paid", "by hand"),
        ("interest.paid", "interest.paid:0"),
        ("interest.returned", f"interest.returned:{made.id}:1"),
    ):
        with session.begin_nested() as before:
            ledger_service.transfer(
                session,
                district_id=borne.district_id,
                debit_id=borne.debit_account_id,
                credit_id=borne.credit_account_id,
                amount_fen=borne.amount_fen,
                code=code,
                key=key,
            )
            found = {breach.rule for breach in queries.verify(session)}
            assert "interest moves for an ending alone, between the district and what it pays" in found
            before.rollback()


def test_what_goes_back_under_the_agreement_bears_it_too(session: Session, clock: FixedClock) -> None:
    bearing = LEAVING + "interest: {rate: 0.01%, per: day, from: agreement, on: [lapse]}\n"
    shop = make_shop(session, desk=make_desk(session, policy=bearing))
    (voucher,) = make_buyer(session, shop.desk, faces=(100 * WAN,)).vouchers
    clock.moment = voucher.expires_at or TEST_MOMENT
    assert lapse_due(session) == 1
    session.commit()
    made = find_live(session, voucher_id=voucher.id)
    assert made is not None
    # Signed on 20 May 2016, over since 2 June 2017.
    assert (made.effect, made.interest_fen) == ("agreement", 100 * WAN * 378 // 10_000)
    told = session.scalars(select(Notice.text).where(Notice.kind == "voucher_lapsed")).one()
    assert "余额连利息 37,800 元一共 1,037,800 元，回到原来的补偿协议" in told
    assert_proven(session)


def test_interest_that_was_forgotten_under_the_agreement_is_found(
    session: Session, clock: FixedClock
) -> None:
    desk = make_desk(session, policy=LEAVING)
    (voucher,) = make_buyer(session, desk, faces=(100 * WAN,)).vouchers
    clock.moment = voucher.expires_at or TEST_MOMENT
    lapse_due(session)
    session.commit()
    assert_proven(session)
    bearing = LEAVING + "interest: {rate: 0.01%, per: day, from: agreement, on: [lapse]}\n"
    version = make_policy_version(session, district=desk.district, text=bearing)
    session.execute(text("UPDATE vouchers SET policy_version_id = :id"), {"id": version.id})
    found = {breach.rule for breach in queries.verify(session)}
    assert "interest is what the policy pays up to the day of the payment" in found


def test_a_term_starts_on_the_day_of_the_handover_that_was_noted(session: Session) -> None:
    desk = make_desk(session, policy=HAILING.replace("from: issue", "from: vacated"))
    agreement = make_agreement(session, officer=desk.officer)
    session.commit()
    submit = {
        "actor": desk.officer,
        "agreement_id": agreement.id,
        "policy_version_id": desk.policy_version.id,
    }
    with pytest.raises(Conflict, match="agreement_not_vacated"):
        service.submit(session, **submit)
    session.rollback()
    noted = {"actor": desk.officer, "number": agreement.number}
    with pytest.raises(DomainError, match="vacated_on_bad"):
        note_vacated(session, **noted, vacated_on=date(2016, 6, 2))
    note_vacated(session, **noted, vacated_on=date(2016, 5, 25))
    session.commit()
    with pytest.raises(Conflict, match="agreement_vacated"):
        note_vacated(session, **noted, vacated_on=date(2016, 5, 26))
    session.rollback()
    voucher = service.submit(session, **submit)
    session.commit()
    service.approve(session, actor=desk.checker, voucher_id=voucher.id)
    session.commit()
    assert voucher.expires_at is not None
    assert voucher.expires_at.isoformat() == "2017-11-25T16:00:00+00:00"
    assert_proven(session)


@pytest.mark.parametrize(
    ("said", "fen"),
    [
        # Signed on 20 May 2016, over since 2 June 2017: twelve months ended, a thirteenth began.
        ("rate: 1.2%, count: months", 100 * WAN * 12 // 1_000),
        ("rate: 0.1%, per: month, count: begun_months", 100 * WAN * 13 // 1_000),
        ("terms: [{months: 6, rate: 5%}, {months: 12, rate: 3.65%}, {months: 13, rate: 9%}]", 3_780_000),
        # 365 days to 20 May 2017, and 13 more.
        ("slices: [{months: 0, rate: 3.65%}, {months: 12, rate: 7.3%}]", 3_910_000),
        ("slices: [{months: 12, rate: 7.3%}]", 260_000),
    ],
)
def test_it_is_counted_as_the_policy_counts_it(
    session: Session, clock: FixedClock, said: str, fen: int
) -> None:
    bearing = LEAVING + f"interest: {{{said}, from: agreement, on: [lapse]}}\n"
    shop = make_shop(session, desk=make_desk(session, policy=bearing))
    (voucher,) = make_buyer(session, shop.desk, faces=(100 * WAN,)).vouchers
    clock.moment = voucher.expires_at or TEST_MOMENT
    assert lapse_due(session) == 1
    session.commit()
    made = find_live(session, voucher_id=voucher.id)
    assert made is not None
    assert made.interest_fen == fen
    assert_proven(session)
    session.execute(text("UPDATE agreements SET signed_on = signed_on - 61"))
    found = {breach.rule for breach in queries.verify(session)}
    assert "interest is what the policy pays up to the day of the payment" in found
    session.rollback()


def test_midnight_may_come_within_the_end_of_a_term(session: Session, clock: FixedClock) -> None:
    """What goes back under the agreement bears to the day on which it left, at whichever look a day ends."""
    shop = make_shop(
        session,
        desk=make_desk(session, policy=LEAVING + "interest: {rate: 3.65%, from: issue, on: [lapse]}\n"),
    )
    (voucher,) = make_buyer(session, shop.desk, faces=(100 * WAN,)).vouchers
    assert voucher.expires_at is not None
    clock.moment = voucher.expires_at
    borne = set()
    for done in at_every_look(session, clock, lapse_due):
        made = find_live(done, voucher_id=voucher.id)
        assert made is not None
        borne.add(made.interest_fen)
        assert_proven(done)
    assert max(borne) - min(borne) == 100 * WAN // 10_000
