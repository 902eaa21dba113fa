"""How many homes and spaces a voucher or a household buys, and how much vouchers spend on one of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.policies import bodies
from app.policies.bonus import Terms
from app.policies.errors import PolicyFileInvalid
from app.policies.idle import worth_a_look
from app.policies.limits import Limits
from app.policies.reader import read
from app.policies.tiers import BonusRule
from app.redemptions.rules import Source, fill
from app.reports import words
from app.web.trials import slip
from tests.unit.policies import played
from tests.unit.policies.played import steps_of

HEAD = played.HEAD.replace("usable_on: [home]", "usable_on: [home, parking, shop]")
PLAIN = HEAD + "bonus: {base: spent, fixed_by: lock, tiers: []}\n"
TENTH = "fixed_by: lock, tiers: [{from_month: 1, to_month: 12, rate: 10%}]"
A = "issue: {voucher: A, on: 2025-03-01, face: 1000000}"
B = "issue: {voucher: B, on: 2025-03-01, face: 500000}"
SPLIT = "split: {voucher: A, on: 2025-04-02, into: [{voucher: C, amount: 200000}]}"


def buy(name: str, voucher: str, more: str = "") -> str:
    return f"buy: {{home: {name}, voucher: {voucher}, on: 2025-04-02, price: 100000{more}}}"


def park(name: str, voucher: str, beside: str) -> str:
    return buy(name, voucher, f", kind: parking, beside: {beside}")


def outcomes(said: str, *steps: str) -> list[str]:
    found = steps_of(f"{PLAIN}{said}\ntransfers: 1\nsplits: 1\n", *steps)
    return [step["refused_by"]["code"] if step["outcome"] == "refused" else "done" for step in found]


@pytest.mark.parametrize(
    ("said", "third"),
    [
        ("homes: 2", "done"),
        ("homes: {most: 2, of: voucher}", "done"),
        ("homes: {most: 2, of: household}", "homes"),
        ("limits: [{kinds: [home], number: 2, of: household}]", "most_number"),
        ("limits: [{kinds: [home], number: 2}]", "done"),
    ],
)
def test_neither_a_second_voucher_nor_a_split_buys_a_household_more(said: str, third: str) -> None:
    two = (buy("H", "A"), buy("I", "A"))
    assert outcomes(said, A, B, *two, buy("J", "B"))[-1] == third
    assert outcomes(said, A, *two, SPLIT, buy("J", "C"))[-1] == third
    # A home for which two of them pay is one, and one that is given back is none.
    both = "buy: {home: H, vouchers: [A, B], on: 2025-04-02, price: 1200000}"
    assert (
        outcomes(said, A, B, both, buy("I", "B"), "cancel: {home: H, on: 2025-04-02}", buy("J", "B"))
        == ["done"] * 6
    )


def test_what_was_bought_stays_with_the_household_that_gave_its_voucher_away() -> None:
    given_away = "transfer: {voucher: A, on: 2025-04-03, to: other}"
    more = "buy: {home: J, voucher: B, on: 2025-04-04, price: 1000}"
    steps = (A, B, buy("H", "A"), given_away, more)
    assert outcomes("homes: {most: 1, of: household}", *steps)[-1] == "homes"


def test_spaces_count_as_no_homes_and_have_a_number_of_their_own() -> None:
    said = "homes: {most: 1, of: household}\nlimits: [{kinds: [parking], number: 1, of: household}]"
    steps = (A, B, "buy: {home: H, vouchers: [A, B], on: 2025-04-02, price: 1100000}")
    found = outcomes(said, *steps, park("P", "B", "H"), park("Q", "B", "H"))
    assert found == ["done"] * 4 + ["most_number"]
    again = outcomes(
        said, *steps, park("P", "B", "H"), "cancel: {home: P, on: 2025-04-02}", park("Q", "B", "H")
    )
    assert again == ["done"] * 6


def test_each_space_takes_so_much_and_the_next_one_as_much_again() -> None:
    policy = f"{PLAIN}limits: [{{kinds: [parking], yuan: 60000, of: home}}]\nsplits: 1\n"
    _, _, _, first, second = steps_of(
        policy,
        A,
        B,
        "buy: {home: H, vouchers: [A, B], on: 2025-04-02, price: 1100000}",
        park("P", "B", "H"),
        park("Q", "B", "H"),
    )
    for step in (first, second):
        sums = {one["of"]: one["fen"] for one in step["amounts"]}
        assert (sums["spent"], sums["top_up"]) == (6_000_000, 4_000_000)
        assert step["amounts"][0]["rules"][0]["code"] == "most_of_home"


@given(
    price=st.integers(1, 10**9),
    most=st.integers(0, 10**9),
    left=st.lists(st.integers(1, 10**9), min_size=1, max_size=4),
)
def test_whoever_pays_they_spend_no_more_on_one_home(price: int, most: int, left: list[int]) -> None:
    """And no less: the price, all that is left, or the limit is reached."""
    limits = Limits(home_fen=most)
    sources = [
        Source(str(place), fen, None, Terms(BonusRule(), None, 0), limits, place % 2)
        for place, fen in enumerate(left)
    ]
    assert fill(price, sources).spent_fen == min(price, most, sum(left))


@pytest.mark.parametrize(
    ("said", "path", "reason"),
    [
        ("homes: {most: 2}", "homes.of", "is missing"),
        ("homes: {most: 0, of: household}", "homes.most", "must be a whole number from 1 to 99"),
        ("homes: all", "homes", "must be a whole number from 1 to 99, or any, or a mapping of most, of"),
        ("limits: [{number: 1}]", "limits[0].kinds", "is missing: without kinds write homes"),
        ("limits: [{kinds: [home], number: 1, of: home}]", "limits[0].of", "home only means something with"),
        ("limits: [{share_of_face: 9%, of: home}]", "limits[0].of", "home only means something with yuan"),
    ],
)
def test_numbers_that_say_nothing_are_refused_in_their_line(said: str, path: str, reason: str) -> None:
    with pytest.raises(PolicyFileInvalid) as found:
        read(f"{PLAIN}{said}\n")
    (problem,) = [one for one in found.value.problems if one.path == path and reason in one.reason]
    assert problem.line == PLAIN.count("\n") + 1
    assert slip(problem.reason) != problem.reason


@pytest.mark.parametrize(("splits", "is_told"), [("past: stays", True), ("past: parted", False)])
def test_what_each_part_is_asked_of_is_told(splits: str, is_told: bool) -> None:
    band = "leftover: [{spent_from: 0%, rate: 0%}, {spent_from: 80%, left_up_to: 50000, rate: 100%}]\n"
    told = dict(worth_a_look(read(f"{PLAIN}{band}splits: {{times: 1, {splits}}}\n")))
    assert ("leftover[1].left_up_to" in told) is is_told
    if is_told:
        assert "每一份" in slip(told["leftover[1].left_up_to"])


@pytest.mark.parametrize(
    "said",
    [
        "leftover: [{spent_from: 0%, rate: 100%, most_yuan: 100000}]",
        "leftover: [{spent_from: 0%, rate: 0%}, {spent_from: 0%, left_up_to: 50000, rate: 100%}]",
        "limits: [{kinds: [parking], yuan: 50000}]",
    ],
)
def test_a_sum_that_heirs_have_together_once_needs_no_second_look(said: str) -> None:
    assert not [path for path, _why in worth_a_look(read(f"{PLAIN}{said}\n")) if path in said or "[" in path]


@pytest.mark.parametrize(
    "said",
    [
        "leftover: [{spent_from: 0%, rate: 0%, most_yuan: 1000}, {spent_from: 10%, rate: 50%}]",
        "limits: [{yuan: 100000, of: home}]",
        "limits: [{yuan: 100000, of: household}]",
        "limits: [{share_of_face: 50%}]",
    ],
)
def test_what_pays_nothing_or_is_no_sum_of_a_voucher_is_not_told_of_heirs(said: str) -> None:
    assert not [why for _path, why in worth_a_look(read(f"{PLAIN}{said}\n")) if "heir" in why]


@pytest.mark.parametrize(
    ("bonus", "is_told"),
    [
        ("base: fixed, fixed_by: lock, tiers: [{from_month: 1, to_month: 12, yuan: 30000}]", True),
        (f"base: spent, {TENTH}, caps: [{{of: household, yuan: 30000}}]", True),
        (f"base: price, within_area: old, {TENTH}", True),
        (f"base: spent, {TENTH}, caps: [{{of: household, share_of_faces: 5%}}]", False),
        (f"base: spent, {TENTH}, caps: [{{of: voucher, yuan: 30000}}]", False),
    ],
)
def test_merges_of_others_where_agreements_earn_once_are_told(bonus: str, is_told: bool) -> None:
    def told(of: str) -> dict[str, str]:
        return dict(worth_a_look(read(f"{HEAD}bonus: {{{bonus}}}\nmerges: {{times: 1, of: {of}}}\n")))

    assert ("merges.of" in told("kin")) is is_told
    assert "merges.of" not in told("household")


def test_a_number_of_a_voucher_that_may_be_split_is_told() -> None:
    def told(said: str) -> list[str]:
        return [path for path, why in worth_a_look(read(PLAIN + said)) if "buys as many again" in why]

    both = "homes: 2\nlimits: [{kinds: [parking], number: 1}]\n"
    assert told(both + "splits: 1\n") == ["homes", "limits[0].number"]
    assert told(both) == told(both + "splits: {times: 1, past: parted}\n") == []
    shared = "homes: {most: 2, of: household}\nlimits: [{kinds: [parking], number: 1, of: household}]\n"
    assert told(shared + "splits: 1\n") == []


def test_numbers_read_on_the_clear_sheet() -> None:
    said = (
        "limits: [{kinds: [parking], number: 1, of: household}, {kinds: [shop], number: 2}, "
        "{kinds: [parking], yuan: 150000, of: home}]\n"
    )
    assert words.limits(bodies.parse(PLAIN + said)) == [
        "车位一户名下的房票合计最多买 1 个（套）。",
        "商铺每张房票最多买 2 个（套）。",
        "买车位，每个（套）房票最多用 150,000 元，其余自付。",
    ]
