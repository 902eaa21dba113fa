"""What of a compensation is not in the face (搬迁费、临时安置费、签约奖励不计入票面): it is paid in cash."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.policies import bodies, reader
from app.policies.errors import PolicyFileInvalid
from app.policies.faces import asks_parts, face_of
from app.policies.rules import Policy
from app.policies.schema import PARTS
from tests.unit.policies.played import HEAD, steps_of

NONE = "bonus: {base: spent, fixed_by: lock, tiers: []}\n"
WITHOUT = HEAD + NONE + "face_without: [moving, interim, award]\n"
TWO_AWARDS = "{home: 300000, moving: 2000, award: 20000, moving_award: 10000.05, deduction: 4000}"
LINES = "{home: 300000, moving: 2000, interim: 12000.05, award: 20000, deduction: 4000}"
ISSUE = f"issue: {{voucher: A, on: 2025-03-01, compensation: {LINES}}}"
DAY = date(2025, 3, 1)
IN_CASH = PARTS[:-1]


def sums(policy: str, step: str = ISSUE) -> dict[str, int]:
    """Return what an issue comes to, in fen."""
    (issued,) = steps_of(policy, step)
    return {one["of"]: one["fen"] for one in issued["amounts"]}


def told(text: str) -> list[tuple[str, str]]:
    """Return what a check doubts of a file, each with its path."""
    return [
        (one.path, one.reason) for one in reader.look(text)[1] if "face" in one.path or "base" in one.path
    ]


@given(
    lines=st.dictionaries(st.sampled_from(IN_CASH), st.integers(1, 10**10), min_size=1),
    without=st.sets(st.sampled_from(IN_CASH), min_size=1, max_size=len(IN_CASH) - 1),
    rate=st.integers(0, 100),
    deduction_fen=st.integers(0, 10**6),
    fill=st.integers(0, 10**6),
)
def test_face_less_additions_with_the_cash_is_the_compensation(
    lines: dict[str, int], without: set[str], rate: int, deduction_fen: int, fill: int
) -> None:
    policy = bodies.parse(
        HEAD + NONE + f"face_without: [{', '.join(sorted(without))}]\n"
        f"face: [{{rate: {rate}%}}, {{rate: 5%, parts: [home, moving]}}, {{fill_to: {fill}}}]\n"
    )
    lines |= {"deduction": -deduction_fen}
    in_face = sum(fen for kind, fen in lines.items() if kind not in without)
    made = face_of_lines(policy, lines)
    if in_face <= 0:
        assert made is None
        return
    assert made is not None
    face_fen, added_fen, cash_fen, compensation_fen = made
    assert face_fen - added_fen + cash_fen == compensation_fen == sum(lines.values())
    assert cash_fen == sum(fen for kind, fen in lines.items() if kind in without) >= 0
    assert face_fen >= max(in_face, fill * 100), "filled up is what is in the face"


def face_of_lines(policy: Policy, lines: dict[str, int]) -> tuple[int, int, int, int] | None:
    """Return face, additions, cash and compensation over an agreement's lines; None where it is refused."""
    face = face_of(policy, sum(lines.values()), agreed_on=DAY, old_area_m2=Decimal(80), compensation=lines)
    if face.compensated_fen <= 0:
        return None
    return face.fen, sum(face.additions.values()), face.cash_fen, face.compensation_fen


def test_what_is_not_in_the_face_is_told_and_what_is_added_counts_the_whole_compensation() -> None:
    assert sums(WITHOUT) == {"in_cash": 3_400_005, "face": 29_600_000}
    added = WITHOUT + "face: [{rate: 10%}, {rate: 10%, parts: [home]}, {fill_to: 400000}]\n"
    # 10% of 330,000.05 and of 300,000; the face lacks of 40 万 what its own part with these lacks.
    (issued,) = steps_of(added, ISSUE)
    assert [one["fen"] for one in issued["amounts"]] == [
        *(3_400_005, 3_300_000, 3_000_000),
        *(4_100_000, 40_000_000),
    ]
    rule = issued["amounts"][0]["rules"][0]
    assert (rule["path"], rule["code"]) == ("face_without", "face_without")
    assert rule["figures"] == {"compensation_fen": 33_000_005, "kinds": "moving, interim, award"}


