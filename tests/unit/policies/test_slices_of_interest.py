"""Interest at another rate from a later month on, and interest that begins some months later."""

from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.clock import add_months
from app.policies import reader
from app.policies.errors import PolicyFileInvalid
from app.policies.interest import InterestRule
from app.web.policies import interest_rate
from tests.unit.policies.played import HEAD, steps_of

PAID = "bonus: {base: spent, fixed_by: lock, tiers: []}\nleftover: [{spent_from: 0%, rate: 100%}]\n"
LONG = HEAD.replace("months: 12", "months: 24")
TWO = "[{months: 0, rate: 1.5%}, {months: 12, rate: 2%}]"
ISSUE = "issue: {voucher: A, on: 2025-03-01, face: 100000}"


@pytest.mark.parametrize(
    ("slices", "on", "days", "fen"),
    [
        # The first year ends on 1 March 2026, and its 365 days bear 1,500.
        (TWO, "2026-03-01", [365, 0], 150_000),
        (TWO, "2026-03-02", [365, 1], 150_547),
        (TWO, "2026-04-30", [365, 60], 150_000 + 32_876),
        (TWO, "2025-03-01", [0, 0], 0),
        # From the seventh month on: nothing up to 1 September.
        ("[{months: 6, rate: 1.5%}]", "2025-09-01", [0], 0),
        ("[{months: 6, rate: 1.5%}]", "2025-09-02", [1], 410),
    ],
)
def test_each_day_bears_the_rate_of_its_time(slices: str, on: str, days: list[int], fen: int) -> None:
    """第一年按年利率 1.5% 计息，第二年按 2%；自核发后第 7 个月起计息."""
    said = LONG + PAID + f"interest: {{slices: {slices}, from: issue, on: [leftover]}}\n"
    _, paid = steps_of(said, ISSUE, f"payout: {{voucher: A, on: {on}}}")
    (borne,) = (one for one in paid["amounts"] if one["of"] == "interest")
    rules = [rule for rule in borne["rules"] if rule["code"] == "interest"]
    assert (borne["fen"], [rule["figures"]["days"] for rule in rules]) == (fen, days)
    assert [rule["path"] for rule in rules] == [f"interest.slices[{place}]" for place in range(len(days))]


@given(
    fen=st.integers(0, 10**11),
    first=st.dates(date(2016, 1, 1), date(2027, 12, 31)),
    last=st.integers(0, 1500),
    slices=st.dictionaries(st.integers(0, 40), st.integers(0, 100_000), min_size=1, max_size=3),
)
def test_it_is_the_sum_of_what_its_days_bear(
    fen: int, first: date, last: int, slices: dict[int, int]
) -> None:
    rows = tuple(sorted(slices.items()))
    rule = InterestRule(0, 365, "issue", frozenset(), slices=rows)
    exact, day = Fraction(), first
    for _ in range(last):
        day += timedelta(days=1)
        over = [rate for months, rate in rows if add_months(first, months) < day]
        exact += Fraction(fen * (over[-1] if over else 0), 365_000_000)
    assert rule.of(fen, first, day).fen == int(exact)
    borne = [rule.of(fen, first, first + timedelta(days=ran)).fen for ran in range(0, last, 97)]
    assert all(one <= two for one, two in pairwise(borne))


@pytest.mark.parametrize(
    ("said", "path", "reason"),
    [
        (f"slices: {TWO.replace('12', '0')}", "interest.slices[1].months", "must be above the one before"),
        (f"slices: {TWO}, rate: 1%", "interest", "may have only rate or rates or terms or slices"),
        (
            f"slices: {TWO}, count: months",
            "interest",
            "counts by whole months, and slices does not: write count: days",
        ),
    ],
)
def test_what_does_not_fit_is_refused(said: str, path: str, reason: str) -> None:
    with pytest.raises(PolicyFileInvalid) as found:
        reader.read(HEAD + PAID + f"interest: {{{said}, from: issue, on: [leftover]}}\n")
    assert [str(one) for one in found.value.problems] == [f"line 10: {path}: {reason}"]


def test_of_what_is_spent_too() -> None:
    tiers = f"[{{from_month: 1, to_month: 24, interest: {{slices: {TWO}}}}}]"
    held = f"bonus: {{base: held, paid: cash, fixed_by: lock, counted_from: issue, tiers: {tiers}}}\n"
    _, home = steps_of(LONG + held, ISSUE, "buy: {home: H, voucher: A, on: 2026-04-30, price: 100000}")
    (borne,) = (one["fen"] for one in home["amounts"] if one["of"] == "bonus in cash")
    assert borne == 150_000 + 32_876


def test_pages_say_from_which_month_which_rate_holds() -> None:
    rule = InterestRule(0, 365, "issue", frozenset(), slices=((0, 15_000), (12, 20_000)))
    assert interest_rate(rule) == "第 1 个月起年利率 1.5%，第 13 个月起年利率 2%"
