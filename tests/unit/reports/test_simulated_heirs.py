"""What a home brings to the heirs that is given back after a death, by sums worked out by hand."""

from typing import Any

import pytest

from tests.unit.policies.played import HEAD, steps_of

BANDS = "leftover: [{spent_from: 0%, rate: 50%}, {spent_from: 30%, rate: 100%}]\n"
NONE = "bonus: {base: spent, fixed_by: lock, tiers: []}\n"
STAYS = HEAD + NONE + BANDS + "transfers: 2\nmerges: 2\nsplits: {times: 2, past: stays}\n"
PARTED = STAYS.replace("stays", "parted")
OF_FACE = (
    "bonus: {base: face, paid: cash, fixed_by: lock, tiers: [{from_month: 1, to_month: 12, rate: 10%}]}\n"
)
BOTH = pytest.mark.parametrize("policy", [STAYS, PARTED], ids=["stays", "parted"])
BOUGHT = (
    "issue: {voucher: A, on: 2022-05-01, face: 1000000}",
    "buy: {home: H1, voucher: A, on: 2022-05-02, price: 400000}",
)
SOLE = "inherit: {voucher: A, died: 2022-05-03, on: 2022-06-03, heir: child}"
THIRDS = (
    "inherit: {voucher: A, died: 2022-05-03, on: 2022-06-03, heir: spouse, into: "
    "[{voucher: B, amount: 200000, heir: child}, {voucher: C, amount: 200000, heir: child}]}"
)
HALVES = (
    "inherit: {voucher: A, died: 2022-05-03, on: 2022-06-03, heir: spouse, into: "
    "[{voucher: B, amount: 200000, heir: child}]}"
)
BACK = "cancel: {home: H1, on: 2022-07-03}"


def left_of(step: dict[str, Any]) -> dict[str, int]:
    """Return what is left of each voucher after a step, in fen."""
    return {name: one["left_fen"] for name, one in step["balances"].items()}


def given_back(step: dict[str, Any]) -> list[tuple[str, int, list[str]]]:
    """Return what of a sum is told to be whose, with what says so."""
    return [
        (one["voucher"], one["fen"], [rule["code"] for rule in one["rules"]])
        for one in step["amounts"]
        if one["of"] == "given_back"
    ]


@BOTH
def test_a_sole_heir_has_all_of_it(policy: str) -> None:
    last = steps_of(policy, *BOUGHT, SOLE, BACK)[-1]
    assert left_of(last) == {"A": 100_000_000}
    assert (last["balances"]["A"]["face_fen"], last["balances"]["A"]["spent_fen"]) == (100_000_000, 0)
    assert given_back(last) == [("A", 40_000_000, ["cancelled", "heir_rest"])]


@BOTH
def test_of_thirds_each_has_its_third_and_the_first_the_rest(policy: str) -> None:
    last = steps_of(policy, *BOUGHT, THIRDS, BACK)[-1]
    assert left_of(last) == {"A": 33_333_334, "B": 33_333_333, "C": 33_333_333}
    assert given_back(last) == [
        ("A", 13_333_334, ["cancelled", "heir_rest"]),
        ("B", 13_333_333, ["cancelled", "heir_share"]),
        ("C", 13_333_333, ["cancelled", "heir_share"]),
    ]
    share = last["amounts"][1]["rules"][1]
    assert (share["exact_fen"], share["rounded"]) == ("13333333.3333", "down")
    faces = {name: one["face_fen"] for name, one in last["balances"].items()}
    assert faces == left_of(last), "nothing is spent"


def test_each_sum_is_parted_by_itself() -> None:
    second = "buy: {home: H2, voucher: A, on: 2022-05-02, price: 100000}"
    thirds = THIRDS.replace("200000", "100000.01")
    told = (*BOUGHT, second, thirds, BACK, "cancel: {home: H2, on: 2022-07-04}")
    last = steps_of(STAYS, *told)[-1]
    # Of 50 万 left 100,000.01 each: of 40 万 80,000.008, and of 10 万 20,000.002.
    assert left_of(last) == {"A": 59_999_998, "B": 20_000_001, "C": 20_000_001}


@BOTH
@pytest.mark.parametrize(
    ("done", "state", "left_fen"),
    [
        ("payout: {voucher: C, on: 2022-06-04}", "paid_out", 0),
        ("transfer: {voucher: C, on: 2022-06-04, to: child}", "open", 20_000_000),
        ("split: {voucher: C, on: 2022-06-04, into: [{voucher: E, amount: 50000}]}", "open", 15_000_000),
        ("inherit: {voucher: C, died: 2022-06-04, on: 2022-06-04, heir: child}", "open", 20_000_000),
        ("merge: {vouchers: [C, Z], on: 2022-06-04, into: M, owners: anybody}", "merged", 0),
    ],
    ids=["ended", "given on", "split", "inherited", "merged"],
)
def test_the_part_of_an_heir_whose_voucher_ended_or_moved_waits(
    policy: str, done: str, state: str, left_fen: int
) -> None:
    policy = policy.replace("merges: 2", "merges: {times: 2, of: anybody}")
    issued = "issue: {voucher: Z, on: 2022-05-01, face: 100000}"
    last = steps_of(policy, issued, *BOUGHT, THIRDS, done, BACK)[-1]
    left = left_of(last)
    assert (left["A"], left["B"], left["C"]) == (33_333_334, 33_333_333, left_fen)
    codes = ["cancelled", "heir_share", "heir_waits"]
    assert given_back(last)[-1] == ("C", 13_333_333, codes)
    assert last["amounts"][2]["rules"][2]["figures"]["state"] == state
    assert [one["of"] for one in last["amounts"]] == ["given_back"] * 3, "no rule says what is paid of it"