def test_a_bonus_of_the_face_is_of_it_and_one_of_the_compensation_is_of_all() -> None:
    for base, fen in (("face", 2_960_000), ("compensation", 3_300_000)):
        tiers = "[{from_month: 1, to_month: 12, rate: 10%}]"
        said = (
            HEAD
            + f"bonus: {{base: {base}, fixed_by: lock, tiers: {tiers}}}\n"
            + "face_without: [moving, interim, award]\n"
        )
        *_, bought = steps_of(said, ISSUE, "buy: {home: H, voucher: A, on: 2025-03-02, price: 300000}")
        assert [one["fen"] for one in bought["amounts"] if one["of"] == "bonus"] == [fen]


def test_one_reward_is_in_the_face_and_another_is_paid_in_cash() -> None:
    said = HEAD + NONE + "face_without: [moving, moving_award]\n"
    issue = f"issue: {{voucher: A, on: 2025-03-01, compensation: {TWO_AWARDS}}}"
    assert sums(said, issue) == {"in_cash": 1_200_005, "face": 31_600_000}
    (issued,) = steps_of(said, issue)
    assert issued["amounts"][0]["rules"][0]["figures"]["kinds"] == "moving, moving_award"
    added = said + "face: [{rate: 10%, parts: [moving_award]}]\n"
    assert sums(added, issue)["face"] == 31_600_000 + 100_000, "a tenth of 10,000.05, rounded down"


@pytest.mark.parametrize(
    ("parts", "fen"),
    [("home, award", 3_200_000), ("home, moving_award", 3_100_000), ("award, moving_award", 300_000)],
)
def test_a_bonus_on_parts_counts_each_reward_by_its_own_name(parts: str, fen: int) -> None:
    tiers = "[{from_month: 1, to_month: 12, rate: 10%}]"
    said = f"{HEAD}bonus: {{base: compensation, parts: [{parts}], fixed_by: lock, tiers: {tiers}}}\n"
    issue = f"issue: {{voucher: A, on: 2025-03-01, compensation: {TWO_AWARDS}}}"
    *_, bought = steps_of(said, issue, "buy: {home: H, voucher: A, on: 2025-03-02, price: 300000}")
    assert [one["fen"] for one in bought["amounts"] if one["of"] == "bonus"] == [fen]


def test_a_reward_for_signing_in_cash_alone_is_asked_about() -> None:
    assert told(WITHOUT) == [
        (
            "face_without",
            "names award and not moving_award: is what rewards moving out in time in the face?",
        )
    ]
    assert told(WITHOUT.replace("interim, award", "moving_award")) == []


@pytest.mark.parametrize(
    ("compensation", "code"),
    [
        ("330000", "parts_unsaid"),
        ("{moving: 2000}", "nothing_in_face"),
        ("{home: 9, award: 9, deduction: 9}", "nothing_in_face"),
    ],
)
def test_no_voucher_without_parts_or_without_anything_in_its_face(compensation: str, code: str) -> None:
    (issued,) = steps_of(WITHOUT, f"issue: {{voucher: A, on: 2025-03-01, compensation: {compensation}}}")
    assert (issued["outcome"], issued["refused_by"]["code"]) == ("refused", code)


def test_a_face_said_by_itself_is_the_face() -> None:
    assert sums(WITHOUT, "issue: {voucher: A, on: 2025-03-01, face: 330000}") == {"face": 33_000_000}


def test_a_policy_that_says_nothing_asks_for_no_parts_and_keeps_its_body() -> None:
    assert asks_parts(bodies.parse(WITHOUT))
    assert not asks_parts(bodies.parse(HEAD + NONE))
    assert "face_without" not in reader.read(HEAD + NONE)


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ("[deduction]", "face_without[0]"),
        ("[moving, moving]", "face_without[1]"),
        ("[]", "face_without"),
        (f"[{', '.join(IN_CASH)}]", "face_without"),
    ],
)
def test_what_cannot_be_left_out_is_refused(said: str, path: str) -> None:
    with pytest.raises(PolicyFileInvalid) as found:
        reader.read(HEAD + NONE + f"face_without: {said}\n")
    assert [one.path for one in found.value.problems] == [path]


def test_what_is_likely_not_meant_is_told() -> None:
    both = WITHOUT.replace("award", "award, moving_award")
    assert told(both + "face: [{rate: 10%, parts: [home]}, {yuan: 5000}]\n") == []
    assert [path for path, _ in told(HEAD + NONE + "face_without: [home]\n")] == ["face_without"]
    of_all = (
        "bonus: {base: compensation, fixed_by: lock, tiers: [{from_month: 1, to_month: 12, rate: 10%}]}\n"
    )
    found = told(HEAD + of_all + "face: [{rate: 10%}]\nface_without: [moving_award]\n")
    assert [path for path, _ in found] == ["bonus.base", "face[0]"]
