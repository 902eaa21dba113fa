"""A bonus on all that is spent, of what is spent on the homes that it is for (区内另加 5%)."""

from collections.abc import Callable
from itertools import accumulate
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.policies import bodies
from app.policies.errors import PolicyFileInvalid
from app.policies.idle import worth_a_look
from app.policies.reader import read
from app.policies.spent_on_checks import unsaid
from tests.unit.policies.played import HEAD, steps_of

WAN = 1_000_000
OWN = "district: hanjiang\n"
ISSUE = "issue: {voucher: A, on: 2025-03-01, face: 1000000}"
STEPS = "steps: [{spent_from: 0%, rate: 0%}, {spent_from: 90%, rate: 5%}]"


def bonus(worth: str, words: str) -> str:
    return (
        f"  - {{base: spent_total, paid: cash, fixed_by: lock, {words}tiers: "
        f"[{{from_month: 1, to_month: 12, {worth}}}]}}\n"
    )


def file(worth: str = STEPS, words: str = "areas: own, spent_on: earning, ", rest: str = "") -> str:
    return HEAD + "bonus:\n" + bonus(worth, words) + rest


YANGZHOU = file(rest=bonus(STEPS.replace("5%", "15%"), ""))
"""15% of all that is spent from 90% of the face on, and 5% more of what is spent in the own district."""


def buy(home: str, fen: int, *, own: bool, more: str = "", voucher: str = "A") -> str:
    where = "" if own else ", district: guangling"
    price = f"{fen / 100:.2f}{where}{more}"
    return f"buy: {{home: {home}, voucher: {voucher}, on: 2025-04-01, price: {price}}}"


def earned(policy: str, *told: str) -> list[int]:
    """Return what each purchase earns, in fen."""
    steps = [step for step in steps_of(policy, ISSUE, *told, household=OWN) if step["act"] == "buy"]
    return [sum(line["fen"] for line in one["amounts"] if line["of"] == "bonus in cash") for one in steps]


def test_two_homes_earn_what_the_paper_gives_in_either_order() -> None:
    out, own = buy("H1", 50 * WAN, own=False), buy("H2", 45 * WAN, own=True)
    assert earned(YANGZHOU, out, own) == [0, 16_500_000]
    assert earned(YANGZHOU, own, out) == [0, 16_500_000]
    assert earned(YANGZHOU.replace("earning", "all"), out, own) == [0, 19_000_000]
    assert earned(YANGZHOU.replace("spent_on: earning, ", ""), own, out) == [0, 14_250_000]
    assert earned(YANGZHOU, own.replace("450000", "940000"), buy("H3", 6 * WAN, own=True)) == [
        18_800_000,
        1_200_000,
    ]


def test_another_kind_bought_first_is_none_of_it_and_reaches_the_part_of_the_face() -> None:
    policy = file(f"kinds: [home], {STEPS}", "spent_on: earning, ").replace("[home]\nb", "[home, shop]\nb")
    shop, home = buy("S", 50 * WAN, own=True, more=", kind: shop"), buy("H", 45 * WAN, own=True)
    assert earned(policy, shop, home) == [0, 2_250_000]
    assert earned(policy, home, shop) == [0, 2_250_000]


def test_a_home_that_is_given_back_counts_no_more() -> None:
    out, own = buy("H1", 50 * WAN, own=False), buy("H2", 45 * WAN, own=True)
    again, gone = buy("H3", 45 * WAN, own=True), "cancel: {home: H2, on: 2025-04-02}"
    assert earned(file(), out, own, gone, again.replace("04-01", "04-03")) == [0, 2_250_000, 2_250_000]
    # What a home that stays brought stays: nothing is worked out anew for it.
    outside = buy("H3", 50 * WAN, own=False).replace("04-01", "04-03")
    assert earned(file(), own, out, gone, outside) == [0, 2_250_000, 0]
    assert earned(file(), own, out, gone, again.replace("04-01", "04-03")) == [0, 2_250_000, 0]


def test_every_part_of_a_split_has_its_part_of_what_was_spent_on_its_homes() -> None:
    policy = file(rest="splits: {times: 1, past: parted}\n")
    split = "split: {voucher: A, on: 2025-04-01, into: [{voucher: B, amount: 250000}]}"
    told = (buy("H1", 45 * WAN, own=True), split)
    told += (buy("H2", 30 * WAN, own=False), buy("H3", 25 * WAN, own=False, voucher="B"))
    # 5% of 6/11 and of 5/11 of 45 万, each rounded down.
    assert earned(policy, *told) == [0, 1_227_272, 1_022_727]


