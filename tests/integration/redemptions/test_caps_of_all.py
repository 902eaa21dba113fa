"""Caps of all bonuses of a policy beside a single bonus: what it earned before counts as without them."""

import pytest
from sqlalchemy import text
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


TIER = "no purchase earns more than the caps of its tier"
ALL = "no purchase earns more than the caps of its bonus, nor all bonuses more than theirs"


@pytest.mark.parametrize(
    ("cap", "fen"),
    [
        ("{of: household, share_of_faces: 2%}", 2_000_000),
        ("{of: household, yuan: 20000}", 2_000_000),
        ("{of: home, share_of_price: 5%}", 1_500_000),
        ("{of: home, yuan_per_home_m2: 200}", 1_790_000),
        ("{of: voucher, share_of_face: 2%}", 1_200_000),
    ],
)
@pytest.mark.parametrize(
    ("where", "rule"),
    [
        ("{base: spent, fixed_by: lock, tiers: [{YEAR, rate: 10%, caps: [CAP]}]}", TIER),
        ("{base: spent, fixed_by: lock, tiers: [{YEAR, rate: 10%}], caps: [CAP]}", ALL),
        ("{base: spent, fixed_by: lock, tiers: [{YEAR, rate: 10%}]}\nbonus_caps: [CAP]", ALL),
    ],
)
def test_a_fen_more_than_a_cap_leaves_is_found_wherever_it_stands(
    session: Session, where: str, rule: str, cap: str, fen: int
) -> None:
    said = where.replace("YEAR", "from_month: 1, to_month: 18").replace("CAP", cap)
    old = HAILING[HAILING.index("bonus:") : HAILING.index("hold:")]
    shop = make_shop(session, desk=make_desk(session, policy=HAILING.replace(old, f"bonus: {said}\n")))
    buyer = make_buyer(session, shop.desk, faces=(60_000_000, 40_000_000))
    bought = make_redemption(session, buyer, make_home(session, shop, voucher_fen=30_000_000))
    assert bought.allocations[0].bonus_fen == fen
    assert queries.verify(session) == []
    session.execute(text("UPDATE allocations SET bonus_fen = bonus_fen + 1"))
    found = {one.rule for one in queries.verify(session)}
    assert (rule in found, {TIER: ALL, ALL: TIER}[rule] in found) == (True, False)
    session.rollback()
