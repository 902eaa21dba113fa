"""A least and a most of the whole face: 不足 40 万元的补足到 40 万元，票面最高 500 万元."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.policies import bodies
from app.policies.errors import PolicyFileInvalid
from app.policies.reader import read
from app.reports.words import face_added
from tests.unit.policies.played import HEAD, steps_of

NONE = "bonus: {base: spent, fixed_by: lock, tiers: []}\n"
FILLED = HEAD + NONE + "face: [{rate: 10%}, {fill_to: 400000}]\n"
LIMITED = HEAD + NONE + "face: [{rate: 10%, most_face: 5000000}, {yuan: 10000, most_face: 5000000}]\n"


def added(policy: str, compensation: float) -> list[int]:
    """Return what each line adds, in fen, and the face."""
    (issued,) = steps_of(policy, f"issue: {{voucher: A, on: 2025-03-01, compensation: {compensation:.2f}}}")
    return [one["fen"] for one in issued["amounts"]]


def test_what_a_face_lacks_of_a_sum_is_added_after_the_lines_before() -> None:
    assert added(FILLED, 350_000) == [3_500_000, 1_500_000, 40_000_000]
    assert added(FILLED, 380_000) == [3_800_000, 0, 41_800_000]
    assert added(FILLED, 363_636.36) == [3_636_363, 1, 40_000_000]


def test_additions_stop_at_a_face() -> None:
    assert added(LIMITED, 4_800_000) == [20_000_000, 0, 500_000_000]
    assert added(LIMITED, 4_540_000) == [45_400_000, 600_000, 500_000_000]
    assert added(LIMITED, 5_100_000) == [0, 0, 510_000_000]


def test_what_was_filled_up_may_be_lost_as_any_addition() -> None:
    lost = FILLED.replace("fill_to: 400000", "fill_to: 400000, lost_on: [leftover]")
    lost += "leftover: [{spent_from: 0%, rate: 100%}]\n"
    *_, paid = steps_of(
        lost,
        "issue: {voucher: A, on: 2025-03-01, compensation: 350000}",
        "payout: {voucher: A, on: 2025-04-01}",
    )
    assert [one["fen"] for one in paid["amounts"] if one["of"] == "paid_out"] == [38_500_000]


def test_the_rules_tell_the_sums_and_the_paper_reads() -> None:
    (issued,) = steps_of(LIMITED, "issue: {voucher: A, on: 2025-03-01, compensation: 4800000}")
    told = [(one["code"], one["figures"]) for one in issued["amounts"][0]["rules"]]
    assert told[1] == ("face_full", {"most_face_fen": 500_000_000, "so_far_fen": 480_000_000})
    assert face_added(bodies.parse(FILLED), {"face[1]": 1_500_000}) == ["补足到 400,000 元，15,000 元"]


def test_a_line_adds_one_thing() -> None:
    with pytest.raises(PolicyFileInvalid) as found:
        read(HEAD + NONE + "face: [{rate: 5%, fill_to: 3}]\n")
    assert [(one.line, one.path) for one in found.value.problems] == [(9, "face[0]")]


@given(
    compensation=st.integers(1, 10**9),
    fill=st.integers(0, 9 * 10**6),
    most=st.integers(0, 9 * 10**6),
    rate=st.integers(0, 100),
)
def test_a_face_is_within_both_or_the_compensation(
    compensation: int, fill: int, most: int, rate: int
) -> None:
    lines = f"face: [{{rate: {rate}%, most_face: {most}}}, {{fill_to: {fill}}}]\n"
    face = added(HEAD + NONE + lines, compensation / 100)[-1]
    share = compensation + compensation * rate // 100
    assert face == max(compensation, fill * 100, min(share, most * 100))
