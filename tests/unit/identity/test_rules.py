from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from app.core.errors import DomainError
from app.identity.rules import check_password, check_username, matching_step
from app.identity.tries import network, sign_in_tries

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
MOMENT = datetime(2026, 11, 24, 12, 0, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short-one", "password_short"),
        ("1234567890", "password_common"),
        ("PassWord123", "password_common"),
        ("aaaaaaaaaaaa", "password_common"),
        ("ababababababab", "password_common"),
        ("wanglihua01", "password_is_name"),
    ],
)
def test_a_password_that_is_guessed_first_is_refused(password: str, code: str) -> None:
    with pytest.raises(DomainError) as refused:
        check_password(password, username="wanglihua")
    assert (refused.value.code, refused.value.field) == (code, "new_password")


@pytest.mark.parametrize("password", ["我家住在港华路十二号", "four plain words", "wanglihua and more words"])
def test_what_a_password_is_made_of_is_free(password: str) -> None:
    check_password(password, username="wanglihua")


@pytest.mark.parametrize("name", ["ab", "Wangli", "1wang", "wang li", "王丽", "wang@li", "a" * 33, "wang\n"])
def test_what_is_no_sign_in_name(name: str) -> None:
    with pytest.raises(DomainError):
        check_username(name)


def test_a_sign_in_name() -> None:
    check_username("wang.li-2")


@pytest.mark.parametrize(
    ("seconds", "taken"), [(0, True), (-30, True), (30, True), (-90, False), (90, False)]
)
def test_a_code_holds_for_half_a_minute_on_either_side(seconds: int, taken: bool) -> None:
    code = pyotp.TOTP(SECRET).at(MOMENT + timedelta(seconds=seconds))
    step = matching_step(SECRET, f"{code[:3]} {code[3:]}", MOMENT)
    assert step == (int((MOMENT + timedelta(seconds=seconds)).timestamp()) // 30 if taken else None)


@pytest.mark.parametrize("typed", ["", "abcdef", "１２３４５６", "12345", "7" * 30])
def test_what_is_no_code(typed: str) -> None:
    assert matching_step(SECRET, typed, MOMENT) is None


def test_one_subscriber_is_one_address() -> None:
    assert network("2001:db8:1:2:3:4:5:6") == network("2001:db8:1:2::9") == "2001:db8:1:2::"
    assert network("203.0.113.7") == "203.0.113.7"
    assert network("::ffff:203.0.113.7") == "203.0.113.7"
    assert network("") == ""


def test_names_that_differ_in_case_and_blanks_share_a_count() -> None:
    first = sign_in_tries(username="Wang ", address="203.0.113.7", device=None)
    assert first == sign_in_tries(username="wang", address="203.0.113.7", device=None)
