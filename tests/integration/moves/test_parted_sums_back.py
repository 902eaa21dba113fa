"""What comes back of what was earned goes with the money after a split, to the fen as it is played."""

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
from app.vouchers.models import Voucher
from app.vouchers.queries import purses
from tests.factories.coming_back import WAN, cheaper, end, proved
from tests.factories.moves import carry_out, merge_of, split_of
from tests.factories.redemptions import Buyer, Shop, make_buyer, make_home, make_redemption, make_shop, redeem
from tests.factories.vouchers import make_desk

HEAD = """schema: 4
code: back
title: 拆分后退回
source: 试
valid: {months: 12, from: issue}
usable_on: [home]
buyers: [self]
splits: {times: 3, past: parted}
merges: 3
"""
_TENTH = "tiers: [{from_month: 1, to_month: 12, rate: 10%}]"
OF_FACE = HEAD + f"bonus: {{base: face, fixed_by: lock, {_TENTH}}}\n"
SEVERAL = HEAD + (
    f"bonus: [{{base: face, fixed_by: lock, {_TENTH}}}, {{base: spent, fixed_by: lock, {_TENTH}}},\n"
    "  {base: fixed, per: voucher, paid: cash, fixed_by: lock,"
    " tiers: [{from_month: 1, to_month: 12, yuan: 3000}]}]\n"
    "bonus_caps: [{of: voucher, yuan: 150000}]\n"
)
PLAYED = """
scenario: 1
steps:
  - issue: {voucher: A, on: 2018-03-01, face: 1000000}
  - buy: {home: H1, voucher: A, on: 2018-03-02, price: 300000}
  - buy: {home: H2, voucher: A, on: 2018-03-02, price: 400000}
  - split: {voucher: A, on: 2018-03-03, into: [{voucher: B, amount: 80000}]}
  - split: {voucher: A, on: 2018-03-03, into: [{voucher: C, amount: 3333.33}]}
  - merge: {vouchers: [A, B], on: 2018-03-03, into: M}
  - split: {voucher: M, on: 2018-03-03, into: [{voucher: D, amount: 123456.78}]}
  - cancel: {home: H1, on: 2018-03-04}
"""


def bought(session: Session, shop: Shop, owner: Buyer, voucher: Voucher, fen: int) -> Redemption:
    own = Buyer(owner.actor, owner.household, [session.get_one(Voucher, voucher.id)])
    return redeem(session, shop, make_redemption(session, own, make_home(session, shop, voucher_fen=fen)))


def test_a_bonus_of_the_face_is_earned_again_with_what_came_back(session: Session, clock: FixedClock) -> None:
    """Of 100 万 60 are spent, 30 of 40 split off and the home is given back: all 10 万 are earned again."""
    shop = make_shop(session, desk=make_desk(session, policy=OF_FACE))
    owner = make_buyer(session, shop.desk, faces=(100 * WAN,))
    home = bought(session, shop, owner, owner.vouchers[0], 70 * WAN)
    stays, part = carry_out(session, shop.desk, owner.actor, split_of(owner.vouchers[0], 30 * WAN))
    clock.advance(timedelta(hours=1))
    end(session, shop, owner, home, Kind.REJECT)
    last = [bought(session, shop, owner, one, 90 * WAN) for one in (part, stays)]
    assert [(one.allocations[0].spent_fen, one.allocations[0].bonus_fen) for one in last] == [
        (30 * WAN, 0),
        (70 * WAN, 10 * WAN),
    ]
    proved(session)
    doctored = "UPDATE allocations SET bonus_fen = 100, bonus_transfer_id = transfer_id WHERE bonus_fen = 0"
    session.execute(text(doctored))
    rule = "what came of one voucher earns no more of its face than the policy has for one"
    assert rule in {one.rule for one in redemptions.verify(session)}


def test_what_was_earned_goes_through_splits_and_merges_as_it_is_played(
    session: Session, clock: FixedClock
) -> None:
    shop = make_shop(session, desk=make_desk(session, policy=SEVERAL))
    owner = make_buyer(session, shop.desk, faces=(100 * WAN,))
    book = Book(bodies.parse(SEVERAL), scenario.read(PLAYED))
    assert [step.outcome.refused_by for step in play_in(book)] == [None] * 8
    first, _second = [bought(session, shop, owner, owner.vouchers[0], fen * WAN) for fen in (30, 40)]
    a, b = carry_out(session, shop.desk, owner.actor, split_of(owner.vouchers[0], 8 * WAN))
    a, c = carry_out(session, shop.desk, owner.actor, split_of(a, 333_333))
    (m,) = carry_out(session, shop.desk, owner.actor, merge_of(a, b))
    m, d = carry_out(session, shop.desk, owner.actor, split_of(m, 12_345_678))
    clock.advance(timedelta(hours=1))
    end(session, shop, owner, first, Kind.REJECT)
    ids = {"C": c.id, "M": m.id, "D": d.id}
    mine = pasts(session, [*ids.values()], parted=[*ids.values()])
    for name, one in ids.items():
        played = book.counted(book.accounts[name])
        assert (mine[one].spent_fen, mine[one].earned_fen, mine[one].parted) == (
            *(played.spent_fen, played.earned_fen, played.parted),
        )
        assert [own for own in mine[one].each if own[1]] == [
            (path, own_fen, all_fen)
            for (path, own_fen, _none), (_path, _own, all_fen) in zip(
                played.each, mine[one].each, strict=True
            )
            if own_fen
        ]
    (counted,) = purses(session, [session.get_one(Voucher, m.id)])
    assert counted.own_face_fen + counted.parted_fen == book.counted_face(book.accounts["M"])
    proved(session)


def test_a_home_that_costs_less_gives_back_as_much_as_all_parts_count_less(
    session: Session, clock: FixedClock
) -> None:
    shop = make_shop(session, desk=make_desk(session, policy=SEVERAL))
    owner = make_buyer(session, shop.desk, faces=(100 * WAN,))
    first, second = [bought(session, shop, owner, owner.vouchers[0], fen * WAN) for fen in (30, 40)]
    made = carry_out(session, shop.desk, owner.actor, split_of(owner.vouchers[0], 8 * WAN))
    ids = [one.id for one in made]
    before = pasts(session, ids, parted=ids)
    for home, less_fen in ((first, 11 * WAN), (second, 7 * WAN), (first, 3 * WAN)):
        clock.advance(timedelta(hours=1))
        cheaper(session, shop, home, less_fen)
    end(session, shop, owner, second, Kind.REJECT)
    after = pasts(session, ids, parted=ids)
    stays, part = ids
    earned = session.execute(text("SELECT sum(bonus_fen - bonus_back_fen) FROM allocations")).scalar_one()
    # To the fen with the part, as nothing of it came back there; and all that came back with what stays.
    assert after[part].earned_fen == before[part].earned_fen
    own = [[(path, fen) for path, fen, _all in one[part].each] for one in (before, after)]
    assert own[0] == own[1] != []
    assert int(earned) <= after[stays].earned_fen + after[part].earned_fen <= int(earned) + 2
    proved(session)
