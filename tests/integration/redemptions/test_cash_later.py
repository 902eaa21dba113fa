"""Bonus in cash that a day after the lock decides: promised at most, paid by its day, and proven."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.core.clock import FixedClock
from app.core.errors import Conflict
from app.ledger import queries as ledger
from app.redemptions import flows, later
from tests.factories import cash
from tests.factories.cash import (
    WAN,
    assert_proven,
    broken,
    buy_late,
    correct,
    deciding,
    lock_late,
    moved,
    owed,
    pay,
    texts,
    undo,
)
from tests.factories.redemptions import contract, verify


@pytest.mark.parametrize(
    ("event", "file_after", "check_after", "pay_after", "fen"),
    [
        ("filed", 3, 30, 30, 2 * WAN),
        ("filed", 12, 0, 0, 1_200_000),
        ("verified", 3, 0, 30, 2 * WAN),
        ("verified", 3, 30, 30, 1_200_000),
        ("paid", 0, 0, 0, 2 * WAN),
        ("paid", 0, 0, 30, 1_200_000),
    ],
)
def test_its_day_decides_what_is_paid(
    session: Session,
    clock: FixedClock,
    event: str,
    file_after: int,
    check_after: int,
    pay_after: int,
    fen: int,
) -> None:
    days = {"file_after": file_after, "check_after": check_after}
    shop, _ = buy_late(session, clock, deciding(event), **days)
    found = owed(session)
    assert (found.fen, found.decided_by, found.less_fen) == (2 * WAN, event, 0)
    (told,) = texts(session, "cash_bonus_owed")
    assert ("锁定时说的是最多 20,000 元" in told) is (later.less_now(session, found) > 0)
    assert_proven(session)
    clock.advance(timedelta(days=pay_after))
    found = pay(session, shop)
    less = 2 * WAN - fen
    assert (found.due_fen, found.less_fen, later.less_now(session, found)) == (2 * WAN, less, less)
    assert moved(session, "cash_bonus.paid") == [fen]
    assert moved(session, "cash_bonus.later") == ([less] if less else [])
    assert_proven(session)
    assert {
        "what a later day leaves of a bonus in cash is what its quote said of that day",
        "what a payment of a bonus in cash is less moves with it",
        "no more is paid in cash than the present price brings",
    } <= broken(session, "UPDATE cash_bonuses SET less_fen = less_fen + 1")
    forgotten = "decided_by = NULL, decided_on = NULL, counted_on = NULL, less_fen = 0"
    rules = broken(session, f"UPDATE cash_bonuses SET {forgotten}")
    assert "a bonus in cash is decided by the day that its quote said" in rules


@pytest.mark.parametrize("event", ["filed", "verified", "paid"])
@pytest.mark.parametrize(("first", "second"), [("5000", "8000"), ("8000", "5000")])
def test_the_caps_are_those_of_the_tier_of_its_day(
    session: Session, clock: FixedClock, event: str, first: str, second: str
) -> None:
    policy = deciding(event)
    for rate, yuan in (("5%", first), ("3%", second)):
        policy = policy.replace(f"rate: {rate}}}", f"rate: {rate}, caps: [{{of: home, yuan: {yuan}}}]}}")
    shop, locked = lock_late(session, clock, policy)
    assert_proven(session)
    more = "cash_fen = 800001, cash_bonuses = jsonb_set(cash_bonuses, '{bonus}', '800001')"
    rules = broken(session, f"UPDATE allocations SET {more}")
    assert "no purchase earns more than the caps of its tier" in rules
    clock.advance(timedelta(days=12))
    contract(session, shop, locked)
    verify(session, shop, locked)
    assert owed(session).fen == 800_000
    paid = pay(session, shop)
    assert paid.fen - paid.less_fen == int(second) * 100
    assert_proven(session)


def test_after_the_last_tier_nothing_is_owed(session: Session, clock: FixedClock) -> None:
    buy_late(session, clock, deciding("verified"), file_after=3, check_after=400)
    found = owed(session)
    assert (found.state, found.less_fen, found.back_transfer_id is None) == ("taken_back", 0, False)
    assert moved(session, "cash_bonus.back") == [2 * WAN]
    (told,) = texts(session, "cash_bonus_lost")
    assert "最多另发现金奖励 20,000 元" in told
    assert texts(session, "cash_bonus_owed") == []
    assert_proven(session)
    rules = broken(session, "UPDATE cash_bonuses SET decided_on = decided_on - 300")
    assert "a bonus in cash is taken back with its purchase" in rules


def test_what_was_lost_goes_back_no_second_time_once_the_home_costs_less(
    session: Session, clock: FixedClock
) -> None:
    shop, redemption = buy_late(session, clock, deciding("verified"), file_after=3, check_after=400)
    correct(session, shop, redemption, 30 * WAN)
    assert (moved(session, "cash_bonus.back"), moved(session, "cash_bonus.less")) == ([2 * WAN], [])
    known = {"district_id": redemption.district_id, "kind": "household_payable"}
    assert ledger.control_balance(session, **known) == 0
    assert_proven(session)
    undo(session, shop, redemption)
    assert ledger.control_balance(session, **known) == 0
    assert_proven(session)


def test_what_nothing_is_left_of_cannot_be_paid(session: Session, clock: FixedClock) -> None:
    shop, _ = buy_late(session, clock, deciding("paid"))
    clock.advance(timedelta(days=400))
    with pytest.raises(Conflict, match="cash_bonus_nothing"):
        pay(session, shop)
    session.rollback()
    assert_proven(session)


def test_what_no_payment_brings_any_more_ends_with_a_word_to_the_household(
    session: Session, clock: FixedClock
) -> None:
    """The payment's day decides; after the last tier nothing is left of it, and nobody waits for it."""
    buy_late(session, clock, deciding("paid"))
    assert flows.end_too_late(session) == []
    assert (owed(session).state, moved(session, "cash_bonus.back")) == ("owed", [])
    clock.advance(timedelta(days=400))
    assert flows.end_too_late(session) == []
    session.expire_all()
    assert (owed(session).state, moved(session, "cash_bonus.back")) == ("taken_back", [2 * WAN])
    (told,) = texts(session, "cash_bonus_lost")
    assert "20,000 元" in told
    assert texts(session, "cash_bonus_taken_back") == []
    assert_proven(session)
    assert flows.end_too_late(session) == []
    assert moved(session, "cash_bonus.back") == [2 * WAN]
    first = "(SELECT min(pending_id) FROM ledger_transfers)"
    rules = broken(session, f"UPDATE cash_bonuses SET back_transfer_id = {first}")
    assert "a bonus in cash is taken back with its purchase" in rules


def test_one_that_the_bank_may_be_paying_waits_for_the_checker(session: Session, clock: FixedClock) -> None:
    shop, _ = buy_late(session, clock, deciding("paid"))
    cash.order(session, shop)
    clock.advance(timedelta(days=400))
    assert flows.end_too_late(session) == []
    assert owed(session).state == "approved"
    cash.send_back(session, shop)
    assert flows.end_too_late(session) == []
    session.expire_all()
    assert owed(session).state == "taken_back"
    assert_proven(session)


def test_a_purchase_that_is_undone_takes_back_what_was_promised(session: Session, clock: FixedClock) -> None:
    shop, redemption = buy_late(session, clock, deciding("verified"), file_after=3, check_after=30)
    undo(session, shop, redemption)
    assert (owed(session).state, moved(session, "cash_bonus.back")) == ("taken_back", [2 * WAN])
    assert_proven(session)
