"""What runs and stands in no account before it is paid: the report's estimate is what a payment moves."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.core.clock import FixedClock, add_months, today
from app.reports.running_interest import BONUS, ENDING, Running, list_running
from app.vouchers import endings, payouts
from app.vouchers.models import Voucher
from tests.factories import cash
from tests.factories.cash import WAN, bearing, buy, owed, pay
from tests.factories.endings import ask, payee
from tests.factories.redemptions import Shop, make_buyer, make_shop
from tests.factories.vouchers import make_desk

PAYING_OUT = bearing("paid") + (
    "leftover: [{spent_from: 0%, rate: 100%}]\ninterest: {rate: 3.65%, from: issue, on: [leftover]}\n"
)


def running(session: Session, shop: Shop) -> list[Running]:
    return list_running(session, district_id=shop.desk.district.id, today=today())


@pytest.mark.parametrize("to", ["verified", "paid"])
def test_a_bonus_in_cash_is_estimated_as_it_is_paid(session: Session, clock: FixedClock, to: str) -> None:
    shop, _ = buy(session, clock, bearing(to), lock_after=10, file_after=3)
    clock.advance(timedelta(days=5))
    (found,) = running(session, shop)
    assert (found.kind, found.ref, found.due_fen) == (BONUS, owed(session).ref, owed(session).due_fen)
    days = (add_months(today(), 1) - today()).days
    assert found.later_fen - found.now_fen == (days * 4_000 if to == "paid" else 0)
    assert pay(session, shop).interest_fen == found.now_fen > 0
    assert running(session, shop) == [], "what is paid stands in the ledger"
    cash.come_back(session, shop)
    assert running(session, shop) == [found], "it runs again"


def test_a_payout_is_estimated_as_it_is_paid(session: Session, clock: FixedClock) -> None:
    shop = make_shop(session, desk=make_desk(session, policy=PAYING_OUT))
    buyer = make_buyer(session, shop.desk, faces=(60 * WAN,))
    clock.advance(timedelta(days=10))
    ending = ask(session, buyer)
    at = {"ending_ref": ending.ref}
    endings.prepare(session, actor=shop.desk.officer, payee=payee(), **at)
    session.commit()
    endings.approve(session, actor=shop.desk.checker, **at)
    session.commit()
    clock.advance(timedelta(days=5))
    (found,) = running(session, shop)
    # 60 万 bear 60 yuan a day.
    assert (found.kind, found.ref, found.due_fen) == (ENDING, ending.ref, 60 * WAN)
    assert (found.now_fen, found.voucher_ref) == (15 * 6_000, session.get_one(Voucher, ending.voucher_id).ref)
    assert found.later_fen == found.now_fen + (add_months(today(), 1) - today()).days * 6_000
    how = {"bank_reference": "网银-1", "paid_on": today()}
    paid = payouts.pay(session, actor=shop.desk.officer, **how, **at)
    session.commit()
    assert paid.interest_fen == found.now_fen
    assert running(session, shop) == []
