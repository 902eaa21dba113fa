from datetime import UTC, date, datetime

import pytest

from app.core import clock


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2016, 1, 31), 1, date(2016, 2, 29)),
        (date(2015, 1, 31), 1, date(2015, 2, 28)),
        (date(2016, 2, 29), 12, date(2017, 2, 28)),
        (date(2016, 6, 1), 18, date(2017, 12, 1)),
        (date(2016, 12, 15), 1, date(2017, 1, 15)),
        (date(2016, 5, 31), 0, date(2016, 5, 31)),
    ],
)
def test_a_month_ends_on_the_same_day_number_or_the_months_last(
    day: date, months: int, expected: date
) -> None:
    assert clock.add_months(day, months) == expected


def test_a_legal_day_ends_at_midnight_in_shanghai() -> None:
    assert clock.end_of_day(date(2016, 6, 1)) == datetime(2016, 6, 1, 16, tzinfo=UTC)
    assert clock.legal_day(datetime(2016, 6, 1, 15, 59, 59, tzinfo=UTC)) == date(2016, 6, 1)
    assert clock.legal_day(datetime(2016, 6, 1, 16, tzinfo=UTC)) == date(2016, 6, 2)
    assert clock.start_of_day(date(2016, 6, 2)) == clock.end_of_day(date(2016, 6, 1))


def test_working_days_skip_holidays_and_count_make_up_days() -> None:
    # National Day 2016: 1 to 7 October off, Saturday 8 and Sunday 9 worked.
    assert clock.add_working_days(date(2016, 9, 30), 1) == date(2016, 10, 8)
    assert clock.add_working_days(date(2016, 9, 30), 2) == date(2016, 10, 9)


def test_beyond_the_kept_calendar_only_weekends_are_known() -> None:
    assert not clock.is_working_day(date(2040, 1, 1))  # a Sunday
    assert clock.is_working_day(date(2040, 1, 2))
