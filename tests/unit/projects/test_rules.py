"""ID numbers: the check sign of GB 11643, days of birth, and what may be shown."""

from datetime import date

import pytest

from app.projects.rules import (
    check_sign,
    ends_with,
    is_adult,
    is_id_number,
    is_last_six,
    masked_id,
    masked_phone,
    tidy_id,
)

# The standard's own example.
STANDARD = "11010519491231002X"


def test_the_standards_example_holds() -> None:
    assert is_id_number(STANDARD)
    assert check_sign(STANDARD) == "X"


def test_every_single_slip_and_every_swap_of_neighbours_is_found() -> None:
    for place in range(17):
        for digit in "0123456789":
            slipped = STANDARD[:place] + digit + STANDARD[place + 1 :]
            assert is_id_number(slipped) == (slipped == STANDARD), slipped
    for place in range(16):
        swapped = list(STANDARD)
        swapped[place], swapped[place + 1] = swapped[place + 1], swapped[place]
        assert is_id_number("".join(swapped)) == ("".join(swapped) == STANDARD)


@pytest.mark.parametrize(
    ("typed", "tidy"),
    [
        ("11010519491231002x", STANDARD),
        ("１１０１０５１９４９１２３１００２Ｘ", STANDARD),
        (" 110105 19491231 002ｘ ", STANDARD),
    ],
)
def test_full_width_small_and_spaced_signs_are_read(typed: str, tidy: str) -> None:
    assert tidy_id(typed) == tidy


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "1101051949123100",
        "110105194902300028",
        "1101051949123100２X",
        "X10105194912310021",
        STANDARD + "1",
    ],
)
def test_what_is_no_number_is_refused(bad: str) -> None:
    assert not is_id_number(bad)


@pytest.mark.parametrize(
    ("signs", "good"),
    [("31002X", True), ("310021", True), ("X10021", False), ("31002", False), ("３１００２Ｘ", False)],
)
def test_the_last_six(signs: str, good: bool) -> None:
    assert is_last_six(signs) is good


def test_the_end_is_compared_whole() -> None:
    assert ends_with(STANDARD, "31002X")
    assert not ends_with(STANDARD, "31002")
    assert not ends_with(STANDARD, "310020")


@pytest.mark.parametrize(("day", "adult"), [(date(1967, 12, 30), False), (date(1967, 12, 31), True)])
def test_of_age_from_the_eighteenth_birthday(day: date, adult: bool) -> None:
    assert is_adult(STANDARD, day) is adult


def test_a_mask_hides_what_claims_an_account() -> None:
    assert masked_id(STANDARD) == "110105************"
    assert masked_phone("13805560000") == "138****0000"
