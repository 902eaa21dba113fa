"""Bonus in cash that the day of its payment decides: one that came back, and a midnight in between."""

from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import FixedClock, today
from app.core.errors import Conflict
from app.notices import words
from app.redemptions import cash as service
from app.redemptions import flows, later, queries
from app.redemptions.cash_models import CashBonus
from tests.factories import cash
from tests.factories.cash import WAN, assert_proven, broken, buy_late, deciding, moved, owed, pay, texts
from tests.factories.midnight import at_every_look

FIRST = "the first payment of a bonus in cash goes on deciding what is paid of it"


@pytest.mark.parametrize(
    ("paid_after", "again_after", "fen"), [(0, 30, 2 * WAN), (0, 400, 2 * WAN), (30, 400, 1_200_000)]
)
def test_a_payment_that_came_back_is_owed_by_its_own_day(
    session: Session, clock: FixedClock, paid_after: int, again_after: int, fen: int
) -> None:
    """The household did nothing late: neither the next tier, nor the end of the last one, takes anything."""
    shop, _ = buy_late(session, clock, deciding("paid"))
    clock.advance(timedelta(days=paid_after))
    pay(session, shop)
    clock.advance(timedelta(days=again_after))
    cash.come_back(session, shop)
    assert (owed(session).less_fen, owed(session).due_fen) == (0, 2 * WAN)
    less = [2 * WAN - fen] if fen < 2 * WAN else []
    assert moved(session, "cash_bonus.later_back") == less
    assert flows.end_too_late(session) == []
    session.expire_all()
    assert owed(session).state == "owed"
    assert texts(session, "cash_bonus_lost") == []
    assert_proven(session)
    cash.order(session, shop)
    cash.send_back(session, shop, "账号少一位")
    assert flows.end_too_late(session) == []
    pay(session, shop, "网银-2")
    assert moved(session, "cash_bonus.paid") == [fen, fen]
    assert_proven(session)
    assert FIRST in broken(session, "UPDATE cash_bonuses SET counted_on = paid_on + 1")


def test_an_order_that_was_approved_in_time_is_noted_as_the_bank_carried_it_out(
    session: Session, clock: FixedClock
) -> None:
    """The bank pays what the order says, on whatever day it does."""
    shop, _ = buy_late(session, clock, deciding("paid"))
    cash.order(session, shop)
    approved_on = today()
    assert_proven(session)
    assert FIRST in broken(session, "UPDATE cash_bonuses SET counted_on = counted_on + 1")
    clock.advance(timedelta(days=400))
    assert later.less_now(session, owed(session)) == 0
    cash.carried_out(session, shop)
    assert moved(session, "cash_bonus.paid") == [2 * WAN]
    (told,) = texts(session, "cash_bonus_paid")
    assert f"按批准付款那天（{words.named_day(approved_on)}）算" in told
    assert_proven(session)
    cash.come_back(session, shop)
    assert flows.end_too_late(session) == []
    session.expire_all()
    assert owed(session).state == "owed"
    assert_proven(session)
    assert FIRST in broken(session, "UPDATE cash_bonuses SET counted_on = NULL")


def until_the_tiers_last_day(session: Session, clock: FixedClock, bonus: CashBonus) -> None:
    """Let days pass until the next one leaves less."""
    while later.less_on(session, bonus, today() + timedelta(days=1)) == 0:
        clock.advance(timedelta(days=1))


def test_a_page_from_before_midnight_approves_no_sum_of_the_next_tier(
    session: Session, clock: FixedClock
) -> None:
    """5% are shown on the first tier's last day, 3% paid from midnight on: the checker sees them first."""
    shop, _ = buy_late(session, clock, deciding("paid"))
    checker, found = shop.desk.checker, cash.prepare(session, shop)
    seen, due_fen = later.mark_of(session, found), found.due_fen
    until_the_tiers_last_day(session, clock, found)
    assert later.mark_of(session, found) == seen, "another day with the same sum"
    clock.advance(timedelta(days=1))
    with pytest.raises(Conflict, match="cash_bonus_sum_changed"):
        service.approve(session, actor=checker, ref=found.ref, seen=seen)
    session.rollback()
    now = later.mark_of(session, found)
    service.approve(session, actor=checker, ref=found.ref, seen=now)
    session.commit()
    clock.advance(timedelta(days=300))
    assert later.mark_of(session, found) == now, "the day of the order decides, whenever the bank pays"
    assert due_fen - later.less_now(session, found) == 1_200_000
    assert queries.verify(session) == []


def test_no_midnight_within_an_approval_pays_what_its_page_did_not_show(
    session: Session, clock: FixedClock
) -> None:
    """At whatever look at the clock midnight comes: the sum is the one that was shown, or it is refused."""
    shop, _ = buy_late(session, clock, deciding("paid"))
    found = cash.prepare(session, shop)
    until_the_tiers_last_day(session, clock, found)
    seen, shown_fen = later.mark_of(session, found), found.due_fen - later.less_now(session, found)

    def approve(inner: Session) -> None:
        with suppress(Conflict), inner.begin_nested():
            service.approve(inner, actor=shop.desk.checker, ref=found.ref, seen=seen)

    outcomes = set()
    for inner in at_every_look(session, clock, approve):
        bonus = inner.scalars(select(CashBonus)).one()
        outcomes.add(bonus.state)
        if bonus.state == "approved":
            assert bonus.due_fen - later.less_now(inner, bonus) == shown_fen
        assert queries.verify(inner) == []
    assert outcomes == {"prepared", "approved"}
