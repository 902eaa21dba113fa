"""What makes a face, and what is left of it, is carried out as it is played."""

from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text, update

from app.ledger import queries as ledger
from app.redemptions import queries
from app.redemptions.cash_models import CashBonus
from app.vouchers.ending_queries import find_live
from app.vouchers.ending_states import Kind
from app.vouchers.models import Voucher
from tests.factories.endings import approve, pay
from tests.factories.forging import unguard
from tests.factories.played import (
    LIMITED,
    PLAIN,
    STEPS,
    SUMS,
    living,
    on_a_half,
)

LEFT_TOGETHER = LIMITED[: LIMITED.index("limits:")] + (
    "leftover: [{spent_from: 0%, rate: 0%}, {spent_from: 40%, rate: 60%, spent_of: household}]\n"
    "lapse: {effect: cash, bands: [{spent_from: 0%, rate: 10%}, "
    "{spent_from: 40%, rate: 50%, spent_of: household}]}\n"
)


def test_a_leftover_by_what_a_household_spent_is_paid_as_it_is_played(app: Flask) -> None:
    with living(app, LEFT_TOGETHER) as life:
        session = life.session
        life.buy(PLAIN | {"price": 27_500_000, "order": (0,)})
        life.redeem_all()
        life.end(1, Kind.PAYOUT)  # 25 万 of 65 万: nothing is paid of the one that was never used
        assert life.book.accounts["1"].paid_out_fen == 0
        life.buy(PLAIN | {"price": 1_100_004, "order": (1,)})
        life.redeem_all()
        life.end(1, Kind.PAYOUT)  # 26 万 and 3 fen
        assert life.book.accounts["1"].paid_out_fen == (25_000_007 - 1_000_004) * 6 // 10
        life.end(0, Kind.LAPSE)
        assert life.book.accounts["0"].paid_out_fen == 15_000_000 // 2
        assert ledger.verify(session) == []
        assert queries.verify(session) == []
        more = update(Voucher).where(Voucher.id == life.buyer.vouchers[0].id)
        session.execute(more.values(face_fen=Voucher.face_fen + 100))
        assert "an ending counts what all vouchers of its household spent, where its policy does" in {
            one.rule for one in queries.verify(session)
        }


ABOVE = LIMITED[: LIMITED.index("bonus:")] + (
    "bonus: {base: spent, fixed_by: lock, paid: cash, tiers: "
    "[{from_month: 1, to_month: 12, rate: 10%, spent_above: 50%}]}\n"
    "leftover: [{spent_from: 0%, rate: 50%}, {spent_above: 50%, rate: 100%}]\n"
)


def test_a_part_that_must_be_exceeded_is_carried_out_as_it_is_played(app: Flask) -> None:
    with living(app, ABOVE) as life:
        session = life.session
        for place, price in ((0, 20_000_000), (1, 12_500_004)):
            life.buy(PLAIN | {"price": price, "order": (place,)})
        life.redeem_all()
        assert session.scalars(select(CashBonus.fen)).all() == [1_250_000], (
            "half of 40 万 is not more than it"
        )
        for place in range(2):
            life.end(place, Kind.PAYOUT)
        paid = [life.book.accounts[name].paid_out_fen for name in "01"]
        assert paid == [10_000_000, 12_500_003]
        assert ledger.verify(session) == []
        assert queries.verify(session) == []
        more = update(Voucher).where(Voucher.id == life.buyer.vouchers[1].id)
        session.execute(more.values(face_fen=Voucher.face_fen + 1))
        broken = {one.rule for one in queries.verify(session)}
        assert "no bonus is paid before so much of the face is spent as it asks for" in broken


FILLED = LIMITED + "face: [{rate: 10%}, {fill_to: 500000}, {rate: 10%, most_face: 520000}]\n"


def test_a_face_is_filled_up_and_limited_as_it_is_played(app: Flask) -> None:
    with living(app, FILLED) as life:
        session = life.session
        assert [one.face_fen for one in life.book.accounts.values()] == [52_000_000, 52_000_000]
        assert queries.verify(session) == []
        voucher = session.get_one(Voucher, life.buyer.vouchers[1].id)
        less = {**voucher.additions, "face[1]": voucher.additions["face[1]"] - 1}
        session.execute(update(Voucher).where(Voucher.id == voucher.id).values(additions=less))
        broken = {one.rule for one in queries.verify(session)}
        assert "what was added to a compensation is what the policy adds" in broken


IN_CASH = (
    LIMITED + "face_without: [moving, moving_award]\nface: [{rate: 10%, parts: [home]}, {fill_to: 430000}]\n"
)


