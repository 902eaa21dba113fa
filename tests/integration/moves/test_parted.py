"""Vouchers whose policy parts the past with a split count as the simulation plays them, to the fen."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.policies import bodies
from app.projects.models import Household
from app.redemptions import queries as redemptions
from app.redemptions.change_states import Kind as Correction
from app.redemptions.past import pasts
from app.redemptions.service import changes
from app.redemptions.service.wishes import Wish as Change
from app.reports.simulation import scenario
from app.reports.simulation.book import Book
from app.reports.simulation.run import play_in
from app.vouchers import endings
from app.vouchers.ending_states import Kind as Ending
from app.vouchers.models import Voucher
from app.vouchers.queries import purses
from tests.factories.endings import payee
from tests.factories.moves import actor_of, carry_out, merge_of, other_of, split_of, transfer_of
from tests.factories.redemptions import Buyer, Shop, make_buyer, make_home, make_redemption, make_shop, redeem
from tests.factories.vouchers import make_desk

WAN = 1_000_000
PARTED = """schema: 4
code: parted
title: 拆分后合并计算
source: 试
valid: {months: 12, from: issue}
bonus:
  - base: face
    fixed_by: lock
    tiers: [{from_month: 1, to_month: 12, rate: 10%}]
    caps: [{of: voucher, yuan: 90000}]
  - base: spent
    fixed_by: lock
    paid: cash
    tiers: [{from_month: 1, to_month: 12, steps: [{spent_from: 0%, rate: 1%}, {spent_from: 60%, rate: 2%}]}]
usable_on: [home]
buyers: [self, spouse, parent, child]
leftover: [{spent_from: 0%, rate: 50%}, {spent_from: 60%, rate: 100%, claw_back: part}]
transfers: 2
splits: {times: 2, past: parted}
merges: 2
"""
DOCTORED = text(
    "UPDATE allocations SET bonus_transfer_id = coalesce(bonus_transfer_id, transfer_id), "
    """bonus_fen = 9000000, bonuses = '{"bonus[0]": 9000000}' WHERE voucher_id = :id"""
)
PLAYED = """
scenario: 1
steps:
  - issue: {voucher: A, on: 2018-03-01, face: 1200000}
  - issue: {voucher: B, on: 2018-03-01, face: 300000}
  - buy: {home: H1, voucher: A, on: 2018-03-02, price: 460000}
  - split: {voucher: A, on: 2018-03-03, into: [{voucher: P, amount: 200000.01}]}
  - buy: {home: H2, voucher: P, on: 2018-03-03, price: 70000}
  - merge: {vouchers: [P, B], on: 2018-03-04, into: M}
  - buy: {home: H3, voucher: M, on: 2018-03-05, price: 233333.33}
  - transfer: {voucher: M, on: 2018-03-06, to: child}
  - buy: {home: H4, voucher: M, on: 2018-03-07, price: 100000}
  - buy: {home: H5, voucher: A, on: 2018-03-07, price: 400000}
  - payout: {voucher: A, on: 2018-03-08}
