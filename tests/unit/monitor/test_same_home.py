from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from app.monitor.same_home import voucher_above_cash

fen = st.integers(min_value=1, max_value=10**12)


@given(cash=fen, above=st.integers(min_value=1, max_value=10**9))
def test_one_fen_above_cash_is_found_at_any_price(cash: int, above: int) -> None:
    prices = [Decimal(cash + above) / 100], [Decimal(cash) / 100]
    assert voucher_above_cash(*prices) == [Decimal(above) / 100]


@given(cash=fen, below=st.integers(min_value=0, max_value=10**9))
def test_a_price_at_or_below_cash_is_never_above_it(cash: int, below: int) -> None:
    prices = [Decimal(max(cash - below, 1)) / 100], [Decimal(cash) / 100]
    assert voucher_above_cash(*prices) == [0]


def test_what_no_coin_can_pay_is_no_difference() -> None:
    assert voucher_above_cash([Decimal("291600.00000000006")], [Decimal(291600)]) == [0]


def test_without_a_cash_price_the_test_is_not_run() -> None:
    assert voucher_above_cash([Decimal(1)], [None]) == [None]
