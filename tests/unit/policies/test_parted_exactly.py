"""A split leaves a voucher at its step and its band, also where it stands exactly on a threshold."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.policies.played import HEAD, steps_of

WAN = 1_000_000
NONE = "bonus: {base: spent, fixed_by: lock, tiers: []}\n"
PARTED = "splits: {times: 9, past: parted}\nmerges: 9\n"
ISSUED = "issue: {voucher: A, on: 2022-05-01, face: 1000000}"
BANDS = (
    HEAD
    + NONE
    + "leftover: [{spent_from: 0%, rate: 10%}, {WORD: 45%, rate: 50%}, {spent_from: 90%, rate: 70%}]\n"
)
STEPS = HEAD + (
    "bonus: {base: spent, fixed_by: lock, paid: cash, tiers: [{from_month: 1, to_month: 12, "
    "steps: [{spent_from: 0%, rate: 1%}, {spent_from: 45%, rate: 5%}]}]}\n"
)
KEPT = (
    HEAD
    + NONE
    + ("face: [{rate: 25%, lost_on: [leftover], WORD: 45%}]\nleftover: [{spent_from: 0%, rate: 100%}]\n")
)
SHOPS = HEAD.replace("[home]", "[home, shop]") + NONE


def _buy(home: str, voucher: str, fen: int, day: int = 4, kind: str = "home") -> str:
    what = f"home: {home}, voucher: {voucher}, on: 2022-05-{day:02}, price: {fen / 100:.2f}, kind: {kind}"
    return f"buy: {{{what}}}"


_moves = st.lists(
    st.tuples(st.sampled_from(["split", "split", "merge"]), st.integers(0, 9), st.integers(1, 9_999)),
    min_size=1,
    max_size=5,
)


def _moved(left_fen: int, moves: list[tuple[str, int, int]]) -> tuple[list[str], dict[str, int]]:
    """Return the steps of splits and merges of what is left of A, and what each voucher has in the end."""
    left, told = {"A": left_fen}, list[str]()
    for place, (act, which, bp) in enumerate(moves):
        voucher, new = list(left)[which % len(left)], f"N{place}"
        least = min(left[voucher] * bp // 10_000, left[voucher] - left[voucher] * bp // 10_000)
        if act == "split" and least > 10_000:
            left[new] = left[voucher] * bp // 10_000
            left[voucher] -= left[new]
            into = f"[{{voucher: {new}, amount: {left[new] / 100:.2f}}}]"
            told.append(f"split: {{voucher: {voucher}, on: 2022-05-05, into: {into}}}")
        elif act == "merge" and len(left) > 1:
            two = [voucher, next(one for one in left if one != voucher)]
            left[new] = sum(left.pop(one) for one in two)
            told.append(f"merge: {{vouchers: [{', '.join(two)}], on: 2022-05-05, into: {new}}}")
    return told, left


def _rules(step: dict[str, Any], of: str) -> list[str]:
    return [rule["path"] for line in step["amounts"] if line["of"] == of for rule in line["rules"]]


_homes = st.sampled_from([[45], [15, 30], [10, 20, 15], [44], [46], [90], [33, 57]])


@settings(max_examples=50, deadline=None)
@given(homes=_homes, moves=_moves, word=st.sampled_from(["spent_from", "spent_above"]))
def test_every_part_is_in_the_band_of_the_voucher_unsplit(
    homes: list[int], moves: list[tuple[str, int, int]], word: str
) -> None:
    bought = [ISSUED, *(_buy(f"H{place}", "A", fen * WAN) for place, fen in enumerate(homes))]
    told, left = _moved((100 - sum(homes)) * WAN, moves)
    ends = [f"payout: {{voucher: {one}, on: 2022-05-07}}" for one in left]
    policy = BANDS.replace("WORD", word)
    whole = _rules(steps_of(policy, *bought, "payout: {voucher: A, on: 2022-05-07}")[-1], "paid_out")
    parts = steps_of(policy + PARTED, *bought, *told, *ends)[-len(ends) :]
    assert [_rules(step, "paid_out") for step in parts] == [whole] * len(ends)


@settings(max_examples=40, deadline=None)
@given(homes=_homes, moves=_moves)
def test_every_part_is_at_the_step_of_the_voucher_unsplit(
    homes: list[int], moves: list[tuple[str, int, int]]
) -> None:
    bought = [ISSUED, *(_buy(f"H{place}", "A", fen * WAN) for place, fen in enumerate(homes))]
    told, left = _moved((100 - sum(homes)) * WAN, moves)
    step = int(sum(homes) >= 45)
    for voucher in left:
        last = steps_of(STEPS + PARTED, *bought, *told, _buy("L", voucher, 1, 6))[-1]
        assert _rules(last, "bonus in cash") == [f"bonus.tiers[0].steps[{step}]"]


@settings(max_examples=40, deadline=None)
@given(
    homes=st.sampled_from([[45], [15, 30], [44], [46]]),
    moves=_moves,
    word=st.sampled_from(["kept_from", "kept_above"]),
)
def test_what_was_added_is_kept_by_every_part_as_by_the_voucher_unsplit(
    homes: list[int], moves: list[tuple[str, int, int]], word: str
) -> None:
    issued = ISSUED.replace("face: 1000000", "compensation: 800000")
    bought = [issued, *(_buy(f"H{place}", "A", fen * WAN) for place, fen in enumerate(homes))]
    told, left = _moved((100 - sum(homes)) * WAN, moves)
    is_kept = sum(homes) > 45 or (sum(homes) == 45 and word == "kept_from")
    ends = [f"payout: {{voucher: {one}, on: 2022-05-07}}" for one in left]
    parts = steps_of(KEPT.replace("WORD", word) + PARTED, *bought, *told, *ends)[-len(ends) :]
    for step in parts:
        assert ("face[0].lost_on" not in _rules(step, "paid_out")) == is_kept or step["outcome"] == "refused"


@pytest.mark.parametrize(("word", "may"), [("spent_from", "done"), ("spent_above", "refused")])
def test_what_must_be_bought_first_is_bought_by_every_part(word: str, may: str) -> None:
    limit = f"limits: [{{kinds: [shop], after: {{kinds: [home], {word}: 45%}}}}]\n"
    told = [ISSUED, _buy("H", "A", 45 * WAN)]
    moved, left = _moved(55 * WAN, [("split", 0, 1_234), ("split", 1, 777), ("split", 0, 3_331)])
    for voucher in left:
        shop = _buy("S", voucher, WAN, 6, kind="shop")
        assert steps_of(SHOPS + limit + PARTED, *told, *moved, shop)[-1]["outcome"] == may


@settings(max_examples=40, deadline=None)
@given(moves=_moves)
def test_several_kinds_leave_no_fen_beyond_a_share_of_the_face(moves: list[tuple[str, int, int]]) -> None:
    """10% were spent, the most there may be, 4% and 6% on two kinds: no part may spend a fen more."""
    limits = "limits: [{kinds: [home, shop], share_of_face: 10%}]\n"
    told = [ISSUED, _buy("H", "A", 4 * WAN), _buy("S", "A", 6 * WAN, kind="shop")]
    moved, left = _moved(90 * WAN, moves)
    for voucher in left:
        last = steps_of(SHOPS + limits + PARTED, *told, *moved, _buy("M", voucher, 1, 6, kind="shop"))
        assert last[-1]["outcome"] == "refused"
