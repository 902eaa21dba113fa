"""A voucher that is split counts in small with each part: figures as papers have them, and what must hold."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.policies.idle import worth_a_look
from app.policies.reader import read
from tests.unit.policies.played import HEAD, steps_of

_TENTH = "tiers: [{from_month: 1, to_month: 12, rate: 10%}]"
OF_FACE = HEAD + f"bonus: {{base: face, fixed_by: lock, {_TENTH}}}\n"
CAPPED = HEAD + f"bonus: {{base: spent, fixed_by: lock, {_TENTH}, caps: [{{of: voucher, yuan: 50000}}]}}\n"
SHARE = (
    HEAD + f"bonus: {{base: spent, fixed_by: lock, {_TENTH}, caps: [{{of: voucher, share_of_face: 5%}}]}}\n"
)
ONCE = HEAD + (
    "bonus: {base: fixed, per: voucher, paid: cash, fixed_by: lock, "
    "tiers: [{from_month: 1, to_month: 12, yuan: 3000}]}\n"
)
NONE = "bonus: {base: spent, fixed_by: lock, tiers: []}\n"
BANDS = HEAD + NONE + "leftover: [{spent_from: 0%, rate: 0%}, {spent_from: 90%, rate: 100%}]\n"
KEPT = (
    HEAD
    + NONE
    + ("face: [{rate: 10%, lost_on: [leftover], kept_from: 80%}]\nleftover: [{spent_from: 0%, rate: 100%}]\n")
)
LOST = HEAD + NONE + "lapse: {effect: cash}\nleftover: [{spent_from: 0%, rate: 100%}]\n"
ADDED = "face: [{rate: 10%, parts: [home], lost_on: [leftover, lapse], kept_from: 80%, lost: PART}]\n"
BEYOND = HEAD + (
    "bonus: {base: spent, fixed_by: lock, "
    "tiers: [{from_month: 1, to_month: 12, rate: 10%, spent_above: 60%}]}\n"
)
BEYOND_BANDS = BANDS.replace("spent_from: 90%", "spent_above: 90%")
KEPT_ABOVE = KEPT.replace("kept_from", "kept_above")
FIRST = HEAD + (
    "bonus: {base: spent, fixed_by: lock, first_homes: {most: 1, of: voucher}, "
    "tiers: [{from_month: 1, to_month: 12, rate: 10%}]}\n"
)
PARTED = "splits: {times: 9, past: parted}\nmerges: 9\n"
ISSUED = "issue: {voucher: A, on: 2022-05-01, face: 1000000}"


def buy(home: str, voucher: str, price_fen: int, day: int = 4) -> str:
    """Return the step that buys a home."""
    return f"buy: {{home: {home}, voucher: {voucher}, on: 2022-05-{day:02}, price: {price_fen / 100:.2f}}}"


def split(voucher: str, part: str, fen: int, day: int = 5) -> str:
    """Return the step that splits a sum off."""
    into = f"[{{voucher: {part}, amount: {fen / 100:.2f}}}]"
    return f"split: {{voucher: {voucher}, on: 2022-05-{day:02}, into: {into}}}"


def earned(steps: list[dict[str, Any]]) -> int:
    """Return all bonus that steps came to, in fen."""
    lines = [line for step in steps for line in step["amounts"]]
    return sum(line["fen"] for line in lines if line["of"] in ("bonus", "bonus in cash"))


@pytest.mark.parametrize(
    ("policy", "price_fen", "part_fen", "then_fen", "anew_fen", "parted_fen"),
    [
        (OF_FACE, 20_000_000, 89_999_900, 18_000_000, 18_999_990, 10_000_000),  # once 10% of 100 万
        (
            CAPPED,
            11_000_000,
            89_000_000,
            55_000_000,
            6_000_000,
            4_955_555,
        ),  # 10,000, and of the cap 39,555.55
        (SHARE, 80_000_000, 24_000_000, 24_000_000, 6_200_000, 5_000_000),  # the cap of 5% was reached
        (ONCE, 20_000_000, 40_000_000, 20_000_000, 600_000, 300_000),
    ],
)
def test_a_split_earns_no_bonus_of_a_voucher_again(
    policy: str, price_fen: int, part_fen: int, then_fen: int, anew_fen: int, parted_fen: int
) -> None:
    told = (ISSUED, buy("H0", "A", price_fen), split("A", "B", part_fen), buy("H1", "B", then_fen, 6))
    assert earned(steps_of(policy + "splits: 9\n", *told)) == anew_fen
    assert earned(steps_of(policy + PARTED, *told)) == parted_fen


def test_a_split_lifts_nobody_above_a_threshold() -> None:
    told = (
        *(ISSUED, buy("H0", "A", 45_000_000), split("A", "B", 50_000_000)),
        *("payout: {voucher: A, on: 2022-05-06}", "payout: {voucher: B, on: 2022-05-06}"),
    )
    of_parts = steps_of(BANDS + PARTED, *told)
    assert paid_out(BANDS + "splits: 9\n", *told) == 5_000_000
    assert [step["outcome"] for step in of_parts[3:]] == ["refused", "refused"]
    bought = (*told[:3], buy("H1", "A", 4_100_000, 6), "payout: {voucher: A, on: 2022-05-07}")
    # 90,909.09 count as the face of what stays; 81,909.09 of it are spent, 90.1%.
    assert steps_of(BANDS + PARTED, *bought)[-1]["amounts"][0]["fen"] == 900_000


def paid_out(policy: str, *told: str) -> int:
    """Return what the payouts of a scenario came to, in fen."""
    steps = [step for step in steps_of(policy, *told) if step["act"] == "payout" and step["amounts"]]
    return sum(step["amounts"][0]["fen"] for step in steps)


def test_what_the_face_got_is_lost_after_a_split_as_before() -> None:
    told = ("issue: {voucher: A, on: 2022-05-01, compensation: 1000000}", buy("H0", "A", 70_000_000))
    payouts = ("payout: {voucher: A, on: 2022-05-07}", "payout: {voucher: B, on: 2022-05-07}")
    parts = (split("A", "B", 32_000_000), *payouts)
    assert paid_out(KEPT + PARTED, *told, payouts[0]) == 30_000_000
    assert paid_out(KEPT + PARTED, *told, *parts) == 30_000_000
    assert paid_out(KEPT + "splits: 9\n", *told, *parts) > 30_000_000


acts = st.lists(
    st.tuples(
        st.sampled_from(["buy", "buy", "split", "cancel", "merge"]), st.integers(0, 9), st.integers(1, 99)
    ),
    min_size=2,
    max_size=9,
)


@settings(max_examples=150, deadline=None)
@given(acts=acts, policy=st.sampled_from([OF_FACE, CAPPED, SHARE, ONCE]))
def test_no_sequence_earns_more_than_the_voucher_unsplit(
    acts: list[tuple[str, int, int]], policy: str
) -> None:
    vouchers, homes, told = ["A"], list[str](), [ISSUED]
    for place, (act, which, percent) in enumerate(acts):
        voucher, new = vouchers[which % len(vouchers)], f"N{place}"
        if act == "buy":
            told.append(buy(new, voucher, percent * 1_000_000))
            homes.append(new)
        elif act == "split":
            told.append(split(voucher, new, percent * 777_777, day=4))
            vouchers.append(new)
        elif act == "cancel" and homes:
            told.append(f"cancel: {{home: {homes.pop(which % len(homes))}, on: 2022-05-04}}")
        elif act == "merge" and len(vouchers) > 1:
            two = [vouchers.pop(which % len(vouchers)) for _ in range(2)]
            told.append(f"merge: {{vouchers: [{', '.join(two)}], on: 2022-05-04, into: {new}}}")
            vouchers.append(new)
    steps = steps_of(policy + PARTED, *told)
    most_fen = {OF_FACE: 10_000_000, ONCE: 300_000}.get(policy, 5_000_000)
    kept = sum(one["bonus_fen"] for one in steps[-1]["balances"].values() if one["state"] != "merged")
    assert kept <= most_fen


@pytest.mark.parametrize(
    "policy", [OF_FACE, CAPPED, SHARE, ONCE, BANDS, KEPT, BEYOND, BEYOND_BANDS, KEPT_ABOVE, FIRST]
)
def test_check_tells_what_a_split_begins_anew(policy: str) -> None:
    told = [path for path, reason in worth_a_look(read(policy + "splits: 1\n")) if "begin anew" in reason]
    assert told == ["splits"]
    assert not [path for path, _reason in worth_a_look(read(policy + PARTED)) if path == "splits"]


PROMISED = "issue: {voucher: A, on: 2022-05-01, compensation: {home: 1000000, moving: 20000}}"


def paid(policy: str, *steps: str) -> list[int]:
    """Return what the endings of steps paid out, in fen."""
    lines = [line for step in steps_of(policy, *steps) for line in step["amounts"]]
    return [line["fen"] for line in lines if line["of"] == "paid_out"]


@pytest.mark.parametrize(
    ("how", "whole_fen", "parts_fen"),
    [("part", 38_250_000, [27_321_428, 10_928_571]), ("whole", 32_000_000, [22_857_142, 9_142_857])],
)
def test_of_each_part_as_much_of_the_addition_is_lost_as_of_the_whole(
    how: str, whole_fen: int, parts_fen: list[int]
) -> None:
    policy, bought = LOST + ADDED.replace("PART", how) + PARTED, buy("H", "A", 70_000_000)
    ends = [f"payout: {{voucher: {name}, on: 2022-06-01}}" for name in "BA"]
    assert paid(policy, PROMISED, bought, ends[1]) == [whole_fen]
    assert paid(policy, PROMISED, bought, split("A", "B", 30_000_000), *ends) == parts_fen
    assert whole_fen - 2 <= sum(parts_fen) <= whole_fen
    again = [split("A", "B", 30_000_000), "merge: {vouchers: [A, B], on: 2022-05-06, into: M}"]
    assert paid(policy, PROMISED, bought, *again, "payout: {voucher: M, on: 2022-06-01}") == [whole_fen]


def test_what_was_added_is_the_same_part_of_a_face_after_a_home_came_back() -> None:
    policy, bought = LOST + ADDED.replace("PART", "part") + PARTED, buy("H", "A", 70_000_000)
    back = [split("A", "B", 30_000_000), "cancel: {home: H, on: 2022-05-06}"]
    ends = [f"payout: {{voucher: {name}, on: 2022-06-01}}" for name in "AB"]
    # 10 of 112 parts of 82 万, and of 30 万: 73,214.29 and 26,785.72.
    assert paid(policy, PROMISED, bought, *back, *ends) == [74_678_571, 27_321_428]


def test_two_parts_are_never_paid_a_fen_more_than_their_voucher() -> None:
    policy = LOST + ADDED.replace("PART", "part").replace("parts: [home], ", "") + PARTED
    issue = "issue: {voucher: A, on: 2022-05-01, compensation: 1000000}"
    ends = [f"payout: {{voucher: {name}, on: 2022-06-01}}" for name in "AB"]
    assert paid(policy, issue, ends[0]) == [100_000_000]
    halves = paid(policy, issue, split("A", "B", 30_000_000), *ends)
    assert halves == [72_727_272, 27_272_727]
    whole = paid(policy, issue, split("A", "B", 55_000_000), *ends)
    assert whole == [50_000_000, 50_000_000]


def test_halves_of_two_merged_vouchers_are_parts_of_each() -> None:
    policy = LOST + ADDED.replace("PART", "part").replace("parts: [home], ", "") + PARTED
    issues = [
        f"issue: {{voucher: {name}, on: 2022-05-01, compensation: {yuan}}}"
        for name, yuan in (("A", "1000.10"), ("B", "1000.05"))
    ]
    merged = [*issues, "merge: {vouchers: [A, B], on: 2022-05-04, into: M}"]
    ends = [f"payout: {{voucher: {name}, on: 2022-06-01}}" for name in "MN"]
    # Of 2,200.16 with 200.01 added the whole is paid 2,000.15; half of what was added is no whole fen.
    assert paid(policy, *merged, ends[0]) == [200_015]
    assert paid(policy, *merged, split("M", "N", 110_008), *ends) == [100_007, 100_007]
