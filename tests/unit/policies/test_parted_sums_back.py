"""Money that comes back after a split takes along what it had earned: nobody earns it twice, nor loses it."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.policies.idle import worth_a_look
from app.policies.parted import CameBack, Gave, Share, counted, still_counted
from app.policies.reader import read
from tests.unit.policies.played import HEAD, steps_of

WAN = 1_000_000
_TENTH = "tiers: [{from_month: 1, to_month: 12, rate: 10%}]"
OF_FACE = HEAD + f"bonus: {{base: face, fixed_by: lock, {_TENTH}}}\n"
BRACKETS = HEAD + (
    "bonus: {base: face, fixed_by: lock, tiers: [{from_month: 1, to_month: 12, "
    "slices: [{above: 0, rate: 14%}, {above: 500000, rate: 6%}]}]}\n"
)
CAPPED = HEAD + f"bonus: {{base: spent, fixed_by: lock, {_TENTH}, caps: [{{of: voucher, yuan: 50000}}]}}\n"
SHARE = (
    HEAD + f"bonus: {{base: spent, fixed_by: lock, {_TENTH}, caps: [{{of: voucher, share_of_face: 5%}}]}}\n"
)
TOGETHER = HEAD + (
    f"bonus: [{{base: face, fixed_by: lock, {_TENTH}}}, {{base: spent, fixed_by: lock, {_TENTH}}}]\n"
    "bonus_caps: [{of: voucher, yuan: 50000}]\n"
)
ONCE = HEAD + (
    "bonus: {base: fixed, per: voucher, paid: cash, fixed_by: lock, "
    "tiers: [{from_month: 1, to_month: 12, yuan: 3000}]}\n"
)
MOST = {
    OF_FACE: 10 * WAN,
    BRACKETS: 10 * WAN,
    CAPPED: 5 * WAN,
    SHARE: 5 * WAN,
    TOGETHER: 5 * WAN,
    ONCE: 300_000,
}
PARTED = "splits: {times: 9, past: parted}\nmerges: 9\n"
ISSUED = "issue: {voucher: A, on: 2022-05-01, face: 1000000}"


def _buy(home: str, voucher: str, fen: int, day: int = 4) -> str:
    return f"buy: {{home: {home}, voucher: {voucher}, on: 2022-05-{day:02}, price: {fen / 100:.2f}}}"


def _split(voucher: str, part: str, fen: int) -> str:
    into = f"[{{voucher: {part}, amount: {fen / 100:.2f}}}]"
    return f"split: {{voucher: {voucher}, on: 2022-05-04, into: {into}}}"


def _cancel(home: str) -> str:
    return f"cancel: {{home: {home}, on: 2022-05-04}}"


def _bonuses(steps: list[dict[str, Any]]) -> list[int]:
    lines = [step["amounts"] for step in steps if step["act"] == "buy"]
    return [sum(line["fen"] for line in some if line["of"] in ("bonus", "bonus in cash")) for some in lines]


def _kept(balances: Mapping[str, Mapping[str, Any]]) -> int:
    return sum(one["bonus_fen"] for one in balances.values() if one["state"] != "merged")


@pytest.mark.parametrize(
    ("policy", "price_fen", "then_fen"),
    [
        (OF_FACE, 70 * WAN, [10 * WAN, 0, 10 * WAN]),
        (BRACKETS, 70 * WAN, [10 * WAN, 0, 10 * WAN]),
        (CAPPED, 22 * WAN, [2 * WAN, 1_125_000, 3_875_000]),
        (SHARE, 22 * WAN, [2 * WAN, 1_125_000, 3_875_000]),
        (TOGETHER, 65 * WAN, [5 * WAN, 0, 5 * WAN]),
        (ONCE, 60 * WAN, [300_000, 0, 300_000]),
    ],
)
def test_what_stays_may_earn_again_what_its_home_gave_back(
    policy: str, price_fen: int, then_fen: list[int]
) -> None:
    """Of 100 万 60 are spent (20 where 10% are capped), 30 split off, and the home is given back."""
    told = [ISSUED, _buy("H0", "A", price_fen), _split("A", "B", 30 * WAN), _cancel("H0")]
    told += [_buy("H1", "B", 99 * WAN, 6), _buy("H2", "A", 199 * WAN, 6)]
    assert _bonuses(steps_of(policy + PARTED, *told)) == then_fen
    assert sum(then_fen[1:]) == MOST[policy]


def test_what_is_left_of_a_sum_stays_with_the_part_that_has_it() -> None:
    """A home of 6 万 earned 3 万 of 10: of the 7 that are left the part goes on having its share."""
    told = [ISSUED, _buy("H0", "A", 6 * WAN), _split("A", "B", 48_500_000)]
    after = [_buy("H1", "B", 99 * WAN, 6), _buy("H2", "A", 199 * WAN, 6)]
    first, part, stays = _bonuses(steps_of(OF_FACE + PARTED, *told, *after))
    assert (first, part, stays) == (3 * WAN, 3_500_000, 3_500_000)
    assert _bonuses(steps_of(OF_FACE + PARTED, *told, _cancel("H0"), *after)) == [first, part, first + stays]


def test_a_part_that_was_used_before_leaves_no_more_than_the_rest() -> None:
    """5 万 of which a home earned 2: the part takes 1.125 of them before that home is given back."""
    told = [ISSUED, _buy("H0", "A", 22 * WAN), _split("A", "B", 30 * WAN), _buy("H1", "B", 99 * WAN)]
    steps = steps_of(CAPPED + PARTED, *told, _cancel("H0"), _buy("H2", "A", 199 * WAN, 6))
    assert _kept(steps[-1]["balances"]) == 5 * WAN


_acts = st.lists(
    st.tuples(
        st.sampled_from(["buy", "buy", "split", "split", "cancel", "merge"]),
        st.integers(0, 9),
        st.integers(1, 99),
    ),
    min_size=3,
    max_size=10,
)


@settings(max_examples=150, deadline=None)
@given(acts=_acts, policy=st.sampled_from(list(MOST)))
def test_all_parts_that_spend_everything_earn_what_the_voucher_would(
    acts: list[tuple[str, int, int]], policy: str
) -> None:
    vouchers, homes, told = ["A"], list[str](), [ISSUED]
    for place, (act, which, percent) in enumerate(acts):
        voucher, new = vouchers[which % len(vouchers)], f"N{place}"
        if act == "buy":
            told.append(_buy(new, voucher, percent * 1_000_000))
            homes.append(new)
        elif act == "split":
            told.append(_split(voucher, new, percent * 377_777))
            vouchers.append(new)
        elif act == "cancel" and homes:
            told.append(_cancel(homes.pop(which % len(homes))))
        elif act == "merge" and len(vouchers) > 1:
            two = [vouchers.pop(which % len(vouchers)) for _ in range(2)]
            told.append(f"merge: {{vouchers: [{', '.join(two)}], on: 2022-05-04, into: {new}}}")
            vouchers.append(new)
    told += [_buy(f"L{place}", one, 300 * WAN, 6) for place, one in enumerate(vouchers)]
    kept_fen = _kept(steps_of(policy + PARTED, *told)[-1]["balances"])
    assert MOST[policy] - 3 * len(acts) <= kept_fen <= MOST[policy]


_tree = st.lists(st.tuples(st.booleans(), st.integers(1, 99)), max_size=4)


@settings(max_examples=200, deadline=None)
@given(before=_tree, after=_tree, branch=st.integers(0, 3))
def test_what_came_back_counts_with_nobody_in_all(
    before: list[tuple[bool, int]], after: list[tuple[bool, int]], branch: int
) -> None:
    """Whatever is split before and after the money came back, what all the parts count is nothing."""
    ways: list[tuple[tuple[bool, Share], ...]] = [()]
    for has_passed, splits in ((True, before), (False, after)):
        for is_of_stays, percent in splits:
            taken = ways.pop(0 if is_of_stays else branch % len(ways))
            passed = has_passed and all(share.others for _passed, share in taken)
            stays, part = Share(100, others=(percent,)), Share(100, percent)
            ways[:0] = [(*taken, (passed, stays))]
            ways.append((*taken, (passed, part)))
    assert sum((still_counted([way]) for way in ways), Fraction(0)) == 0


def test_what_came_back_is_no_part_of_what_counts_as_spent() -> None:
    shares = {"share": Fraction(1, 4), "share_now": Fraction(7, 10)}
    gave = [Gave(Fraction(1, 4), Fraction(7, 10), 1, "home", 100, 40, {})]
    back = [CameBack(Fraction(-3, 4), 200, 80, {"bonus[0]": 80})]
    past = counted(gave, own_fen=100, face_fen=Fraction(250), **shares, back=back)
    assert (past.spent_fen, past.earned_fen, past.each) == (70, 10 - 60, (("bonus[0]", -60, 0),))
    assert past.earned_on_all_fen == 28


def test_check_tells_of_a_cap_that_what_earned_less_does_not_bring_back() -> None:
    """60 万 went to a space without a bonus: of 5 万 the part may earn 2.5, and what stays no more."""
    spaces = CAPPED.replace("[home]", "[home, parking]").replace("rate: 10%", "rate: 10%, kinds: [home]")
    told = [ISSUED, "buy: {home: S, voucher: A, on: 2022-05-04, price: 600000, kind: parking}"]
    told += [_split("A", "B", 20 * WAN), _cancel("S")]
    policy = spaces + PARTED + "spaces: alone\n"
    assert _bonuses(steps_of(policy, *told, _buy("H", "A", 199 * WAN, 6))) == [0, 2_500_000]
    for uneven in (policy, TOGETHER.replace("base: spent", "base: price") + PARTED):
        told_of = [path for path, reason in worth_a_look(read(uneven)) if "had again" in reason]
        assert told_of == ["bonus_caps" if "bonus_caps" in uneven else "bonus.caps"]
    for exact in (OF_FACE, ONCE, CAPPED, SHARE, TOGETHER, spaces.replace("voucher", "home")):
        assert "had again" not in str(worth_a_look(read(exact + PARTED)))