def test_of_a_first_heir_who_was_paid_out_the_others_have_theirs() -> None:
    last = steps_of(STAYS, *BOUGHT, THIRDS, "payout: {voucher: A, on: 2022-06-04}", BACK)[-1]
    assert left_of(last) == {"A": 0, "B": 33_333_333, "C": 33_333_333}
    assert [one["of"] for one in last["amounts"]] == ["given_back"] * 3


def test_once_the_terms_are_over_all_of_it_waits() -> None:
    last = steps_of(STAYS, *BOUGHT, THIRDS, BACK.replace("2022-07-03", "2023-07-03"))[-1]
    assert left_of(last) == {"A": 20_000_000, "B": 20_000_000, "C": 20_000_000}
    assert [codes[-1] for _voucher, _fen, codes in given_back(last)] == ["heir_waits"] * 3


@pytest.mark.parametrize(("policy", "paid"), [(STAYS, [40, 20]), (PARTED, [20, 20])], ids=["stays", "parted"])
def test_an_heir_is_paid_by_what_is_still_spent(policy: str, paid: list[int]) -> None:
    """20 of 100 万 are; with ``stays`` they are 20 of 60 with the first heir, and nothing with the other."""
    second = "buy: {home: H2, voucher: A, on: 2022-05-02, price: 200000}"
    ended = [f"payout: {{voucher: {one}, on: 2022-07-04}}" for one in "AB"]
    steps = steps_of(policy, *BOUGHT, second, HALVES, BACK, *ended)
    found = [one["fen"] for step in steps[-2:] for one in step["amounts"] if one["of"] == "paid_out"]
    assert found == [one * 1_000_000 for one in paid]


def test_what_was_earned_before_the_death_each_heir_may_earn_again_by_the_share() -> None:
    """A cap of 5 万, 4 of them earned on the home: once it is back each of two may earn 2.5 万."""
    policy = HEAD + (
        "bonus: {base: spent, paid: cash, fixed_by: lock, caps: [{of: voucher, yuan: 50000}],\n"
        "  tiers: [{from_month: 1, to_month: 12, rate: 10%}]}\n"
    )
    halves = HALVES.replace("200000", "300000")
    buys = [f"buy: {{home: B{one}, voucher: {one}, on: 2022-07-04, price: 450000}}" for one in "AB"]
    steps = steps_of(policy, *BOUGHT, halves, BACK, *buys)
    found = [one["fen"] for step in steps[-2:] for one in step["amounts"] if one["of"] == "bonus in cash"]
    assert found == [2_500_000, 2_500_000]


def test_what_the_household_parted_before_it_died_goes_by_that_too() -> None:
    """10% of the face were earned on the home: with the money what stays of a split may earn them again."""
    policy = PARTED.replace(NONE, OF_FACE)
    split = "split: {voucher: A, on: 2022-05-02, into: [{voucher: P, amount: 300000}]}"
    halves = HALVES.replace("amount: 200000", "amount: 150000")
    buys = [
        f"buy: {{home: B{one}, voucher: {one}, on: 2022-07-04, price: {price}}}"
        for one, price in (("P", 300_000), ("A", 350_000), ("B", 350_000))
    ]
    steps = steps_of(policy, *BOUGHT, split, halves, BACK, *buys)
    earned = [one["fen"] for step in steps for one in step["amounts"] if one["of"] == "bonus in cash"]
    # All 10 万 on the home; once it is back half of them with each heir, and nothing with the part.
    assert earned == [10_000_000, 0, 5_000_000, 5_000_000]


@BOTH
def test_what_was_given_on_before_comes_back_to_no_heir(policy: str) -> None:
    given = "transfer: {voucher: A, on: 2022-05-02, to: child}"
    last = steps_of(policy, *BOUGHT, given, THIRDS, BACK)[-1]
    assert left_of(last) == {"A": 20_000_000, "B": 20_000_000, "C": 20_000_000}
    assert given_back(last) == [("A", 40_000_000, ["cancelled"])]


