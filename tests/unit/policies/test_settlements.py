"""How developers are paid: by one rule for each purchase, from when, and by which day."""

from typing import Any

import pytest

from app.policies import bodies, reader
from app.policies.errors import PolicyFileInvalid
from app.policies.settling import rule_for
from tests.unit.policies import played

NO_BONUS = "bonus: {base: spent, fixed_by: lock, tiers: []}\n"
HEAD = played.HEAD.replace("usable_on: [home]", "usable_on: [home, parking]") + NO_BONUS
ONCE = "tranches: [{event: filed, share: 100%, pay_within: {working_days: 30}}]"
PARTS = (
    "tranches: [{event: topped_out, share: 60%, pay_within: {days: 15}}, "
    "{event: handover, share: 40%, pay_within: {days: 15}, interest: {rate: 7%}}], "
    "late_interest: {rate: 3.65%}"
)
BY_STAGE = f"""
settlement:
  - {{stage: finished, kinds: [home], to: developer, {ONCE}}}
  - {{stage: presale, kinds: [home], to: escrow, {PARTS}}}
  - {{kinds: [parking], {ONCE}}}
"""


def steps(policy: str, *told: str) -> list[dict[str, Any]]:
    issued = "issue: {voucher: A, on: 2025-01-10, face: 400000}"
    return played.steps_of(HEAD + policy, issued, *told)[1:]


def slips(policy: str) -> list[tuple[str, str]]:
    with pytest.raises(PolicyFileInvalid) as refusal:
        reader.read(HEAD + policy)
    return [(one.path, one.reason) for one in refusal.value.problems]


def test_finished_homes_and_those_sold_before_they_are_built_are_paid_by_rules_of_their_own() -> None:
    rules = bodies.parse(HEAD + BY_STAGE).settlements
    chosen = [
        rule_for(rules, kind=kind, stage=stage)
        for kind, stage in (("home", "finished"), ("home", "presale"), ("parking", "presale"), ("home", None))
    ]
    assert [one and (one.path, one.to) for one in chosen] == [
        ("settlement[0]", "developer"),
        ("settlement[1]", "escrow"),
        ("settlement[2]", "developer"),
        None,
    ]
    assert rule_for(rules, kind="parking", stage=None) is rules[2]


def test_a_simulation_pays_each_home_by_the_rule_of_its_stage() -> None:
    *_, finished, presale, unknown = steps(
        BY_STAGE,
        "buy: {home: F, voucher: A, on: 2025-02-01, price: 100000, stage: finished}",
        "buy: {home: P, voucher: A, on: 2025-02-01, price: 100000, stage: presale}",
        "buy: {home: U, voucher: A, on: 2025-02-01, price: 100000}",
        "settle: {home: F, on: 2025-12-31, handover: 2025-10-01}",
        "settle: {home: P, on: 2025-12-31, topped_out: 2025-03-01, handover: 2025-10-01}",
        "settle: {home: U, on: 2025-12-31}",
    )
    assert finished["dates"] == {"tranche 1 due": "2025-03-17"}
    assert finished["amounts"][0]["rules"][0]["path"] == "settlement[0]"
    assert presale["dates"] == {"tranche 1 due": "2025-03-16", "tranche 2 due": "2025-10-16"}
    paths = {one["of"]: one["rules"][0]["path"] for one in presale["amounts"]}
    assert paths == {
        "owed": "settlement[1]",
        "tranche 1": "settlement[1].tranches[0]",
        "tranche 1 late interest": "settlement[1].late_interest",
        "tranche 2": "settlement[1].tranches[1]",
        "tranche 2 interest": "settlement[1].tranches[1].interest",
        "tranche 2 late interest": "settlement[1].late_interest",
    }
    assert (unknown["outcome"], unknown["refused_by"]["code"]) == ("refused", "settlement_by_stage")


