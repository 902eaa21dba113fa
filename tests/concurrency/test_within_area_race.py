"""Two vouchers of a household used at one moment on homes that share the ㎡ which earn; without locks."""

from decimal import Decimal

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.core.locks import LockPolicy
from app.redemptions import queries, service, snapshot
from app.redemptions.models import Allocation
from tests.concurrency.race import PURCHASE, Act, NoLocks, race
from tests.factories.policies import ROOMY
from tests.factories.redemptions import Buyer, Shop, make_buyer, make_home, make_shop
from tests.factories.vouchers import make_desk

WAN = 1_000_000
RULE = "no bonus is paid for more ㎡ than its policy pays it for"
WITHIN = ROOMY.replace("  base: spent\n", "  base: price\n  within_area: old\n")
"""20% of the price for the ㎡ of the old home, of which the factories' have 61.25."""


def locking(setting: Session, shop: Shop, buyer: Buyer, ref: str) -> Act:
    """Return a lock of a home of its own with one voucher, quoted while nothing was bought."""
    home = make_home(setting, shop, voucher_fen=30 * WAN, area_m2=Decimal("60.00"))
    quote = service.quote(setting, actor=buyer.actor, home_ref=home.ref, parts=[(ref, None)])
    setting.commit()
    return lambda session: service.reserve(session, actor=buyer.actor, quote_ref=quote.ref)


@pytest.mark.parametrize(
    ("policy", "expected", "earned"),
    [
        pytest.param(None, ["done", "quote_past_changed"], 6 * WAN, id="locks"),
        pytest.param(NoLocks(), ["done", "done"], 12 * WAN, id="none: the race"),
    ],
)
def test_two_homes_bought_at_once_do_not_both_lie_within_the_area(
    engine: Engine, setting: Session, policy: LockPolicy | None, expected: list[str], earned: int
) -> None:
    shop = make_shop(setting, desk=make_desk(setting, policy=WITHIN))
    buyer = make_buyer(setting, shop.desk, faces=(70 * WAN, 30 * WAN))
    acts = [locking(setting, shop, buyer, voucher.ref) for voucher in buyer.vouchers]
    outcomes = race(engine, acts, policy=policy, meet_at=PURCHASE)
    assert {breach.rule for breach in queries.verify(setting)} == ({RULE} if policy else set())
    assert sorted(map(str, outcomes)) == expected
    assert setting.scalars(select(func.sum(Allocation.bonus_fen))).one() == earned


def test_homes_locked_together_share_the_area(setting: Session) -> None:
    """61.25 ㎡ are one home of 40 and half of one of 42.50: 20% of 30 万, and of 15 万."""
    shop = make_shop(setting, desk=make_desk(setting, policy=WITHIN))
    buyer = make_buyer(setting, shop.desk, faces=(70 * WAN, 30 * WAN))
    areas = (Decimal("40.00"), Decimal("42.50"), Decimal("60.00"))
    homes = [make_home(setting, shop, voucher_fen=30 * WAN, area_m2=area) for area in areas]
    basket = service.quote_basket(
        setting, actor=buyer.actor, home_refs=[home.ref for home in homes], parts=buyer.parts()
    )
    setting.commit()
    locked = service.reserve_basket(setting, actor=buyer.actor, basket_ref=basket.ref)
    setting.commit()
    frozen = [snapshot.read(one.quote.snapshot) for one in locked]
    assert [one.bonus_fen for one in frozen] == [6 * WAN, 3 * WAN, 0]
    assert queries.verify(setting) == []
