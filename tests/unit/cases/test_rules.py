import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cases import rules
from app.cases.rules import RULES


@pytest.mark.parametrize(
    ("voucher", "against", "fen", "rate_bp"),
    [
        (57_000_000, 55_800_000, 1_200_000, 215),
        (2, 1, 1, 10_000),
        (10_001, 10_000, 1, 1),
        (20_001, 20_000, 1, 1),  # half of a ten-thousandth is rounded up
        (20_003, 20_002, 1, 0),
        (100_000_001, 100_000_000, 1, 0),
    ],
)
def test_the_excess_is_exact_in_fen_and_rounded_in_per_cent(
    voucher: int, against: int, fen: int, rate_bp: int
) -> None:
    assert rules.excess(price_fen=voucher, against_fen=against) == rules.Excess(fen, rate_bp)


@given(against=st.integers(1, 10**15), gap=st.integers(1, 10**15))
def test_the_rate_is_never_further_than_half_a_ten_thousandth_from_the_truth(against: int, gap: int) -> None:
    found = rules.excess(price_fen=against + gap, against_fen=against)
    assert found.fen == gap
    assert 2 * abs(found.rate_bp * against - gap * 10_000) <= against


@pytest.mark.parametrize("voucher", [99, 100])
def test_a_price_that_is_not_above_has_no_excess(voucher: int) -> None:
    with pytest.raises(ValueError, match="is not above"):
        rules.excess(price_fen=voucher, against_fen=100)


def test_another_rule_or_another_price_version_is_another_breach() -> None:
    cash, filed = RULES["voucher_above_cash"], RULES["voucher_above_filed"]
    keys = {
        rules.natural_key(rule, above_version_id=voucher, against_version_id=against)
        for rule in (cash, filed)
        for voucher in (1, 11)
        for against in (1, 11)
    }
    assert len(keys) == 8
    assert rules.natural_key(cash, above_version_id=3, against_version_id=7) == (
        "voucher_above_cash/1:voucher=3:cash=7"
    )
