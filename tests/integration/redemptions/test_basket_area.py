"""Homes of one basket, of which a policy pays a bonus for so many ㎡."""

from decimal import Decimal

from sqlalchemy.orm import Session

from app.redemptions import queries, service, snapshot
from tests.factories.policies import ROOMY
from tests.factories.redemptions import make_buyer, make_home, make_shop
from tests.factories.vouchers import make_desk

WAN = 1_000_000
WITHIN = ROOMY.replace("  base: spent\n", "  base: price\n  within_area: old\n")


def test_homes_locked_together_share_the_area(session: Session) -> None:
    """61.25 ㎡ are one home of 40 and half of one of 42.50: 20% of 30 万, and of 15 万."""
    shop = make_shop(session, desk=make_desk(session, policy=WITHIN))
    buyer = make_buyer(session, shop.desk, faces=(70 * WAN, 30 * WAN))
    areas = (Decimal("40.00"), Decimal("42.50"), Decimal("60.00"))
    homes = [make_home(session, shop, voucher_fen=30 * WAN, area_m2=area) for area in areas]
    basket = service.quote_basket(
        session, actor=buyer.actor, home_refs=[home.ref for home in homes], parts=buyer.parts()
    )
    session.commit()
    locked = service.reserve_basket(session, actor=buyer.actor, basket_ref=basket.ref)
    session.commit()
    frozen = [snapshot.read(one.quote.snapshot) for one in locked]
    assert [one.bonus_fen for one in frozen] == [6 * WAN, 3 * WAN, 0]
    assert queries.verify(session) == []
