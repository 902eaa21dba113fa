"""Money that came back to a voucher moves on with it."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import FixedClock
from app.ledger import queries as ledger
from app.policies import bodies
from app.redemptions import queries
from app.redemptions.change_states import Kind
from app.redemptions.models import Redemption
from app.redemptions.service import changes
from app.redemptions.service.wishes import Wish
from app.reports.simulation import scenario
from app.reports.simulation.run import play
from app.vouchers import endings, moves
from app.vouchers.ending_models import VoucherEnding
from app.vouchers.ending_queries import outlook
from app.vouchers.ending_states import Kind as Ending
from app.vouchers.flows import lapse
from app.vouchers.lapses import lapse_due
from app.vouchers.models import Voucher
from app.vouchers.queries import purses
from tests.factories.endings import ask as ask_ending
from tests.factories.endings import pay, payee
from tests.factories.moves import (
    MOVING,
    ask,
    carry_out,
    merge_of,
    other_of,
    split_of,
    transfer_of,
)
from tests.factories.redemptions import Buyer, make_buyer, make_home, make_redemption, make_shop, redeem
from tests.factories.vouchers import Desk, make_desk

WAN = 1_000_000


def test_what_came_back_before_a_split_is_parted_and_proved(session: Session, clock: FixedClock) -> None:
    shop = make_shop(session, desk=make_desk(session, policy=MOVING))
    buyer, desk = make_buyer(session, shop.desk), shop.desk
    bought = redeem(session, shop, make_redemption(session, buyer, make_home(session, shop)))
    wish = Wish(Kind.REJECT, "核销有误")
    change = changes.ask(session, actor=desk.officer, redemption_ref=bought.ref, wish=wish)
    session.commit()
    changes.approve(session, actor=desk.checker, change_ref=change.ref)
    session.commit()
    clock.advance(timedelta(minutes=1))
    made = carry_out(session, desk, buyer.actor, split_of(buyer.vouchers[0], 1))
    assert [one.available_fen for one in purses(session, made)] == [buyer.vouchers[0].face_fen - 1, 1]
    assert ledger.verify(session) == []
    assert queries.verify(session) == []


def undo(session: Session, desk: Desk, redemption: Redemption) -> None:
    """Undo a purchase that was written off: nobody asked for it."""
    wish = Wish(Kind.REJECT, "核销有误")
    change = changes.ask(session, actor=desk.officer, redemption_ref=redemption.ref, wish=wish)
    session.commit()
    changes.approve(session, actor=desk.checker, change_ref=change.ref)
    session.commit()
    assert ledger.verify(session) == []
    assert queries.verify(session) == []


PLAYED = """
scenario: 1
steps:
  - issue: {voucher: A, on: 2018-03-01, face: 1200000}
  - issue: {voucher: B, on: 2018-03-01, face: 300000}
  - buy: {home: H1, voucher: A, on: 2018-03-02, price: 462000}
  - split: {voucher: A, on: 2018-03-03, into: [{voucher: P, amount: 200000}]}
  - merge: {vouchers: [A, B], on: 2018-03-04, into: M}
  - cancel: {home: H1, on: 2018-03-05}
  - payout: {voucher: M, on: 2018-03-08}
"""
GIVEN = """
scenario: 1
steps:
  - issue: {voucher: A, on: 2018-03-01, face: 1200000}
  - buy: {home: H1, voucher: A, on: 2018-03-02, price: 462000}
  - transfer: {voucher: A, on: 2018-03-04, to: child}
  - cancel: {home: H1, on: 2018-03-05}
