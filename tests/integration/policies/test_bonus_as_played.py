"""What purchases earn is carried out as it is played."""

from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from app.homes.models import Home
from app.redemptions import queries
from app.redemptions.cash_models import CashBonus
from app.redemptions.models import Allocation
from app.vouchers.models import Voucher
from tests.factories.played import LIMITED, PLAIN, SIGNED, SUMS, living
from tests.factories.projects import entitled_by

TOGETHER = LIMITED[: LIMITED.index("bonus:")] + (
    "bonus: {base: spent, fixed_by: lock, spent_of: household, tiers: "
    "[{from_month: 1, to_month: 12, rate: 10%, least_spent: 50%}]}\n"
)


def test_a_part_spent_of_all_vouchers_of_a_household_is_counted_as_it_is_played(app: Flask) -> None:
    with living(app, TOGETHER) as life:
        session = life.session
        earned = []
        for price, order in ((25_000_007, (1,)), (9_000_000, (0,)), (6_000_000, (0,))):
            life.buy(PLAIN | {"price": price, "order": order})
            earned.append(sum(one.earned.total() for one in life.book.accounts.values()))
        # Half of 65 万 is reached by the second home, which the first voucher pays.
        assert (earned[0], earned[1] > 0, earned[2] > earned[1]) == (0, True, True)
        life.redeem_all()
        assert queries.verify(session) == []
        more = update(Voucher).where(Voucher.id == life.buyer.vouchers[1].id)
        session.execute(more.values(face_fen=Voucher.face_fen * 2))
        broken = {one.rule for one in queries.verify(session)}
        assert "no bonus is paid before so much of the face is spent as it asks for" in broken


HELD = (
    LIMITED[: LIMITED.index("bonus:")]
    + """bonus:
  base: held
  paid: cash
  fixed_by: lock
  counted_from: agreement
  tiers: [{from_month: 1, to_month: 12, interest: {rate: 3.65%}}]
leftover: [{spent_from: 0%, rate: 100%}]
"""
)


