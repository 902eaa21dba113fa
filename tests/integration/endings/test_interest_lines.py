"""Interest in lines: within the term and after it, used and never used, in whole yuan; paid and proven."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core.clock import FixedClock, legal_day
from app.core.errors import Conflict
from app.ledger import queries as ledger
from app.redemptions import queries
from app.vouchers import service
from app.vouchers.ending_models import VoucherEnding
from app.vouchers.ending_queries import find_live
from app.vouchers.lapses import lapse_due
from tests.factories.endings import PAYING, approve, ask, pay
from tests.factories.policies import make_policy_version
from tests.factories.projects import make_agreement
from tests.factories.redemptions import make_buyer, make_home, make_redemption, make_shop, redeem
from tests.factories.vouchers import VACATED, make_desk

WAN = 1_000_000
IN_AND_AFTER = """interest:
  - {rate: 3.65%, from: issue, to: term_end, on: [leftover, lapse]}
  - {rate: 0.365%, from: term_end, on: [lapse]}
"""
BY_USE = """interest:
  - {rate: 3.65%, from: issue, on: [leftover, lapse], only: unused}
  - {rate: 0.365%, from: issue, on: [leftover, lapse], only: used}
"""
WHOLE = "interest: {rate: 1%, from: issue, on: [leftover], rounding: yuan}\n"


def assert_proven(session: Session) -> None:
    assert ledger.verify(session) == []
    assert queries.verify(session) == []


def lapsed(
    session: Session, clock: FixedClock, policy: str, *, used: bool = False, late: int = 30
) -> VoucherEnding:
    """Return what was paid for a voucher so many days after its term."""
    shop = make_shop(session, desk=make_desk(session, policy=policy))
    buyer = make_buyer(session, shop.desk, faces=(100 * WAN,))
    if used:
        redeem(session, shop, make_redemption(session, buyer, make_home(session, shop, voucher_fen=42 * WAN)))
    (voucher,) = buyer.vouchers
    assert voucher.expires_at is not None
    clock.moment = voucher.expires_at
    assert lapse_due(session) == 1
    session.commit()
    made = find_live(session, voucher_id=voucher.id)
    assert made is not None
    clock.advance(timedelta(days=late - 1))
    return pay(session, shop.desk, approve(session, shop.desk, made))


def term_of(ending: VoucherEnding) -> int:
    """Return how many days the term of its voucher had."""
    issued_at, expires_at = ending.voucher.issued_at, ending.voucher.expires_at
    assert issued_at is not None
    assert expires_at is not None
    return (legal_day(expires_at) - legal_day(issued_at)).days - 1


def test_what_is_paid_after_the_term_bears_both_rates(session: Session, clock: FixedClock) -> None:
    paid = lapsed(session, clock, PAYING + IN_AND_AFTER)
    term = term_of(paid)
    assert paid.interest_fen == paid.paid_fen * (10 * term + 30) // 100_000
    assert_proven(session)
    session.execute(text("UPDATE vouchers SET expires_at = expires_at - interval '1 day'"))
    found = {breach.rule for breach in queries.verify(session)}
    assert "interest is what the policy pays up to the day of the payment" in found
    session.rollback()


@pytest.mark.parametrize(("used", "tenths"), [(False, 10), (True, 1)])
def test_a_voucher_never_used_bears_another_rate(
    session: Session, clock: FixedClock, used: bool, tenths: int
) -> None:
    paid = lapsed(session, clock, PAYING + BY_USE, used=used, late=1)
    term = term_of(paid)
    assert paid.interest_fen == paid.paid_fen * tenths * (term + 1) // 100_000
    assert_proven(session)


@pytest.mark.parametrize(
    ("word", "fen"), [("yuan", 14_300), ("nearest_yuan", 14_400), ("nearest_ten_yuan", 14_000)]
)
def test_interest_in_whole_yuan(session: Session, clock: FixedClock, word: str, fen: int) -> None:
    shop = make_shop(session, desk=make_desk(session, policy=PAYING + WHOLE.replace("yuan", word)))
    buyer = make_buyer(session, shop.desk, faces=(100 * WAN,))
    redeem(session, shop, make_redemption(session, buyer, make_home(session, shop, voucher_fen=42 * WAN)))
    made = approve(session, shop.desk, ask(session, buyer))
    clock.advance(timedelta(days=11))
    paid = pay(session, shop.desk, made)
    exact = paid.paid_fen * 11 // 36_500
    assert (exact, paid.interest_fen) == (14_363, fen)
    assert_proven(session)


@pytest.mark.parametrize(("word", "step"), [("fen", 1), ("nearest_ten_yuan", 1_000)])
def test_interest_up_to_a_share_of_what_bears_it(
    session: Session, clock: FixedClock, word: str, step: int
) -> None:
    said = PAYING + WHOLE.replace("rounding: yuan", f"most_share: 0.02%, rounding: {word}")
    shop = make_shop(session, desk=make_desk(session, policy=said))
    buyer = make_buyer(session, shop.desk, faces=(100 * WAN,))
    redeem(session, shop, make_redemption(session, buyer, make_home(session, shop, voucher_fen=42 * WAN)))
    made = approve(session, shop.desk, ask(session, buyer))
    clock.advance(timedelta(days=11))
    paid = pay(session, shop.desk, made)
    most = paid.paid_fen * 2 // 10_000
    assert (paid.paid_fen * 11 // 36_500 > most, paid.interest_fen) == (True, most // step * step)
    assert_proven(session)
    other = make_policy_version(
        session, district=shop.desk.district, text=said.replace("most_share: 0.02%, ", "")
    )
    session.execute(text("UPDATE vouchers SET policy_version_id = :id"), {"id": other.id})
    found = {breach.rule for breach in queries.verify(session)}
    assert "interest is what the policy pays up to the day of the payment" in found
    session.rollback()


def test_it_runs_from_the_handover_that_was_noted(session: Session, clock: FixedClock) -> None:
    said = PAYING + "interest: {rate: 3.65%, from: vacated, on: [leftover]}\n"
    shop = make_shop(session, desk=make_desk(session, policy=said))
    buyer = make_buyer(session, shop.desk, faces=(100 * WAN,))
    (voucher,) = buyer.vouchers
    assert voucher.vacated_on == voucher.agreement.vacated_on == VACATED
    redeem(session, shop, make_redemption(session, buyer, make_home(session, shop, voucher_fen=42 * WAN)))
    made = approve(session, shop.desk, ask(session, buyer))
    clock.advance(timedelta(days=11))
    paid = pay(session, shop.desk, made)
    assert paid.paid_on is not None
    assert paid.interest_fen == paid.paid_fen * (paid.paid_on - VACATED).days // 10_000
    assert_proven(session)
    other = make_policy_version(
        session, district=shop.desk.district, text=said.replace("vacated", "agreement")
    )
    session.execute(text("UPDATE vouchers SET policy_version_id = :id"), {"id": other.id})
    found = {breach.rule for breach in queries.verify(session)}
    assert "interest is what the policy pays up to the day of the payment" in found
    session.rollback()


def test_no_voucher_is_submitted_before_a_handover_from_which_interest_runs(session: Session) -> None:
    desk = make_desk(session, policy=PAYING + "interest: {rate: 1%, from: vacated, on: [lapse]}\n")
    agreement = make_agreement(session, officer=desk.officer)
    session.commit()
    known = {"agreement_id": agreement.id, "policy_version_id": desk.policy_version.id}
    with pytest.raises(Conflict, match="agreement_not_vacated"):
        service.submit(session, actor=desk.officer, **known)
