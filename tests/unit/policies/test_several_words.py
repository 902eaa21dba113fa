"""Sentences of papers that take several words together, and the figures that docs/policy.md gives of them."""

from typing import Any

import pytest

from tests.unit.policies.played import HEAD, steps_of

TIER = "{from_month: 1, to_month: 12"


def issue(name: str, face: int) -> str:
    return f"issue: {{voucher: {name}, on: 2025-03-01, face: {face}}}"


def buy(name: str, voucher: str, price: int) -> str:
    return f"buy: {{home: {name}, voucher: {voucher}, on: 2025-04-02, price: {price}}}"


def earned(steps: list[dict[str, Any]], what: str) -> int:
    """Return all that purchases brought of a kind of bonus, in fen."""
    return sum(one["fen"] for step in steps for one in step["amounts"] if one["of"] == what)


@pytest.mark.parametrize(
    ("prices", "fen"),
    [
        ((500_000,), 3_000_000),
        ((500_000, 420_000), 6_000_000),
        ((900_000,), 6_000_000),
        ((899_999,), 5_399_994),
        ((1_000_000,), 6_000_000),
        ((500_000, 400_000, 100_000), 6_000_000),
    ],
)
def test_a_share_of_the_face_and_below_a_step_of_what_is_spent(prices: tuple[int, ...], fen: int) -> None:
    # 使用率达 90% 以上按票面的 6% 奖励，不足 90% 的按实际使用金额的 6% 奖励
    policy = (
        f"{HEAD}bonus:\n"
        "  - base: spent_total\n    paid: cash\n    fixed_by: lock\n"
        f"    tiers: [{TIER}, slices_of_face: [{{above: 0%, rate: 6%}}, {{above: 90%, rate: 0%}}]}}]\n"
        "  - base: face\n    paid: cash\n    fixed_by: lock\n"
        f"    tiers: [{TIER}, rate: 0.6%, least_spent: 90%}}]\n"
    )
    bought = [buy(f"H{place}", "A", price) for place, price in enumerate(prices)]
    assert earned(steps_of(policy, issue("A", 1_000_000), *bought), "bonus in cash") == fen


@pytest.mark.parametrize(
    "bonus",
    [
        "{base: face, fixed_by: lock, tiers: [TIER, rate: 8%}], caps: [{of: voucher, yuan: 50000}]}",
        "{base: fixed, per: voucher, fixed_by: lock, tiers: [TIER, yuan: 20000}]}",
        "{base: fixed, per: household, fixed_by: lock, tiers: [TIER, yuan: 20000}]}",
        "{base: spent, fixed_by: lock, tiers: [TIER, rate: 10%, least_spent: 80%}]}",
        (
            "{base: face, fixed_by: lock, tiers: [TIER, brackets: [{above: 0, rate: 8%}, "
            "{above: 600000, rate: 5%}]}]}"
        ),
    ],
)
def test_a_voucher_split_at_once_is_as_several_that_were_issued(bonus: str) -> None:
    # 一户最多可申领 3 张，每张不低于 50 万元
    policy = (
        f"{HEAD}bonus: {bonus.replace('TIER', TIER)}\nhomes: 1\n"
        "splits: {times: 1, parts: 3, least_yuan: 500000, only: unused, past: stays}\n"
    )
    faces = {"A": 700_000, "B": 600_000, "C": 500_000}
    bought = [buy(f"H{name}", name, face - 50_000) for name, face in faces.items()]
    into = ", ".join(f"{{voucher: {name}, amount: {faces[name]}}}" for name in "BC")
    split = f"split: {{voucher: A, on: 2025-03-02, into: [{into}]}}"
    one = steps_of(policy, issue("A", 1_800_000), split, *bought)
    three = steps_of(policy, *(issue(name, face) for name, face in faces.items()), *bought)
    assert [step["outcome"] for step in one] == ["done"] * 5
    assert earned(one, "bonus") > 0
    for word in ("spent", "bonus", "top_up"):
        assert earned(one[2:], word) == earned(three[3:], word)
    again = steps_of(policy, issue("A", 1_800_000), split, *bought, buy("H", "A", 10_000))
    assert again[-1]["refused_by"]["code"] == "homes"


@pytest.mark.parametrize(("least", "parts"), [(499_999, 2), (500_000, 4)])
def test_neither_more_vouchers_nor_smaller_ones_come_of_it(least: int, parts: int) -> None:
    policy = (
        f"{HEAD}bonus: {{base: spent, fixed_by: lock, tiers: []}}\n"
        "splits: {times: 1, parts: 3, least_yuan: 500000, only: unused, past: stays}\n"
    )
    into = ", ".join(f"{{voucher: P{place}, amount: {least}}}" for place in range(1, parts))
    split = f"split: {{voucher: A, on: 2025-03-02, into: [{into}]}}"
    assert steps_of(policy, issue("A", 2_000_000), split)[-1]["outcome"] == "refused"
