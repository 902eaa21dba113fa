"""What is paid for a leftover: bands, what is taken back, and the end of the term."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.policies import endings
from app.policies.rules import Band, LapseRule, Policy
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
        (LapseRule("cash", 10_000, True, False), 40_000_001),
        (LapseRule("cash", 9_500, True, False), 38_000_000),
        (LapseRule("cash", 10_000, False, False), 28_000_001),
        (LapseRule("agreement", 10_000, False, True), 28_000_001),
        (LapseRule("void", 10_000, True, False), 0),
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
)
def test_a_payout_is_never_negative_nor_above_the_leftover(
    face: int, share: int, bonus: int, bands: list[tuple[int, int, int]]
) -> None:
    spent = face * share // 10**6
    policy = replace(HAILING_POLICY, leftover=tuple(Band(*band, "leftover") for band in sorted(bands)))
    payout = endings.leftover_payout(policy, face_fen=face, spent_fen=spent, bonus_fen=bonus)
    assert 0 <= payout.fen <= face - spent
    assert payout.rules


def test_more_than_the_face_cannot_have_been_spent() -> None:
    with pytest.raises(ValueError, match="cannot be spent"):
        endings.lapse(POLICY, face_fen=1, spent_fen=2, bonus_fen=0)


def test_giving_up_may_have_terms_of_its_own() -> None:
    own = LapseRule("cash", 9500, is_bonus_kept=False, may_give_up=True, path="lapse.give_up")
    lapsed = LapseRule("void", 10_000, is_bonus_kept=True, may_give_up=True, give_up=own)
    policy = replace(POLICY, lapse=lapsed)
    figures = {"face_fen": FACE, "spent_fen": 40_000_000, "bonus_fen": 1_000_000}
    assert endings.lapse(policy, **figures).effect == "void"
    ending = endings.give_up(policy, **figures)
    # 95% of 60 万, less the bonus of 1 万.
    assert (ending.effect, ending.payout.fen) == ("cash", 56_000_000)
    assert [rule.path for rule in ending.payout.rules] == ["lapse.give_up.effect", "lapse.give_up.bonus"]
    same = replace(policy, lapse=replace(lapsed, give_up=None))
    assert endings.give_up(same, **figures).effect == "void"
