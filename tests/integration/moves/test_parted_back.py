"""Money that comes back after a split parted the past: the parts stand where the voucher unsplit would."""

from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core.clock import FixedClock
from app.policies import bodies
from app.redemptions import queries as redemptions
from app.redemptions.change_states import Kind
from app.redemptions.models import Redemption
from app.redemptions.past import pasts
from app.reports.simulation import scenario
from app.reports.simulation.book import Book
from app.reports.simulation.run import play_in
from app.vouchers import lapses
from app.vouchers.coming_back import due_of
from app.vouchers.ending_queries import outlook
from app.vouchers.ending_states import Kind as Ending
from app.vouchers.models import Voucher
from app.vouchers.queries import purses
from tests.factories.coming_back import WAN, end, newest, proved
from tests.factories.endings import approve, ask, pay
from tests.factories.moves import carry_out, merge_of, split_of
from tests.factories.redemptions import Buyer, Shop, make_buyer, make_home, make_redemption, make_shop, redeem
from tests.factories.vouchers import make_desk

POLICY = """schema: 4
code: back
title: 拆分后退回
source: 试
valid: {months: 12, from: issue}
bonus: {base: spent, fixed_by: lock, tiers: []}
usable_on: [home]
buyers: [self]
leftover: [{spent_from: 0%, rate: 50%}, {spent_from: 44.99%, rate: 100%}, {spent_from: 45.01%, rate: 0%}]
splits: {times: 3, past: parted}
merges: 3
"""
PLAYED = """
scenario: 1
steps:
  - issue: {voucher: A, on: 2018-03-01, face: 1000000}
  - issue: {voucher: Z, on: 2018-03-01, face: 300000}
  - buy: {home: H1, voucher: A, on: 2018-03-02, price: 450000}
  - buy: {home: H2, voucher: A, on: 2018-03-02, price: 450000}
  - split: {voucher: A, on: 2018-03-03, into: [{voucher: B, amount: 80000}]}
  - split: {voucher: A, on: 2018-03-03, into: [{voucher: C, amount: 3333.33}]}
  - merge: {vouchers: [A, Z], on: 2018-03-03, into: M}
  - split: {voucher: M, on: 2018-03-03, into: [{voucher: D, amount: 123456.78}]}
  - cancel: {home: H2, on: 2018-03-04}
"""
BOTH = """
scenario: 1
steps:
  - issue: {voucher: A, on: 2018-03-01, face: 1000000}
  - buy: {home: H1, voucher: A, on: 2018-03-02, price: 300000}
  - buy: {home: H2, voucher: A, on: 2018-03-02, price: 300000}
  - buy: {home: H3, voucher: A, on: 2018-03-02, price: 300000}
  - split: {voucher: A, on: 2018-03-03, into: [{voucher: B, amount: 80000}]}
  - cancel: {home: H2, on: 2018-03-04}
  - payout: {voucher: A, on: 2018-03-05}
  - cancel: {home: H3, on: 2018-03-06}
"""
LEFTOVER = "[{spent_from: 0%, rate: 50%}, {spent_from: 44.99%, rate: 100%}, {spent_from: 45.01%, rate: 0%}]"
FALLING = "[{spent_from: 0%, rate: 70%}, {spent_from: 45%, rate: 50%}]"
SPENT = "an ending of a part counts as spent what the splits made of what was spent"


def bought(session: Session, shop: Shop, owner: Buyer, fen: int, *, place: int = 0) -> Redemption:
    own = Buyer(owner.actor, owner.household, owner.vouchers[place : place + 1])
    return redeem(session, shop, make_redemption(session, own, make_home(session, shop, voucher_fen=fen)))


