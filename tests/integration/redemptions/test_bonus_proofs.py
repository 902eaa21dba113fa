"""A bonus that asks for a part of the face spent: only what stood on the day of its lock counts for it."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core.clock import FixedClock
from app.redemptions import queries
from app.redemptions.change_states import Kind
from app.redemptions.models import Redemption
from app.redemptions.service import changes
from app.redemptions.service.wishes import Wish
from tests.factories.policies import make_policy_version
from tests.factories.redemptions import Buyer, Shop, make_buyer, make_home, make_redemption, redeem
from tests.factories.vouchers import Desk

HALF = """
schema: 4
code: half
title: 用到一半才给奖励
source: 测试
valid: {months: 12, from: issue}
bonus: {base: spent, fixed_by: lock, tiers: [{from_month: 1, to_month: 12, rate: 10%, least_spent: 50%}]}
usable_on: [home]
buyers: [self]
"""
RULE = "no bonus is paid before so much of the face is spent as it asks for"
SMALL, LARGE = 10_000_000, 55_000_000
DOCTORED = text(
    "UPDATE allocations SET bonus_fen = 700, bonus_transfer_id = transfer_id "
    "WHERE redemption_id = :redemption_id"
)


@pytest.fixture
def buyer(session: Session, shop: Shop) -> Buyer:
    """A voucher of one million under a policy that gives its bonus once half of it is spent."""
    version = make_policy_version(session, district=shop.desk.district, text=HALF)
    desk = Desk(shop.desk.district, shop.desk.officer, shop.desk.checker, version)
    return make_buyer(session, desk, faces=(100_000_000,))


def bought(session: Session, shop: Shop, buyer: Buyer, price_fen: int) -> Redemption:
    return redeem(
        session, shop, make_redemption(session, buyer, make_home(session, shop, voucher_fen=price_fen))
    )


def change(session: Session, shop: Shop, found: Redemption, wish: Wish) -> None:
    made = changes.ask(session, actor=shop.desk.officer, redemption_ref=found.ref, wish=wish)
    session.commit()
    changes.approve(session, actor=shop.desk.checker, change_ref=made.ref)
    session.commit()


def broken(session: Session) -> set[str]:
    return {one.rule for one in queries.verify(session)}


@pytest.mark.parametrize(
    "wish",
    [Wish(Kind.REJECT, "核销有误"), Wish(Kind.PRICE, "案件更正房价", price_fen=SMALL)],
    ids=["undone", "cheaper"],
)
def test_what_was_given_back_before_a_lock_hides_no_bonus(
    session: Session, shop: Shop, buyer: Buyer, clock: FixedClock, wish: Wish
) -> None:
    first = bought(session, shop, buyer, LARGE)
    assert first.allocations[0].bonus_fen > 0, "it reaches the half itself"
    clock.advance(timedelta(days=1))
    change(session, shop, first, wish)
    clock.advance(timedelta(days=1))
    second = bought(session, shop, buyer, SMALL)
    assert second.allocations[0].bonus_fen == 0
    assert broken(session) == set()
    session.execute(DOCTORED, {"redemption_id": second.id})
    assert RULE in broken(session)


@pytest.mark.parametrize(
    "wish",
    [Wish(Kind.REJECT, "核销有误"), Wish(Kind.PRICE, "案件更正房价", price_fen=SMALL)],
    ids=["undone", "cheaper"],
)
def test_what_is_given_back_after_a_lock_takes_no_bonus_away(
    session: Session, shop: Shop, buyer: Buyer, clock: FixedClock, wish: Wish
) -> None:
    first = bought(session, shop, buyer, LARGE)
    clock.advance(timedelta(days=1))
    second = bought(session, shop, buyer, SMALL)
    assert second.allocations[0].bonus_fen > 0
    clock.advance(timedelta(days=1))
    change(session, shop, first, wish)
    assert broken(session) == set()
