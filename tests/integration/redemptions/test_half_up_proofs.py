"""Of what is rounded half up `flask ledger verify` names a row that is a fen off, and none that is right.

The sums lie half a step from the next: so half a step is all that rounding may bring, and a fen is too much.
"""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import FixedClock
from app.redemptions.models import Allocation
from tests.factories.cash import (
    WAN,
    assert_proven,
    bearing,
    broken,
    buy,
    buy_late,
    correct,
    deciding,
    owed,
    pay,
)
from tests.factories.policies import with_bonus
from tests.factories.redemptions import make_buyer, make_home, make_redemption, make_shop, redeem
from tests.factories.vouchers import make_desk

EARNED = "a bonus is what the voucher's policy gave that day"
SEVERAL = "no bonus of several is more than its tier pays"
CAPPED = "a voucher earns no more than its policy's caps"
ONCE = "what is earned once by the agreements of a household is, whoever holds their vouchers"
BEYOND = "interest beyond the lock is what the policy bears on what was spent"
AS_SAID = "what a later day leaves of a bonus in cash is what its quote said of that day"
AT_LESS = "what a later day leaves of a bonus in cash at a lower price is what its policy says of that day"


def bonus_of(base: str, word: str, more: str = "") -> str:
    """Return a policy with 10% of a base, rounded by a word."""
    said = f"base: {base}, fixed_by: lock, rounding: {word}{more}"
    return with_bonus(f"bonus: {{{said}, tiers: [{{from_month: 1, to_month: 18, rate: 10%}}]}}\n")


def buy_dear(session: Session, policy: str, face_fen: int) -> Allocation:
    """Return what a voucher that is spent whole gives for a home of twice its face."""
    shop = make_shop(session, desk=make_desk(session, policy=policy))
    buyer = make_buyer(session, shop.desk, faces=(face_fen,))
    home = make_home(session, shop, voucher_fen=2 * face_fen)
    redeem(session, shop, make_redemption(session, buyer, home))
    return session.scalars(select(Allocation)).one()


def doctored(session: Session, column: str, fen: int, table: str = "allocations") -> set[str]:
    return broken(session, f"UPDATE {table} SET {column} = {column} + {fen}")


@pytest.mark.parametrize(
    ("word", "face_fen", "bonus_fen"),
    [
        ("nearest_yuan", 60_000_500, 6_000_100),
        ("nearest_yuan", 60_000_490, 6_000_000),
        ("nearest_ten_yuan", 60_005_000, 6_001_000),
        ("nearest_ten_yuan", 60_004_990, 6_000_000),
        ("nearest_hundred_yuan", 60_050_000, 6_010_000),
        ("nearest_hundred_yuan", 60_049_990, 6_000_000),
    ],
)
def test_of_a_bonus(session: Session, word: str, face_fen: int, bonus_fen: int) -> None:
    found = buy_dear(session, bonus_of("spent", word), face_fen)
    assert (found.spent_fen, found.bonus_fen) == (face_fen, bonus_fen)
    assert_proven(session)
    step = {"nearest_yuan": 100, "nearest_ten_yuan": 1_000, "nearest_hundred_yuan": 10_000}[word]
    for fen in (1, -1, step, -step):
        assert EARNED in doctored(session, "bonus_fen", fen), fen


@pytest.mark.parametrize("word", ["fen", "yuan"])
def test_of_a_bonus_that_is_rounded_down(session: Session, word: str) -> None:
    found = buy_dear(session, bonus_of("spent", word), 60_000_990)
    assert found.bonus_fen == (6_000_000 if word == "yuan" else 6_000_099)
    assert_proven(session)
    step = 100 if word == "yuan" else 1
    for fen in (1, -1, step, -step):
        assert EARNED in doctored(session, "bonus_fen", fen), fen


def test_of_one_bonus_of_several(session: Session) -> None:
    """Both are rounded; the one of the price alone is a fen more than half a step brings."""
    one = "{from_month: 1, to_month: 18, rate: 10%}"
    policy = with_bonus(
        "bonus:\n"
        f"  - {{base: spent, fixed_by: lock, rounding: nearest_hundred_yuan, tiers: [{one}]}}\n"
        f"  - {{base: price, fixed_by: lock, rounding: nearest_hundred_yuan, tiers: [{one}]}}\n"
    )
    found = buy_dear(session, policy, 60_050_000)
    assert found.bonuses == {"bonus[0]": 6_010_000, "bonus[1]": 12_010_000}
    assert_proven(session)
    more = "UPDATE allocations SET bonuses = jsonb_set(bonuses, '{bonus[0]}', '6010001')"
    assert SEVERAL in broken(session, more)


def test_of_the_most_that_a_voucher_earns(session: Session) -> None:
    found = buy_dear(session, bonus_of("face", "nearest_hundred_yuan"), 60_050_000)
    assert found.bonus_fen == 6_010_000
    assert_proven(session)
    assert CAPPED in doctored(session, "bonus_fen", 1)


def test_of_what_is_earned_once(session: Session) -> None:
    found = buy_dear(session, bonus_of("compensation", "nearest_hundred_yuan"), 60_050_000)
    assert found.bonus_fen == 6_010_000
    assert_proven(session)
    assert ONCE in doctored(session, "bonus_fen", 1)


@pytest.mark.parametrize(("word", "step"), [("nearest_yuan", 100), ("nearest_ten_yuan", 1_000)])
def test_of_interest_that_runs_on(session: Session, clock: FixedClock, word: str, step: int) -> None:
    policy = bearing("paid").replace("paid: cash", f"paid: cash\n  rounding: {word}")
    shop, _ = buy(session, clock, policy, lock_after=10, file_after=3, voucher_fen=40 * WAN + 123_456)
    clock.advance(timedelta(days=5))
    found = pay(session, shop)
    assert found.interest_fen > 0
    assert (found.fen + found.interest_fen) % step == 0
    assert_proven(session)
    for fen in (1, -1, step, -step):
        assert BEYOND in doctored(session, "interest_fen", fen, "cash_bonuses"), fen


@pytest.mark.parametrize("price_fen", [None, 30 * WAN + 12_345])
def test_of_what_a_later_day_leaves(session: Session, clock: FixedClock, price_fen: int | None) -> None:
    policy = deciding("verified").replace("paid: cash", "paid: cash\n  rounding: nearest_hundred_yuan")
    shop, purchase = buy_late(session, clock, policy, check_after=30)
    if price_fen is not None:
        correct(session, shop, purchase, price_fen)
    found = pay(session, shop)
    assert found.less_fen > 0
    assert (found.due_fen - found.less_fen) % 10_000 == 0
    assert_proven(session)
    rule = AS_SAID if price_fen is None else AT_LESS
    for fen in (1, -1, 10_000, -10_000):
        assert rule in doctored(session, "less_fen", fen, "cash_bonuses"), fen
    assert owed(session).less_fen == found.less_fen
