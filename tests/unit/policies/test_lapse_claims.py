"""What is left after a term is paid by when it is claimed: the file, the days and the sums."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.policies import bodies, endings
from app.policies.bands import Claimed
from app.policies.errors import PolicyFileInvalid
from app.policies.reader import look
from app.policies.rules import Policy
from app.reports import words
from app.reports.simulation import output, scenario
from app.reports.simulation.run import play
from tests.factories.policies import HAILING

CLAIM = "effect: claim, within: [{months: 3, rate: 100%}, {months: 6, rate: 95%}], after: void"
LAST = date(2017, 11, 30)


def policy(said: str = CLAIM, more: str = "") -> Policy:
    return bodies.parse(f"{HAILING}lapse: {{{said}}}\n{more}")


def paid(one: Policy, on: date | None, **known: int) -> tuple[str | None, int, list[str]]:
    figures = {"face_fen": 100_000_077, "spent_fen": 0, "bonus_fen": 0} | known
    ending = endings.lapse(one, **figures, claimed=Claimed(LAST, on))
    return ending.effect, ending.payout.fen, [rule.code for rule in ending.payout.rules]


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (date(2017, 12, 1), ("cash", 100_000_077)),
        (date(2018, 2, 28), ("cash", 100_000_077)),
        (date(2018, 3, 1), ("cash", 95_000_073)),
        (date(2018, 5, 30), ("cash", 95_000_073)),
        (date(2018, 5, 31), ("void", 0)),
        (None, ("void", 0)),
    ],
)
def test_the_day_decides_on_both_sides_of_every_edge(on: date | None, expected: tuple[str, int]) -> None:
    assert paid(policy(), on)[:2] == expected


def test_days_count_as_days() -> None:
    by_days = policy("effect: claim, within: [{days: 90, rate: 100%}], after: agreement")
    assert paid(by_days, date(2018, 2, 28))[:2] == ("cash", 100_000_077)
    assert paid(by_days, date(2018, 3, 1)) == ("agreement", 100_000_077, ["lapse_agreement"])


def test_without_a_day_it_waits() -> None:
    ending = endings.lapse(policy(), face_fen=100, spent_fen=0, bonus_fen=0)
    assert (ending.effect, ending.payout.fen) == ("claim", 0)
    assert ending.payout.rules[0].code == "lapse_claim"


def test_bonus_and_rounding_come_after_the_rate() -> None:
    one = policy(f"{CLAIM}, bonus: returned", "payout_rounding: yuan\n")
    found = paid(one, date(2018, 5, 1), spent_fen=40_000_000, bonus_fen=1_000_050)
    assert found == ("cash", 56_000_000, ["lapse_claimed", "bonus_returned", "whole_yuan"])


@given(st.integers(1, 10**11), st.integers(0, 200), st.integers(1, 10_000))
def test_a_claim_is_its_rate_of_what_is_left_to_the_fen(left_fen: int, days: int, rate_bp: int) -> None:
    rate = f"{rate_bp // 100}.{rate_bp % 100:02d}%"
    one = policy(f"effect: claim, within: [{{days: 100, rate: {rate}}}], after: void")
    on = date.fromordinal(LAST.toordinal() + 1 + days)
    effect, fen, _ = paid(one, on, face_fen=left_fen)
    assert (effect, fen) == (("cash", left_fen * rate_bp // 10_000) if days < 100 else ("void", 0))


@pytest.mark.parametrize(
    ("said", "path", "reason"),
    [
        ("effect: claim, after: void", "lapse.within", "is missing"),
        ("effect: claim, within: [{months: 3, rate: 100%}]", "lapse.after", "is missing"),
        ("effect: void, after: void", "lapse.after", "only means something with effect: claim"),
        ("effect: cash, within: [{days: 3, rate: 9%}]", "lapse.within", "only means something"),
        (f"{CLAIM}, rate: 90%", "lapse.rate", "is what within says itself"),
        (f"{CLAIM}, bands: [{{spent_from: 0%, rate: 1%}}]", "lapse.bands", "is what within says itself"),
        (f"{CLAIM}, give_up: same", "lapse.give_up", "must be refused, or terms of its own"),
        (CLAIM.replace("months: 6", "months: 3"), "lapse.within[1].months", "must be later"),
        (CLAIM.replace("months: 6", "days: 200"), "lapse.within[1].days", "must count as the one before"),
        (CLAIM.replace("95%", "0%"), "lapse.within[1].rate", "is 0%"),
    ],
)
def test_a_slip_is_told_where_it_stands(said: str, path: str, reason: str) -> None:
    with pytest.raises(PolicyFileInvalid) as found:
        policy(said)
    (problem, *_) = found.value.problems
    assert problem.path == path
    assert problem.reason.startswith(reason)


def test_a_later_claim_that_is_paid_no_less_is_doubted() -> None:
    text = f"{HAILING}lapse: {{{CLAIM.replace('95%', '100%')}}}\n"
    assert "lapse.within[1].rate" in [one.path for one in look(text)[1]]


def test_papers_say_the_times_and_the_rates() -> None:
    told = words._after(policy())
    assert "逾期 3 个月内申请的按 100%，逾期 6 个月内申请的按 95%；一直没有申请的，作废" in told
    left = words._after(policy(CLAIM.replace("void", "agreement, bonus: part")))
    assert "按原来的补偿协议办理" in left
    assert "已得的奖励按没有用完的比例从中扣回" in left


def test_a_scenario_claims_on_a_day() -> None:
    text = """scenario: 1
steps:
  - issue: {voucher: A, on: 2016-05-31, face: 1000000.77}
  - issue: {voucher: B, on: 2016-05-31, face: 1000000.77}
  - claim: {voucher: A, on: 2017-11-30}
  - lapse: {voucher: B, on: 2018-05-30}
  - claim: {voucher: A, on: 2018-05-30}
  - claim: {voucher: B, on: 2018-05-31}
  - lapse: {voucher: B}
"""
    steps = output.as_json(policy(), play(policy(), scenario.read(text)))["steps"]
    assert [step["refused_by"]["code"] for step in (steps[2], steps[3], steps[5])] == [
        "not_lapsed",
        "claim_waits",
        "lapse_claim_over",
    ]
    (amount,) = steps[4]["amounts"]
    assert amount["fen"] == 95_000_073
    (rule,) = amount["rules"]
    assert (rule["path"], rule["code"]) == ("lapse.within[1]", "lapse_claimed")
    assert rule["exact_fen"] == "95000073.15"
    assert (steps[6]["amounts"][0]["fen"], steps[6]["on"]) == (0, "2018-05-31")
    unsaid = scenario.read(text.replace("2017-11-30", "2017-12-30"))
    (told, *_) = [one for one in play(bodies.parse(HAILING), unsaid) if one.step.act == "claim"]
    assert told.outcome.refused_by is not None
    assert told.outcome.refused_by.code == "claim_unsaid"
