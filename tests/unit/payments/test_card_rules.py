"""In which parts a sum is paid online, and which part may be."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import DomainError
from app.payments.card_rules import LEAST_FEN, MOST_FEN, check_part, look_again, parts_of


@given(st.integers(0, 500_000_000))
def test_the_parts_are_the_sum_and_each_can_be_paid_after_the_other(missing_fen: int) -> None:
    parts = parts_of(missing_fen)
    assert sum(parts) == (missing_fen if missing_fen >= LEAST_FEN else 0)
    for part in parts:
        check_part(part, missing_fen=missing_fen)
        missing_fen -= part


def test_a_million_and_a_fen_goes_in_two_parts() -> None:
    assert parts_of(100_000_000) == [99_999_000, LEAST_FEN]
    assert parts_of(250_000_000) == [MOST_FEN, MOST_FEN, 50_000_002]
    assert parts_of(MOST_FEN) == [MOST_FEN]


@pytest.mark.parametrize(
    ("part_fen", "missing_fen", "code"),
    [
        (5_001, 5_000, "card_above_missing"),
        (MOST_FEN + 1, 2 * MOST_FEN, "card_too_much"),
        (LEAST_FEN - 1, 5_000, "card_too_little"),
        (4_500, 5_000, "card_too_little"),
        (0, 0, "card_too_little"),
    ],
)
def test_a_part_that_cannot_be(part_fen: int, missing_fen: int, code: str) -> None:
    with pytest.raises(DomainError) as refused:
        check_part(part_fen, missing_fen=missing_fen)
    assert (refused.value.code, refused.value.field) == (code, "amount")


def test_an_old_payment_is_asked_about_less_often() -> None:
    begun = datetime(2016, 6, 1, tzinfo=UTC)
    minute = timedelta(minutes=1)
    assert look_again(begun, begun=begun) == begun + minute
    assert look_again(begun + 8 * minute, begun=begun) == begun + 16 * minute
