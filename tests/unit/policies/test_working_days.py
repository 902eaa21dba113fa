"""Terms and tiers that end on no working day last to the next one (节假日顺延), where a policy says so."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import clock
from app.policies import bodies
from app.policies.errors import PolicyFileInvalid
from app.policies.idle import worth_a_look
from app.policies.reader import read
from tests.unit.policies.played import HEAD, steps_of

NONE = "bonus: {base: spent, fixed_by: lock, tiers: []}\n"
MOVES = HEAD.replace("from: issue}", "from: issue, extension_months: 3, ends: working_day}")
TIERS = """bonus:
  base: spent
  fixed_by: lock
  ends: working_day
  tiers:
    - {from_month: 1, to_month: 3, rate: 10%}
    - {from_month: 4, to_month: 15, rate: 5%}
"""
BY_DAYS = TIERS.replace("from_month: 1, to_month: 3", "from_nth_day: 1, to_nth_day: 90").replace(
    "from_month: 4, to_month: 15", "from_nth_day: 91, to_nth_day: 450"
)
days = st.dates(date(2016, 1, 1), date(2026, 6, 30))


def issued(day: str) -> str:
    """Return the step that issues 100 万 on a day."""
    return f"issue: {{voucher: A, on: {day}, face: 1000000}}"


@pytest.mark.parametrize(
    ("policy", "on", "last_day"),
    [
        (MOVES, "2024-10-04", "2025-10-09"),  # a Saturday within a week of holidays
        (MOVES, "2024-09-28", "2025-09-28"),  # a Sunday on which offices work
        (MOVES, "2024-03-08", "2025-03-10"),  # a Saturday
        (MOVES, "2024-03-11", "2025-03-11"),
        (HEAD, "2024-10-04", "2025-10-04"),
        (MOVES.replace("months: 12", "days: 30"), "2025-01-02", "2025-02-05"),  # in the Spring Festival
        (MOVES.replace("months: 12", "until: 2025-05-01"), "2025-01-02", "2025-05-06"),
        (MOVES + "scheme: {buy_until: 2025-10-07}\n", "2024-10-04", "2025-10-07"),
    ],
)
def test_the_last_day_is_the_next_working_day(policy: str, on: str, last_day: str) -> None:
    (step,) = steps_of(policy + NONE, issued(on))
    assert step["dates"]["last_day"] == last_day


def test_an_extension_counts_from_the_day_that_was_counted_and_moves_on_itself() -> None:
    longer = "extend: {voucher: A, on: 2025-10-08, months: 3}"
    (_, step) = steps_of(MOVES + NONE, issued("2024-10-04"), longer)
    assert step["dates"]["last_day"] == "2026-01-04", "a Sunday on which offices work"
    (_, step) = steps_of(MOVES + NONE, issued("2024-10-10"), longer)
    assert step["dates"]["last_day"] == "2026-01-12", "the 10th is a Saturday"


def test_a_home_is_bought_on_the_day_to_which_the_term_moved() -> None:
    buys = [f"buy: {{home: H{day}, voucher: A, on: 2025-10-{day:02}, price: 100000}}" for day in (8, 9, 10)]
    told = steps_of(MOVES + NONE, issued("2024-10-04"), *buys)[1:]
    assert [step["outcome"] for step in told] == ["done", "done", "refused"]


@pytest.mark.parametrize(("day", "bonus_fen"), [("2025-05-06", 1_000_000), ("2025-05-07", 500_000)])
def test_a_tier_lasts_to_the_next_working_day_and_the_next_begins_after_it(day: str, bonus_fen: int) -> None:
    """Three months from 1 February end on 1 May 2025; offices open again on the 6th."""
    buy = f"buy: {{home: H, voucher: A, on: {day}, price: {100_000}, most: {100_000}}}"
    (_, step) = steps_of(MOVES + TIERS.replace("spent\n", "price\n", 1), issued("2025-02-01"), buy)
    assert [line["fen"] for line in step["amounts"] if line["of"] == "bonus"] == [bonus_fen]


@given(start=days, policy=st.sampled_from([TIERS, BY_DAYS]))
def test_tiers_follow_on_whatever_day_the_term_starts(start: date, policy: str) -> None:
    tiers = bodies.parse(MOVES.replace("months: 12", "months: 24") + policy).bonus.tiers_of(start)
    counted = bodies.parse(
        MOVES.replace("months: 12", "months: 24") + policy.replace("  ends: working_day\n", "")
    ).bonus.tiers_of(start)
    assert tiers[0].first_day == start
    assert all(later.first_day == one.last_day + timedelta(days=1) for one, later in pairwise(tiers))
    for one, before in zip(tiers, counted, strict=True):
        assert clock.is_working_day(one.last_day)
        skipped = range((one.last_day - before.last_day).days)
        assert not any(clock.is_working_day(before.last_day + timedelta(days=day)) for day in skipped)


@given(start=days, months=st.integers(0, 3))
def test_a_term_ends_on_the_first_working_day_that_is_not_before_its_end(start: date, months: int) -> None:
    policies = [bodies.parse(head + NONE) for head in (MOVES, HEAD)]
    issued_at = datetime(start.year, start.month, start.day, 4, tzinfo=UTC)
    moved, counted = (clock.last_day(one.expires_at(issued_at, extended_by=months)) for one in policies)
    assert moved == clock.working_day_from(counted)


def test_days_of_the_calendar_say_themselves_when_they_end() -> None:
    tiers = "tiers: [{from_day: 2025-01-01, to_day: 2025-05-01, rate: 10%}]"
    with pytest.raises(PolicyFileInvalid) as refused:
        read(HEAD + f"bonus: {{base: spent, fixed_by: lock, ends: working_day, {tiers}}}\n")
    (problem,) = refused.value.problems
    assert (problem.path, problem.line) == ("bonus.ends", 8)
    assert "write the last day itself" in problem.reason


def test_days_of_the_calendar_reach_the_day_to_which_a_fixed_term_moves() -> None:
    """The National Day week of 2026 ends on 7 October."""
    fixed = HEAD.replace("months: 12, from: issue", "until: 2026-10-01, from: issue")
    moves = fixed.replace("from: issue", "from: issue, ends: working_day")
    tiers = "tiers: [{from_day: 2026-01-01, to_day: 2026-10-08, rate: 4%}]"
    bonus = f"bonus: {{base: spent, fixed_by: lock, {tiers}}}\n"
    buy = "buy: {home: H, voucher: A, on: 2026-10-08, price: 104000}"
    (_, step) = steps_of(moves + bonus, issued("2026-02-02"), buy)
    assert [line["fen"] for line in step["amounts"]] == [10_000_000, 400_000]
    for policy in (moves + bonus.replace("10-08", "10-17"), fixed + bonus):
        with pytest.raises(PolicyFileInvalid) as refused:
            read(policy)
        assert [one.path for one in refused.value.problems] == ["bonus.tiers[0].to_day"]


def test_a_tier_that_would_end_before_its_term_is_told() -> None:
    said = MOVES.replace(", extension_months: 3", "") + TIERS.replace("15", "12")
    alone = said.replace("  ends: working_day\n", "")
    assert [path for path, _reason in worth_a_look(read(alone))] == ["bonus.tiers[1].to_month"]
    assert worth_a_look(read(said)) == []
    idle = MOVES + NONE.replace("tiers: []", "ends: working_day, tiers: []")
    assert [path for path, _reason in worth_a_look(read(idle))] == ["bonus.ends"]