"""


def test_money_follows_a_household_that_split_and_merged_its_own(session: Session, clock: FixedClock) -> None:
    """Within the term it can be spent again at once, and counts as never spent, as the simulation plays."""
    shop = make_shop(session, desk=make_desk(session, policy=MOVING))
    buyer, desk = make_buyer(session, shop.desk, faces=(120 * WAN, 30 * WAN)), shop.desk
    first, second = buyer.vouchers
    one = Buyer(buyer.actor, buyer.household, [first])
    bought = redeem(session, shop, make_redemption(session, one, make_home(session, shop)))
    stays, _part = carry_out(session, desk, buyer.actor, split_of(first, 20 * WAN))
    (merged,) = carry_out(session, desk, buyer.actor, merge_of(stays, second))
    (before,) = purses(session, [merged])
    assert before.before_fen > 0
    clock.advance(timedelta(hours=1))
    undo(session, desk, bought)
    old, new = purses(session, [session.get_one(Voucher, one.id) for one in (first, merged)])
    assert (old.available_fen, old.spent_fen) == (0, 0)
    assert (new.available_fen, new.before_fen, new.gone_fen) == (130 * WAN, 0, 0)
    book = {one.ref: one for one in play(bodies.parse(MOVING), scenario.read(PLAYED))[-1].accounts}
    assert (new.face_fen, new.available_fen) == (book["M"].face_fen, 130 * WAN)
    lapse(session)
    assert session.scalars(select(VoucherEnding)).all() == []
    seen = outlook(session, session.get_one(Voucher, merged.id), Ending.PAYOUT)
    assert seen.parts.paid_fen == book["M"].paid_out_fen
    # Spent and moved once more, it all adds up.
    again = Buyer(buyer.actor, buyer.household, [session.get_one(Voucher, merged.id)])
    redeem(session, shop, make_redemption(session, again, make_home(session, shop)))
    carry_out(session, desk, buyer.actor, split_of(merged, 1))
    assert queries.verify(session) == []


def test_what_came_back_after_a_transfer_is_neither_spent_nor_of_the_face(
    session: Session, clock: FixedClock
) -> None:
    """No high band for whoever got a voucher of which the spent share was undone: it waits for two people."""
    shop = make_shop(session, desk=make_desk(session, policy=MOVING))
    buyer, desk = make_buyer(session, shop.desk, faces=(120 * WAN,)), shop.desk
    voucher = buyer.vouchers[0]
    bought = redeem(session, shop, make_redemption(session, buyer, make_home(session, shop)))
    (given,) = carry_out(session, desk, buyer.actor, transfer_of(voucher), other_of(7))
    assert outlook(session, given, Ending.PAYOUT).parts.paid_fen > 0
    clock.advance(timedelta(hours=1))
    undo(session, desk, bought)
    (new,) = purses(session, [session.get_one(Voucher, given.id)])
    book = {one.ref: one for one in play(bodies.parse(MOVING), scenario.read(GIVEN))[-1].accounts}
    assert (new.own_face_fen, new.available_fen, new.before_fen) == (book["A"].face_fen, new.own_face_fen, 0)
    assert new.own_face_fen + new.gone_fen == new.face_fen == 120 * WAN
    seen = outlook(session, session.get_one(Voucher, given.id), Ending.PAYOUT)
    assert (seen.figures.spent_fen, seen.block) == (0, "ending_pays_nothing")
    lapse(session)
    assert [one.voucher_id for one in session.scalars(select(VoucherEnding))] == [voucher.id]
    assert queries.verify(session) == []


def test_money_waits_while_the_new_voucher_is_moving(session: Session, clock: FixedClock) -> None:
    shop = make_shop(session, desk=make_desk(session, policy=MOVING))
    buyer, desk = make_buyer(session, shop.desk, faces=(120 * WAN,)), shop.desk
    bought = redeem(session, shop, make_redemption(session, buyer, make_home(session, shop)))
    stays, _part = carry_out(session, desk, buyer.actor, split_of(buyer.vouchers[0], 1))
    move = ask(session, buyer.actor, split_of(stays, 2))
    undo(session, desk, bought)
    given = make_buyer(session, desk, faces=(120 * WAN,))
    other = redeem(session, shop, make_redemption(session, given, make_home(session, shop)))
    carry_out(session, desk, given.actor, transfer_of(given.vouchers[0]), other_of(7))
    undo(session, desk, other)
    assert lapse_due(session, limit=1) == 1, "what waits holds nothing else back"
    assert lapse_due(session, limit=1) == 0
    session.commit()
    assert [one.voucher_id for one in session.scalars(select(VoucherEnding))] == [given.vouchers[0].id]
    # What was shown is not so any more: the move comes to nothing, and the money follows.
    moves.refuse(session, actor=desk.officer, move_ref=move.ref, reason="金额有变化")
    session.commit()
    lapse(session)
    (new,) = purses(session, [session.get_one(Voucher, stays.id)])
    assert (new.available_fen, new.before_fen) == (120 * WAN - 1, 0)
    assert queries.verify(session) == []


def test_money_follows_only_once_what_waits_for_two_people_is_decided(
    session: Session, clock: FixedClock
) -> None:
    """While the new voucher was ending, money came back, and two people were asked about that sum."""
    shop = make_shop(session, desk=make_desk(session, policy=MOVING))
    buyer, desk = make_buyer(session, shop.desk, faces=(120 * WAN,)), shop.desk
    homes = [make_home(session, shop, voucher_fen=30 * WAN) for _ in range(2)]
    bought = [redeem(session, shop, make_redemption(session, buyer, one)) for one in homes]
    stays, _part = carry_out(session, desk, buyer.actor, split_of(buyer.vouchers[0], 20 * WAN))
    asked = ask_ending(session, Buyer(buyer.actor, buyer.household, [stays]))
    clock.advance(timedelta(hours=1))
    undo(session, desk, bought[0])
    lapse(session)
    back = session.scalars(select(VoucherEnding).where(VoucherEnding.kind == "back")).one()
    endings.withdraw(session, actor=buyer.actor, ending_ref=asked.ref)
    session.commit()
    undo(session, desk, bought[1])
    lapse(session)
    holder = payee(buyer.household.holder_name)
    how = {"effect": "cash", "reason": "退房", "payee": holder}
    endings.decide(session, actor=desk.officer, ending_ref=back.ref, **how)
    session.commit()
    endings.approve(session, actor=desk.checker, ending_ref=back.ref)
    session.commit()
    pay(session, desk, back)
    lapse(session)
    old, new = purses(session, [buyer.vouchers[0], session.get_one(Voucher, stays.id)])
    spent = bought[1].allocations[0].spent_fen
    assert (old.available_fen, new.available_fen) == (0, asked.leftover_fen + spent)
    assert queries.verify(session) == []
