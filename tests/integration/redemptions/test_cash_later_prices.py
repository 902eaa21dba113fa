"""Bonus in cash that a later day decides, of a home whose price is corrected after the write-off."""

import pytest
from sqlalchemy.orm import Session

from app.core.clock import FixedClock
from app.core.errors import Conflict
from app.ledger import queries as ledger
from app.redemptions import later
from app.redemptions.service import changes
from app.web.change_money import lines
from tests.factories import cash
from tests.factories.cash import (
    WAN,
    assert_proven,
    broken,
    buy_late,
    correct,
    deciding,
    moved,
    owed,
    pay,
    undo,
)

AS_SAID = "what a later day leaves of a bonus in cash is what its quote said of that day"
AT_LESS = "what a later day leaves of a bonus in cash at a lower price is what its policy says of that day"


def test_what_a_lower_price_leaves_nothing_of_is_owed_no_more(session: Session, clock: FixedClock) -> None:
    """The later tier asks for 60% of the face: 40 of 60 万 are, 30 are not."""
    policy = deciding("verified").replace("rate: 3%}", "rate: 3%, least_spent: 60%}")
    shop, purchase = buy_late(session, clock, policy, check_after=30)
    assert (owed(session).state, later.less_now(session, owed(session))) == ("owed", 800_000)
    correct(session, shop, purchase, 36 * WAN)
    assert (owed(session).state, moved(session, "cash_bonus.back")) == ("owed", [])
    assert_proven(session)
    correct(session, shop, purchase, 30 * WAN)
    assert (owed(session).state, owed(session).due_fen) == ("taken_back", 1_500_000)
    assert moved(session, "cash_bonus.less") == [200_000, 300_000]
    assert moved(session, "cash_bonus.back") == [1_500_000]
    assert_proven(session)
    correct(session, shop, purchase, 20 * WAN)
    undo(session, shop, purchase)
    known = {"district_id": purchase.district_id, "kind": "household_payable"}
    assert ledger.control_balance(session, **known) == 0
    assert moved(session, "cash_bonus.back") == [1_500_000]
    assert_proven(session)


@pytest.mark.parametrize("event", ["verified", "paid"])
def test_of_a_lower_price_the_day_leaves_its_own_share(
    session: Session, clock: FixedClock, event: str
) -> None:
    shop, redemption = buy_late(session, clock, deciding(event), file_after=3, check_after=30)
    correct(session, shop, redemption, 30 * WAN)
    assert (owed(session).due_fen, later.less_now(session, owed(session))) == (1_500_000, 600_000)
    assert_proven(session)
    pay(session, shop)
    assert moved(session, "cash_bonus.paid") == [900_000]
    assert_proven(session)
    with pytest.raises(Conflict, match="cash_bonus_paid_out"):
        correct(session, shop, redemption, 20 * WAN)
    session.rollback()
    for wrong in ("fen", "less_fen - 1", "less_fen + 1"):
        rules = broken(session, f"UPDATE cash_bonuses SET less_fen = {wrong}")
        assert (AT_LESS in rules, AS_SAID in rules) == (True, wrong == "fen"), wrong
    rules = broken(session, "UPDATE cash_bonuses SET less_fen = 0")
    assert {AT_LESS, AS_SAID} <= rules, "less than at the price of the lock it never brings"


@pytest.mark.parametrize("base", ["spent", "price\n  without_vat: 5%\n  rounding: yuan"])
def test_a_fen_of_another_day_at_a_lower_price_is_found(
    session: Session, clock: FixedClock, base: str
) -> None:
    policy = deciding("verified").replace("base: spent", f"base: {base}")
    shop, purchase = buy_late(session, clock, policy, check_after=30)
    correct(session, shop, purchase, 30 * WAN + 12_345)
    pay(session, shop)
    assert_proven(session)
    assert AT_LESS in broken(session, "UPDATE cash_bonuses SET less_fen = less_fen - 1")


def test_the_page_of_a_correction_says_what_is_paid_then_and_not_the_promise(
    session: Session, clock: FixedClock
) -> None:
    """Of 20,000 that were promised the day of the write-off leaves 12,000; at 30 万 of 15,000 9,000."""
    shop, redemption = buy_late(session, clock, deciding("verified"), file_after=3, check_after=30)
    change = cash.propose(session, shop, redemption, 30 * WAN)
    shown = changes.foresee(session, change, redemption)
    (row,) = [one for one in lines(session, shown, redemption, None) if "现金奖励" in one[0]]
    assert row[1:3] == ["¥12,000", "¥9,000"]
    assert "算" in row[0]


def test_a_cap_keeps_what_each_day_brings_apart(session: Session, clock: FixedClock) -> None:
    """At most 1 万 at either tier: a price that falls lessens what the later day brings alone."""
    policy = deciding("verified").replace("  tiers:", "  caps: [{of: home, yuan: 10000}]\n  tiers:")
    shop, purchase = buy_late(session, clock, policy, check_after=30)
    pay(session, shop)
    assert moved(session, "cash_bonus.paid") == [WAN]
    change = cash.propose(session, shop, purchase, 30 * WAN)
    with pytest.raises(Conflict, match="cash_bonus_paid_out"):
        cash.agree(session, shop, change)
    session.rollback()
    cash.come_back(session, shop)
    cash.agree(session, shop, change)
    pay(session, shop, "网银-2")
    assert moved(session, "cash_bonus.paid") == [WAN, 900_000]
    assert_proven(session)
