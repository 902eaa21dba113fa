"""Sums that a policy rounds half up (四舍五入): additions to a face, interest, and what is paid out."""

from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.policies import bodies, endings
from app.policies.bands import Band
from app.policies.face_rules import FaceRule
from app.policies.rounding import rounding
from app.reports import words
from app.web.ending_interest import interest_of
from app.web.policies import face_rule, rule_text
from tests.unit.policies.played import HEAD, steps_of

BONUS = "bonus: {base: spent, fixed_by: lock, tiers: []}\n"
PAID = "leftover: [{spent_from: 0%, rate: 100%}]\n"
LINE = "face: [{rate: 10%, rounding: WORD}]\n"
STEPS = {"nearest_yuan": 100, "nearest_ten_yuan": 1_000, "nearest_hundred_yuan": 10_000}


def added(face: str, compensation: str) -> list[tuple[int, list[str]]]:
    """Return what each line adds, in fen, with its rules, and the face."""
    told = f"issue: {{voucher: A, on: 2025-03-01, compensation: {compensation}}}"
    (issued,) = steps_of(HEAD + BONUS + face, told)
    return [(one["fen"], [rule["code"] for rule in one["rules"]]) for one in issued["amounts"]]


@pytest.mark.parametrize(
    ("word", "compensation", "fen"),
    [
        # 10% of 123,456.78 are 12,345.678.
        ("yuan", "123456.78", 1_234_500),
        ("nearest_yuan", "123456.78", 1_234_600),
        ("nearest_ten_yuan", "123456.78", 1_235_000),
        ("nearest_hundred_yuan", "123456.78", 1_230_000),
        # Half goes up, and the last fen below it down.
        ("nearest_yuan", "123455.00", 1_234_600),
        ("nearest_yuan", "123454.99", 1_234_500),
        ("nearest_hundred_yuan", "123500", 1_240_000),
        ("nearest_hundred_yuan", "123499.99", 1_230_000),
    ],
)
def test_an_addition_by_hand(word: str, compensation: str, fen: int) -> None:
    (line, codes), _face = added(LINE.replace("WORD", word), compensation)
    assert line == fen
    assert codes[1:] == ["whole_yuan" if word == "yuan" else "nearest"]


@pytest.mark.parametrize("limit", ["most_yuan: 12550", "most_face: 212550"])
def test_half_up_never_passes_a_limit(limit: str) -> None:
    said = f"face: [{{rate: 10%, {limit}, rounding: nearest_hundred_yuan}}]\n"
    (line, codes), _face = added(said, "200000")
    assert (line, codes[-1]) == (1_250_000, "nearest_below")


def test_what_it_did_is_told_in_words() -> None:
    near, below = (
        rounding("nearest_ten_yuan").of(1_235, "x"),
        rounding("nearest_ten_yuan").of(1_700, "x", 1_900),
    )
    assert rule_text(near.rules[0]) == "算得 ¥12.35，四舍五入到十元"
    assert rule_text(below.rules[0]) == "算得 ¥17，四舍五入到十元会超过最多的 ¥19，舍去尾数"
    assert rounding("nearest_ten_yuan").of(2_000, "x").rules == ()


@given(
    word=st.sampled_from(list(STEPS)),
    fen=st.integers(0, 10**12),
    most=st.none() | st.integers(0, 10**12),
    before=st.integers(0, 10**12),
    most_face=st.none() | st.integers(0, 10**12),
)
def test_it_is_the_nearest_multiple_within_every_limit(
    word: str, fen: int, most: int | None, before: int, most_face: int | None
) -> None:
    limits = [
        *([most] if most is not None else []),
        *([max(0, most_face - before)] if most_face is not None else []),
    ]
    step = STEPS[word]
    rule = FaceRule(
        0, fen, None, None, "face[0]", most_fen=most, most_face_fen=most_face, rounding=rounding(word)
    )
    adds = rule.adds(0, date(2025, 3, 1), so_far_fen=before).fen
    kept = min([fen, *limits])
    nearest = int((Decimal(kept) / step).quantize(Decimal(1), rounding=ROUND_HALF_UP)) * step
    assert adds % step == 0
    assert all(adds <= limit for limit in limits)
    assert adds == (nearest if all(nearest <= limit for limit in limits) else kept - kept % step)


@given(
    face=st.integers(1, 10**11),
    spent=st.integers(0, 10**11),
    bonus=st.integers(0, 10**11),
    rate=st.integers(0, 10_000),
    claw=st.integers(0, 10_000),
    most=st.none() | st.integers(1, 10**11),
    word=st.sampled_from(sorted(STEPS)),
)
def test_a_payout_is_rounded_half_up_to_no_more_than_is_left(
    face: int, spent: int, bonus: int, rate: int, claw: int, most: int | None, word: str
) -> None:
    """Whatever is paid and taken back, it lies on the voucher; and no household loses half a step by it."""
    spent = min(spent, face)
    band = Band(0, rate, claw, "leftover[0]", most_fen=most)
    exact, found = (
        endings.leftover_payout(
            replace(bodies.parse(HEAD + BONUS), leftover=(band,), payout_rounding=rounding(one)),
            face_fen=face,
            spent_fen=spent,
            bonus_fen=bonus,
        )
        for one in ("fen", word)
    )
    taken = sum(int(rule.figures["taken_fen"]) for rule in found.rules if rule.code == "claw_back")
    step = STEPS[word]
    assert found.fen % step == 0
    assert 0 <= found.fen + taken <= face - spent
    assert most is None or found.fen <= most
    up = int((Decimal(exact.fen) / step).quantize(Decimal(1), rounding=ROUND_HALF_UP)) * step
    fits = up + taken <= face - spent and (most is None or up <= most)
    assert found.fen == (up if fits else exact.fen - exact.fen % step)


def test_a_payout_half_up_by_hand() -> None:
    said = HEAD + BONUS + "leftover: [{spent_from: 0%, rate: 80%}, {spent_from: 50%, rate: 100%}]\n"
    said += "lapse: {effect: cash, rate: 90%}\npayout_rounding: nearest_yuan\n"
    policy = bodies.parse(said)
    known = {"face_fen": 100_000, "bonus_fen": 0}
    # 80% of 600.63 yuan are 480.50; of 400.50 left no 401 can be paid; 90% of 600.63 are 540.56.
    paid = [endings.leftover_payout(policy, **known, spent_fen=spent).fen for spent in (39_937, 59_950)]
    assert paid == [48_100, 40_000]
    assert endings.lapse(policy, **known, spent_fen=39_937).payout.fen == 54_100
    assert words.leftover(policy)[-1] == "兑付的钱四舍五入到元。"


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("fen", ""),
        ("yuan", "不足一元的舍去"),
        ("nearest_yuan", "四舍五入到元"),
        ("nearest_ten_yuan", "四舍五入到十元"),
        ("nearest_hundred_yuan", "四舍五入到百元"),
    ],
)
def test_pages_tell_it(word: str, told: str) -> None:
    interest = f"interest: {{rate: 1.5%, from: issue, on: [leftover], rounding: {word}}}\n"
    policy = bodies.parse(HEAD + BONUS + PAID + LINE.replace("WORD", word) + interest)
    assert face_rule(policy.face[0]).endswith(f"，{told}" if told else "10%")
    assert interest_of(policy, "payout", spent_fen=0)[1:] == ([f"利息{told}。"] if told else [])
