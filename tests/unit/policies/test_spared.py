"""A bonus that no ending takes back, beside others that it does."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.policies import bodies
from app.policies.answers import Rule
from app.policies.errors import PolicyFileInvalid
from app.policies.idle import without_effect, worth_a_look
from app.policies.reader import read
from app.policies.spans import Span
from app.policies.spared import Earned, divided
from app.reports.words import span_worth
from app.web import endings as web_endings
from app.web import policies as web_words
from tests.unit.policies.played import HEAD, steps_of

PATHS = [f"bonus[{place}]" for place in range(4)]
earned = st.dictionaries(st.sampled_from(PATHS), st.integers(0, 10**9))


@given(each=earned, back=st.integers(0, 5 * 10**9), spared=st.sets(st.sampled_from(PATHS)), data=st.data())
def test_no_more_is_taken_of_than_the_others_earned_and_have_not_got_back(
    each: dict[str, int], back: int, spared: set[str], data: st.DataObject
) -> None:
    fen = sum(each.values())
    found, whole = divided(spared, each, fen, back_fen=back), max(0, fen - back)
    others = sum(fen for path, fen in each.items() if path not in spared)
    assert found.taken_of_fen + found.spared_fen == whole
    assert min(found.taken_of_fen, found.spared_fen) >= 0
    # However what went back is divided among the bonuses, of the others no less is left than is taken of.
    rest, left = min(back, fen), {}
    for path in data.draw(st.permutations(sorted(each))):
        left[path] = each[path] - min(each[path], rest)
        rest -= min(each[path], rest)
    assert found.taken_of_fen <= sum(fen for path, fen in left.items() if path not in spared) <= others
    assert divided(PATHS, each, fen, back_fen=back) == Earned(0, whole)
    assert divided((), each, fen, back_fen=back) == Earned(whole, 0)


_TENTH = "tiers: [{from_month: 1, to_month: 12, rate: RATE}]"
_LINE = f"  - {{base: spent, fixed_by: lock, {_TENTH}}}\n"
NEVER = "claw_back: never, "
ISSUE = "issue: {voucher: A, on: 2022-05-01, face: 1000000}"
BUY = "buy: {home: H, voucher: A, on: 2022-05-04, price: 598000}"
PAYOUT = "payout: {voucher: A, on: 2022-06-01}"
TAKING = "leftover: [{spent_from: 0%, rate: 100%, claw_back: part}]\n"


def file(*more: str, ending: str = TAKING) -> str:
    """Three bonuses, of 10%, 5% and 1% in cash, each with more."""
    lines = (
        _LINE.replace("RATE", rate).replace("base: spent, ", f"base: spent, {way}{one}")
        for (rate, way), one in zip((("10%", ""), ("5%", ""), ("1%", "paid: cash, ")), more, strict=True)
    )
    return HEAD + "bonus:\n" + "".join(lines) + ending


def ended(text: str, act: str = PAYOUT) -> dict[str, Any]:
    return steps_of(text, ISSUE, BUY, act)[-1]["amounts"][0]


def came_to(text: str, act: str = PAYOUT) -> tuple[int, int, list[str]]:
    """Return what an ending pays, what it took of a bonus, and by which rules."""
    amount = ended(text, act)
    taken = sum(rule["figures"].get("taken_fen", 0) for rule in amount["rules"])
    return amount["fen"], taken, [rule["code"] for rule in amount["rules"]]


def test_of_what_is_spared_nothing_is_taken_and_of_the_rest_as_ever() -> None:
    # 52 万 spent earn 5.2, 2.6 and 0.52 万; 48 of 100 万 are left.
    assert came_to(file("", "", ""))[:2] == (48_000_000 - 3_993_600, 3_993_600)
    told = ["leftover", "bonus_spared", "claw_back_part"]
    assert came_to(file(NEVER, "", "")) == (48_000_000 - 1_497_600, 1_497_600, told)
    assert came_to(file("", NEVER, NEVER)) == (48_000_000 - 2_496_000, 2_496_000, told)
    assert came_to(file(NEVER, NEVER, NEVER)) == (48_000_000, 0, ["leftover", "bonus_spared"])


@pytest.mark.parametrize(
    ("ending", "act", "taken"),
    [
        ("lapse: {effect: cash, bonus: returned}\n", "lapse: {voucher: A, on: 2023-06-01}", 3_120_000),
        ("lapse: {effect: agreement, bonus: part}\n", "lapse: {voucher: A, on: 2023-06-01}", 1_497_600),
        (
            "lapse: {effect: void, give_up: {effect: cash, bonus: returned}}\n",
            "give_up: {voucher: A, on: 2022-06-01}",
            3_120_000,
        ),
        (
            "lapse: {effect: claim, within: [{months: 3, rate: 90%}], after: void, bonus: returned}\n",
            "claim: {voucher: A, on: 2023-06-01}",
            3_120_000,
        ),
        (
            "lapse: {effect: cash, bands: [{spent_from: 0%, rate: 100%, claw_back: 50%}]}\n",
            "lapse: {voucher: A, on: 2023-06-01}",
            1_560_000,
        ),
    ],
)
def test_every_ending_leaves_it(ending: str, act: str, taken: int) -> None:
    _fen, found, codes = came_to(file(NEVER, "", "", ending=ending), act)
    assert found == taken
    assert codes[1] == "bonus_spared"


@pytest.mark.parametrize("spared", [(NEVER, "", ""), ("", NEVER, ""), ("", "", NEVER)])
def test_parts_leave_it_too(spared: tuple[str, str, str]) -> None:
    split = "split: {voucher: A, on: 2022-05-06, into: [{voucher: B, amount: 123456.78}]}"
    more = "splits: {times: 1, past: parted}\n"
    whole = came_to(file(*spared) + more)
    parts = [PAYOUT, PAYOUT.replace("A", "B")]
    steps = steps_of(file(*spared) + more, ISSUE, BUY, split, *parts)[-2:]
    assert abs(sum(step["amounts"][0]["fen"] for step in steps) - whole[0]) <= 1
    assert all("bonus_spared" in [one["code"] for one in step["amounts"][0]["rules"]] for step in steps)


def test_what_it_says_is_read_and_told() -> None:
    policy = bodies.parse(file(NEVER, "", ""))
    assert [rule.is_spared for rule in policy.bonuses] == [True, False, False]
    rule = policy.bonus
    (tier,) = rule.tiers_of(date(2025, 1, 1))
    assert "余额兑付、逾期、放弃时都不收回" in web_words.limits_of(rule, tier)
    assert "都不收回" in span_worth(Span(date(2025, 1, 1), date(2026, 1, 1), ((rule, tier),)))
    assert web_endings.rules_text(
        (
            Rule("bonus[0].claw_back", "bonus_spared", {"spared_fen": 5_200_000, "others_fen": 3_120_000}),
            Rule("bonus[0].claw_back", "bonus_spared", {"spared_fen": 5_200_000, "others_fen": 0}),
        )
    ) == [
        "买房得到的奖励里，¥52,000 按政策不收回；能收回的只有其余的 ¥31,200。",
        "买房得到的奖励 ¥52,000 按政策不收回。",
    ]


def test_where_it_changes_nothing_is_told() -> None:
    assert without_effect(read(file(NEVER, "", "", ending=""))) == [
        ("bonus[0].claw_back", "no ending takes anything of a bonus back")
    ]
    assert without_effect(read(file(NEVER, "", ""))) == []
    every = dict(worth_a_look(read(file(NEVER, NEVER, NEVER))))
    assert every["leftover[0].claw_back"] == "has no effect: every bonus says claw_back: never"
    none = HEAD + "bonus: {base: spent, fixed_by: lock, claw_back: never, tiers: []}\n" + TAKING
    assert ("bonus.claw_back", "there are no tiers") in without_effect(read(none))


def test_a_bonus_that_a_later_day_decides_may_stand_beside_what_takes_of_others() -> None:
    later = "paid: cash, delay: counts, fixed_by: filed, "
    line = f"  - {{base: spent, {later}WORD{_TENTH.replace('RATE', '1%')}}}\n"
    beside = HEAD + "bonus:\n" + _LINE.replace("RATE", "10%") + line + TAKING
    assert bodies.parse(beside.replace("WORD", NEVER)).more_bonuses[0].is_spared
    with pytest.raises(PolicyFileInvalid) as raised:
        read(beside.replace("WORD", ""))
    (one,) = raised.value.problems
    assert one.path == "leftover[0].claw_back"
    assert "what is not known at a payout beside bonus[1].delay" in one.reason


@pytest.mark.parametrize("said", ["false", "no", "0%", "kept"])
def test_there_is_one_word_for_it(said: str) -> None:
    with pytest.raises(PolicyFileInvalid) as raised:
        read(file(f"claw_back: {said}, ", "", ""))
    assert [str(one) for one in raised.value.problems] == [
        f"line 9: bonus[0].claw_back: is '{said}', must be never"
    ]


def test_policies_from_before_are_the_versions_that_they_were() -> None:
    assert "claw_back" not in read(file("", "", ""))["bonus"][0]