def test_a_home_given_back_after_a_split_moves_all_parts_as_the_voucher(
    session: Session, clock: FixedClock
) -> None:
    """Of 100 万 two homes of 45 万 and 8 of 10 万 split off: 45% are spent with each part, and not 16%."""
    shop = make_shop(session, desk=make_desk(session, policy=POLICY))
    owner = make_buyer(session, shop.desk, faces=(100 * WAN,))
    _first, second = [bought(session, shop, owner, 45 * WAN) for _ in range(2)]
    made = carry_out(session, shop.desk, owner.actor, split_of(owner.vouchers[0], 8 * WAN))
    clock.advance(timedelta(hours=1))
    end(session, shop, owner, second, Kind.REJECT)
    counted = purses(session, [session.get_one(Voucher, one.id) for one in made])
    assert [one.own_face_fen + one.parted_fen for one in counted] == [85_454_545, 14_545_454]
    assert [one.available_fen for one in counted] == [47 * WAN, 8 * WAN]
    found = [outlook(session, session.get_one(Voucher, one.id), Ending.PAYOUT).parts.paid_fen for one in made]
    assert found == [47 * WAN, 8 * WAN]
    for voucher in made:
        pay(
            session,
            shop.desk,
            approve(session, shop.desk, ask(session, Buyer(owner.actor, owner.household, [voucher]))),
        )
    proved(session)
    session.execute(text("UPDATE allocations SET spent_fen = spent_fen - 100 WHERE back_fen = 0"))
    assert SPENT in {one.rule for one in redemptions.verify(session)}


def test_what_follows_through_splits_and_merges_counts_as_it_is_played(
    session: Session, clock: FixedClock
) -> None:
    shop = make_shop(session, desk=make_desk(session, policy=POLICY))
    owner = make_buyer(session, shop.desk, faces=(100 * WAN, 30 * WAN))
    book = Book(bodies.parse(POLICY), scenario.read(PLAYED))
    assert [step.outcome.refused_by for step in play_in(book)] == [None] * 9
    _first, second = [bought(session, shop, owner, 45 * WAN) for _ in range(2)]
    a, b = carry_out(session, shop.desk, owner.actor, split_of(owner.vouchers[0], 8 * WAN))
    a, c = carry_out(session, shop.desk, owner.actor, split_of(a, 333_333))
    (m,) = carry_out(session, shop.desk, owner.actor, merge_of(a, owner.vouchers[1]))
    m, d = carry_out(session, shop.desk, owner.actor, split_of(m, 12_345_678))
    clock.advance(timedelta(hours=1))
    end(session, shop, owner, second, Kind.REJECT)
    ids = {"B": b.id, "C": c.id, "M": m.id, "D": d.id}
    mine = pasts(session, [*ids.values()], parted=[*ids.values()])
    for name, one in ids.items():
        played = book.counted(book.accounts[name])
        assert (mine[one].spent_fen, mine[one].kinds, mine[one].parted) == (
            *(played.spent_fen, played.kinds, played.parted),
        )
        asked = ask(session, Buyer(owner.actor, owner.household, [session.get_one(Voucher, one)]))
        assert (asked.face_fen, asked.spent_fen) == (
            book.counted_face(book.accounts[name]),
            played.spent_fen,
        )
    proved(session)


def test_what_came_back_before_and_after_an_ending_is_paid_as_if_unsplit(
    session: Session, clock: FixedClock
) -> None:
    """Of three homes of 30 万 one goes back before the payout, at 60%, and one after it, which leaves 30%."""
    policy = POLICY.replace(LEFTOVER, FALLING)
    shop = make_shop(session, desk=make_desk(session, policy=policy))
    owner = make_buyer(session, shop.desk, faces=(100 * WAN,))
    _first, second, third = [bought(session, shop, owner, 30 * WAN) for _ in range(3)]
    stays, _part = carry_out(session, shop.desk, owner.actor, split_of(owner.vouchers[0], 8 * WAN))
    clock.advance(timedelta(hours=1))
    end(session, shop, owner, second, Kind.REJECT)
    asked = ask(session, Buyer(owner.actor, owner.household, [stays]))
    assert asked.paid_fen == 16 * WAN
    pay(session, shop.desk, approve(session, shop.desk, asked))
    clock.advance(timedelta(hours=1))
    end(session, shop, owner, third, Kind.REJECT)
    lapses.lapse_due(session)
    session.commit()
    due = due_of(newest(session))
    assert due is not None
    # 70% of 62 万, of which 16 were paid.
    assert due.fen == 27_400_000
    book = Book(bodies.parse(policy), scenario.read(BOTH))
    last = play_in(book)[-1].outcome
    assert [line.fen for line in last.lines if line.of == "by_the_ending"] == [27_400_000]
    proved(session)
