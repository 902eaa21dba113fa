"""Rates by slices of the face: 使用超过票面 80% 的部分按 10% 奖励."""

from datetime import date
from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.policies import bodies
from app.policies.errors import PolicyFileInvalid
from app.policies.idle import worth_a_look
from app.policies.reader import read
from app.policies.spans import Span
from app.reports.words import span_worth
from tests.unit.policies.played import HEAD, steps_of

OVER = "[{above: 0%, rate: 0%}, {above: 80%, rate: 10%}]"
ISSUE = "issue: {voucher: A, on: 2025-03-01, face: 1000000}"


def file(slices: str = OVER, base: str = "spent_total") -> str:
    tiers = f"[{{from_month: 1, to_month: 12, slices_of_face: {slices}}}]"
    return HEAD + f"bonus: {{base: {base}, paid: cash, fixed_by: lock, tiers: {tiers}}}\n"


def buy(home: str, yuan: int, fen: int = 0) -> str:
    return f"buy: {{home: {home}, voucher: A, on: 2025-04-01, price: {yuan}.{fen:02}}}"


def earned(policy: str, *told: str) -> list[int]:
    """Return the bonus of each purchase, in fen."""
    steps = [step for step in steps_of(policy, ISSUE, *told) if step["act"] == "buy"]
    return [sum(line["fen"] for line in one["amounts"] if line["of"] == "bonus in cash") for one in steps]


def test_only_what_is_spent_above_the_part_of_the_face_earns() -> None:
    assert earned(file(), buy("H1", 700_000), buy("H2", 200_000)) == [0, 1_000_000]
    assert earned(file(), buy("H1", 900_000)) == [1_000_000]
    both = file("[{above: 0%, rate: 5%}, {above: 50%, rate: 8%}, {above: 80%, rate: 2%}]")
    assert earned(both, buy("H1", 1_000_000)) == [2_500_000 + 2_400_000 + 400_000]


def test_the_explanation_tells_the_exact_sum() -> None:
    *_, home = steps_of(file(), ISSUE, buy("H1", 900_000, 1))
    (told,) = home["amounts"][2]["rules"]
    assert (told["code"], told["exact_fen"]) == ("by_slices", "1000000.1")
    assert told["figures"]["rates"] == "0% above 0, 10% above 800000"


@pytest.mark.parametrize(
    ("policy", "path", "reason"),
    [
        (file(base="spent"), "", "only means something with base: spent_total"),
        (
            file("[{above: 0%, rate: 1%}, {above: 100%, rate: 5%}]"),
            "[1].above",
            "must be below 100%: more than the face is never spent",
        ),
        (file("[{above: 5%, rate: 1%}]"), "[0].above", "must be 0: the first is for any sum"),
    ],
)
def test_what_makes_no_sense_is_refused(policy: str, path: str, reason: str) -> None:
    with pytest.raises(PolicyFileInvalid) as raised:
        read(policy)
    assert [(one.line, one.path, one.reason) for one in raised.value.problems] == [
        (8, f"bonus.tiers[0].slices_of_face{path}", reason)
    ]


def test_check_tells_that_a_split_begins_anew() -> None:
    assert [path for path, _reason in worth_a_look(read(file() + "splits: 1\n"))] == ["splits"]


def test_it_reads_in_words() -> None:
    (rule,) = bodies.parse(file()).bonuses
    (tier,) = rule.tiers_of(date(2025, 1, 1))
    said = span_worth(Span(date(2025, 1, 1), date(2026, 1, 1), ((rule, tier),)))
    assert "超过票面的 80% 的部分 10%" in said


@given(
    first=st.integers(1, 10**8 - 1),
    edge=st.integers(1, 9_999),
    low=st.integers(0, 99),
    high=st.integers(0, 99),
)
def test_two_purchases_earn_what_one_does(first: int, edge: int, low: int, high: int) -> None:
    sliced = file(f"[{{above: 0%, rate: {low}%}}, {{above: {edge / 100:g}%, rate: {high}%}}]")
    mark = Fraction(10**8 * edge, 10_000)
    exact = (mark * low + (10**8 - mark) * high) / 100
    bought = earned(sliced, buy("H1", *divmod(first, 100)), buy("H2", *divmod(10**8 - first, 100)))
    assert sum(bought) == floor(exact)