def test_what_is_paid_in_cash_is_not_in_the_face_as_it_is_played(app: Flask) -> None:
    with living(app, IN_CASH) as life:
        session = life.session
        # One reward is in the face, the other is not: 38.5 万 and 23.5 万 with a tenth of the home's lack
        # 0.8 万 and 17.3 万 of 43 万; 1.5 万 of each are paid in cash.
        assert [one.face_fen for one in life.book.accounts.values()] == [43_000_000, 43_000_000]
        assert queries.verify(session) == []
        voucher = session.get_one(Voucher, life.buyer.vouchers[0].id)
        assert voucher.additions == {"face[0]": 3_700_000, "face[1]": 800_000}
        whole_fen = voucher.agreement.compensation_fen
        assert voucher.face_fen - sum(voucher.additions.values()) + 1_500_000 == whole_fen
        session.execute(update(Voucher).where(Voucher.id == voucher.id).values(face_fen=43_500_000))
        broken = {one.rule for one in queries.verify(session)}
        assert "a voucher is its agreement's" in broken, "the reward for moving out is not in it"
        more = {**voucher.additions, "face[1]": 0}
        wrong = update(Voucher).where(Voucher.id == voucher.id)
        session.execute(wrong.values(face_fen=42_200_000, additions=more))
        broken = {one.rule for one in queries.verify(session)}
        assert "a voucher is its agreement's" not in broken
        assert "what was added to a compensation is what the policy adds" in broken


def test_a_line_that_is_no_part_of_a_compensation_is_found(app: Flask) -> None:
    """A fen more of the home adds nothing to the face, and would be told as a part of the agreement."""
    with living(app, IN_CASH) as life:
        unguard(life.session, "agreement_lines")
        life.session.execute(
            text("UPDATE agreement_lines SET amount_fen = amount_fen + 1 WHERE kind = 'home'")
        )
        broken = {one.rule for one in queries.verify(life.session)}
        assert broken == {"the lines of an agreement come to its compensation"}


NEAREST = (
    LIMITED
    + """face:
  - {rate: 10.02%, rounding: nearest_hundred_yuan}
  - {rate: 5%, most_yuan: 12550, rounding: nearest_hundred_yuan}
"""
)


def test_additions_are_rounded_half_up_and_never_above_their_most(app: Flask) -> None:
    with living(app, NEAREST) as life:
        session = life.session
        vouchers = [session.get_one(Voucher, one.id) for one in life.buyer.vouchers]
        # 40,080 and 25,050.007 yuan; 12,550, of which 12,600 would be above the most, and 12,500.0035.
        assert [one.additions for one in vouchers] == [
            {"face[0]": 4_010_000, "face[1]": 1_250_000},
            {"face[0]": 2_510_000, "face[1]": 1_250_000},
        ]
        assert queries.verify(session) == []
        for path, fen in (("face[0]", 2_500_000), ("face[1]", 1_260_000)):
            other = {**vouchers[1].additions, path: fen}
            session.execute(update(Voucher).where(Voucher.id == vouchers[1].id).values(additions=other))
            broken = {one.rule for one in queries.verify(session)}
            assert "what was added to a compensation is what the policy adds" in broken


@settings(max_examples=8, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(word=st.sampled_from(sorted(STEPS)), rate_bp=st.integers(1, 2_500).filter(lambda bp: bp % 32))
def test_exactly_half_of_a_step_is_added_and_a_fen_less_is_not(app: Flask, word: str, rate_bp: int) -> None:
    step_fen = STEPS[word]
    half_fen = on_a_half(rate_bp, step_fen, near_fen=SUMS[0])
    assert half_fen * rate_bp % (10_000 * step_fen) == 10_000 * step_fen // 2
    policy = LIMITED + f"face: [{{rate: {rate_bp / 100}%, rounding: {word}}}]\n"
    with living(app, policy, (half_fen, half_fen - 1)) as life:
        added = [life.session.get_one(Voucher, one.id).additions["face[0]"] for one in life.buyer.vouchers]
        below_fen = half_fen * rate_bp // 10_000 - step_fen // 2
        assert added == [below_fen + step_fen, below_fen]
        assert queries.verify(life.session) == []
        for place, wrong_fen in enumerate((below_fen, below_fen + step_fen)):
            voucher = update(Voucher).where(Voucher.id == life.buyer.vouchers[place].id)
            kept = life.session.get_one(Voucher, life.buyer.vouchers[place].id).additions
            life.session.execute(voucher.values(additions={"face[0]": wrong_fen}))
            broken = {one.rule for one in queries.verify(life.session)}
            assert "what was added to a compensation is what the policy adds" in broken
            life.session.execute(voucher.values(additions=kept))


BEARING = LIMITED + "interest: {rate: 3.65%, from: issue, on: [leftover], rounding: nearest_yuan}\n"


def test_exactly_half_a_yuan_of_interest_is_paid_and_a_fen_less_is_not(app: Flask) -> None:
    """A day bears a ten-thousandth: 20 days of 250,250 yuan 500.50."""
    with living(app, BEARING, (25_025_000, 25_024_999)) as life:
        life.wait(20)
        desk = life.shop.desk
        for place, interest_fen in enumerate((50_100, 50_000)):
            life.end(place, Kind.PAYOUT)
            made = find_live(life.session, voucher_id=life.buyer.vouchers[place].id)
            assert made is not None
            paid = pay(life.session, desk, approve(life.session, desk, made))
            assert paid.interest_fen == interest_fen
        assert queries.verify(life.session) == []