def test_what_comes_back_to_somebody_else_is_no_part_of_the_face_as_it_was_added_to() -> None:
    """110 万, 10 of them added; 55 are spent, given on and come back: 5 of the other 55 were added."""
    policy = STAYS + "face: [{rate: 10%, lost_on: [leftover]}]\n"
    told = (
        BOUGHT[0].replace("face", "compensation"),
        BOUGHT[1].replace("400000", "550000"),
        "transfer: {voucher: A, on: 2022-05-03, to: child}",
        BACK,
        "payout: {voucher: A, on: 2022-07-04}",
    )
    (paid,) = (one["fen"] for one in steps_of(policy, *told)[-1]["amounts"] if one["of"] == "paid_out")
    assert paid == 25_000_000, "half of 50 万"


def test_of_a_home_of_two_holders_each_has_its_own_back() -> None:
    policy = STAYS.replace("buyers: [self]", "buyers: [self, child]")
    told = (
        BOUGHT[0],
        "split: {voucher: A, on: 2022-05-02, into: [{voucher: B, amount: 300000}]}",
        "transfer: {voucher: B, on: 2022-05-03, to: child}",
        "buy: {home: H1, vouchers: [A, B], on: 2022-05-04, price: 1000000}",
        BACK,
    )
    assert left_of(steps_of(policy, *told)[-1]) == {"A": 70_000_000, "B": 30_000_000}


def test_what_the_household_merged_before_it_died_leads_to_the_heirs() -> None:
    issued = "issue: {voucher: Z, on: 2022-05-01, face: 100000}"
    merged = "merge: {vouchers: [A, Z], on: 2022-05-02, into: M}"
    halves = HALVES.replace("voucher: A", "voucher: M").replace("200000", "350000")
    last = steps_of(STAYS, issued, *BOUGHT, merged, halves, BACK)[-1]
    assert left_of(last) == {"A": 0, "Z": 0, "M": 55_000_000, "B": 55_000_000}


def test_what_others_merged_leads_to_no_heir() -> None:
    policy = STAYS.replace("merges: 2", "merges: {times: 2, of: anybody}")
    issued = "issue: {voucher: Z, on: 2022-05-01, face: 100000}"
    given = "transfer: {voucher: A, on: 2022-05-02, to: child}"
    merged = "merge: {vouchers: [Z, A], on: 2022-05-02, into: M, owners: anybody}"
    last = steps_of(policy, issued, *BOUGHT, given, merged, SOLE.replace("A", "M"), BACK)[-1]
    assert left_of(last)["M"] == 70_000_000


def test_an_heir_who_dies_in_turn_leaves_the_own_homes_to_the_own_heirs() -> None:
    own = "buy: {home: H2, voucher: B, on: 2022-06-04, price: 100000}"
    died = (
        "inherit: {voucher: B, died: 2022-06-05, on: 2022-06-05, heir: child, into: "
        "[{voucher: D, amount: 50000, heir: child}]}"
    )
    told = (*BOUGHT, HALVES.replace("200000", "300000"), own, died, "cancel: {home: H2, on: 2022-06-06}")
    assert left_of(steps_of(STAYS, *told)[-1]) == {"A": 30_000_000, "B": 22_500_000, "D": 7_500_000}


ADDED = STAYS.replace("times: 2", "times: 2, least_share: 20%") + "face: [{rate: 10%, lost_on: [leftover]}]\n"
GROWN = (
    BOUGHT[0].replace("face", "compensation"),
    BOUGHT[1].replace("400000", "550000"),
    HALVES.replace("200000", "275000"),
    BACK,
)
"""110 万, 10 of them added: with each of two heirs are 55 in the end, 5 of them added."""
SPLITS = [
    f"split: {{voucher: {one}, on: 2022-07-04, into: [{{voucher: {part}, amount: {amount}}}]}}"
    for one, part, amount in (("A", "E", 110_000), ("A", "E2", 165_000), ("B", "D", 110_000))
]


def test_what_heirs_split_and_merge_has_its_part_of_what_was_added() -> None:
    """A tenth of the compensation each time; half is paid of what is left beside it."""
    merges = ["merge: {vouchers: [B, A], on: 2022-07-05, into: M, owners: anybody}"]
    payouts = [f"payout: {{voucher: {one}, on: 2022-07-06}}" for one in ("E2", "D", "M")]
    policy = ADDED.replace("merges: 2", "merges: {times: 2, of: anybody}")
    steps = steps_of(policy, *GROWN, *SPLITS[1:], *merges, *payouts)
    paid = [one["fen"] for step in steps for one in step["amounts"] if one["of"] == "paid_out"]
    assert paid == [7_500_000, 5_000_000, (110 - 16.5 - 11) * 1_000_000 / 1.1 / 2]


def test_the_least_part_of_a_split_goes_by_the_printed_face_and_what_followed() -> None:
    """A fifth of the first heir's 82.5 万, as they were made, and of the other's 27.5 and as much again."""
    done = [step["outcome"] for step in steps_of(ADDED, *GROWN, *SPLITS)[-3:]]
    assert done == ["refused", "done", "done"]
