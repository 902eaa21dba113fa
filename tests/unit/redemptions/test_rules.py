"""Vouchers pay for a home to the fen."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.money import share_floor
from app.policies.bonus import Terms
from app.policies.rules import BonusRule, Tier
from app.redemptions.rules import Plan, Source, fill, quote_expires_at

DAY = date(2016, 6, 1)


def of_spent(rate_bp: int) -> Terms:
    return Terms(BonusRule(), Tier(rate_bp, DAY, DAY, 0, None), face_fen=10**11)


prices = st.integers(min_value=1, max_value=10**11)
sources = st.builds(
    Source,
    ref=st.uuids().map(str),
    available_fen=st.integers(min_value=0, max_value=10**11),
    limit_fen=st.none() | st.integers(min_value=1, max_value=10**11),
    terms=st.sampled_from((0, 1, 333, 1200, 1600, 2000, 9999, 10_000)).map(of_spent),
)
tiny = st.builds(
    Source,
    ref=st.uuids().map(str),
    available_fen=st.integers(min_value=0, max_value=12),
    limit_fen=st.none() | st.integers(min_value=1, max_value=12),
    terms=st.sampled_from((0, 1200, 2000, 5000, 10_000)).map(of_spent),
)


def rate_of(source: Source) -> int:
    return source.terms.tier.rate_bp if source.terms.tier else 0


def most_of(source: Source) -> int:
    return source.available_fen if source.limit_fen is None else min(source.available_fen, source.limit_fen)


def check(price: int, chosen: list[Source], plan: Plan) -> None:
    assert plan.spent_fen + plan.bonus_fen + plan.top_up_fen == price
    assert 0 <= plan.top_up_fen <= price
    missing = price
    for source, part in zip(chosen, plan.parts, strict=True):
        assert part.ref == source.ref
        assert 0 <= part.spent_fen <= most_of(source)
        assert part.spent_fen + part.leftover_fen == source.available_fen
        full_bonus = share_floor(part.spent_fen, rate_of(source))
        assert 0 <= part.bonus_fen <= full_bonus
        missing -= part.spent_fen + part.bonus_fen
        # Only the part that reaches the price may lose a fen of bonus; one fen less would not reach it.
        assert part.bonus_fen == full_bonus or (missing == 0 and full_bonus - part.bonus_fen == 1)
        if missing:
            assert part.spent_fen == most_of(source)
        elif part.spent_fen:
            one_less = part.spent_fen - 1
            assert one_less + share_floor(one_less, rate_of(source)) < part.spent_fen + part.bonus_fen


@given(price=prices, chosen=st.lists(sources, max_size=5))
def test_spent_bonus_and_top_up_are_the_price(price: int, chosen: list[Source]) -> None:
    check(price, chosen, fill(price, chosen))


@given(price=st.integers(min_value=1, max_value=30), chosen=st.lists(tiny, max_size=4))
def test_also_where_every_fen_counts(price: int, chosen: list[Source]) -> None:
    check(price, chosen, fill(price, chosen))


@given(price=prices, chosen=st.lists(sources, min_size=1, max_size=3))
def test_a_voucher_is_not_touched_once_the_price_is_reached(price: int, chosen: list[Source]) -> None:
    plenty = Source("plenty", price, None, of_spent(0))
    plan = fill(price, [plenty, *chosen])
    assert plan.parts[0].spent_fen == price
    assert all(part.spent_fen == part.bonus_fen == 0 for part in plan.parts[1:])


@pytest.mark.parametrize(
    ("available", "limit", "rate", "spent", "bonus", "top_up", "leftover"),
    [
        # 46.2 万 with 130.55 万 in the first three months: 38.5 万 and a fifth of it.
        (130_550_000, None, 2000, 38_500_000, 7_700_000, 0, 92_050_000),
        # A limit of 10 万: the household pays the rest.
        (130_550_000, 10_000_000, 2000, 10_000_000, 2_000_000, 34_200_000, 120_550_000),
        # Less than the price, without a bonus.
        (20_000_000, None, 0, 20_000_000, 0, 26_200_000, 0),
    ],
)
def test_hailing_in_figures(
    available: int, limit: int | None, rate: int, spent: int, bonus: int, top_up: int, leftover: int
) -> None:
    plan = fill(46_200_000, [Source("FP", available, limit, of_spent(rate))])
    (part,) = plan.parts
    assert (part.spent_fen, part.bonus_fen, plan.top_up_fen, part.leftover_fen) == (
        spent,
        bonus,
        top_up,
        leftover,
    )


TWO_TIERS = [Source("A", 20_000_000, None, of_spent(1200)), Source("B", 90_000_000, None, of_spent(2000))]


def test_two_vouchers_of_different_tiers() -> None:
    plan = fill(46_200_000, TWO_TIERS)
    first, second = plan.parts
    assert (first.spent_fen, first.bonus_fen) == (20_000_000, 2_400_000)
    assert second.spent_fen + second.bonus_fen == 23_800_000
    assert second.spent_fen == 19_833_334
    assert plan.top_up_fen == 0


def test_a_quote_lasts_half_an_hour_but_never_past_midnight() -> None:
    morning = datetime(2016, 6, 1, 2, 0, tzinfo=UTC)
    assert quote_expires_at(morning) == morning + timedelta(minutes=30)
    late = datetime(2016, 6, 1, 15, 45, tzinfo=UTC)  # 23:45 in Shanghai
    assert quote_expires_at(late) == datetime(2016, 6, 1, 16, 0, tzinfo=UTC)