_worths = st.sampled_from(
    [
        ("rate: 7%", lambda _all: 700),
        (STEPS, lambda spent: 500 if spent >= 90 * WAN else 0),
        (
            "steps: [{spent_from: 0%, rate: 3.33%}, {spent_above: 50%, rate: 8%}]",
            lambda spent: 800 if spent > 50 * WAN else 333,
        ),
    ]
)
_homes = st.lists(st.tuples(st.integers(1, 60 * WAN), st.booleans()), min_size=1, max_size=4).filter(
    lambda homes: sum(fen for fen, _own in homes) <= 100 * WAN
)


@given(worth=_worths, homes=_homes)
def test_the_order_of_homes_never_changes_the_sum(
    worth: tuple[str, Callable[[int], int]], homes: list[tuple[int, bool]]
) -> None:
    said, rate = worth
    told = earned(file(said), *(buy(f"H{at}", fen, own=own) for at, (fen, own) in enumerate(homes)))
    spent = list(accumulate(fen for fen, _own in homes))
    own = list(accumulate(fen if own else 0 for fen, own in homes))
    by_hand = [floor(fen * rate(all_fen) / 10_000) for fen, all_fen in zip(own, spent, strict=True)]
    assert list(accumulate(told)) == by_hand


@given(rows=st.tuples(*[st.integers(0, 100)] * 2).map(sorted), homes=_homes, data=st.data())
@pytest.mark.parametrize("word", ["brackets", "slices", "slices_of_face"])
def test_rates_by_size_go_by_what_is_spent_on_its_homes(
    word: str, rows: list[int], homes: list[tuple[int, bool]], data: st.DataObject
) -> None:
    edge = ("0%", "40%") if word == "slices_of_face" else ("0", "400000")
    said = ", ".join(f"{{above: {above}, rate: {rate}%}}" for above, rate in zip(edge, rows, strict=True))
    policy = file(f"{word}: [{said}]")

    def total(order: list[tuple[int, bool]]) -> int:
        return sum(earned(policy, *(buy(f"H{at}", fen, own=own) for at, (fen, own) in enumerate(order))))

    found = total(homes)
    assert found == total(data.draw(st.permutations(homes)))
    assert found <= sum(fen for fen, own in homes if own) * rows[1] // 100


def test_the_explanation_tells_what_counts() -> None:
    told = (ISSUE, buy("H1", 45 * WAN, own=True), buy("H2", 50 * WAN, own=False))
    *_, out = steps_of(file(), *told, household=OWN)
    (rule,) = next(line for line in out["amounts"] if line["of"] == "bonus in cash")["rules"]
    assert (rule["code"], rule["exact_fen"]) == ("spent_earning", "2250000")
    assert (rule["figures"]["earlier_fen"], rule["figures"]["counts"]) == (45 * WAN, 0)


@pytest.mark.parametrize(
    ("words", "is_told"),
    [
        ("areas: own, ", True),
        ("home_area: {up_to: 90}, ", True),
        ("stage: finished, ", True),
        ("areas: own, spent_on: all, ", False),
        ("areas: own, spent_on: earning, ", False),
        ("first_homes: {most: 1, of: voucher}, ", False),
        ("", False),
    ],
)
def test_check_tells_of_a_bonus_that_does_not_say(words: str, is_told: bool) -> None:
    body = read(file(words=words))
    assert unsaid(body) == ["bonus[0]"] * is_told
    told = [path for path, reason in worth_a_look(body) if reason.startswith("takes its rate of all")]
    assert told == ["bonus[0].base"] * is_told


def test_of_kinds_only_those_count_that_leave_some_out() -> None:
    all_of_them = file(f"kinds: [home], {STEPS}", "")
    assert unsaid(read(all_of_them)) == []
    assert unsaid(read(all_of_them.replace("[home]\nb", "[home, shop]\nb"))) == ["bonus[0]"]


def test_a_word_that_changes_nothing_is_told() -> None:
    assert ("bonus[0].spent_on", "has no effect: the bonus is for every home") in worth_a_look(
        read(file(words="spent_on: earning, "))
    )


@pytest.mark.parametrize(
    ("policy", "reason"),
    [
        (
            file("rate: 5%").replace("spent_total", "spent"),
            "only means something with base: spent_total",
        ),
        (
            file(words="areas: own, spent_on: earning, first_homes: {most: 1, of: voucher}, "),
            "must not stand beside first_homes: which come first changes with what is given back",
        ),
        (
            file("kinds: [home], rate: 5%}, {from_month: 1, to_month: 12, kinds: [shop], rate: 3%").replace(
                "[home]\nb", "[home, shop]\nb"
            ),
            "must not stand beside tiers of other kinds of stock: write a bonus for each of them",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(policy: str, reason: str) -> None:
    with pytest.raises(PolicyFileInvalid) as raised:
        read(policy)
    assert [(one.path, one.reason) for one in raised.value.problems] == [("bonus[0].spent_on", reason)]


def test_a_file_without_the_word_is_read_as_before() -> None:
    assert "spent_on" not in str(read(file(words="areas: own, ")))
    assert not next(bodies.parse(file(words="areas: own, ")).bonuses).is_on_earning
