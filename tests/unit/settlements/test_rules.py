"""What falls due of a share, what may be claimed of it, and how old a debt is."""

from dataclasses import replace
from datetime import date, timedelta
from types import SimpleNamespace
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.policies.settling import LateRule, SettlementRule, Tranche, Within
from app.settlements.reports import interest_need, rows_of, standing_of
from app.settlements.rules import LineKind, Part, Taken, parts_of
from app.settlements.shares import Share

DAY = date(2016, 6, 1)
RULE = SettlementRule(
    "developer",
    (
        Tranche("verified", 6_000, Within(30, "days"), "a"),
        Tranche("handover", 4_000, Within(1, "months"), "b"),
    ),
    LateRule(73_000, 365),
)


def parts(owed_fen: int, *lines: Taken, today: date = DAY, handed_over: bool = False) -> list[Part]:
    days = {"verified": DAY} | ({"handover": DAY} if handed_over else {})
    return parts_of(RULE, owed_fen=owed_fen, days=days, taken=lines, today=today)


def line(place: int, fen: int, paid_on: date | None = None, *, applied_on: date = DAY) -> Taken:
    return Taken(LineKind.TRANCHE, place, fen, applied_on + timedelta(days=30), paid_on, applied_on)


def test_a_part_is_offered_once_its_event_came_and_no_claim_has_it() -> None:
    first, second = parts(1_000)
    assert (first.offer_fen, first.due_on) == (600, date(2016, 7, 1))
    assert (second.offer_fen, second.due_on) == (0, None)
    assert parts(1_000, line(0, 600))[0].offer_fen == 0
    assert parts(1_000, line(0, 600, DAY), handed_over=True)[1].offer_fen == 400


def test_what_is_owed_less_than_was_paid_comes_out_below_zero() -> None:
    first, _ = parts(500, line(0, 600, DAY))
    assert first.offer_fen == first.outstanding_fen == -300
    assert parts(0, line(0, 600, DAY))[0].offer_fen == -600


def test_interest_runs_from_the_last_day_to_the_day_paid_and_deductions_bear_none() -> None:
    paid_on = date(2016, 7, 11)
    first, _ = parts(1_000_000, line(0, 600_000, paid_on))
    assert first.interest_offer_fen == 600_000 * 73_000 * 10 // (1_000_000 * 365) == 1_200
    taken = Taken(LineKind.INTEREST, 0, 1_200, DAY, None, DAY)
    assert parts(1_000_000, line(0, 600_000, paid_on), taken)[0].interest_offer_fen == 0
    assert parts(0, line(0, -600_000, paid_on))[0].interest_fen == 0


def test_interest_counts_every_day_over_the_ends_of_years_and_a_leap_day() -> None:
    """600,000 fen at 7.3% are 120 fen a day, from 2016-07-01; 2020 has a 29 February."""
    for paid_on, days in ((date(2017, 1, 1), 184), (date(2020, 2, 28), 1_337), (date(2020, 3, 1), 1_339)):
        first, _ = parts(1_000_000, line(0, 600_000, paid_on), today=paid_on)
        assert first.interest_fen == 120 * days


BEARING = replace(
    RULE, tranches=(replace(RULE.tranches[0], interest=LateRule(36_500, 365)), RULE.tranches[1])
)


def bearing(*lines: Taken, today: date = DAY) -> Part:
    known = {"days": {"verified": DAY}, "taken": lines, "today": today}
    return parts_of(BEARING, owed_fen=1_000_000, **known)[0]


def test_a_part_bears_interest_up_to_its_last_day_and_late_interest_behind_it() -> None:
    # 6,000 yuan at 3.65% bear 60 fen a day in time, for 30 days at most, and 120 fen a day late.
    assert bearing(line(0, 600_000, DAY + timedelta(days=10))).interest_offer_fen == 10 * 60
    assert bearing(line(0, 600_000, DAY + timedelta(days=30))).interest_offer_fen == 30 * 60
    assert bearing(line(0, 600_000, DAY + timedelta(days=40))).interest_offer_fen == 30 * 60 + 10 * 120
    assert bearing(line(0, 200_000, DAY + timedelta(days=10))).interest_offer_fen == 10 * 20
    assert bearing(today=DAY + timedelta(days=40)).accrued_fen == 30 * 60 + 10 * 120
    assert bearing(today=DAY).accrued_fen == 0


APPLYING = replace(
    BEARING, tranches=(replace(BEARING.tranches[0], is_from_application=True), RULE.tranches[1])
)


def applying(*lines: Taken, after: int, owed_fen: int = 1_000_000) -> Part:
    """What is known so many days after the write-off."""
    today = DAY + timedelta(days=after)
    return parts_of(APPLYING, owed_fen=owed_fen, days={"verified": DAY}, taken=lines, today=today)[0]


def test_a_part_that_runs_from_the_application_waits_for_it() -> None:
    unasked = applying(after=200)
    assert (unasked.offer_fen, unasked.due_on, unasked.accrued_fen) == (600_000, None, 0)
    assert unasked.claim_due_on == DAY + timedelta(days=230)
    assert standing_of(unasked, DAY + timedelta(days=200)) == "applied"
    early = parts_of(APPLYING, owed_fen=1_000, days={}, taken=(), today=DAY)[0]
    assert (early.offer_fen, early.claim_due_on, standing_of(early, DAY)) == (0, None, "verified")


