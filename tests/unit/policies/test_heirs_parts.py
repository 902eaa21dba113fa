"""What a policy has for one voucher in yuan, several heirs have together once, whatever is done."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.policies.played import HEAD, steps_of

NONE = "bonus: {base: spent, fixed_by: lock, tiers: []}\n"
MOST = HEAD + NONE + "leftover: [{spent_from: 0%, rate: 100%, most_yuan: 100000}]\n"
SMALL = (
    HEAD + NONE + "leftover: [{spent_from: 0%, rate: 0%}, {spent_from: 0%, left_up_to: 50000, rate: 100%}]\n"
)
SHOPS = (
    HEAD.replace("usable_on: [home]", "usable_on: [home, shop]")
    + NONE
    + "limits: [{kinds: [shop], yuan: 150000}]\n"
)
_TENTH = "tiers: [{from_month: 1, to_month: 12, rate: 10%}]"
CAPPED = HEAD + f"bonus: {{base: spent, fixed_by: lock, {_TENTH}, caps: [{{of: voucher, yuan: 50000}}]}}\n"
OF_FACE = HEAD + f"bonus: {{base: face, fixed_by: lock, {_TENTH}}}\n"
ISSUED = "issue: {voucher: A, on: 2022-05-01, face: 1200000}"


def inherit(*fen: int, voucher: str = "A", day: int = 5) -> str:
    """Return the step by which heirs have these sums beside the first, who has the rest."""
    into = ", ".join(
        f"{{voucher: {voucher}{place}, amount: {one / 100:.2f}, heir: child}}"
        for place, one in enumerate(fen)
    )
    days = f"died: 2022-05-{day:02}, on: 2022-05-{day:02}"
    return f"inherit: {{voucher: {voucher}, {days}, heir: child, into: [{into}]}}"


def buy(home: str, voucher: str, yuan: int, day: int, kind: str = "home") -> str:
    return f"buy: {{home: {home}, voucher: {voucher}, on: 2022-05-{day:02}, price: {yuan}, kind: {kind}}}"


def sums(steps: list[dict[str, Any]], of: str) -> list[int]:
    return [line["fen"] for step in steps for line in step["amounts"] if line["of"] == of]


def test_three_heirs_are_paid_the_most_of_a_band_once() -> None:
    """10 万 of 120 万: of 40 万 each a third, 33,333.33."""
    payouts = [f"payout: {{voucher: {name}, on: 2022-05-06}}" for name in ("A", "A0", "A1")]
    paid = sums(steps_of(MOST, ISSUED, inherit(40_000_000, 40_000_000), *payouts), "paid_out")
    assert paid == [3_333_333] * 3


def test_no_heir_has_little_left_of_what_was_much() -> None:
    """20 万 are above 5 万, and so is a quarter of them above a quarter; of 4 万 each heir has its part."""
    payouts = [f"payout: {{voucher: {name}, on: 2022-05-06}}" for name in ("A", "A0", "A1", "A2")]
    for left, paid_fen in ((200_000, []), (40_000, [1_000_000] * 4)):
        quarter = left * 25
        steps = steps_of(
            SMALL, ISSUED, buy("H", "A", 1_200_000 - left, 4), inherit(quarter, quarter, quarter), *payouts
        )
        assert sums(steps, "paid_out") == paid_fen


def test_heirs_spend_once_what_one_voucher_may_on_shops() -> None:
    """15 万 in all, 6 万 of them before: of 9 万 each of three has 3 万."""
    steps = steps_of(
        SHOPS,
        ISSUED,
        buy("S", "A", 60_000, 4, "shop"),
        inherit(38_000_000, 38_000_000),
        *(buy(f"S{place}", name, 100_000, 6, "shop") for place, name in enumerate(("A", "A0", "A1"))),
    )
    assert sums(steps, "spent") == [6_000_000, 3_000_000, 3_000_000, 3_000_000]


@pytest.mark.parametrize(("policy", "bonus_fen"), [(CAPPED, 5_000_000), (OF_FACE, 12_000_000)])
def test_heirs_earn_a_bonus_of_a_voucher_once(policy: str, bonus_fen: int) -> None:
    """5 万 a voucher, or 10% of 120 万: the first home earns 3 万 or 12 万, the heirs what is left."""
    steps = steps_of(
        policy,
        ISSUED,
        buy("H", "A", 330_000, 4),
        inherit(30_000_000, 30_000_000),
        *(buy(f"H{place}", name, 260_000, 6) for place, name in enumerate(("A", "A0", "A1"))),
    )
    assert bonus_fen - 2 <= sum(sums(steps, "bonus")) <= bonus_fen


acts = st.lists(
    st.tuples(
        st.sampled_from(["buy", "buy", "inherit", "cancel", "payout"]), st.integers(0, 9), st.integers(1, 99)
    ),
    min_size=2,
    max_size=9,
)
MOST_FEN = {MOST: 10_000_000, SMALL: 5_000_000, SHOPS: 15_000_000, CAPPED: 5_000_000, OF_FACE: 12_000_000}
KEPT = {
    MOST: "paid_out_fen",
    SMALL: "paid_out_fen",
    SHOPS: "spent_fen",
    CAPPED: "bonus_fen",
    OF_FACE: "bonus_fen",
}


@settings(max_examples=150, deadline=None)
@given(acts=acts, policy=st.sampled_from(list(MOST_FEN)))
def test_all_heirs_together_have_no_more_than_the_voucher_had(
    acts: list[tuple[str, int, int]], policy: str
) -> None:
    vouchers, homes, told = ["A"], list[str](), [ISSUED]
    for place, (act, which, percent) in enumerate(acts):
        name, day = vouchers[which % len(vouchers)], 4 + place
        if act == "buy":
            homes.append(f"H{place}")
            told.append(buy(homes[-1], name, percent * 6_000, day, "shop" if policy == SHOPS else "home"))
        elif act == "inherit" and f"{name}0" not in vouchers:
            told.append(inherit(percent * 400_000, percent * 100_000, voucher=name, day=day))
            vouchers += [f"{name}0", f"{name}1"]
        elif act == "cancel" and homes:
            told.append(f"cancel: {{home: {homes.pop(which % len(homes))}, on: 2022-05-{day:02}}}")
        elif act == "payout":
            told.append(f"payout: {{voucher: {name}, on: 2022-05-{day:02}}}")
    steps = steps_of(policy, *told)
    kept = sum(one[KEPT[policy]] for one in steps[-1]["balances"].values())
    kept += sum(sums(steps, "by_the_ending")) if KEPT[policy] == "paid_out_fen" else 0
    assert kept <= MOST_FEN[policy]
