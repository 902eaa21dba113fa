"""A voucher in other hands counts with them in a simulation as on the platform."""

import pytest

from app.reports.simulation import scenario
from app.reports.simulation.scenario import ScenarioInvalid
from tests.unit.policies.played import HEAD, steps_of

_TENTH = "fixed_by: lock, tiers: [{from_month: 1, to_month: 12, rate: 10%}]"
HANDS = "transfers: 2\nsplits: 2\nmerges: {times: 1, of: anybody}\n"
CAPPED = f"bonus: {{base: spent, {_TENTH}, caps: [{{of: household, yuan: 30000}}]}}\n"
OF_FACES = CAPPED.replace("yuan: 30000", "share_of_faces: 5%")
FIRST = (
    "bonus: {base: fixed, per: home, paid: cash, fixed_by: lock, first_homes: {most: 1, of: household}, "
    "tiers: [{from_month: 1, to_month: 12, yuan: 3000}]}\n"
)
TOLD = (
    "issue: {voucher: A, on: 2022-05-01, face: 1000000}",
    "split: {voucher: A, on: 2022-05-02, into: [{voucher: B, amount: 300000}]}",
    "transfer: {voucher: B, on: 2022-05-03, to: other}",
    "buy: {home: H0, voucher: B, on: 2022-05-04, price: 275000}",
    "buy: {home: H1, voucher: A, on: 2022-05-05, price: 330000}",
)


def bonuses(policy: str, *told: str) -> list[int]:
    """Return the bonus of each purchase, in fen."""
    steps = [step for step in steps_of(HEAD + policy + HANDS, *told) if step["act"] == "buy"]
    of = "bonus in cash" if "paid: cash" in policy else "bonus"
    return [sum(line["fen"] for line in step["amounts"] if line["of"] == of) for step in steps]


@pytest.mark.parametrize(("policy", "fen"), [(OF_FACES, [1_500_000, 3_000_000]), (FIRST, [300_000, 300_000])])
def test_a_stranger_uses_up_nothing_of_the_first_household(policy: str, fen: list[int]) -> None:
    assert bonuses(policy, *TOLD) == fen


def test_a_sum_that_a_household_has_once_is_used_up_in_whatever_hands() -> None:
    assert bonuses(CAPPED, *TOLD) == [2_500_000, 500_000]


def test_what_a_voucher_earned_goes_on_counting_with_who_gets_it_and_with_who_gave_it() -> None:
    told = (
        TOLD[0],
        "buy: {home: H0, voucher: A, on: 2022-05-02, price: 275000}",
        TOLD[1].replace("05-02", "05-03"),
        "transfer: {voucher: A, on: 2022-05-04, to: other}",
        "buy: {home: H1, voucher: B, on: 2022-05-05, price: 110000}",
        "buy: {home: H2, voucher: A, on: 2022-05-05, price: 110000}",
    )
    assert bonuses(CAPPED, *told) == [2_500_000, 500_000, 0]
    assert bonuses(FIRST, *told) == [300_000, 0, 0]


@pytest.mark.parametrize(
    ("step", "path"),
    [
        (
            "issue: {voucher: A, on: 2022-05-01, compensation: {home: 10, deduction: 20}}",
            "issue.compensation",
        ),
        (
            "issue: {voucher: A, on: 2022-05-01, compensation: {home: 20, deduction: 20}}",
            "issue.compensation",
        ),
        ("issue: {voucher: A, on: 2022-05-01, face: 0}", "issue.face"),
    ],
)
def test_a_voucher_of_nothing_is_refused(step: str, path: str) -> None:
    with pytest.raises(ScenarioInvalid) as raised:
        scenario.read(f"scenario: 1\nsteps:\n  - {step}\n")
    assert [one.path for one in raised.value.problems] == [f"steps[0].{path}"]


@pytest.mark.parametrize("word", ["area: 0", "area: 0.00"])
def test_a_home_of_no_area_is_refused(word: str) -> None:
    bought = f"buy: {{home: H, voucher: A, on: 2022-05-02, price: 100, {word}}}"
    with pytest.raises(ScenarioInvalid) as raised:
        scenario.read(f"scenario: 1\nsteps:\n  - {TOLD[0]}\n  - {bought}\n")
    assert [one.path for one in raised.value.problems] == ["steps[1].buy.area"]
