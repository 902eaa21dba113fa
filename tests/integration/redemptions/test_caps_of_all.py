"""Caps of all bonuses of a policy beside a single bonus: what it earned before counts as without them."""

import pytest
from sqlalchemy.orm import Session

from app.redemptions import queries
from tests.factories.policies import HAILING
from tests.factories.redemptions import make_buyer, make_home, make_redemption, make_shop
from tests.factories.vouchers import make_desk

CAPPED = "bonus_caps: [{of: home, share_of_price: 100%}]\n"


@pytest.mark.parametrize(
    ("bonus", "earned"),
    [
        ("{base: face, fixed_by: lock, tiers: [{YEAR, rate: 10%}]}", [6_000_000, 0]),
        ("{base: spent_total, fixed_by: lock, tiers: [{YEAR, rate: 10%}]}", [2_727_272, 1_818_182]),
        ("{base: home_area, fixed_by: lock, tiers: [{YEAR, yuan_per_m2: 500}], CAPS}", [4_475_000, 25_000]),
        ("{base: home_area, fixed_by: lock, tiers: [{YEAR, yuan_per_m2: 500, CAPS}]}", [4_475_000, 25_000]),
    ],
)
@pytest.mark.parametrize("more", ["", CAPPED])
def test_a_bonus_beside_a_cap_of_all_counts_what_it_earned_before(
    session: Session, bonus: str, earned: list[int], more: str
) -> None:
    said = bonus.replace("YEAR", "from_month: 1, to_month: 18")
    said = said.replace("CAPS", "caps: [{of: household, yuan: 45000}]")
    old = HAILING[HAILING.index("bonus:") : HAILING.index("hold:")]
    policy = HAILING.replace(old, f"bonus: {said}\n{more}")
    shop = make_shop(session, desk=make_desk(session, policy=policy))
    buyer = make_buyer(session, shop.desk, faces=(60_000_000,))
    bought = [
        make_redemption(session, buyer, make_home(session, shop, voucher_fen=fen))
        for fen in (30_000_000, 20_000_000)
    ]
    assert [one.allocations[0].bonus_fen for one in bought] == earned
    assert queries.verify(session) == []
