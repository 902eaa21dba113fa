"""How little may be left of a part after money came back: paid, kept and proved as it is played."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.core.clock import FixedClock
from app.redemptions.change_states import Kind
from app.redemptions.models import Redemption
from app.vouchers.coming_back import due_of
from app.vouchers.ending_queries import outlook
from app.vouchers.ending_states import Kind as Ending
from app.vouchers.models import Voucher
from tests.factories.coming_back import WAN, end, found_back, paid_out, proved
from tests.factories.endings import approve, ask, pay
from tests.factories.moves import carry_out, split_of
from tests.factories.redemptions import Buyer, make_buyer, make_home, make_redemption, make_shop, redeem
from tests.factories.vouchers import make_desk

POLICY = """schema: 4
code: left
title: 余额在限额以内的可以兑付
source: 试
valid: {months: 12, from: issue}
bonus: {base: spent, fixed_by: lock, tiers: []}
usable_on: [home]
buyers: [self]
leftover: [{spent_from: 0%, rate: 0%}, {spent_from: 1%, left_up_to: YUAN, rate: 100%}]
splits: {times: 3, past: parted}
"""


@pytest.mark.parametrize(
    ("yuan", "is_early", "paid_fen"),
    [
        (460_000, False, [25 * WAN, 20 * WAN]),
        (440_000, False, [0, 0]),
        (460_000, True, [0]),  # the part was paid first, as half a voucher: the other half is 23 万
    ],
)
def test_parts_are_within_what_may_be_left_as_the_voucher_unsplit(
    session: Session, clock: FixedClock, yuan: int, is_early: bool, paid_fen: list[int]
) -> None:
    """Of 100 万 homes of 55 and 5 are bought, 20 of 40 split off, and the smaller home is given back."""
    shop = make_shop(session, desk=make_desk(session, policy=POLICY.replace("YUAN", str(yuan))))
    owner = make_buyer(session, shop.desk, faces=(100 * WAN,))
    first = Buyer(owner.actor, owner.household, owner.vouchers)
    _large, small = [
        redeem(
            session, shop, make_redemption(session, first, make_home(session, shop, voucher_fen=fen * WAN))
        )
        for fen in (55, 5)
    ]
    stays, part = carry_out(session, shop.desk, owner.actor, split_of(owner.vouchers[0], 20 * WAN))
    if is_early:
        early = ask(session, Buyer(owner.actor, owner.household, [part]))
        assert early.paid_fen == 20 * WAN
        pay(session, shop.desk, approve(session, shop.desk, early))
    clock.advance(timedelta(hours=1))
    end(session, shop, owner, small, Kind.REJECT)
    told = [stays] if is_early else [stays, part]
    vouchers = [session.get_one(Voucher, one.id) for one in told]
    assert [outlook(session, one, Ending.PAYOUT).parts.paid_fen for one in vouchers] == paid_fen
    for one in vouchers if any(paid_fen) else ():
        asked = ask(session, Buyer(owner.actor, owner.household, [one]))
        pay(session, shop.desk, approve(session, shop.desk, asked))
    proved(session)


@pytest.mark.parametrize(("wan", "fen"), [(1, WAN), (9, 0)])
def test_what_comes_back_to_a_part_that_was_paid_out_goes_by_the_part_it_had(
    session: Session, clock: FixedClock, wan: int, fen: int
) -> None:
    """Half a voucher was paid 10 万, of 11; it is a fifth since, and 1 万 more is within the 11 as before."""
    shop = make_shop(session, desk=make_desk(session, policy=POLICY.replace("YUAN", "220000")))
    owner = make_buyer(session, shop.desk, faces=(100 * WAN,))

    def buy(buyer: Buyer, fen: int) -> Redemption:
        home = make_home(session, shop, voucher_fen=fen * WAN)
        return redeem(session, shop, make_redemption(session, buyer, home))

    large = buy(Buyer(owner.actor, owner.household, owner.vouchers), 60)
    _stays, part = carry_out(session, shop.desk, owner.actor, split_of(owner.vouchers[0], 20 * WAN))
    its = Buyer(owner.actor, owner.household, [part])
    bought = {fen: buy(its, fen) for fen in (9, 1)}
    assert paid_out(session, clock, shop, its).paid_fen == 10 * WAN
    end(session, shop, owner, large, Kind.REJECT)
    clock.advance(timedelta(hours=1))
    end(session, shop, owner, bought[wan], Kind.REJECT)
    due = due_of(found_back(session))
    assert due is not None
    assert due.fen == fen
    proved(session)
