"""Interest by months, payment at the end of a quarter, and a leftover of which a part has another rate."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import clock
from app.policies import bodies
from app.policies.errors import PolicyFileInvalid
from app.policies.interest import whole_months
from app.policies.settling import Within
from tests.unit.policies.played import HEAD, steps_of

BONUS = "bonus: {base: spent, fixed_by: lock, tiers: [{from_month: 1, to_month: 12, rate: 10%}]}\n"


ISSUED = "issue: {voucher: A, on: 2025-01-31, face: 120000}"


def lapsed(policy: str, *on: str) -> dict[str, int]:
    """Return what the end of a voucher of 12 万, issued on 31 January 2025, comes to, in fen."""
    *_, last = steps_of(HEAD + BONUS + policy, ISSUED, *on)
    return {one["of"]: one["fen"] for one in last["amounts"]}


@pytest.mark.parametrize(
    ("interest", "fen"),
    [
        # From 31 January 2025 to 14 March 2026 thirteen months ended and a fourteenth began.
        ("rate: 1.5%, count: months", 195_000),
        ("rate: 1.5%, count: begun_months", 210_000),
        ("rate: 0.125%, per: month", 195_000),
        # The same rate by days: 407 of them, 120,000 x 1.5% x 407 / 365 = 2,007.123.
        ("rate: 1.5%", 200_712),
        # Over a year: 1.5% as long as it ran, and not the 2% of two years.
        ("terms: [{months: 3, rate: 1.1%}, {months: 12, rate: 1.5%}, {months: 24, rate: 2%}]", 200_712),
        ("terms: [{months: 24, rate: 2%}]", 0),
    ],
)
def test_interest_by_months_comes_to_its_figures(interest: str, fen: int) -> None:
    policy = f"lapse: {{effect: cash}}\ninterest: {{{interest}, from: issue, on: [lapse]}}\n"
    assert lapsed(policy, "lapse: {voucher: A, on: 2026-03-14}").get("interest", 0) == fen


@pytest.mark.parametrize(
    ("on", "day", "fen"),
    [
        # Nine months from 31 January end on 31 October: 273 days of 12 万 at 2.3‰ or 3.5‰ a month of 30 days.
        ("", "2025-10-30", 250_240),
        ("", "2025-10-31", 382_200),
        ("terms_on: last_day, ", "2025-10-31", 382_200),
        ("terms_on: day_after, ", "2025-10-31", 251_160),
        ("terms_on: day_after, ", "2025-11-01", 383_600),
    ],
)
def test_a_term_is_over_on_its_last_day_or_the_day_after_it(on: str, day: str, fen: int) -> None:
    terms = f"terms: [{{months: 6, rate: 2.76%}}, {{months: 9, rate: 4.2%}}], {on}days_in_year: 360"
    policy = (
        f"leftover: [{{spent_from: 0%, rate: 100%}}]\ninterest: {{{terms}, from: issue, on: [leftover]}}\n"
    )
    assert lapsed(policy, f"payout: {{voucher: A, on: {day}}}")["interest"] == fen


@given(first=st.dates(date(2000, 1, 1), date(2030, 1, 1)), days=st.integers(0, 2000))
def test_whole_months_are_those_that_ended(first: date, days: int) -> None:
    last = date.fromordinal(first.toordinal() + days)
    months = whole_months(first, last)
    assert clock.add_months(first, months) <= last < clock.add_months(first, months + 1)
    begun = whole_months(first, last, with_begun=True)
    assert begun == months + (clock.add_months(first, months) < last)


@pytest.mark.parametrize(
    ("day", "said", "end"),
    [
        (date(2025, 1, 1), Within(1, "quarter_ends"), date(2025, 3, 31)),
        (date(2025, 6, 30), Within(1, "quarter_ends"), date(2025, 6, 30)),
        (date(2025, 7, 1), Within(1, "quarter_ends"), date(2025, 9, 30)),
        (date(2025, 11, 5), Within(2, "quarter_ends"), date(2026, 3, 31)),
        (date(2024, 2, 1), Within(1, "month_ends"), date(2024, 2, 29)),
        (date(2024, 2, 29), Within(1, "month_ends"), date(2024, 2, 29)),
        (date(2025, 12, 31), Within(2, "month_ends"), date(2026, 1, 31)),
        (date(2025, 6, 30), Within(1, "half_year_ends"), date(2025, 6, 30)),
        (date(2025, 7, 1), Within(1, "half_year_ends"), date(2025, 12, 31)),
        (date(2025, 7, 1), Within(2, "half_year_ends"), date(2026, 6, 30)),
        (date(2025, 3, 1), Within(1, "month_ends", 10), date(2025, 4, 10)),
        (date(2025, 12, 31), Within(1, "month_ends", 10), date(2026, 1, 10)),
        (date(2025, 1, 31), Within(1, "month_ends", 28), date(2025, 2, 28)),
        (date(2025, 4, 1), Within(1, "quarter_ends", 15), date(2025, 7, 15)),
        (date(2025, 8, 8), Within(1, "half_year_ends", 1), date(2026, 1, 1)),
    ],
)
def test_money_is_paid_by_the_end_of_a_time_of_the_calendar(day: date, said: Within, end: date) -> None:
    assert said.after(day) == end


def test_a_part_of_what_is_left_has_another_rate() -> None:
    band = "leftover: [{spent_from: 0%, rate: 100%, rate_up_to: 5%, rate_beyond: 90%}]\n"
    bought = "buy: {home: H, voucher: A, on: 2025-02-01, price: 110000.01}"
    # 100,000.01 are spent with a tenth of it: 19,999.99 are left. 6,000 in full, of 13,999.99 nine tenths.
    assert lapsed(band, bought, "payout: {voucher: A, on: 2025-02-02}")["paid_out"] == 600_000 + 1_259_999
    lost = band.replace(", rate_beyond: 90%", "")
    assert lapsed(lost, bought, "payout: {voucher: A, on: 2025-02-02}")["paid_out"] == 600_000
    # Never more than is left: after 11.5 万 nothing lies beyond.
    bought = "buy: {home: H, voucher: A, on: 2025-02-01, price: 126500}"
    assert lapsed(lost, bought, "payout: {voucher: A, on: 2025-02-02}")["paid_out"] == 500_000


def test_a_bonus_in_cash_alone_says_so() -> None:
    bonus = BONUS.replace("base: spent,", "base: spent, paid: cash,")
    _, step = steps_of(HEAD + bonus, ISSUED, "buy: {home: H, voucher: A, on: 2025-02-01, price: 100000}")
    assert [(one["of"], one["fen"], one["rules"][0]["code"]) for one in step["amounts"][1:]] == [
        ("bonus", 0, "only_cash"),
        ("bonus in cash", 1_000_000, "spent"),
    ]


@pytest.mark.parametrize(
    ("said", "slip"),
    [
        (
            "interest: {rate: 1%, per: month, count: days, from: issue, on: [lapse]}",
            "must be months or begun_months; by days write twelve times the rate, without per",
        ),
        (
            "interest: {rate: 1%, terms_on: day_after, from: issue, on: [lapse]}",
            "interest.terms_on: only means something with terms",
        ),
        ("interest: {rate: 1%, per: day, count: months, from: issue, on: [lapse]}", "per: day does not"),
        (
            "interest: {terms: [{months: 3, rate: 1%}, {months: 3, rate: 2%}], from: issue, on: [lapse]}",
            "must be above the one before",
        ),
        ("leftover: [{spent_from: 0%, rate: 0%, rate_beyond: 1%}]", "only means something with rate_up_to"),
        ("leftovers: [{spent_from: 0%, rate: 0%}]", "(did you mean leftover?)"),
        (
            "lapse: {effect: cash, give_up: {effect: cash, after: void}}",
            "says how a voucher is claimed after its term, not how it is given up; here stand effect,",
        ),
        ("lapse: {effect: avoid}", "is 'avoid' (did you mean void?), must be cash or void or agreement"),
    ],
)
def test_slips_are_named_with_what_was_meant(said: str, slip: str) -> None:
    with pytest.raises(PolicyFileInvalid) as refused:
        bodies.parse(HEAD + BONUS + said + "\n")
    assert slip in " ".join(map(str, refused.value.problems))
