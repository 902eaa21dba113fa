"""What an account number may be, whoever typed it how."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import DomainError
from app.payments.account_rules import check_holder, check_since, grouped, tidy_number


@given(st.text("0123456789", min_size=8, max_size=30).filter(lambda digits: not digits.startswith("62")))
def test_a_number_survives_its_grouping(digits: str) -> None:
    assert tidy_number(grouped(digits)) == digits
    assert tidy_number(f" {grouped(digits).replace(' ', '-')}　") == digits


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("1234567", "account_number_bad"),
        ("1" * 31, "account_number_bad"),
        ("3400 1234 56O8", "account_number_bad"),
        ("", "account_number_bad"),
        ("6222 0210 0112 2333 46", "account_is_card"),
    ],
)
def test_what_is_no_supervised_account_is_refused(typed: str, code: str) -> None:
    with pytest.raises(DomainError) as refused:
        tidy_number(typed)
    assert (refused.value.code, refused.value.field) == (code, "number")


def test_a_number_like_a_cards_whose_check_fails_is_an_account() -> None:
    assert tidy_number("6222 0210 0112 2333 47") == "622202100112233347"


def test_full_width_digits_are_digits() -> None:
    assert tidy_number("３４００１２３４") == "34001234"


def test_a_person_holds_no_supervised_account_and_no_day_is_ahead() -> None:
    with pytest.raises(DomainError, match="account_holder_short"):
        check_holder(" 欧阳建国 ")
    assert check_holder(" 测试置业有限公司 ") == "测试置业有限公司"
    with pytest.raises(DomainError, match="account_day_ahead"):
        check_since(date(2016, 6, 3), today=date(2016, 6, 2))
