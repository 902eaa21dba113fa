"""What a voucher did before stands in a quote where a split shares it, and not where there was none."""

from sqlalchemy.orm import Session

from app.policies import bodies
from app.policies.needs import depends_on_past, parts_past
from app.redemptions import service
from app.redemptions.snapshot import PartSeen, read
from app.vouchers.models import Voucher
from tests.factories.moves import carry_out, split_of
from tests.factories.redemptions import Buyer, Shop, make_buyer, make_home, make_redemption, make_shop, redeem
from tests.factories.vouchers import make_desk

WAN = 1_000_000
SPLIT = """schema: 4
code: parted-only
title: 拆分按份额
source: 试
valid: {months: 12, from: issue}
bonus: [{base: spent, fixed_by: lock, tiers: [{from_month: 1, to_month: 12, rate: 10%}]}]
usable_on: [home]
buyers: [self]
splits: {times: 2, past: parted}
"""
"""Only that a voucher may be split makes anything before count."""


def frozen(session: Session, shop: Shop, buyer: Buyer, voucher: Voucher) -> PartSeen:
    """Return what a new quote with a voucher froze of it."""
    own = Buyer(buyer.actor, buyer.household, [voucher])
    home = make_home(session, shop, voucher_fen=10 * WAN)
    made = service.quote(session, actor=own.actor, home_ref=home.ref, parts=own.parts())
    (part,) = read(made.snapshot).parts
    return part


def test_a_past_is_frozen_only_of_what_was_split(session: Session) -> None:
    policy = bodies.parse(SPLIT)
    assert parts_past(policy)
    assert not depends_on_past(policy)
    desk = make_desk(session, policy=SPLIT)
    shop, buyer = make_shop(session, desk=desk), make_buyer(session, desk, faces=(90 * WAN, 80 * WAN))
    whole, other = buyer.vouchers
    for voucher in (whole, other):
        own = Buyer(buyer.actor, buyer.household, [voucher])
        redeem(session, shop, make_redemption(session, own, make_home(session, shop, voucher_fen=22 * WAN)))
    assert frozen(session, shop, buyer, whole).past is None
    stays, part = carry_out(session, desk, buyer.actor, split_of(other, 30 * WAN))
    seen = [frozen(session, shop, buyer, voucher).past for voucher in (stays, part)]
    assert all(past is not None and past.spent_fen for past in seen)
    assert sum(past.spent_fen for past in seen if past) == 20 * WAN
    assert frozen(session, shop, buyer, whole).past is None
