"""How long so many requests were under way at once."""

import pytest

from tests.replay.idle import grouped, seconds_by_number


def test_seconds_are_told_by_how_many_were_under_way() -> None:
    found = seconds_by_number([(3.0, 4.0), (0.0, 2.0), (1.0, 1.5)])
    assert found == {0: pytest.approx(1.0), 1: pytest.approx(2.5), 2: pytest.approx(0.5)}


def test_one_that_begins_as_another_ends_leaves_nothing_idle() -> None:
    assert {number: taken for number, taken in seconds_by_number([(0, 1), (1, 2)]).items() if taken} == {1: 2}


def test_numbers_are_grouped_from_each_least_one_on() -> None:
    assert grouped({0: 1.0, 1: 2.0, 2: 4.0, 5: 8.0}, (0, 1, 2)) == [(0, 1.0), (1, 2.0), (2, 12.0)]


def test_nothing_was_under_way_in_no_time() -> None:
    assert seconds_by_number([]) == {}
