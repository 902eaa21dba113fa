"""Interest that comes to no more than a share of what bears it: of an ending, and of a delay."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.money import share_floor
from app.policies import bodies
from app.policies.errors import PolicyFileInvalid
from app.policies.most_borne import limited
from app.policies.reader import read
from app.policies.rounding import ROUNDINGS, rounding
from app.web.ending_interest import interest_of
from app.web.policies import rule_text
from app.web.trials import slip
from tests.unit.policies.played import HEAD, steps_of

PLAIN = HEAD + "bonus: {base: spent, fixed_by: lock, tiers: []}\n"
LINE = "rate: 1.5%, from: issue, on: [leftover]"
PAID = "leftover: [{spent_from: 0%, rate: 100%}]\n"
FIRST = date(2025, 3, 1)


@pytest.mark.parametrize(
    ("said", "days", "fen"),
    [
        ("", 600, 246_575),
        (", most_share: 2%", 600, 200_000),
        (", most_share: 2%", 400, 164_383),
        (", most_share: 2.46%, rounding: nearest_hundred_yuan", 600, 240_000),
        (", most_share: 2.5%, rounding: nearest_hundred_yuan", 600, 250_000),
    ],
)
def test_what_an_ending_bears_stays_within_its_share(said: str, days: int, fen: int) -> None:
    rule = bodies.parse(f"{PLAIN}{PAID}interest: {{{LINE}{said}}}\n").interest
    assert rule is not None
    known = dict.fromkeys(("issue", "term_end"), FIRST)
    until = FIRST + timedelta(days=days)
    assert rule.of(10_000_000, known, until, "leftover", is_used=False).fen == fen


def test_several_lines_share_one_most() -> None:
    line = "{rate: 1.5%, from: issue, on: [leftover], most_share: 2%}"
    rule = bodies.parse(f"{PLAIN}{PAID}interest: [{line}, {line}]\n").interest
    assert rule is not None
    borne = rule.of(
        10_000_000, {"issue": FIRST, "term_end": FIRST}, date(2026, 3, 1), "leftover", is_used=False
    )
    assert (borne.fen, borne.rules[-1].code) == (200_000, "interest_most")
    assert rule_text(borne.rules[-1]) == "利息最多是本金的 2%，也就是 ¥2,000"


def test_a_delay_bears_no_more_than_a_share_of_each_payment() -> None:
    said = "settlement: {tranches: [{event: contract, share: 100%, pay_within: {days: 30}}], "
    policy = bodies.parse(f"{PLAIN}{said}late_interest: {{rate: 0.05%, per: day, most_share: 5%}}}}\n")
    (rule,) = policy.settlements
    late = [
        rule.late_interest(60_000_000, due_on=FIRST, paid_on=FIRST + timedelta(days=days)).fen
        for days in (99, 100, 120)
    ]
    assert late == [2_970_000, 3_000_000, 3_000_000]


@given(
    exact=st.fractions(0, 10**12),
    of=st.integers(0, 10**12),
    share=st.none() | st.integers(1, 10_000),
    word=st.sampled_from(ROUNDINGS),
)
def test_it_is_rounded_within_the_most(exact: Fraction, of: int, share: int | None, word: str) -> None:
    fen, how = int(exact), rounding(word)
    found = limited(fen, of, share, how, "interest").fen
    most = None if share is None else share_floor(of, share)
    assert found % how.step_fen == 0
    assert most is None or found <= most
    if most is None or fen + how.step_fen <= most:
        assert found == how.of(fen, "").fen
    else:
        assert found > min(fen, most) - how.step_fen


@pytest.mark.parametrize(
    ("said", "path", "reason"),
    [
        (f"interest: {{{LINE}, most_share: 0%}}", "interest.most_share", "is 0%, so nothing is borne"),
        (
            f"interest: [{{{LINE}, most_share: 2%}}, {{{LINE}}}]",
            "interest[1].most_share",
            "must be the same in all lines of interest: it is the most",
        ),
    ],
)
def test_a_most_of_nothing_or_of_one_line_is_refused_in_its_line(said: str, path: str, reason: str) -> None:
    with pytest.raises(PolicyFileInvalid) as found:
        read(f"{PLAIN}{PAID}{said}\n")
    (problem,) = [one for one in found.value.problems if one.path == path and reason in one.reason]
    assert problem.line == (PLAIN + PAID).count("\n") + 1
    assert slip(problem.reason) != problem.reason


def test_pages_and_simulations_tell_it() -> None:
    policy = f"{PLAIN}{PAID}interest: {{{LINE}, most_share: 1%}}\n"
    assert interest_of(bodies.parse(policy), "payout", spent_fen=0)[-1] == "利息最多是本金的 1%。"
    issue = "issue: {voucher: A, on: 2025-03-01, face: 100000}"
    *_, paid = steps_of(policy, issue, "payout: {voucher: A, on: 2026-02-28}")
    (interest,) = [one for one in paid["amounts"] if one["of"] == "interest"]
    assert (interest["fen"], interest["rules"][-1]["code"]) == (100_000, "interest_most")