def test_interest_on_what_is_spent_is_paid_as_it_is_played(app: Flask) -> None:
    with living(app, HELD) as life:
        session = life.session
        ran = []
        for days, price, cancelled in ((31, 20_000_003, False), (0, 5_000_000, True), (9, 6_000_007, False)):
            life.wait(days)
            life.buy(PLAIN | {"price": price, "order": (0,), "cancelled": cancelled})
            ran.append((price, (life.today - SIGNED).days))
        life.redeem_all()
        # A yearly 3.65% is a ten-thousandth a day.
        owed = [price * days // 10_000 for price, days in ran]
        assert session.scalars(select(CashBonus.fen).order_by(CashBonus.id)).all() == [owed[0], owed[2]]
        assert queries.verify(session) == []
        more = func.jsonb_build_object("bonus", owed[0] + 1)
        session.execute(update(Allocation).where(Allocation.cash_fen == owed[0]).values(cash_bonuses=more))
        broken = {one.rule for one in queries.verify(session)}
        assert "no bonus of several is more than its tier pays" in broken


DECIDED = (
    LIMITED[: LIMITED.index("bonus:")]
    + """bonus:
  - base: face
    paid: cash
    fixed_by: EVENT
    delay: counts
    tiers: [{from_month: 1, to_month: 1, rate: 10%}, {from_month: 2, to_month: 12, rate: 4.01%}]
  - base: price
    paid: cash
    fixed_by: lock
    tiers: [{from_month: 1, to_month: 12, rate: 1.5%}]
leftover: [{spent_from: 0%, rate: 100%}]
"""
)


@pytest.mark.parametrize("event", ["filed", "verified", "paid"])
def test_what_a_later_day_decides_is_paid_as_it_is_played(app: Flask, event: str) -> None:
    with living(app, DECIDED.replace("EVENT", event)) as life:
        session = life.session
        for price, after, late in ((20_000_003, 0, True), (5_000_000, 12, False), (6_000_007, 0, False)):
            life.buy(PLAIN | {"price": price, "order": (0, 1), "signs_after": after, "late": late})
        assert len(session.scalars(select(CashBonus.id)).all()) == 3
        assert queries.verify(session) == []


SLICED = LIMITED[: LIMITED.index("bonus:")] + (
    "bonus: {base: spent_total, fixed_by: lock, paid: cash, tiers: [{from_month: 1, to_month: 12, "
    "slices_of_face: [{above: 0%, rate: 2%}, {above: 33.33%, rate: 10%}]}]}\n"
)


def test_slices_of_a_face_are_carried_out_as_they_are_played(app: Flask) -> None:
    with living(app, SLICED) as life:
        session = life.session
        for price in (7_000_001, 3_000_000):
            life.buy(PLAIN | {"price": price, "order": (1,)})
        edge = 25_000_007 * 3333
        exact = (edge * 200 + (10_000_001 * 10_000 - edge) * 1_000) // 10**8
        assert life.book.accounts["1"].earned.total() == exact
        life.redeem_all()
        assert queries.verify(session) == []
        more = update(Voucher).where(Voucher.id == life.buyer.vouchers[1].id)
        session.execute(more.values(face_fen=Voucher.face_fen + 100))
        broken = {one.rule for one in queries.verify(session)}
        assert "no bonus is more than slices of the face come to" in broken


WITHIN = LIMITED[: LIMITED.index("bonus:")] + (
    "bonus: {base: price, fixed_by: lock, within_area: entitled, tiers: "
    "[{from_month: 1, to_month: 12, rate: 10%}]}\n"
    "leftover: [{spent_from: 0%, rate: 100%}]\n"
)


def test_a_price_within_an_area_is_rewarded_as_it_is_played(app: Flask) -> None:
    entitled = sum(entitled_by(fen)[0] for fen in SUMS)
    with living(app, WITHIN) as life:
        session = life.session
        for price, area, order, gone in (
            (8_950_000, "89.50", (0,), True),
            (6_001_000, "60.01", (1, 0), False),
            (8_950_007, "89.50", (0, 1), False),
            (5_999_000, "59.99", (1,), False),
        ):
            life.buy(PLAIN | {"price": price, "area": area, "order": order, "cancelled": gone})
        earned = sum(one.earned.total() for one in life.book.accounts.values())
        rest = int(8_950_007 * (entitled - Decimal("60.01")) / Decimal("89.50")) // 10
        assert Decimal("60.01") < entitled < Decimal("149.51")
        assert earned == 600_100 + rest
        life.redeem_all()
        assert queries.verify(session) == []
        larger = update(Home).where(Home.area_m2 == Decimal("60.01"))
        session.execute(larger.values(area_m2=Decimal("61.00")))
        broken = {one.rule for one in queries.verify(session)}
        assert "no bonus is paid for more ㎡ than its policy pays it for" in broken


@pytest.mark.parametrize(
    ("figure", "earned"),
    [
        # 89.50 of 100 ㎡ are left to the first home, and nothing to the second.
        ("{m2: 89.5}", 895_000),
        # 55 of 100 ㎡, and 55 of 60 ㎡.
        ("{m2: 55, of: home}", 550_000 + 550_000),
    ],
)
def test_a_price_within_a_fixed_figure_is_rewarded_as_it_is_played(
    app: Flask, figure: str, earned: int
) -> None:
    with living(app, WITHIN.replace("within_area: entitled", f"within_area: {figure}")) as life:
        session = life.session
        for price, area in ((10_000_000, "100.00"), (6_000_000, "60.00")):
            life.buy(PLAIN | {"price": price, "area": area, "order": (0, 1)})
        assert sum(one.earned.total() for one in life.book.accounts.values()) == earned
        life.redeem_all()
        assert queries.verify(session) == []
        larger = update(Home).where(Home.area_m2 == Decimal("100.00"))
        session.execute(larger.values(area_m2=Decimal("101.00")))
        broken = {one.rule for one in queries.verify(session)}
        assert "no bonus is paid for more ㎡ than its policy pays it for" in broken