@pytest.mark.parametrize(
    ("good", "bad", "slip"),
    [
        (
            "  - {kinds: [parking], ",
            "  - {kinds: [home, parking], ",
            ("settlement[2]", "pays for home in stage finished, which settlement[0] pays for"),
        ),
        (
            "stage: presale, kinds: [home]",
            "stage: presale",
            ("settlement[2]", "pays for parking in stage presale, which settlement[1] pays for"),
        ),
        (
            "stage: presale, kinds: [home], ",
            "stage: presale, kinds: [parking], ",
            ("settlement", "says nothing of home in stage presale: each purchase needs its rule"),
        ),
        (
            "kinds: [parking]",
            "kinds: [shop]",
            ("settlement[2].kinds", "names shop, which is not in usable_on"),
        ),
        ("share: 60%", "share: 61%", ("settlement[1].tranches", "must come to 100% together, come to 101%")),
        (
            "late_interest: {rate: 3.65%}",
            "late_interest: {rate: 1%, per: day, count: months}",
            (
                "settlement[1].late_interest",
                "counts by whole months, and per: day does not: write count: days",
            ),
        ),
        (
            "interest: {rate: 7%}",
            "interest: {rates: [{from_day: 2025-01-02, rate: 1%}, {from_day: 2025-01-01, rate: 1%}]}",
            ("settlement[1].tranches[1].interest.rates[1].from_day", "must be later than the one before"),
        ),
    ],
)
def test_what_is_paid_by_no_rule_or_by_two_is_named(good: str, bad: str, slip: tuple[str, str]) -> None:
    assert slip in slips(BY_STAGE.replace(good, bad, 1))


def test_one_rule_for_one_stage_leaves_the_other_out() -> None:
    reason = "says nothing of home in stage presale: each purchase needs its rule"
    assert slips(f"settlement: {{stage: finished, {ONCE}}}\n") == [("settlement", reason)]
    same = f"settlement: [{{{ONCE}}}, {{{ONCE}}}]\n"
    twice = "pays for home in stage finished, which settlement[0] pays for"
    assert slips(same) == [("settlement[1]", twice)]


BY_CALENDAR = """
settlement:
  tranches:
    - {event: contract, share: 10%, pay_within: {month_ends: 1}}
    - {event: filed, share: 20%, pay_within: {month_ends: 1, day: 10}}
    - {event: verified, share: 30%, pay_within: {half_year_ends: 1}}
    - {event: handover, share: 40%, pay_within: {half_year_ends: 1, day: 15}}
"""


def test_money_is_collected_to_the_end_of_a_month_or_half_a_year() -> None:
    *_, settle = steps(
        BY_CALENDAR,
        "buy: {home: H, voucher: A, on: 2025-02-01, filed: 2025-02-28, verified: 2025-03-01, price: 100000}",
        "settle: {home: H, on: 2025-12-31, handover: 2025-10-01}",
    )
    days = ["2025-02-28", "2025-03-10", "2025-06-30", "2026-01-15"]
    assert settle["dates"] == {f"tranche {place} due": day for place, day in enumerate(days, 1)}


@pytest.mark.parametrize(
    ("bad", "slip"),
    [
        (
            "{days: 30, day: 10}",
            "only means something with month_ends or quarter_ends or half_year_ends",
        ),
        ("{month_ends: 1, day: 29}", "must be a whole number from 1 to 28"),
    ],
)
def test_a_day_of_the_next_month_stands_beside_an_end(bad: str, slip: str) -> None:
    path = "settlement.tranches[0].pay_within.day"
    assert slips(BY_CALENDAR.replace("{month_ends: 1}", bad, 1)) == [(path, slip)]


APPLIED = """
settlement:
  tranches:
    - {event: filed, share: 50%, pay_within: {days: 60, from: applied}}
    - {event: handover, share: 50%, pay_within: {days: 60, from: applied}, interest: {rate: 3.65%}}
  late_interest: {rate: 7.3%}
"""


def test_the_days_run_from_the_application_which_nobody_sends_before_the_event() -> None:
    home = "home: H, on: 2025-12-31, handover: 2025-06-01"
    *_, unasked, asked = steps(
        APPLIED,
        "buy: {home: H, voucher: A, on: 2025-02-01, price: 200000}",
        f"settle: {{{home}}}",
        f"settle: {{{home}, applied: [2025-03-01, 2025-05-20], paid: [2025-05-10, 2025-08-10]}}",
    )
    assert "dates" not in unasked or unasked["dates"] == {}
    assert asked["dates"] == {"tranche 1 due": "2025-04-30", "tranche 2 due": "2025-07-31"}
    # Of 10 万 ten-thousandths: twice ten days late; in time sixty from the handover on, and ten late.
    assert {one["of"]: one["fen"] for one in asked["amounts"]} == {
        "owed": 20_000_000,
        "tranche 1": 10_000_000,
        "tranche 1 late interest": 20_000,
        "tranche 2": 10_000_000,
        "tranche 2 interest": 60_000,
        "tranche 2 late interest": 20_000,
    }


