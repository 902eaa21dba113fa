"""What comes back after an ending: the rules of that ending say how much they pay, as if never spent."""

from typing import Any

import pytest

from tests.unit.policies.played import HEAD, steps_of

BANDS = HEAD + (
    "face: [{rate: 10%, lost_on: [leftover, lapse, give_up], kept_from: 80%}]\n"
    "bonus: {base: spent, fixed_by: lock, tiers: []}\n"
    "leftover: [{spent_from: 0%, rate: 50%}, {spent_from: 80%, rate: 100%}]\n"
    "lapse: {effect: LAPSE}\n"
)
BOUGHT = (
    "issue: {voucher: A, on: 2024-01-10, compensation: 1000000}",
    "buy: {home: H1, voucher: A, on: 2024-03-01, price: 900000}",
)


@pytest.mark.parametrize(
    ("lapse", "ending", "paid", "by_rules"),
    [
        # 20 万 were paid; never used, 10 万 are lost and half of the rest is paid: 50 万 in all.
        ("void", "payout: {voucher: A, on: 2024-06-10}", 20_000_000, 30_000_000),
        ("void", "lapse: {voucher: A}", 0, 0),
        ("cash", "lapse: {voucher: A}", 20_000_000, 80_000_000),
    ],
)
def test_the_rules_of_the_ending_pay_of_what_came_back(
    lapse: str, ending: str, paid: int, by_rules: int
) -> None:
    told = (*BOUGHT, ending, "cancel: {home: H1, on: 2025-03-01}")
    *_before, ended, cancelled = steps_of(BANDS.replace("LAPSE", lapse), *told)
    assert ended["amounts"][0]["fen"] == paid
    found = {line["of"]: line["fen"] for line in cancelled["amounts"]}
    assert found == {"given_back": 90_000_000, "by_the_ending": by_rules}


def test_what_comes_back_bit_by_bit_is_paid_once() -> None:
    second = "buy: {home: H2, voucher: A, on: 2024-03-02, price: 100000}"
    ended = "payout: {voucher: A, on: 2024-06-10}"
    back = ("cancel: {home: H2, on: 2024-07-01}", "cancel: {home: H1, on: 2024-07-02}")
    steps = steps_of(BANDS.replace("LAPSE", "void"), *BOUGHT, second, ended, *back)
    lines = [line for step in steps for line in step["amounts"]]
    assert sum(line["fen"] for line in lines if line["of"] in ("paid_out", "by_the_ending")) == 50_000_000


def test_before_an_ending_all_that_comes_back_is_spent_again() -> None:
    cancelled = steps_of(BANDS.replace("LAPSE", "void"), *BOUGHT, "cancel: {home: H1, on: 2024-04-01}")[-1]
    assert [line["of"] for line in cancelled["amounts"]] == ["given_back"]


BONUS = "bonus: {base: spent, fixed_by: lock, tiers: []}\n"
USED_WELL = "leftover: [{spent_from: 0%, rate: 50%}, {spent_from: 40%, rate: 100%}]\n"
POOLED = "leftover: [{spent_from: 0%, rate: 50%}, {spent_from: 50%, rate: 100%, spent_of: household}]\n"
FALLING = "leftover: [{spent_from: 0%, rate: 100%}, {spent_from: 20%, rate: 50%}]\n"
TWO = (
    "issue: {voucher: A, on: 2024-01-10, face: 1000000}",
    "buy: {home: H1, voucher: A, on: 2024-03-01, price: 450000}",
    "buy: {home: H2, voucher: A, on: 2024-03-02, price: 450000}",
)
SPLIT = "split: {voucher: A, on: 2024-03-03, into: [{voucher: B, amount: 80000}]}"
PAID = "payout: {voucher: A, on: 2024-06-10}"
UNDONE = "cancel: {home: H2, on: 2025-03-01}"


def by_rules_of(step: dict[str, Any]) -> int:
    return next(int(line["fen"]) for line in step["amounts"] if line["of"] == "by_the_ending")


@pytest.mark.parametrize("past", ["", "parted", "stays"])
def test_what_a_split_parted_decides_the_band_in_the_same_part(past: str) -> None:
    splits = f"splits: {{times: 1, past: {past}}}\n" if past else ""
    told = (*TWO, *([SPLIT] if past else []), PAID, UNDONE)
    assert by_rules_of(steps_of(HEAD + BONUS + USED_WELL + splits, *told)[-1]) == 45_000_000


@pytest.mark.parametrize(
    ("other", "rate"), [("buy", 2), ("transfer", 1)], ids=["bought more later", "given away later"]
)
def test_what_other_vouchers_do_after_an_ending_does_not_choose_its_band(other: str, rate: int) -> None:
    issues = [f"issue: {{voucher: {one}, on: 2024-01-10, face: 1000000}}" for one in "AB"]
    mine = "buy: {home: H2, voucher: A, on: 2024-03-01, price: 430000}"
    more = "buy: {home: H3, voucher: B, on: DAY, price: 1000000}"
    told = [*issues, mine]
    if other == "buy":
        told += [PAID, more.replace("DAY", "2024-07-01")]
    else:
        told += [more.replace("DAY", "2024-03-02"), PAID, "transfer: {voucher: B, on: 2024-07-01, to: other}"]
    last = steps_of(HEAD + BONUS + POOLED + "transfers: 1\n", *told, UNDONE)[-1]
    # Half of what is left while less than half of all faces is spent; 100 of 200 万 still are, given away.
    assert by_rules_of(last) == 43_000_000 // rate


def test_a_rule_that_pays_more_for_less_spent_pays_no_more_than_came_back() -> None:
    told = ("issue: {voucher: A, on: 2024-01-10, face: 1000000}", TWO[2], PAID, UNDONE)
    assert by_rules_of(steps_of(HEAD + BONUS + FALLING, *told)[-1]) == 45_000_000