def test_the_days_and_the_interest_of_a_part_run_from_its_application() -> None:
    sent = DAY + timedelta(days=100)
    asked = applying(line(0, 600_000, applied_on=sent), after=140)
    # 60 fen a day for 30 days in time, then 120 fen a day for ten late ones.
    assert (asked.due_on, asked.accrued_fen) == (sent + timedelta(days=30), 30 * 60 + 10 * 120)
    assert standing_of(asked, DAY + timedelta(days=130)) == "coming"
    assert standing_of(asked, DAY + timedelta(days=131)) == "late30"
    paid = applying(line(0, 600_000, DAY + timedelta(days=140), applied_on=sent), after=300)
    assert (paid.interest_offer_fen, paid.accrued_fen) == (30 * 60 + 10 * 120, 0)
    assert paid.due_on == sent + timedelta(days=30)


def test_a_rest_runs_from_an_application_of_its_own() -> None:
    first = line(0, 200_000, DAY + timedelta(days=20), applied_on=DAY)
    rest = applying(first, after=50)
    assert (rest.offer_fen, rest.due_on, rest.accrued_fen) == (400_000, None, 0)
    again = applying(first, line(0, 400_000, applied_on=DAY + timedelta(days=60)), after=100)
    assert again.due_on == DAY + timedelta(days=90)
    assert (again.interest_fen, again.accrued_fen) == (20 * 20, 30 * 40 + 10 * 80)
    # Less is owed since: only what is left of it runs on.
    less = applying(line(0, 600_000, applied_on=DAY), after=10, owed_fen=500_000)
    assert less.accrued_fen == 10 * 30


@given(fen=st.integers(0, 10**11), days=st.integers(0, 400))
def test_what_a_part_bears_never_falls_with_its_days(fen: int, days: int) -> None:
    due_on = DAY + timedelta(days=30)
    known = [
        BEARING.borne(0, fen, reached_on=DAY, due_on=due_on, paid_on=DAY + timedelta(days=one))
        for one in (days, days + 1)
    ]
    assert 0 <= known[0] <= known[1]
    assert BEARING.borne(1, fen, reached_on=DAY, due_on=due_on, paid_on=due_on) == 0


@given(
    owed_fen=st.integers(0, 1_000_000),
    paid=st.lists(st.tuples(st.integers(0, 600_000), st.integers(0, 90)), max_size=3),
    interest=st.lists(st.integers(0, 20_000), max_size=2),
)
def test_what_is_owed_back_is_what_the_next_claim_deducts(
    owed_fen: int, paid: list[tuple[int, int]], interest: list[int]
) -> None:
    """Of the price and of interest; and what was borne is what was paid, is owed, less what is owed back."""
    today = DAY + timedelta(days=100)
    lines = [line(0, fen, DAY + timedelta(days=days)) for fen, days in paid]
    lines += [Taken(LineKind.INTEREST, 0, fen, DAY, today, DAY) for fen in interest]
    first, _ = parts(owed_fen, *lines, today=today)
    assert first.interest_back_fen == max(0, -first.interest_offer_fen)
    assert max(0, -first.outstanding_fen) == max(0, -first.offer_fen)
    borne_fen = first.interest_fen + first.accrued_fen
    assert borne_fen == first.interest_paid_fen + first.interest_owed_fen - first.interest_back_fen


@given(st.integers(0, 10**12), st.booleans())
def test_parts_are_what_is_owed_to_the_fen(owed_fen: int, handed_over: bool) -> None:
    found = parts(owed_fen, handed_over=handed_over)
    assert sum(part.amount_fen for part in found) == owed_fen
    assert all(0 <= part.offer_fen <= part.amount_fen for part in found)


@pytest.mark.parametrize(
    ("days", "standing"),
    [
        (0, "coming"),
        (30, "coming"),
        (31, "late30"),
        (60, "late30"),
        (61, "late60"),
        (120, "late90"),
        (121, "late"),
    ],
)
def test_the_day_after_the_last_one_is_the_first_that_is_late(days: int, standing: str) -> None:
    today = DAY + timedelta(days=days)
    first, second = parts(1_000, today=today)
    assert standing_of(first, today) == standing
    assert standing_of(second, today) == "handover"
    assert standing_of(parts(1_000, line(0, 600, DAY))[0], today) == "paid"
    assert standing_of(parts(500, line(0, 600, DAY))[0], today) == "back"


def expected(today: date, *lines: Taken) -> dict[date, int]:
    share = cast(Share, SimpleNamespace(rule=BEARING, parts=[bearing(*lines, today=today)]))
    return dict(interest_need(rows_of([share], today=today), today=today))


def test_the_interest_of_a_month_is_as_if_its_parts_were_paid_on_their_last_day() -> None:
    whole = 30 * 60
    assert expected(DAY) == {date(2016, 7, 1): whole}, "nobody has to wait for the last day to know it"
    late = DAY + timedelta(days=70)
    assert expected(late) == {late.replace(day=1): whole + 40 * 120}, "what is late is needed now"
    paid = line(0, 600_000, DAY + timedelta(days=10))
    assert expected(late, paid) == {late.replace(day=1): 10 * 60}, (
        "what a payment bore is needed until it is paid"
    )
    settled = Taken(LineKind.INTEREST, 0, 10 * 60, DAY, DAY + timedelta(days=12), DAY)
    assert expected(late, paid, settled) == {}


@given(st.integers(0, 600_000), st.integers(0, 100), st.integers(0, 100))
def test_what_a_part_is_expected_to_bear_is_what_it_bears_when_so_paid(
    fen: int, ran: int, after: int
) -> None:
    today = DAY + timedelta(days=ran)
    lines = [line(0, fen, DAY + timedelta(days=min(after, ran)))] if fen else []
    part = bearing(*lines, today=today)
    paid_on = max(today, DAY + timedelta(days=30))
    rest = [line(0, 600_000 - fen, paid_on)] if fen < 600_000 else []
    then = bearing(*lines, *rest, today=paid_on)
    assert sum(expected(today, *lines).values()) == then.interest_fen >= part.accrued_fen
