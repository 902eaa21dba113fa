"""Interest by the rate of the last day, and developers' interest in whole yuan."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.policies import reader
from app.policies.errors import PolicyFileInvalid
from app.policies.interest import InterestRule
from app.policies.rounding import Rounding
from app.policies.settling import LateRule
from app.web.policies import interest_rate
from tests.unit.policies.played import HEAD, steps_of

TABLE = "[{from_day: 2024-10-18, rate: 1.5%}, {from_day: 2025-05-20, rate: 1%}]"
NONE = "bonus: {base: spent, fixed_by: lock, tiers: []}\n"
PAID = "leftover: [{spent_from: 0%, rate: 100%}]\n"
ISSUE = "issue: {voucher: A, on: 2025-02-10, face: 100000}"


def interest(said: str, on: str) -> int:
    text = HEAD + NONE + PAID + f"interest: {{rates: {TABLE}, {said}from: issue, on: [leftover]}}\n"
    _, paid = steps_of(text, ISSUE, f"payout: {{voucher: A, on: {on}}}")
    return next(one["fen"] for one in paid["amounts"] if one["of"] == "interest")


@pytest.mark.parametrize(
    ("said", "on", "fen"),
    [
        # 140 days to 30 June: 98 of them, to 19 May, at 1.5%, 42 at 1%; or all at 1%: 383.56….
        ("", "2025-06-30", 40_273 + 11_507),
        ("rates_on: each_day, ", "2025-06-30", 40_273 + 11_507),
        ("rates_on: last_day, ", "2025-06-30", 38_356),
        # The day before the rate changed all 98 days bear 1.5%, on that day 99 bear 1%.
        ("rates_on: last_day, ", "2025-05-19", 40_273),
        ("rates_on: last_day, ", "2025-05-20", 27_123),
    ],
)
def test_the_rate_of_the_payments_day_holds_for_all_days(said: str, on: str, fen: int) -> None:
    assert abs(interest(said, on) - fen) <= ("last" not in said)


def test_pages_and_papers_say_that_the_last_day_decides() -> None:
    rule = InterestRule(0, 365, "issue", frozenset(), ((date(2025, 1, 1), 10_000),), is_rate_of_last=True)
    assert "最后那天" in interest_rate(rule)


def test_of_what_is_spent_the_promise_stands_where_the_rate_fell() -> None:
    borne = f"{{rates: {TABLE}, rates_on: last_day, to: paid}}"
    tiers = f"[{{from_month: 1, to_month: 12, interest: {borne}}}]"
    held = f"bonus: {{base: held, paid: cash, fixed_by: lock, counted_from: issue, tiers: {tiers}}}\n"
    buy = "buy: {home: H, voucher: A, on: 2025-05-10, price: 60000, paid: DAY}"
    found = []
    for day in ("2025-05-19", "2025-05-20", "2025-12-20"):
        _, home = steps_of(HEAD + held, ISSUE, buy.replace("DAY", day))
        found.append({one["of"]: one["fen"] for one in home["amounts"]})
    # 89 days at 1.5%: 219.45. 98 days: 241.64; 99 days at 1% are less than was promised; 313 days: 514.52.
    assert [(one["bonus in cash"], one["interest on spent"]) for one in found] == [
        (21_945, 24_164 - 21_945),
        (21_945, 0),
        (21_945, 51_452 - 21_945),
    ]


@pytest.mark.parametrize(
    ("rounding", "fen"), [("", 1_234_567 * 7 * 175 // 1_000_000), (", rounding: yuan", 1_500)]
)
def test_what_a_developer_bears_is_rounded_to_whole_yuan(rounding: str, fen: int) -> None:
    late = f"late_interest: {{rate: 0.0175%, per: day{rounding}}}"
    tranches = "tranches: [{event: verified, share: 100%, pay_within: {days: 10}}]"
    buy = "buy: {home: H, voucher: A, on: 2025-03-01, price: 12345.67}"
    settle = "settle: {home: H, on: 2025-03-18, paid: [2025-03-18]}"
    _, _, paid = steps_of(HEAD + NONE + f"settlement: {{{tranches}, {late}}}\n", ISSUE, buy, settle)
    (found,) = [one for one in paid["amounts"] if one["of"] == "tranche 1 late interest"]
    assert found["fen"] == fen
    assert [rule["code"] for rule in found["rules"]][1:] == (["whole_yuan"] if rounding else [])


def test_a_word_about_rates_needs_rates() -> None:
    text = HEAD + NONE + PAID + "interest: {rate: 1%, rates_on: last_day, from: issue, on: [leftover]}\n"
    with pytest.raises(PolicyFileInvalid) as refused:
        reader.read(text)
    assert [str(one) for one in refused.value.problems] == [
        "line 10: interest.rates_on: only means something with rates"
    ]


@given(
    fen=st.integers(0, 10**9),
    days=st.integers(0, 900),
    rates=st.lists(st.integers(0, 50_000), min_size=1, max_size=4),
    step=st.sampled_from([1, 100]),
)
def test_it_is_what_a_single_rate_bears(fen: int, days: int, rates: list[int], step: int) -> None:
    first = date(2025, 1, 10)
    last = first + timedelta(days=days)
    table = tuple((first + timedelta(days=200 * place), rate) for place, rate in enumerate(rates))
    held = [rate for day, rate in table if day <= last][-1]
    one = InterestRule(held, 365, "issue", frozenset()).of(fen, first, last).fen
    assert (
        InterestRule(0, 365, "issue", frozenset(), table, is_rate_of_last=True).of(fen, first, last).fen
        == one
    )
    late = LateRule(0, 365, table, is_rate_of_last=True, rounding=Rounding(step)).of(fen, first, last).fen
    assert late == one - one % step
