"""Parts of a face that must be exceeded (超过) beside those that are reached (满): never the same fen."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.policies import bodies, reader
from app.policies.errors import PolicyFileInvalid
from app.policies.idle import without_effect
from app.policies.reach import Reach
from app.policies.spans import Span
from app.reports import words
from tests.unit.policies.played import HEAD, steps_of

NONE = "bonus: {base: spent, fixed_by: lock, tiers: []}\n"
LEFT = "leftover: [{spent_from: 0%, rate: 80%}, {spent_above: 85%, rate: 100%}]\n"
ISSUE = "issue: {voucher: A, on: 2025-03-01, face: 1000000}"
YEAR = "from_month: 1, to_month: 12"


def bonus(tier: str) -> str:
    return f"bonus: {{base: spent, paid: cash, fixed_by: lock, tiers: [{{{YEAR}, {tier}}}]}}\n"


def sums(step: dict[str, Any]) -> dict[str, int]:
    return {one["of"]: one["fen"] for one in step["amounts"]}


def buying(price: str, last: str = "payout: {voucher: A, on: 2025-04-02}") -> tuple[str, ...]:
    return (ISSUE, f"buy: {{home: H, voucher: A, on: 2025-04-01, price: {price}}}", last)


@given(face=st.integers(0, 10**12), bp=st.integers(0, 10_000), is_above=st.booleans())
def test_the_least_sum_that_reaches_is_a_fen_above_one_that_does_not(
    face: int, bp: int, is_above: bool
) -> None:
    reach = Reach(bp, is_above)
    least = reach.least_fen(face)
    assert reach.is_reached(face_fen=face, spent_fen=least)
    assert not least or not reach.is_reached(face_fen=face, spent_fen=least - 1)


@pytest.mark.parametrize(("price", "paid"), [("850000", 12_000_000), ("850000.01", 14_999_999)])
def test_a_leftover_above_a_share(price: str, paid: int) -> None:
    """使用率超过 85%（不含）的余额全额兑付，其余按 80%."""
    *_, last = steps_of(HEAD + NONE + LEFT, *buying(price))
    assert sums(last)["paid_out"] == paid


@pytest.mark.parametrize(("price", "cash"), [("800000", 0), ("800000.01", 8_000_000)])
@pytest.mark.parametrize(
    "tier",
    ["rate: 10%, spent_above: 80%", "steps: [{spent_from: 0%, rate: 0%}, {spent_above: 80%, rate: 10%}]"],
)
def test_a_bonus_above_a_share(tier: str, price: str, cash: int) -> None:
    _, bought, _ = steps_of(HEAD + bonus(tier), *buying(price))
    assert sums(bought).get("bonus in cash", 0) == cash


@pytest.mark.parametrize(("price", "paid"), [("850000", 10_000_000), ("850000.01", 14_999_999)])
def test_an_addition_is_kept_above_a_share(price: str, paid: int) -> None:
    """With 95 万 of compensation and 5 万 added: up to 85% of it spent the 5 万 are lost."""
    face = "face: [{yuan: 50000, lost_on: [leftover], kept_above: 85%}]\n"
    policy = HEAD + NONE + face + "leftover: [{spent_from: 0%, rate: 100%}]\n"
    issue = "issue: {voucher: A, on: 2025-03-01, compensation: 950000}"
    *_, last = steps_of(policy, issue, *buying(price)[1:])
    assert sums(last)["paid_out"] == paid


def test_above_a_share_lies_higher_than_from_it() -> None:
    bands = "leftover: [{spent_from: 0%, rate: 0%}, {spent_from: 85%, rate: 50%}, "
    bands += "{spent_above: 85%, rate: 70%}]\n"
    found = [
        sums(steps_of(HEAD + NONE + bands, *buying(price))[-1])["paid_out"]
        for price in ("850000", "850000.01")
    ]
    assert found == [7_500_000, 14_999_999 * 7 // 10]


@pytest.mark.parametrize(
    ("said", "path", "reason"),
    [
        (
            NONE + "leftover: [{spent_above: 0%, rate: 80%}]\n",
            "leftover[0].spent_above",
            "must be spent_from: 0%, for the first band is of a voucher never used",
        ),
        (
            NONE + LEFT.replace("rate: 100%", "rate: 100%, spent_from: 80%"),
            "leftover[1]",
            "may have only spent_from or spent_above",
        ),
        (
            NONE + LEFT.replace("spent_above: 85%", "spent_above: 85%, rate: 90%}, {spent_from: 85%"),
            "leftover[2].spent_from",
            "must be above the band before, or the same with a lower left_up_to",
        ),
        (NONE + "leftover: [{rate: 80%}]\n", "leftover[0]", "needs either spent_from or spent_above"),
        (
            bonus("rate: 10%, least_spent: 60%, spent_above: 60%"),
            "bonus.tiers[0].spent_above",
            "may have only least_spent or spent_above",
        ),
        (
            bonus("spent_above: 60%, steps: [{spent_from: 0%, rate: 1%}]"),
            "bonus.tiers[0].spent_above",
            "is what steps say themselves: write a first step of 0%",
        ),
        (
            bonus("steps: [{spent_above: 60%, rate: 1%}, {spent_from: 60%, rate: 2%}]"),
            "bonus.tiers[0].steps[1].spent_from",
            "must be above the step before",
        ),
        (
            NONE + "face: [{rate: 5%, kept_above: 80%}]\n",
            "face[0].kept_above",
            "only means something with lost_on",
        ),
        (
            NONE + "face: [{rate: 5%, lost_on: [lapse], kept_above: 80%, kept_from: 80%}]\n",
            "face[0].kept_above",
            "may have only kept_from or kept_above",
        ),
    ],
)
def test_slips_are_named(said: str, path: str, reason: str) -> None:
    with pytest.raises(PolicyFileInvalid) as found:
        reader.read(HEAD + said)
    assert [
        (one.path, one.reason) for one in found.value.problems if not one.path.startswith("face[0].lost")
    ] == [(path, reason)]


def test_whose_spending_counts_is_not_idle_beside_it() -> None:
    together = bonus("rate: 10%, spent_above: 60%").replace("base: spent", "base: spent, spent_of: household")
    assert without_effect(reader.read(HEAD + together)) == []


def test_papers_say_above() -> None:
    policy = bodies.parse(
        HEAD + bonus("steps: [{spent_from: 0%, rate: 1%}, {spent_above: 80%, rate: 3%}]") + LEFT
    )
    assert words.leftover(policy)[:2] == [
        "购房用到票面金额的 0% 及以上，余额按 80% 兑付。",
        "购房超过票面金额的 85%，余额按 100% 兑付。",
    ]
    (rule,) = policy.bonuses
    day = date(2025, 4, 1)
    (tier,) = rule.tiers_of(day)
    told = words.span_worth(Span(day, day, ((rule, tier),)))
    assert "用到票面的 0% 起 1%，用掉超过票面的 80% 的 3%" in told
