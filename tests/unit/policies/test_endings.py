"""What is paid for a leftover: bands, what is taken back, and the end of the term."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.policies import endings
from app.policies.rules import Band, LapseRule, Policy, Rule
from app.reports import words
from tests.factories.policies import HAILING_POLICY

BANDS = (
    Band(0, 0, 0, "leftover[0]"),
    Band(5000, 8000, 5000, "leftover[1]"),
    Band(9000, 10_000, 0, "leftover[2]"),
)
POLICY = replace(HAILING_POLICY, leftover=BANDS)
FACE = 100_000_000


@pytest.mark.parametrize(
    ("spent", "bonus", "payout", "codes"),
    [
        (0, 0, 0, ["leftover"]),
        (49_999_999, 9_000_000, 0, ["leftover"]),
        # Half spent: 80% of the other half, less half of the bonus.
        (50_000_000, 9_000_001, 35_500_000, ["leftover", "claw_back"]),
        (89_999_999, 0, 8_000_000, ["leftover"]),
        (90_000_000, 18_000_000, 10_000_000, ["leftover"]),
        # Never below nothing.
        (80_000_000, 60_000_000, 0, ["leftover", "claw_back"]),
        (FACE, 20_000_000, 0, ["leftover"]),
    ],
)
def test_the_band_of_the_share_spent_decides(spent: int, bonus: int, payout: int, codes: list[str]) -> None:
    found = endings.leftover_payout(POLICY, face_fen=FACE, spent_fen=spent, bonus_fen=bonus)
    assert (found.fen, [rule.code for rule in found.rules]) == (payout, codes)


def test_a_policy_that_says_nothing_pays_nothing_and_says_so() -> None:
    silent = endings.leftover_payout(HAILING_POLICY, face_fen=FACE, spent_fen=1, bonus_fen=0)
    assert (silent.fen, silent.rules[0].code) == (0, "leftover_unsaid")
    ending = endings.lapse(HAILING_POLICY, face_fen=FACE, spent_fen=1, bonus_fen=0)
    assert (ending.effect, ending.payout.fen, ending.payout.rules[0].code) == (None, 0, "lapse_unsaid")


@pytest.mark.parametrize(
    ("rule", "payout"),
    [
        (LapseRule("cash", 10_000, 0, False), 40_000_001),
        (LapseRule("cash", 9_500, 0, False), 38_000_000),
        (LapseRule("cash", 10_000, 10_000, False), 28_000_001),
        (LapseRule("agreement", 10_000, 10_000, True), 28_000_001),
        (LapseRule("void", 10_000, 0, False), 0),
    ],
)
def test_a_lapse_in_cash_by_the_agreement_or_void(rule: LapseRule, payout: int) -> None:
    policy: Policy = replace(HAILING_POLICY, lapse=rule)
    ending = endings.lapse(policy, face_fen=FACE, spent_fen=59_999_999, bonus_fen=12_000_000)
    assert (ending.effect, ending.payout.fen) == (rule.effect, payout)


@given(
    face=st.integers(1, 10**11),
    share=st.integers(0, 10**6),
    bonus=st.integers(0, 10**11),
    bands=st.lists(st.tuples(*[st.integers(0, 10_000)] * 3), min_size=1, max_size=4),
    left=st.none() | st.integers(0, 10**11),
)
def test_a_payout_is_never_negative_nor_above_the_leftover(
    face: int, share: int, bonus: int, bands: list[tuple[int, int, int]], left: int | None
) -> None:
    spent = face * share // 10**6
    small = [Band(10_000, 10_000, 0, "leftover", left)]
    policy = replace(HAILING_POLICY, leftover=(*(Band(*band, "leftover") for band in sorted(bands)), *small))
    payout = endings.leftover_payout(policy, face_fen=face, spent_fen=spent, bonus_fen=bonus)
    assert 0 <= payout.fen <= face - spent
    assert payout.rules


SMALL = (
    Band(0, 0, 0, "leftover[0]"),
    Band(0, 10_000, 0, "leftover[1]", left_up_to_fen=5_000_000),
    Band(8000, 9000, 0, "leftover[2]"),
    Band(8000, 9500, 0, "leftover[3]", left_up_to_fen=4_000_000),
)


@pytest.mark.parametrize(
    ("face", "spent", "path"),
    [
        # 1 fen above 5 万 is not 5 万; what is left counts, not the part of the face.
        (20_000_000, 14_999_999, "leftover[0]"),
        (20_000_000, 15_000_000, "leftover[1]"),
        (4_000_000, 0, "leftover[1]"),
        (FACE, 79_999_999, "leftover[0]"),
        (FACE, 80_000_000, "leftover[2]"),
        (FACE, 95_999_999, "leftover[2]"),
        (FACE, 96_000_000, "leftover[3]"),
    ],
)
def test_a_band_may_ask_for_how_much_is_left(face: int, spent: int, path: str) -> None:
    policy = replace(HAILING_POLICY, leftover=SMALL, lapse=LapseRule("cash", 0, 0, False, SMALL))
    figures = {"face_fen": face, "spent_fen": spent, "bonus_fen": 0}
    paid = endings.leftover_payout(policy, **figures)
    assert paid.rules[0].path == path
    assert endings.lapse(policy, **figures).payout.fen == paid.fen


@given(
    face=st.integers(0, 10**7),
    shares=st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)),
    narrow=st.lists(st.tuples(st.integers(0, 9_999), st.none() | st.integers(0, 10**7)), max_size=5),
)
def test_who_spends_more_never_falls_back_to_a_band_before(
    face: int, shares: tuple[int, int], narrow: list[tuple[int, int | None]]
) -> None:
    bands = [Band(spent, 0, 0, str(place), left) for place, (spent, left) in enumerate([(0, None), *narrow])]
    policy = replace(HAILING_POLICY, leftover=tuple(bands))
    places = []
    for share in sorted(shares):
        found = endings.leftover_payout(policy, face_fen=face, spent_fen=face * share // 10**6, bonus_fen=0)
        places.append(int(found.rules[0].path))
    assert places == sorted(places)


def test_papers_say_how_much_may_be_left() -> None:
    assert words.leftover(replace(HAILING_POLICY, leftover=SMALL))[:4] == [
        "够不上下面这几种的，余额不兑付现金。",
        "余额不超过 50,000 元，余额按 100% 兑付。",
        "购房用到票面金额的 80% 及以上，余额按 90% 兑付。",
        "购房用到票面金额的 80% 及以上、余额不超过 40,000 元，余额按 95% 兑付。",
    ]


def test_more_than_the_face_cannot_have_been_spent() -> None:
    with pytest.raises(ValueError, match="cannot be spent"):
        endings.lapse(POLICY, face_fen=1, spent_fen=2, bonus_fen=0)


def test_giving_up_may_have_terms_of_its_own() -> None:
    own = LapseRule("cash", 9500, claw_back_bp=10_000, may_give_up=True, path="lapse.give_up")
    lapsed = LapseRule("void", 10_000, claw_back_bp=0, may_give_up=True, give_up=own)
    policy = replace(POLICY, lapse=lapsed)
    figures = {"face_fen": FACE, "spent_fen": 40_000_000, "bonus_fen": 1_000_000}
    assert endings.lapse(policy, **figures).effect == "void"
    ending = endings.give_up(policy, **figures)
    # 95% of 60 万, less the bonus of 1 万.
    assert (ending.effect, ending.payout.fen) == ("cash", 56_000_000)
    assert [rule.path for rule in ending.payout.rules] == ["lapse.give_up.effect", "lapse.give_up.bonus"]
    same = replace(policy, lapse=replace(lapsed, give_up=None))
    assert endings.give_up(same, **figures).effect == "void"


@given(
    face=st.integers(1, 10**11),
    share=st.integers(0, 10**6),
    bonus=st.integers(0, 10**11),
    kept=st.integers(0, 10**6),
    rates=st.tuples(st.integers(0, 10_000), st.none() | st.integers(0, 10_000)),
    lapsed=st.booleans(),
)
def test_what_is_given_back_in_all_is_the_share_of_the_bonus_that_was_kept(
    face: int, share: int, bonus: int, kept: int, rates: tuple[int, int | None], lapsed: bool
) -> None:
    """Taken at first, less what went too far once a purchase was undone: as if no more had been earned."""
    spent, kept_fen = face * share // 10**6, bonus * kept // 10**6
    policy = replace(
        HAILING_POLICY,
        leftover=(Band(0, *rates, "leftover[0]"),),
        lapse=LapseRule("cash", rates[0], None if rates[1] is None else 10_000, False),
    )

    def taken(bonus_fen: int) -> tuple[int, Rule | None]:
        known = {"face_fen": face, "spent_fen": spent, "bonus_fen": bonus_fen}
        paid = endings.lapse(policy, **known).payout if lapsed else endings.leftover_payout(policy, **known)
        found = [rule for rule in paid.rules if rule.code in endings.TAKING]
        return sum(int(rule.figures["taken_fen"]) for rule in found), found[0] if found else None

    at_first, rule = taken(bonus)
    over = endings.claw_back_over(rule, bonus_fen=kept_fen).fen if rule else 0
    assert at_first - over == taken(kept_fen)[0]


@given(
    face=st.integers(1, 10**11),
    shares=st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)),
    bonus=st.integers(0, 10**11),
    lost=st.integers(0, 10**6),
)
def test_a_part_of_the_bonus_is_taken_back_as_large_as_what_is_left_of_the_face(
    face: int, shares: tuple[int, int], bonus: int, lost: int
) -> None:
    """The same within the term, lapsed and given up; never more for who spent more; rounded down once."""
    part = LapseRule("cash", 10_000, None, True)
    policy = replace(POLICY, leftover=(Band(0, 10_000, None, "leftover[0]"),), lapse=part)
    took = []
    for share in sorted(shares):
        spent = face * share // 10**6
        lost_fen = (face - spent) * lost // 10**6
        known = {"face_fen": face, "spent_fen": spent, "bonus_fen": bonus, "lost_fen": lost_fen}
        gross = face - spent - lost_fen
        taken = min(gross, bonus * (face - spent) // face)
        assert endings.leftover_payout(policy, **known).fen == gross - taken
        assert endings.lapse(policy, **known).payout.fen == gross - taken
        own = replace(part, claw_back_bp=0, give_up=replace(part, path="lapse.give_up"))
        given_up = endings.give_up(replace(policy, lapse=own), **known).payout
        assert given_up.fen == gross - taken
        assert [one.figures["taken_fen"] for one in given_up.rules[1:]] == ([taken] if taken else [])
        took.append(bonus * (face - spent) // face)
    assert took == sorted(took, reverse=True)


def test_papers_say_that_a_part_of_the_bonus_is_taken_back() -> None:
    part = LapseRule("cash", 10_000, None, True)
    policy = replace(HAILING_POLICY, leftover=(Band(0, 9000, None, "leftover[0]"),), lapse=part)
    assert words.leftover(policy) == [
        "购房用到票面金额的 0% 及以上，余额按 90% 兑付，已得的奖励按没有用完的比例收回。",
        "过了期限没有用完的，余额按 100% 兑付现金，已得的奖励按没有用完的比例从中扣回。",
    ]
