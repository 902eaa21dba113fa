"""What an ending takes back of a bonus is taken of all parts together as of the voucher unsplit."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.policies.idle import is_past_unsaid, worth_a_look
from app.policies.parted import Share
from app.policies.reader import read
from tests.unit.policies.played import HEAD, steps_of

_TENTH = "tiers: [{from_month: 1, to_month: 12, rate: 10%}]"
_OF_FACE = HEAD + f"bonus: {{base: face, fixed_by: lock, {_TENTH}}}\n"
_OF_SPENT = HEAD + f"bonus: {{base: spent, fixed_by: lock, {_TENTH}}}\n"
_IN_CASH = HEAD + f"bonus: {{base: spent, paid: cash, fixed_by: lock, {_TENTH}}}\n"
_PARTED = "splits: {times: 9, past: parted}\nmerges: 9\n"
_ISSUED = "issue: {voucher: A, on: 2022-05-01, face: 1000000}"
RETURNED = "lapse: {effect: cash, bonus: returned}\n"
ENDS = (
    RETURNED,
    "lapse: {effect: cash, bonus: part}\n",
    "lapse: {effect: agreement, bonus: returned}\n",
    "lapse: {effect: cash, rate: 3%, bonus: returned}\n",
    "lapse: {effect: cash, bands: [{spent_from: 0%, rate: 100%, claw_back: 35%}]}\n",
    "lapse: {effect: cash, bands: [{spent_from: 0%, rate: 80%, claw_back: part}]}\n",
)


def _fen(fen: int) -> str:
    return f"{fen / 100:.2f}"


def _buy(home: str, voucher: str, price_fen: int) -> str:
    return f"buy: {{home: {home}, voucher: {voucher}, on: 2022-05-04, price: {_fen(price_fen)}}}"


def _split(voucher: str, *parts: tuple[str, int]) -> str:
    into = ", ".join(f"{{voucher: {name}, amount: {_fen(fen)}}}" for name, fen in parts)
    return f"split: {{voucher: {voucher}, on: 2022-05-06, into: [{into}]}}"


def _lapse(voucher: str) -> str:
    return f"lapse: {{voucher: {voucher}, on: 2023-06-01}}"


def _came_to(steps: list[dict[str, Any]], of: str) -> list[int]:
    return [line["fen"] for step in steps for line in step["amounts"] if line["of"] == of]


def _paid(policy: str, *told: str) -> list[int]:
    return _came_to(steps_of(policy + _PARTED, *told), "paid_out")


@given(fen=st.integers(0, 10**12), left=st.integers(2, 10**12), data=st.data())
def test_all_parts_answer_for_a_bonus_to_the_fen(fen: int, left: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(1, left - 1))
    others = (first, *([data.draw(st.integers(1, left - first - 1))] if left - first > 1 else []))
    shares = [Share(left, one).of(fen) for one in others]
    rest = Share(left, others=others).of(fen)
    assert sum(shares) + rest == fen
    assert min(*shares, rest) >= 0


def test_a_part_pays_back_its_share_of_what_was_earned_before() -> None:
    # 45 万 spent earned 10 万; of 55 万 that were left 549,999 are split off.
    told = (_ISSUED, _buy("H", "A", 55_000_000))
    assert _paid(_OF_FACE + RETURNED, *told, _lapse("A")) == [45_000_000]
    parts = (_split("A", ("B", 54_999_900)), _lapse("A"), _lapse("B"))
    assert _paid(_OF_FACE + RETURNED, *told, *parts) == [81, 44_999_919]


def test_who_gives_up_the_parts_gets_what_the_whole_would_have_got() -> None:
    ends = "lapse: {effect: void, give_up: {effect: cash, rate: 100%, bonus: returned}}\n"
    told = (_ISSUED, _buy("H", "A", 55_000_000), _split("A", ("B", 30_000_000)))
    up = [f"give_up: {{voucher: {name}, on: 2022-06-01}}" for name in "AB"]
    # 5 万 of 50 万: of 30 万 three fifths.
    assert _paid(_OF_SPENT + ends, *told, *up) == [18_000_000, 27_000_000]


def test_heirs_answer_for_the_bonus_of_the_deceased_by_what_they_inherit() -> None:
    inherited = (
        "inherit: {voucher: A, died: 2022-05-05, on: 2022-06-05, heir: spouse, "
        "into: [{voucher: B, amount: 200000, heir: child}]}"
    )
    told = (_ISSUED, _buy("H", "A", 55_000_000), inherited, _lapse("A"), _lapse("B"))
    paid = _came_to(steps_of(_OF_SPENT + RETURNED, *told), "paid_out")
    assert paid == [27_000_000, 18_000_000]


def test_where_a_split_begins_anew_what_stays_answers_alone() -> None:
    told = (_ISSUED, _buy("H", "A", 55_000_000), _split("A", ("B", 30_000_000)), _lapse("A"), _lapse("B"))
    steps = steps_of(_OF_SPENT + RETURNED + "splits: {times: 1, past: stays}\n", *told)
    assert _came_to(steps, "paid_out") == [15_000_000, 30_000_000]


def test_what_was_taken_of_every_part_goes_back_when_the_home_does() -> None:
    told = (_ISSUED, _buy("H", "A", 55_000_000), _split("A", ("B", 30_000_000), ("C", 7_777_777)))
    ends = ("cancel: {home: H, on: 2023-06-02}",)
    steps = steps_of(_OF_FACE + RETURNED + _PARTED, *told, *map(_lapse, "ABC"), *ends)
    assert sum(_came_to(steps, "paid_out")) == 45_000_000
    assert sum(_came_to(steps, "claw_back")) == 10_000_000
    assert len(_came_to(steps, "claw_back")) == 3


def test_a_part_is_taken_the_same_only_of_what_was_earned_before_the_split() -> None:
    """Of 5 万 half goes back either way; of 2 万 that a part earned later and spent whole, nothing."""
    policy, bought = _OF_SPENT + ENDS[1], _buy("H", "A", 55_000_000)
    parted = (_ISSUED, bought, _split("A", ("B", 20_000_000)))
    assert _paid(policy, _ISSUED, bought, _lapse("A")) == [47_500_000]
    assert sum(_paid(policy, *parted, _lapse("A"), _lapse("B"))) == 47_500_000
    later = "buy: {home: K, voucher: VOUCHER, on: 2022-07-01, price: 220000}"
    assert _paid(policy, _ISSUED, bought, later.replace("VOUCHER", "A"), _lapse("A")) == [27_900_000]
    assert _paid(policy, *parted, later.replace("VOUCHER", "B"), _lapse("A")) == [28_500_000]


_acts = st.lists(
    st.tuples(st.sampled_from(["split", "split", "merge"]), st.integers(0, 9), st.integers(1, 99)),
    min_size=1,
    max_size=6,
)


@settings(max_examples=40, deadline=None)
@given(
    acts=_acts,
    prices=st.lists(st.integers(1_000_000, 30_000_000), max_size=2),
    bonus=st.sampled_from([_OF_FACE, _OF_SPENT, _IN_CASH]),
    ends=st.sampled_from(ENDS),
)
def test_parts_are_paid_together_what_the_whole_would_be(
    acts: list[tuple[str, int, int]], prices: list[int], bonus: str, ends: str
) -> None:
    told = [_ISSUED, *(_buy(f"H{place}", "A", fen) for place, fen in enumerate(prices))]
    (whole_fen,) = _paid(bonus + ends, *told, _lapse("A"))
    vouchers = ["A"]
    for place, (act, which, percent) in enumerate(acts):
        voucher, new = vouchers[which % len(vouchers)], f"N{place}"
        if act == "split":
            told.append(_split(voucher, (new, percent * 77_777)))
            vouchers.append(new)
        elif len(vouchers) > 1:
            two = [vouchers.pop(which % len(vouchers)) for _ in range(2)]
            told.append(f"merge: {{vouchers: [{', '.join(two)}], on: 2022-05-06, into: {new}}}")
            vouchers.append(new)
    paid = _paid(bonus + ends, *told, *map(_lapse, vouchers))
    assert abs(sum(paid) - whole_fen) <= 2 * len(paid)


@pytest.mark.parametrize(
    ("ends", "path"),
    [
        (RETURNED, "lapse.bonus"),
        ("leftover: [{spent_from: 0%, rate: 100%, claw_back: 35%}]\n", "leftover[0].claw_back"),
        (
            "lapse: {effect: void, give_up: {effect: cash, rate: 90%, bonus: returned}}\n",
            "lapse.give_up.bonus",
        ),
    ],
)
def test_check_tells_what_a_split_takes_less_back(ends: str, path: str) -> None:
    def told(splits: str, ends: str) -> list[str]:
        return [reason for at, reason in worth_a_look(read(_OF_SPENT + ends + splits)) if at == path]

    assert "takes less where of several heirs" in told("", ends)[0]
    assert "takes nothing of what is split off" in told("splits: {times: 1, past: stays}\n", ends)[0]
    assert "takes less of who splits" in told(_PARTED, ends)[0]
    assert told(_PARTED, ends)[0].endswith("part takes the same of what was earned before the split")
    in_part = ends.replace("returned", "part").replace("35%", "part")
    assert told(_PARTED, in_part) == told("", in_part) == []
    unearned = _OF_SPENT.replace(_TENTH, "tiers: []") + ends + _PARTED
    reasons = [reason for at, reason in worth_a_look(read(unearned)) if at == path]
    assert not any("takes less" in reason for reason in reasons), "there is no bonus to take back"
    assert is_past_unsaid(read(_OF_SPENT + in_part + "splits: 1\n"))
    assert not is_past_unsaid(read(_OF_SPENT + "splits: 1\n"))


@pytest.mark.parametrize("share", [Share(100, 33), Share(100, others=(33,))])
def test_of_no_bonus_nobody_answers_for_anything(share: Share) -> None:
    assert share.of(0) == 0
