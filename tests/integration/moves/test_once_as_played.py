"""What a household has once by its agreements is carried out, in whatever hands, as it is played."""

from decimal import Decimal

from flask import Flask
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.policies import bodies
from app.redemptions import queries
from app.reports.simulation import scenario
from app.reports.simulation.run import play
from tests.factories.played import rolled_back
from tests.factories.redemptions import Buyer, make_buyer, make_home, make_redemption, make_shop, redeem
from tests.factories.vouchers import make_desk
from tests.integration.moves.test_once_an_agreement import once, parted, stays_of

RULES = [
    ("price, within_area: old", "rate: 10%"),
    ("spent, within_area: old", "rate: 10%"),
    ("price, paid: cash, within_area: old", "rate: 10%"),
    ("spent, caps: [{of: household, share_of_compensation: 3%}]", "rate: 10%"),
    ("price, caps: [{of: household, yuan_per_m2: 600}]", "rate: 10%"),
    ("spent", "rate: 10%, caps: [{of: household, yuan_per_m2: 600}]"),
    ("spent, caps: [{of: household, yuan: 30000}]", "rate: 10%"),
]
MOST = {RULES[3]: 3_600_000, RULES[4]: 3_675_000, RULES[5]: 3_675_000, RULES[6]: 3_000_000}
"""What caps come to in fen, over 120 万 and an old home of 61.25 ㎡, whoever holds the vouchers."""
HEAD = """
scenario: 1
household: {old_area: 61.25}
steps:
  - issue: {voucher: A, on: 2018-03-01, compensation: 1200000}
"""
GIVEN = """
  - split: {voucher: A, on: 2018-03-02, into: [{voucher: P, amount: 500000}]}
  - transfer: {voucher: P, on: 2018-03-02, to: child}
"""
purchases = st.tuples(
    st.sampled_from("AP"), st.integers(1_000_000, 22_000_000), st.sampled_from(["20.00", "41.30", "60.00"])
)


def earned_in_play(policy: str, bought: list[tuple[str, int, str]], moved_at: int) -> list[int]:
    """Return the bonus of each purchase as it is played, in fen."""
    told = HEAD
    for place, (voucher, price_fen, area) in enumerate(bought):
        told += GIVEN if place == moved_at else ""
        told += (
            f"  - buy: {{home: H{place}, voucher: {voucher if place >= moved_at else 'A'}, "
            f"on: 2018-03-0{2 if place >= moved_at else 1}, price: {price_fen / 100:.2f}, area: {area}}}\n"
        )
    steps = play(bodies.parse(policy), scenario.read(told))
    lines = [step.outcome.lines for step in steps if step.step.act == "buy"]
    return [sum(line.fen for line in some if line.of.startswith("bonus")) for some in lines]


def earned_in_service(
    session: Session, policy: str, bought: list[tuple[str, int, str]], moved_at: int
) -> list[int]:
    """Return the bonus of each lock, in fen."""
    shop = make_shop(session, desk=make_desk(session, policy=policy))
    buyer = make_buyer(session, shop.desk, faces=(120_000_000,))
    holders = {"A": buyer, "P": buyer}
    found = []
    for place, (voucher, price_fen, area) in enumerate(bought):
        if place == moved_at:
            taker = parted(session, shop, buyer)
            holders = {"A": Buyer(buyer.actor, buyer.household, [stays_of(session, buyer)]), "P": taker}
        home = make_home(session, shop, voucher_fen=price_fen, area_m2=Decimal(area))
        locked = make_redemption(session, holders[voucher], home)
        if place < moved_at:
            locked = redeem(session, shop, locked)
        found.append(sum(part.bonus_fen + part.cash_fen for part in locked.allocations))
    return found


@settings(
    max_examples=10,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
    deadline=None,
)
@given(
    rule=st.sampled_from(RULES),
    bought=st.lists(purchases, min_size=2, max_size=3),
    moved_at=st.integers(0, 1),
)
@example(rule=RULES[-1], bought=[("A", 22_000_000, "60.00"), ("P", 22_000_000, "60.00")], moved_at=1)
def test_it_is_carried_out_as_it_is_played(
    app: Flask, rule: tuple[str, str], bought: list[tuple[str, int, str]], moved_at: int
) -> None:
    policy = once(*rule)
    with rolled_back(app) as session:
        found = earned_in_service(session, policy, bought, moved_at)
        assert queries.verify(session) == []
    assert found == earned_in_play(policy, bought, moved_at)
    assert sum(found) <= MOST.get(rule, sum(found))
