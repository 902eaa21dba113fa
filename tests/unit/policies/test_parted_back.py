"""What comes back after a split, before an ending: all parts stand where the voucher unsplit would."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.policies.parted import Share, parts
from tests.unit.policies.played import HEAD, steps_of

NONE = "bonus: {base: spent, fixed_by: lock, tiers: []}\n"
PARTED = "splits: {times: 9, past: parted}\nmerges: 9\n"
BANDS = HEAD + (
    "bonus: {base: spent, fixed_by: lock, tiers: []}\n"
    "leftover: [{spent_from: 0%, rate: 10%}, {spent_from: 33.33%, rate: 40%}, "
    "{spent_from: 66.66%, rate: 90%}]\n"
    "lapse: {effect: cash, bands: [{spent_from: 0%, rate: 20%}, {spent_from: 44.44%, rate: 70%}]}\n"
)
KEPT = (
    HEAD
    + NONE
    + (
        "face: [{rate: 10%, lost_on: [leftover], kept_from: 33.33%}]\n"
        "leftover: [{spent_from: 0%, rate: 100%}]\n"
    )
)
ISSUED = "issue: {voucher: A, on: 2022-05-01, face: 1000000}"
LIMIT = "limits: [{kinds: [shop], share_of_face: 20%}]\n"
WAN = 1_000_000


def _buy(home: str, voucher: str, fen: int, *, day: int = 4, kind: str = "home") -> str:
    what = f"home: {home}, voucher: {voucher}, on: 2022-05-{day:02}, price: {fen / 100:.2f}, kind: {kind}"
    return f"buy: {{{what}}}"


def _split(voucher: str, part: str, fen: int) -> str:
    return (
        f"split: {{voucher: {voucher}, on: 2022-05-05, into: [{{voucher: {part}, amount: {fen / 100:.2f}}}]}}"
    )


def _cancel(home: str) -> str:
    return f"cancel: {{home: {home}, on: 2022-05-05}}"


def _paid(steps: list[dict[str, Any]]) -> list[int]:
    return [line["fen"] for step in steps for line in step["amounts"] if line["of"] == "paid_out"]


def test_what_stays_is_spent_to_the_share_of_the_voucher_unsplit() -> None:
    """Of 100 万 two homes of 45 万, 8 of 10 万 split off, one home given back: 45% are spent, and not 16%."""
    ends = (
        "leftover: [{spent_from: 0%, rate: 50%}, {spent_from: 44.99%, rate: 100%}, "
        "{spent_from: 45.01%, rate: 0%}]\n"
    )
    told = [ISSUED, _buy("H1", "A", 45 * WAN), _buy("H2", "A", 45 * WAN)]
    payouts = [f"payout: {{voucher: {name}, on: 2022-05-07}}" for name in "AB"]
    assert _paid(steps_of(HEAD + NONE + ends, *told, _cancel("H2"), payouts[0])) == [55 * WAN]
    # 38.45 of 85.45 万 count as spent with what stays, 6.54 of 14.54 万 with the part.
    parted = steps_of(HEAD + NONE + ends + PARTED, *told, _split("A", "B", 8 * WAN), _cancel("H2"), *payouts)
    assert _paid(parted) == [47 * WAN, 8 * WAN]


def test_a_split_of_which_more_comes_back_is_what_it_would_have_been() -> None:
    stays, part = Share(10, others=(8,), followed_fen=45), Share(10, 8, followed_fen=45)
    assert parts([[stays]]) == (stays.part, stays.part_now)
    assert stays.part_now + part.part_now == stays.part + part.part == 1
    assert stays.part_now == Share(55, others=(8,)).part


_later = st.lists(
    st.tuples(
        st.sampled_from(["split", "split", "merge", "cancel", "cancel"]),
        st.integers(0, 9),
        st.integers(1, 99),
    ),
    min_size=2,
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(
    prices=st.lists(st.integers(5, 22), min_size=1, max_size=4),
    later=_later,
    policy=st.sampled_from([BANDS, KEPT]),
    how=st.sampled_from(["payout", "lapse"]),
)
def test_parts_are_paid_together_what_the_whole_would_be_whatever_comes_back(
    prices: list[int], later: list[tuple[str, int, int]], policy: str, how: str
) -> None:
    told = [ISSUED, *(_buy(f"H{place}", "A", fen * WAN) for place, fen in enumerate(prices))]
    left, stays, whole = {"A": (100 - sum(prices)) * WAN}, "A", list(told)
    homes = {f"H{place}": fen * WAN for place, fen in enumerate(prices)}
    for place, (act, which, percent) in enumerate(later):
        voucher, new = list(left)[which % len(left)], f"N{place}"
        if act == "split":
            left[new] = left[voucher] * percent // 100
            left[voucher] -= left[new]
            told.append(_split(voucher, new, left[new]))
        elif act == "cancel" and homes:
            home = list(homes)[which % len(homes)]
            left[stays] += homes.pop(home)
            told.append(_cancel(home))
            whole.append(told[-1])
        elif act == "merge" and len(left) > 1:
            two = [voucher, next(one for one in left if one != voucher)]
            left[new] = sum(left.pop(one) for one in two)
            stays = new if stays in two else stays
            told.append(f"merge: {{vouchers: [{', '.join(two)}], on: 2022-05-05, into: {new}}}")
    on = "2022-05-07" if how == "payout" else "2023-06-01"
    ends = [f"{how}: {{voucher: {name}, on: {on}}}" for name in left]
    (whole_fen,) = _paid(steps_of(policy, *whole, f"{how}: {{voucher: A, on: {on}}}"))
    paid = _paid(steps_of(policy + PARTED, *told, *ends))
    assert abs(sum(paid) - whole_fen) <= 3 * len(left)


def test_what_comes_back_lets_nobody_pass_a_limit() -> None:
    """Of 100 万 20 went to a shop, the most there may be; 70 for a home come back after a split."""
    policy = HEAD.replace("[home]", "[home, shop]") + NONE + LIMIT + PARTED
    told = [ISSUED, _buy("S", "A", 20 * WAN, kind="shop"), _buy("H", "A", 70 * WAN)]
    told += [_split("A", "B", 8 * WAN), _cancel("H")]
    for name in "AB":
        assert steps_of(policy, *told, _buy("S2", name, WAN, day=7, kind="shop"))[-1]["outcome"] == "refused"


def test_what_comes_back_earns_no_more_on_all_that_is_spent() -> None:
    """5% of all that is spent, as of the voucher unsplit: of 45 and 55 万, whatever was undone between."""
    tiers = "tiers: [{from_month: 1, to_month: 12, rate: 5%}]"
    policy = HEAD + f"bonus: {{base: spent_total, fixed_by: lock, paid: cash, {tiers}}}\n" + PARTED
    told = [ISSUED, _buy("H1", "A", 45 * WAN), _buy("H2", "A", 45 * WAN), _split("A", "B", 8 * WAN)]
    told += [_cancel("H2"), _buy("H3", "A", 47 * WAN, day=7), _buy("H4", "B", 8 * WAN, day=7)]
    last = steps_of(policy, *told)[-1]["balances"]
    assert sum(one["bonus_fen"] for one in last.values()) == 5 * WAN
