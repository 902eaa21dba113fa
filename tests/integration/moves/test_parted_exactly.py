"""A split leaves a household at its band, also exactly on a threshold; the proofs compare as exactly."""

from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core.clock import FixedClock
from app.policies import bodies
from app.redemptions import queries as redemptions
from app.redemptions.past import pasts
from app.reports.simulation import scenario
from app.reports.simulation.book import Book
from app.reports.simulation.run import play_in
from tests.factories.coming_back import WAN, proved
from tests.factories.endings import approve, ask, pay
from tests.factories.moves import carry_out, split_of
from tests.factories.redemptions import Buyer, make_buyer, make_home, make_redemption, make_shop, redeem
from tests.factories.vouchers import make_desk

POLICY = """schema: 4
code: exact
title: 拆分后正好
source: 试
valid: {months: 12, from: issue}
bonus:
  base: spent_total
  fixed_by: lock
  tiers: [{from_month: 1, to_month: 12, slices: [{above: 0, rate: 5%}, {above: 300000, rate: 8%}]}]
usable_on: [home]
buyers: [self]
leftover: [{spent_from: 0%, rate: 50%}, {spent_from: 45%, rate: 100%}, {spent_above: 45%, rate: 0%}]
splits: {times: 3, past: parted}
merges: 3
"""
NONE = POLICY.replace(
    POLICY[POLICY.index("bonus:") : POLICY.index("usable_on")],
    "bonus: {base: spent, fixed_by: lock, tiers: []}\n",
)
PLAYED = """
scenario: 1
steps:
  - issue: {voucher: A, on: 2018-03-01, face: 1000000}
  - buy: {home: H1, voucher: A, on: 2018-03-02, price: 423000}
  - split: {voucher: A, on: 2018-03-03, into: [{voucher: B, amount: 123456.78}]}
  - buy: {home: H2, voucher: B, on: 2018-03-04, price: 100000}
"""
SPENT = "an ending of a part counts as spent what the splits made of what was spent"


def test_parts_of_a_voucher_on_a_threshold_are_paid_by_its_band(session: Session, clock: FixedClock) -> None:
    """Of 100 万 exactly 45% are spent; split off is what makes no whole fen of it."""
    shop = make_shop(session, desk=make_desk(session, policy=NONE))
    owner = make_buyer(session, shop.desk, faces=(100 * WAN,))
    redeem(session, shop, make_redemption(session, owner, make_home(session, shop, voucher_fen=45 * WAN)))
    a, b = carry_out(session, shop.desk, owner.actor, split_of(owner.vouchers[0], 12_345_678))
    a, c = carry_out(session, shop.desk, owner.actor, split_of(a, 7_777_777))
    clock.advance(timedelta(hours=1))
    asked = [ask(session, Buyer(owner.actor, owner.household, [one])) for one in (a, b, c)]
    assert [one.paid_fen for one in asked] == [55 * WAN - 12_345_678 - 7_777_777, 12_345_678, 7_777_777]
    assert {one.shown["spent"] for one in asked} == {"exact"}
    assert ["rest" in one.shown for one in asked] == [False, True, True]
    for one in asked:
        pay(session, shop.desk, approve(session, shop.desk, one))
    proved(session)
    session.execute(text("UPDATE allocations SET spent_fen = spent_fen + 1"))
    broken = [one for one in redemptions.verify(session) if one.rule == SPENT]
    assert len(broken) == 3, "a fen more of what was spent is less than one of it with each part"


def test_slices_of_all_that_is_spent_are_taken_in_small_as_played(session: Session) -> None:
    """40 of 100 万 earned 2.3 万; whatever a part spends next is beyond the first 30 万: 8%."""
    shop = make_shop(session, desk=make_desk(session, policy=POLICY))
    owner = make_buyer(session, shop.desk, faces=(100 * WAN,))
    book = Book(bodies.parse(POLICY), scenario.read(PLAYED))
    assert [step.outcome.refused_by for step in play_in(book)] == [None] * 4
    redeem(session, shop, make_redemption(session, owner, make_home(session, shop, voucher_fen=42_300_000)))
    a, b = carry_out(session, shop.desk, owner.actor, split_of(owner.vouchers[0], 12_345_678))
    part = Buyer(owner.actor, owner.household, [b])
    bought = make_redemption(session, part, make_home(session, shop, voucher_fen=10_000_000))
    (played,) = book.homes["H2"].parts
    (mine,) = bought.allocations
    assert (mine.spent_fen, mine.bonus_fen) == (played.spent_fen, played.counted_fen)
    assert played.counted_fen == played.spent_fen * 8 // 100
    redeem(session, shop, bought)
    ids = {"A": a.id, "B": b.id}
    done = pasts(session, [*ids.values()], parted=[*ids.values()])
    for name, one in ids.items():
        counted, parted = book.counted(book.accounts[name]), done[one].parted
        assert parted is not None
        assert counted.parted is not None
        assert done[one].spent_fen == counted.spent_fen
        assert (parted.rests, parted.now) == (counted.parted.rests, counted.parted.now)
        assert (parted.size_fen, parted.earned_more_fen) == (100 * WAN, counted.parted.earned_more_fen)
    proved(session)
