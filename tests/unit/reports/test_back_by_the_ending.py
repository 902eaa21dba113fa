"""What comes back after an ending: the rules of that ending say how much they pay, as if never spent."""

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
