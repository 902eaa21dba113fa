from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import money

fen = st.integers(min_value=0, max_value=money.MAX_FEN)
rates = st.integers(min_value=0, max_value=10_000)


@given(fen)
def test_yuan_round_trips_exactly(amount: int) -> None:
    assert money.yuan_to_fen(Decimal(amount) / 100) == amount


@pytest.mark.parametrize("typed", ["1.005", "abc", "NaN", "Infinity", "1e30", "1e999999", ""])
def test_yuan_is_refused_rather_than_rounded(typed: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        money.yuan_to_fen(typed)


@given(fen, rates)
def test_the_least_share_is_one_and_a_fen_less_is_none(amount: int, rate: int) -> None:
    least = money.share_ceil(amount, rate)
    assert least * 10_000 >= amount * rate
    assert (least - 1) * 10_000 < amount * rate


@given(fen, rates)
def test_a_share_never_exceeds_its_exact_value_and_misses_less_than_a_fen(amount: int, rate: int) -> None:
    exact = Decimal(amount) * rate / 10_000
    assert 0 <= exact - money.share_floor(amount, rate) < 1


def test_a_sum_for_each_square_metre_is_rounded_down() -> None:
    assert money.area_floor(333, Decimal("0.99")) == 329
    assert money.area_floor(30_000, Decimal("66.67")) == 2_000_100


def test_unit_price_rounds_half_up() -> None:
    assert money.unit_price(100, Decimal("8")) == 13
    assert money.unit_price(62_000_000, Decimal("89.50")) == 692_737


@pytest.mark.parametrize(
    ("yuan", "fen"),
    [("570000", 57_000_000), ("725993.2265", 72_599_323), ("0.005", 1), ("0.0049", 0), ("-0.005", -1)],
)
def test_a_computed_sum_goes_to_the_nearest_fen_and_half_goes_away_from_zero(yuan: str, fen: int) -> None:
    assert money.nearest_fen(Decimal(yuan)) == fen


@pytest.mark.parametrize("yuan", ["NaN", "Infinity", "1e14", "1e999999"])
def test_a_computed_sum_out_of_reach_is_refused(yuan: str) -> None:
    with pytest.raises(ValueError, match="too large"):
        money.nearest_fen(Decimal(yuan))


def test_a_home_sold_by_the_square_metre_costs_their_product_to_the_fen() -> None:
    assert money.price_of(Decimal("6703.91"), Decimal("89.50")) == 59_999_995  # 599,999.945