def test_days_of_application_are_those_of_the_parts_that_count_from_it() -> None:
    home = "home: H, on: 2025-12-31, handover: 2025-06-01"
    *_, asked, more, early, never = steps(
        APPLIED.replace("{days: 60, from: applied}", "{days: 60}", 1),
        "buy: {home: H, voucher: A, on: 2025-02-01, price: 200000}",
        f"settle: {{{home}, applied: [2025-06-20], paid: [2025-03-01, 2025-06-20]}}",
        f"settle: {{{home}, applied: [2025-03-01, 2025-06-20]}}",
        f"settle: {{{home}, applied: [2025-06-20], paid: [2025-03-01, 2025-06-19]}}",
        f"settle: {{{home}, paid: [2025-03-01, 2025-06-19]}}",
    )
    assert asked["dates"] == {"tranche 1 due": "2025-04-02", "tranche 2 due": "2025-08-19"}
    told = [step["refused_by"]["code"] for step in (more, early, never)]
    assert told == ["applied_too_often", "paid_before_applied", "paid_before_applied"]


def test_a_part_may_wait_for_a_part_of_the_building() -> None:
    """完成主体三分之一拨付 50%，封顶后 50%."""
    parts = "{event: part_built, share: 50%, pay_within: {days: 15}}, "
    topped = "{event: topped_out, share: 50%, pay_within: {days: 15}}"
    *_, paid = steps(
        f"settlement: {{tranches: [{parts}{topped}]}}\n",
        "buy: {home: F, voucher: A, on: 2025-02-01, price: 100000}",
        "settle: {home: F, on: 2025-12-31, part_built: 2025-03-01, topped_out: 2025-06-01}",
    )
    assert paid["dates"] == {"tranche 1 due": "2025-03-16", "tranche 2 due": "2025-06-16"}


def test_a_part_may_wait_for_the_inspection_of_the_frame_and_for_the_first_registration() -> None:
    """主体结构验收拨付 60%，首次登记后 30%，不动产权证后 10%."""
    parts = (
        "{event: frame_checked, share: 60%, pay_within: {days: 15}}, "
        "{event: building_registered, share: 30%, pay_within: {months: 1}, interest: {rate: 3.65%}}, "
        "{event: certificate, share: 10%, pay_within: {days: 5}}"
    )
    bought = "buy: {home: F, voucher: A, on: 2025-02-01, price: 100000, verified: 2025-04-01}"
    *_, paid, early = steps(
        f"settlement: {{tranches: [{parts}]}}\n",
        bought,
        "settle: {home: F, on: 2025-12-31, verified: 2025-04-01, frame_checked: 2025-03-01, "
        "building_registered: 2025-06-01}",
        "settle: {home: F, on: 2025-12-31, verified: 2025-04-01, frame_checked: 2025-05-01}",
    )
    # Inspected before the write-off: from that on.
    assert paid["dates"] == {"tranche 1 due": "2025-04-16", "tranche 2 due": "2025-07-01"}
    assert {line["of"]: line["fen"] for line in paid["amounts"]}["tranche 2 interest"] == 9_000
    assert early["dates"] == {"tranche 1 due": "2025-05-16"}


@pytest.mark.parametrize(
    ("stage", "event", "is_past"),
    [
        ("finished", "frame_checked", True),
        ("finished", "building_registered", False),
        ("presale", "frame_checked", False),
    ],
)
def test_a_built_home_is_past_its_frame_and_may_not_be_registered_yet(
    stage: str, event: str, is_past: bool
) -> None:
    other = {"finished": "presale", "presale": "finished"}[stage]
    policy = (
        f"settlement:\n  - {{stage: {stage}, tranches: [{{event: {event}, share: 100%, "
        f"pay_within: {{days: 9}}}}]}}\n  - {{stage: {other}, {ONCE}}}\n"
    )
    told = [one.path for one in reader.look(HEAD + policy)[1] if "these homes are built" in one.reason]
    assert told == (["settlement[0].tranches[0].event"] if is_past else [])