"""


def bought(session: Session, shop: Shop, buyer: Buyer, voucher: Voucher, fen: int) -> None:
    """Buy a home with one voucher, to its write-off."""
    own = Buyer(buyer.actor, buyer.household, [voucher])
    redeem(session, shop, make_redemption(session, own, make_home(session, shop, voucher_fen=fen)))


def as_played(session: Session, book: Book, voucher: Voucher, name: str) -> None:
    """Compare what counts of a voucher to what counts of one of a simulation."""
    (mine,) = purses(session, [session.get_one(Voucher, voucher.id)])
    past = pasts(session, [voucher.id], parted=[voucher.id])[voucher.id]
    played = book.counted(book.accounts[name])
    assert (past.spent_fen, past.earned_fen, past.homes) == (
        played.spent_fen,
        played.earned_fen,
        played.homes,
    )
    assert past.parted == played.parted
    assert {path: fen for path, fen, _all in past.each} == {path: fen for path, fen, _all in played.each}
    assert past.kinds == played.kinds
    assert mine.counted_additions == book.additions(book.accounts[name])
    assert mine.own_face_fen + mine.parted_fen == book.counted_face(book.accounts[name])
    assert mine.available_fen == book.accounts[name].face_fen - book.accounts[name].spent_fen


def test_parts_count_as_they_are_played(session: Session) -> None:
    desk = make_desk(session, policy=PARTED)
    shop, owner = make_shop(session, desk=desk), make_buyer(session, desk, faces=(120 * WAN, 30 * WAN))
    a, b = owner.vouchers
    book = Book(bodies.parse(PARTED), scenario.read(PLAYED))
    steps = play_in(book)
    assert [step.outcome.refused_by for step in steps] == [None] * len(steps)
    bought(session, shop, owner, a, 46 * WAN)
    stays, part = carry_out(session, desk, owner.actor, split_of(a, 20_000_001))
    bought(session, shop, owner, part, 7 * WAN)
    (merged,) = carry_out(session, desk, owner.actor, merge_of(part, b))
    bought(session, shop, owner, merged, 23_333_333)
    (given,) = carry_out(session, desk, owner.actor, transfer_of(merged), other_of(7))
    heir = session.get_one(Household, given.household_id)
    bought(session, shop, Buyer(actor_of(session, desk, heir), heir, [given]), given, 10 * WAN)
    bought(session, shop, owner, stays, 40 * WAN)
    as_played(session, book, stays, "A")
    as_played(session, book, given, "M")
    seen = endings.queries.outlook(session, session.get_one(Voucher, stays.id), Ending.PAYOUT)
    assert seen.parts.paid_fen == book.accounts["A"].paid_out_fen > 0
    endings.ask(
        session,
        actor=owner.actor,
        voucher_ref=stays.ref,
        kind=Ending.PAYOUT,
        payee=payee(),
        seen_fen=seen.parts.paid_fen,
    )
    session.commit()
    assert redemptions.verify(session) == []


def test_what_comes_back_counts_with_no_part_in_all(session: Session) -> None:
    desk = make_desk(session, policy=PARTED)
    shop, owner = make_shop(session, desk=desk), make_buyer(session, desk, faces=(120 * WAN,))
    own = Buyer(owner.actor, owner.household, owner.vouchers)
    home = redeem(
        session, shop, make_redemption(session, own, make_home(session, shop, voucher_fen=90 * WAN))
    )
    stays, part = carry_out(session, desk, owner.actor, split_of(owner.vouchers[0], 20 * WAN))
    before = pasts(session, [part.id], parted=[part.id])[part.id]
    assert before.spent_fen > 20 * WAN
    wish = Change(Correction.REJECT, "不该核销")
    asked = changes.ask(session, actor=desk.officer, redemption_ref=home.ref, wish=wish)
    session.commit()
    changes.approve(session, actor=desk.checker, change_ref=asked.ref)
    session.commit()
    both = pasts(session, [stays.id, part.id], parted=[stays.id, part.id])
    # What the home had earned counts with nobody in all: what stays may earn it again, for the part too.
    found = [(both[one.id].spent_fen, both[one.id].earned_fen) for one in (stays, part)]
    assert found == [(0, -before.earned_fen + 1), (0, before.earned_fen)]
    faces = {of: past.parted.face_fen for of, past in both.items() if past.parted}
    assert before.parted is not None
    assert faces[part.id] == before.parted.face_fen
    assert 120 * WAN - 1 <= sum(faces.values()) <= 120 * WAN
    bought(session, shop, owner, part, 20 * WAN)
    assert redemptions.verify(session) == []


def test_verify_knows_what_came_of_one_voucher(session: Session) -> None:
    desk = make_desk(session, policy=PARTED)
    shop, owner = make_shop(session, desk=desk), make_buyer(session, desk, faces=(120 * WAN,))
    bought(session, shop, owner, owner.vouchers[0], 46 * WAN)
    _stays, part = carry_out(session, desk, owner.actor, split_of(owner.vouchers[0], 20 * WAN))
    bought(session, shop, owner, part, 7 * WAN)
    assert redemptions.verify(session) == []
    session.execute(DOCTORED, {"id": part.id})
    told = {one.rule for one in redemptions.verify(session)}
    assert "what came of one voucher earns no more of its face than the policy has for one" in told


ADDED = """schema: 4
code: added
title: 奖励计入票面，按未使用的比例扣除
source: 试
valid: {months: 12, from: issue}
face: [{rate: 10%, lost_on: [leftover]}]
bonus: {base: spent, fixed_by: lock, tiers: []}
usable_on: [home]
buyers: [self, child]
leftover: [{spent_from: 0%, rate: 100%}]
splits: {times: 1, past: parted}
merges: 1
"""
TAKEN_OFF = """
scenario: 1
steps:
  - issue: {voucher: A, on: 2018-03-01, compensation: 1000000}
  - issue: {voucher: C, on: 2018-03-01, compensation: 200000}
  - buy: {home: H1, voucher: A, on: 2018-03-02, price: 700000}
  - split: {voucher: A, on: 2018-03-03, into: [{voucher: B, amount: 300000}]}
  - merge: {vouchers: [B, C], on: 2018-03-04, into: M}
  - payout: {voucher: A, on: 2018-03-08}
  - payout: {voucher: M, on: 2018-03-08}
"""


def test_of_each_part_is_taken_off_what_the_whole_would_lose(session: Session) -> None:
    desk = make_desk(session, policy=ADDED)
    shop, owner = make_shop(session, desk=desk), make_buyer(session, desk, faces=(100 * WAN, 20 * WAN))
    a, c = owner.vouchers
    book = Book(bodies.parse(ADDED), scenario.read(TAKEN_OFF))
    assert [step.outcome.refused_by for step in play_in(book)] == [None] * 7
    bought(session, shop, owner, a, 70 * WAN)
    stays, part = carry_out(session, desk, owner.actor, split_of(a, 30 * WAN))
    (merged,) = carry_out(session, desk, owner.actor, merge_of(part, c))
    paid = {}
    for voucher, name in ((stays, "A"), (merged, "M")):
        (mine,) = purses(session, [session.get_one(Voucher, voucher.id)])
        assert mine.counted_additions == book.additions(book.accounts[name])
        seen = endings.queries.outlook(session, session.get_one(Voucher, voucher.id), Ending.PAYOUT)
        assert seen.parts.paid_fen == book.accounts[name].paid_out_fen
        paid[name] = seen.parts.paid_fen
    # An eleventh of what is left was added: of 10 万, and of 30 万 and 22 万; of a part it is rounded up.
    assert paid == {"A": 9_090_909, "M": 47_272_727}
