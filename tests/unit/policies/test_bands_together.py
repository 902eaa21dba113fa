"""Bands of a leftover by what all vouchers of a household spent together."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.policies import bodies, endings, reader
from app.policies.bands import Band, Used
from app.policies.errors import PolicyFileInvalid
from app.policies.idle import without_effect
from app.reports import words
from tests.factories.policies import HAILING_POLICY
from tests.unit.policies.played import HEAD, steps_of

NONE = "bonus: {base: spent, fixed_by: lock, tiers: []}\n"
SHARED = """leftover:
  - {spent_from: 0%, rate: 0%}
  - {spent_from: 60%, rate: 80%, spent_of: household}
  - {spent_from: 90%, rate: 100%, spent_of: household}
"""
BANDS = """lapse:
  effect: cash
  bands: [{spent_from: 0%, rate: 50%}, {spent_from: 60%, rate: 90%, spent_of: household}]
"""
ISSUES = (
    "issue: {voucher: A, on: 2025-03-01, face: 1000000}",
    "issue: {voucher: B, on: 2025-03-01, face: 500000}",
)


def out_of(step: dict[str, Any]) -> int:
    return next(int(one["fen"]) for one in step["amounts"] if one["of"] == "paid_out")


def test_what_any_voucher_of_the_household_spent_counts() -> None:
    """同一被征收户名下房票合计使用满 60% 的，余额按 80% 兑付，满 90% 的全额兑付."""
    _, _, _, unused, _, mine = steps_of(
        HEAD + NONE + SHARED,
        *ISSUES,
        "buy: {home: H, voucher: A, on: 2025-04-01, price: 899999.99}",
        "payout: {voucher: B, on: 2025-04-02}",
        "buy: {home: I, voucher: A, on: 2025-04-03, price: 0.01}",
        "payout: {voucher: B, on: 2025-04-04}",
    )
    # 60% of 150 万 are 90 万: a fen below it nothing is paid of B, of which nothing is spent itself.
    assert unused["refused_by"]["code"] == "spent_together"
    assert out_of(mine) == 40_000_000
    told = next(one for one in mine["amounts"] if one["of"] == "paid_out")["rules"]
    (together,) = (one for one in told if one["code"] == "spent_together")
    assert (together["path"], together["figures"]) == (
        "leftover[1].spent_of",
        {"face_fen": 150_000_000, "spent_fen": 90_000_000},
    )


def test_what_changes_hands_takes_along_its_face_and_what_it_spent() -> None:
    policy = HEAD + NONE + SHARED + "transfers: 1\n"
    *_, moved, paid = steps_of(
        policy,
        *ISSUES,
        "buy: {home: H, voucher: A, on: 2025-04-01, price: 700000}",
        "transfer: {voucher: B, on: 2025-04-02, to: child}",
        "payout: {voucher: A, on: 2025-04-03}",
    )
    assert "refused_by" not in moved
    assert out_of(paid) == 24_000_000, "70 万 of 100 万, not of 150 万"


def test_after_the_term_what_was_locked_in_it_counts() -> None:
    *_, lapsed = steps_of(
        HEAD + NONE + BANDS,
        *ISSUES,
        "buy: {home: H, voucher: A, on: 2025-04-02, price: 900000}",
        "lapse: {voucher: A}",
    )
    assert out_of(lapsed) == 9_000_000
    late = HEAD.replace("from: issue", "from: issue, extension_months: 3") + NONE + BANDS
    *_, bought, lapsed = steps_of(
        late,
        *ISSUES,
        "extend: {voucher: B, on: 2025-04-01, months: 3}",
        "buy: {home: H, voucher: A, on: 2025-04-02, price: 600000}",
        "buy: {home: I, voucher: B, on: 2026-03-02, price: 400000}",
        "lapse: {voucher: A, on: 2026-03-03}",
    )
    assert "refused_by" not in bought
    assert out_of(lapsed) == 20_000_000, "B's home of the day after A's term does not count"


faces = st.lists(st.tuples(st.integers(1, 10**9), st.integers(0, 100)), min_size=1, max_size=4)


@given(faces=faces, edges=st.sets(st.integers(1, 10_000), max_size=3))
def test_a_household_reaches_the_band_of_one_voucher_with_all_its_faces(
    faces: list[tuple[int, int]], edges: set[int]
) -> None:
    bands = tuple(
        Band(edge, 0, 0, str(place), is_of_household=bool(edge))
        for place, edge in enumerate(sorted({0} | edges))
    )
    alone = tuple(replace(band, is_of_household=False) for band in bands)
    spent = [face * share // 100 for face, share in faces]
    whole = Used(sum(face for face, _share in faces), sum(spent))

    def reached(bands: tuple[Band, ...], own: Used, together: Used | None) -> str:
        figures = {"face_fen": own.face_fen, "spent_fen": own.spent_fen, "bonus_fen": 0}
        policy = replace(HAILING_POLICY, leftover=bands)
        return endings.leftover_payout(policy, **figures, together=together).rules[0].path

    assert reached(bands, Used(faces[0][0], spent[0]), whole) == reached(alone, whole, None)


def test_who_leaves_the_household_out_is_told() -> None:
    policy = bodies.parse(HEAD + NONE + SHARED)
    with pytest.raises(ValueError, match="counts what the household spent"):
        endings.leftover_payout(policy, face_fen=100, spent_fen=0, bonus_fen=0)


@pytest.mark.parametrize(
    ("said", "path", "reason"),
    [
        (
            SHARED.replace("rate: 100%, spent_of: household", "rate: 100%"),
            "leftover[2].spent_of",
            "must be the same in all bands above 0%: none lies above the other otherwise",
        ),
        (
            BANDS.replace("]\n", ", {spent_from: 70%, rate: 95%, spent_of: voucher}]\n"),
            "lapse.bands[2].spent_of",
            "must be the same in all bands above 0%: none lies above the other otherwise",
        ),
        (
            SHARED.replace("rate: 100%", "rate: 100%, left_up_to: 50000") + "splits: 1\n",
            "leftover[2].left_up_to",
            "must not stand beside spent_of: household, because a voucher may be split",
        ),
        (SHARED.replace("household}", "family}", 1), "leftover[1].spent_of", "is 'family'"),
    ],
)
def test_slips_are_named(said: str, path: str, reason: str) -> None:
    with pytest.raises(PolicyFileInvalid) as found:
        reader.read(HEAD + NONE + said)
    assert [(one.path, one.reason.startswith(reason)) for one in found.value.problems] == [(path, True)]


def test_the_word_is_idle_where_no_band_asks_how_much_is_spent() -> None:
    said = "leftover: [{spent_from: 0%, rate: 90%, spent_of: household}]\n"
    idle = [path for path, _reason in without_effect(reader.read(HEAD + NONE + said))]
    assert idle == ["leftover[0].spent_of"]
    assert without_effect(reader.read(HEAD + NONE + SHARED)) == []


def test_papers_say_whose_use_counts() -> None:
    lapsed = "过了期限没有用完的，余额兑付现金，按用掉的多少：用到票面的 0% 起 50%，"
    assert words.leftover(bodies.parse(HEAD + NONE + SHARED + BANDS)) == [
        "购房合计用不到票面金额的 60%，余额不兑付现金。",
        "一户名下的房票合计，购房用到票面金额的 60% 及以上，余额按 80% 兑付。",
        "一户名下的房票合计，购房用到票面金额的 90% 及以上，余额按 100% 兑付。",
        lapsed + "一户名下的房票合计，用到票面的 60% 起 90%。",
    ]
