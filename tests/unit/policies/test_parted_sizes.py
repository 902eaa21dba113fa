"""Thresholds in yuan are taken in small with a part: rates by size, and the size that a bonus asks for."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.policies.idle import worth_a_look
from app.policies.reader import read
from app.policies.small import Parted
from tests.unit.policies.played import HEAD, steps_of

WAN = 1_000_000
PARTED = "splits: {times: 9, past: parted}\nmerges: 9\n"


def _policy(base: str, sizes: str, *, paid: str = "cash") -> str:
    tiers = f"tiers: [{{from_month: 1, to_month: 12, {sizes}}}]"
    return HEAD + f"bonus: {{base: {base}, paid: {paid}, fixed_by: lock, {tiers}}}\n"


FALLING = _policy("face", "slices: [{above: 0, rate: 8%}, {above: 1000000, rate: 5%}]")
WHOLE = _policy("face", "brackets: [{above: 0, rate: 5%}, {above: 1000000, rate: 8%}]")
RISING = _policy("spent_total", "slices: [{above: 0, rate: 5%}, {above: 300000, rate: 8%}]")
JUMPING = _policy("spent_total", "brackets: [{above: 0, rate: 5%}, {above: 600000, rate: 8%}]")
OF_FACE = _policy("spent_total", "slices_of_face: [{above: 0%, rate: 1%}, {above: 60%, rate: 9%}]")
SIZED = HEAD + (
    "bonus:\n"
    "  - {base: spent, paid: cash, fixed_by: lock, face_size: {up_to: 500000}, "
    "tiers: [{from_month: 1, to_month: 12, rate: 12%}]}\n"
    "  - {base: spent, paid: cash, fixed_by: lock, face_size: {above: 500000}, "
    "tiers: [{from_month: 1, to_month: 12, rate: 10%}]}\n"
)


def _issue(fen: int, voucher: str = "A") -> str:
    return f"issue: {{voucher: {voucher}, on: 2022-05-01, face: {fen / 100:.2f}}}"


def _buy(home: str, voucher: str, fen: int, day: int = 4) -> str:
    return f"buy: {{home: {home}, voucher: {voucher}, on: 2022-05-{day:02}, price: {fen / 100:.2f}}}"


def _split(voucher: str, part: str, fen: int) -> str:
    into = f"[{{voucher: {part}, amount: {fen / 100:.2f}}}]"
    return f"split: {{voucher: {voucher}, on: 2022-05-05, into: {into}}}"


def _cancel(home: str) -> str:
    return f"cancel: {{home: {home}, on: 2022-05-05}}"


def _each(steps: list[dict[str, Any]]) -> list[int]:
    lines = [line for step in steps for line in step["amounts"]]
    return [line["fen"] for line in lines if line["of"] == "bonus in cash"]


def test_slices_of_the_face_are_of_the_voucher_unsplit() -> None:
    """8% of 100 万 and 5% of 100 万 more are 13 万: half of it each, and not 8 万."""
    told = (_issue(200 * WAN), _split("A", "B", 100 * WAN))
    steps = steps_of(FALLING + PARTED, *told, _buy("H", "A", 100 * WAN, 6), _buy("I", "B", 100 * WAN, 6))
    assert _each(steps) == [6_500_000, 6_500_000]
    assert "another_size" not in {note["code"] for step in steps for note in step["notes"]}


def test_slices_of_all_that_is_spent_go_on_where_the_voucher_stood() -> None:
    """40 of 100 万 earned 2.3 万; 30 万 more are beyond the first 30 万 with the part, too: 8%, 2.4 万."""
    told = (_issue(100 * WAN), _buy("H", "A", 40 * WAN), _split("A", "B", 30 * WAN))
    steps = steps_of(RISING + PARTED, *told, _buy("I", "B", 30 * WAN, 6))
    assert _each(steps) == [2_300_000, 2_400_000]


@pytest.mark.parametrize(("face_fen", "path"), [(50 * WAN, "bonus[0]"), (50 * WAN + 1, "bonus[1]")])
def test_a_part_is_as_large_as_the_voucher_that_was_issued(face_fen: int, path: str) -> None:
    told = (_issue(face_fen), _buy("H", "A", 20 * WAN), _split("A", "B", 12_345_678))
    steps = steps_of(SIZED + PARTED, *told, _cancel("H"), _buy("I", "A", WAN, 6), _buy("J", "B", WAN, 6))
    for step in steps[-2:]:
        earned = [line for line in step["amounts"] if line["of"] == "bonus in cash" and line["fen"]]
        assert [rule["path"].partition(".")[0] for line in earned for rule in line["rules"]] == [path]


def test_what_is_merged_is_as_large_as_both() -> None:
    told = (_issue(30 * WAN), _issue(40 * WAN, "B"), _split("A", "C", 10 * WAN))
    steps = steps_of(
        SIZED + PARTED,
        *told,
        "merge: {vouchers: [A, C], on: 2022-05-05, into: D}",
        "merge: {vouchers: [D, B], on: 2022-05-05, into: M}",
    )
    assert [{note["code"] for note in step["notes"]} for step in steps[3:]] == [set(), {"another_size"}]


_acts = st.lists(
    st.tuples(st.sampled_from(["split", "split", "merge"]), st.integers(0, 9), st.integers(1, 99)),
    min_size=1,
    max_size=4,
)


@settings(max_examples=80, deadline=None)
@given(
    acts=_acts,
    bought=st.lists(st.integers(10, 40), max_size=2),
    is_undone=st.booleans(),
    policy=st.sampled_from([FALLING, WHOLE, RISING, JUMPING, OF_FACE]),
)
def test_all_parts_earn_together_what_the_voucher_unsplit_would(
    acts: list[tuple[str, int, int]], bought: list[int], is_undone: bool, policy: str
) -> None:
    """What was bought before may be undone after the splits: then as if the split had found it."""
    told = [_issue(100 * WAN + 1), *(_buy(f"H{place}", "A", fen * WAN) for place, fen in enumerate(bought))]
    left, stays, whole = {"A": 100 * WAN + 1 - sum(bought) * WAN}, "A", list(told)
    for place, (act, which, percent) in enumerate(acts):
        voucher, new = list(left)[which % len(left)], f"N{place}"
        if act == "split" and left[voucher] > 100_000:
            left[new] = left[voucher] * percent // 100
            left[voucher] -= left[new]
            told.append(_split(voucher, new, left[new]))
        elif act == "merge" and len(left) > 1:
            two = [voucher, next(one for one in left if one != voucher)]
            left[new] = sum(left.pop(one) for one in two)
            stays = new if stays in two else stays
            told.append(f"merge: {{vouchers: [{', '.join(two)}], on: 2022-05-05, into: {new}}}")
    if is_undone and bought:
        left[stays] += bought[0] * WAN
        told.append(_cancel("H0"))
        whole.append(told[-1])
    last = [_buy(f"L{place}", one, fen, 6) for place, (one, fen) in enumerate(left.items())]
    of_whole = _each(steps_of(policy, *whole, _buy("L", "A", sum(left.values()), 6)))[-1]
    steps = steps_of(policy + PARTED, *told, *last)
    lacking_fen = of_whole - sum(_each(steps[-len(last) :]))
    assert lacking_fen >= 0
    # What a part has of the face stays what it was at the split: then what came back earns nothing of that.
    assert lacking_fen <= 2 * len(last) or (is_undone and policy in (FALLING, WHOLE))


def test_what_an_older_quote_kept_is_read() -> None:
    kept = {"more_fen": 1, "face_fen": 2, "numerator": 1, "denominator": 3, "earlier_fen": 4}
    assert Parted.read(kept) == Parted(more_fen=1, face_fen=2, numerator=1, denominator=3)


def test_check_tells_of_a_bonus_on_all_that_is_spent_of_which_a_part_keeps_more() -> None:
    """10% from 80% on are 2 万 of 100 万; B, spent to 80% then, earns 1 of its 50 万, and A 1.8 of 90 万."""
    late = _policy("spent_total", "slices_of_face: [{above: 0%, rate: 0%}, {above: 80%, rate: 10%}]")
    told = (_issue(100 * WAN), _buy("H", "A", 80 * WAN), _split("A", "B", 10 * WAN))
    rest = (_buy("I", "B", 10 * WAN, 5), _cancel("H"), _buy("J", "A", 90 * WAN, 6))
    assert _each(steps_of(late + PARTED, *told, *rest)) == [0, 1_000_000, 1_800_000]
    flat = _policy("spent_total", "rate: 10%")
    falling = flat.replace("to_month: 12", "to_month: 3, rate: 12%}, {from_month: 4, to_month: 12")
    waiting = flat.replace("rate: 10%", "rate: 10%, least_spent: 80%")
    for uneven in (late, RISING, JUMPING, falling, waiting):
        assert "bonus.base" in dict(worth_a_look(read(uneven + PARTED)))
    for even in (flat, flat + PARTED, FALLING + PARTED, late + "splits: {times: 1, past: stays}\n"):
        assert "bonus.base" not in dict(worth_a_look(read(even)))
    for unsplit in (late, late + "splits: {times: 0, past: parted}\n"):
        assert "heirs" in dict(worth_a_look(read(unsplit)))["bonus.base"]


def test_check_tells_what_each_part_may_round_up() -> None:
    """5% of 102,000 in hundreds of yuan are 5,100, and of its halves 2,550: 2,600 each."""
    half_up = _policy("face", "rate: 5%").replace("fixed_by", "rounding: nearest_hundred_yuan, fixed_by")
    half = 5_100_000
    whole = steps_of(half_up, _issue(2 * half), _buy("H", "A", 2 * half))
    told = (_issue(2 * half), _split("A", "B", half), _buy("H", "A", half, 5), _buy("I", "B", half, 6))
    assert (_each(whole), _each(steps_of(half_up + PARTED, *told))) == ([510_000], [260_000, 260_000])
    paid = _policy("spent", "rate: 5%")
    paid += "leftover: [{spent_from: 0%, rate: 0%}, {spent_from: 1%, rate: 80%}]\n"
    paid += "payout_rounding: nearest_yuan\n"
    paid += "interest: {rate: 1%, from: issue, on: [leftover], rounding: nearest_yuan}\n"
    for policy, paths in ((half_up, ["bonus.rounding"]), (paid, ["interest.rounding", "payout_rounding"])):
        told_of = [path for path, why in worth_a_look(read(policy + PARTED)) if "half up" in why]
        assert told_of == paths
    down = half_up.replace("nearest_hundred_yuan", "yuan") + PARTED
    once = half_up.replace("base: face", "base: price") + PARTED
    for even in (half_up, down, once):
        assert not [path for path, why in worth_a_look(read(even)) if "half up" in why]
