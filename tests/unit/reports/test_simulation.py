"""A policy is played by its own rules: every amount with its rule, whatever the policy says."""

import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.policies import bodies, reader
from app.policies.rules import Band, Policy
from app.reports.simulation import output, scenario
from app.reports.simulation.run import play
from tests.factories.policies import HAILING, HAILING_POLICY, WITH_SPACES
from tests.factories.policy_files import timed_policy_files
from tests.unit.policies.test_schema_4 import example

PAGE = Path(__file__).parents[3] / "docs" / "policy.md"
_FOUND = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def played(policy: Policy, *steps: str, head: str = "") -> list[dict[str, Any]]:
    """What each step came to, as a program reads it."""
    text = "scenario: 1\n" + head + "steps:\n" + "".join(f"  - {step}\n" for step in steps)
    found: list[dict[str, Any]] = output.as_json(policy, play(policy, scenario.read(text)))["steps"]
    return found


def amounts(step: dict[str, Any]) -> dict[str, int]:
    assert step["outcome"] == "done", step
    return {amount["of"]: amount["fen"] for amount in step["amounts"]}


def refusal(step: dict[str, Any]) -> str:
    return str(step["refused_by"]["path"])


def test_the_scenario_of_the_page_comes_to_what_stands_there() -> None:
    yunxi = bodies.parse(_FOUND[0])
    told = play(yunxi, scenario.read(_FOUND[2]))
    steps = output.as_json(yunxi, told)["steps"]
    assert [amounts(step) for step in steps] == [
        {"face": 120_000_000},
        {"spent": 86_400_000, "bonus": 9_600_000},
        {"spent": 20_000_000, "bonus": 0},
        {"paid_out": 8_960_000},
    ]
    assert [step["line"] for step in steps] == [5, 6, 7, 8]
    printed = re.search(r"```text\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert printed
    assert printed[1] in "\n".join(output.as_text(yunxi, told))


def test_each_share_tells_its_exact_result_and_how_it_was_rounded() -> None:
    steps = played(
        HAILING_POLICY,
        "issue: {voucher: A, on: 2025-01-15, face: 1305500}",
        "buy: {home: H1, voucher: A, on: 2025-04-16, price: 600000}",
    )
    assert amounts(steps[1]) == {"spent": 51_724_138, "bonus": 8_275_862}
    (rule,) = steps[1]["amounts"][1]["rules"]
    assert (rule["path"], rule["exact_fen"], rule["rounded"]) == ("bonus.tiers[1]", "8275862.08", "down")
    assert steps[1]["balances"]["A"]["left_fen"] == 130_550_000 - 51_724_138


def test_what_a_rule_forbids_is_refused_and_changes_nothing() -> None:
    steps = played(
        HAILING_POLICY,
        "issue: {voucher: A, on: 2025-01-15, face: 500000}",
        "buy: {home: H1, voucher: A, on: 2025-02-01, price: 300000, kind: shop}",
        "buy: {home: H2, voucher: A, on: 2025-02-01, price: 300000, buyer: sibling}",
        "buy: {home: H3, voucher: A, on: 2025-02-01, price: 300000, filed_price: 299999}",
        "buy: {home: H4, voucher: A, on: 2025-02-01, price: 30000000}",
        "cancel: {home: H1, on: 2025-02-02}",
        "transfer: {voucher: A, on: 2025-02-02, to: other}",
        "transfer: {voucher: A, on: 2025-02-02, to: other}",
        "split: {voucher: A, on: 2025-02-02, into: [{voucher: B, amount: 1000}]}",
        "extend: {voucher: A, on: 2025-02-03, months: 1}",
        "payout: {voucher: A, on: 2025-02-03}",
        "give_up: {voucher: A, on: 2025-02-03}",
        "inherit: {voucher: A, died: 2025-02-03, on: 2025-02-04, heir: other}",
        "inherit: {voucher: A, died: 2025-02-03, on: 2025-02-04, heir: child, "
        "into: [{voucher: C, amount: 500000, heir: spouse}]}",
        "lapse: {voucher: A, on: 2026-07-15}",
        "buy: {home: H5, voucher: A, on: 2026-07-16, price: 300000}",
        "lapse: {voucher: A}",
        "lapse: {voucher: A}",
        "settle: {home: H1, on: 2026-08-01}",
    )
    assert [refusal(step) for step in steps if step["outcome"] == "refused"] == [
        *("usable_on", "buyers", "price", "hold.least_share", "scenario", "transfers", "splits"),
        *("valid.extension_months", "leftover", "lapse.give_up", "inheritance", "valid", "valid", "scenario"),
        "scenario",
    ]
    (least,) = [step["refused_by"]["figures"] for step in steps if "hold.least_share" in str(step)]
    assert least == {
        "least_share_bp": 500,
        "least_fen": 150_000_000,
        "price_fen": 3_000_000_000,
        "exact_least_fen": "150000000",
    }
    assert steps[-1]["balances"]["A"]["spent_fen"] == 0
    assert (steps[-3]["on"], steps[-2]["on"]) == ("2026-07-16", None)


def test_no_extension_goes_beyond_the_schemes_last_day() -> None:
    policy = replace(HAILING_POLICY, valid_months=12, valid_days=None, extension_months=12)
    steps = played(
        replace(policy, buy_until=date(2026, 3, 31)),
        "issue: {voucher: A, on: 2025-01-15, face: 1000000}",
        "extend: {voucher: A, on: 2025-06-01, months: 6}",
        "extend: {voucher: A, on: 2025-06-02, months: 1}",
    )
    assert steps[1]["dates"] == {"last_day": "2026-03-31"}
    assert refusal(steps[2]) == "scheme.buy_until"
    assert steps[2]["refused_by"]["figures"] == {"last_day": "2026-03-31", "until": "2026-03-31"}


def test_heirs_part_a_voucher_and_the_first_has_what_it_did() -> None:
    """A term stood still for 150 days at most: its end and its tiers move by them."""
    policy = bodies.parse(
        HAILING + "inheritance: {heirs: [spouse, parent, child], term: suspended, most_days: 150}\n"
    )
    steps = played(
        policy,
        "issue: {voucher: A, on: 2025-01-15, face: 500000}",
        "buy: {home: H1, voucher: A, on: 2025-01-16, price: 120000}",
        "inherit: {voucher: A, died: 2025-02-01, on: 2025-07-20, heir: sibling}",
        "inherit: {voucher: A, died: 2025-02-01, on: 2025-07-20, heir: spouse, "
        "into: [{voucher: B, amount: 100000.01, heir: child}]}",
        "buy: {home: H2, voucher: B, on: 2025-07-21, price: 60000}",
    )
    assert refusal(steps[2]) == "inheritance.heirs"
    held = steps[3]["balances"]
    assert [(one["face_fen"], one["left_fen"]) for one in (held["A"], held["B"])] == [
        (39_999_999, 29_999_999),
        (10_000_001, 10_000_001),
    ]
    # Eighteen months from 15 January 2025, and 150 days more.
    assert {one["last_day"] for one in held.values()} == {"2026-12-12"}
    # 21 July is of the seventh month, at 12%; 150 days did not count, so it is of the second, at 20%.
    assert amounts(steps[4]) == {"spent": 5_000_000, "bonus": 1_000_000}


@pytest.mark.parametrize("extended_first", [True, False])
def test_an_extension_counts_from_the_term_s_own_start(*, extended_first: bool) -> None:
    """As the page says: twelve months and six from 31 January 2025, and 180 days that stood still."""
    head = HAILING.replace("months: 18", "months: 18\n  extension_months: 6", 1)
    policy = bodies.parse(head + "inheritance: {term: suspended, most_days: 180}\n")
    extend = "extend: {{voucher: A, on: {}, months: 6}}"
    inherit = "inherit: {voucher: A, died: 2025-06-01, on: 2025-12-31, heir: spouse}"
    early, late = extend.format("2025-05-01"), extend.format("2026-07-01")
    acts = [early, inherit] if extended_first else [inherit, late]
    steps = played(policy, "issue: {voucher: A, on: 2024-07-31, face: 500000}", *acts)
    assert steps[2]["balances"]["A"]["last_day"] == "2027-01-27"


def test_a_term_that_ran_on_is_not_called_suspended() -> None:
    steps = played(
        bodies.parse(HAILING + "inheritance: {term: runs_on}\n"),
        "issue: {voucher: A, on: 2025-01-15, face: 500000}",
        "inherit: {voucher: A, died: 2025-02-01, on: 2025-07-20, heir: spouse}",
    )
    assert [(one["path"], one["code"]) for one in steps[1]["notes"]] == [("inheritance.term", "term_runs_on")]


def test_a_term_from_moving_out_is_played() -> None:
    policy = bodies.parse(example().replace("from: issue}", "from: vacated}", 1))
    steps = played(
        policy,
        "issue: {voucher: A, on: 2025-02-10, agreement: 2025-02-01, vacated: 2025-03-01, face: 2}",
        "issue: {voucher: B, on: 2025-02-10, agreement: 2025-02-01, face: 1}",
        "lapse: {voucher: A}",
    )
    assert [step["dates"]["starts_on"] for step in steps[:2]] == ["2025-03-01", "2025-02-10"]
    assert amounts(steps[2]) == {"paid_out": 200, "interest": 0}


def test_a_cancelled_home_gives_money_and_bonus_back() -> None:
    steps = played(
        HAILING_POLICY,
        "issue: {voucher: A, on: 2025-01-15, face: 500000}",
        "buy: {home: H1, voucher: A, on: 2025-02-01, price: 300000}",
        "cancel: {home: H1, on: 2025-02-02}",
    )
    assert amounts(steps[2]) == {"given_back": 25_000_000}
    balance = steps[2]["balances"]["A"]
    assert (balance["left_fen"], balance["bonus_fen"], balance["homes"]) == (50_000_000, 0, 0)


def test_a_home_that_is_cancelled_after_the_payout_gives_back_what_that_took_of_its_bonus() -> None:
    steps = played(
        replace(HAILING_POLICY, leftover=(Band(0, 8_000, 2_000, "leftover[0]"),)),
        "issue: {voucher: A, on: 2025-01-15, face: 500000}",
        "buy: {home: H1, voucher: A, on: 2025-02-01, price: 300000}",
        "payout: {voucher: A, on: 2025-02-02}",
        "cancel: {home: H1, on: 2025-02-03}",
    )
    # A fifth of the bonus of 50,000 yuan was taken.
    assert amounts(steps[2]) == {"paid_out": 19_000_000}
    assert amounts(steps[3]) == {
        "given_back": 25_000_000,
        "claw_back": 1_000_000,
        "by_the_ending": 20_000_000,  # 80% of the 25 万 that came back
    }


def test_several_vouchers_pay_one_home_in_turn() -> None:
    steps = played(
        HAILING_POLICY,
        "issue: {voucher: A, on: 2025-01-15, face: 200000}",
        "issue: {voucher: B, on: 2025-01-15, face: 200000}",
        "buy: {home: H1, vouchers: [A, B], on: 2025-02-01, price: 300000}",
    )
    paid = [(one["voucher"], one["of"], one["fen"]) for one in steps[2]["amounts"]]
    assert paid == [
        ("A", "spent", 20_000_000),
        ("A", "bonus", 4_000_000),
        ("B", "spent", 5_000_000),
        ("B", "bonus", 1_000_000),
    ]


def test_a_later_day_decides_and_what_the_lock_promised_is_noted() -> None:
    policy = bodies.parse(example())
    steps = played(
        policy,
        "issue: {voucher: A, on: 2025-01-10, face: 1000000}",
        "buy: {home: H1, voucher: A, on: 2025-07-01, contract: 2025-07-09, price: 300000, area: 80}",
        "buy: {home: H2, voucher: A, on: 2025-07-01, contract: 2025-07-10, price: 300000, area: 80}",
    )
    # The tier ends on 9 July, and with it a lock: for a contract of the 10th the home is locked anew.
    noted = [[note["code"] for note in step["notes"]] for step in steps[1:]]
    assert ["lock_promised" in codes for codes in noted] == [False, True]
    assert [amounts(step)["bonus bonus[0]"] > 0 for step in steps[1:]] == [True, False]


def test_a_voucher_is_split_merged_transferred_inherited_and_ends() -> None:
    policy = bodies.parse(example())
    steps = played(
        policy,
        "issue: {voucher: A, on: 2025-02-10, agreement: 2025-02-01, compensation: 1200000}",
        "buy: {home: H1, voucher: A, on: 2025-05-20, price: 700000, area: 100}",
        "split: {voucher: A, on: 2025-06-01, into: [{voucher: X, amount: 100000, residents: 1}]}",
        "split: {voucher: A, on: 2025-06-01, into: [{voucher: B, amount: 200000, residents: 1}]}",
        "merge: {vouchers: [A, B], into: C, on: 2025-06-21}",
        "transfer: {voucher: C, on: 2025-07-01, to: child, registered: no}",
        "transfer: {voucher: C, on: 2025-07-01, to: child}",
        "settle: {home: H1, on: 2025-12-31, handover: 2025-08-01, paid: [2025-07-02]}",
        "inherit: {voucher: C, died: 2025-10-01, on: 2026-02-01, heir: spouse}",
        "lapse: {voucher: C}",
        head="household: {residents: 3}\n",
    )
    # 12.5 ㎡ for one head are below the floor of 15; 25 ㎡ are not.
    assert [refusal(step) for step in steps if step["outcome"] == "refused"] == [
        "splits.floor",
        "transfers.register",
    ]
    assert amounts(steps[0])["face"] == 128_000_000
    left = steps[6]["balances"]["C"]["left_fen"]
    assert (left, steps[6]["balances"]["C"]["last_day"]) == (67_814_814, "2026-02-05")
    settled = amounts(steps[7])
    # Paid on its last day the first tranche bears nothing; the second is sixty days late.
    parts = [settled[name] for name in ("owed", "tranche 1", "tranche 2")]
    assert parts == [70_000_000, 42_000_000, 28_000_000]
    assert "tranche 1 late interest" not in settled
    assert settled["tranche 2 late interest"] == 294_000
    # From the death on 1 October to 1 February the term stood still: 123 days.
    assert steps[8]["dates"]["last_day"] == "2026-06-08"
    ended = amounts(steps[9])
    # The part of the early signer's 6 万 that is left is lost; 0.35% a year of the rest, for 493 days.
    back = left - 6_000_000 * left // 128_000_000
    assert ended == {"paid_out": back, "interest": back * 35 * 493 // (10_000 * 365)}


_ISSUED = "- issue: {voucher: A, on: 2025-02-01, face: 1}\n"
_SIGNED = "buy: {home: H, voucher: A, on: 2025-02-02, price: 2, contract: 2025-02-05, "


@pytest.mark.parametrize(
    ("steps", "problem"),
    [
        ("- issue: {voucher: A, on: 2025-02-30, face: 1}", "line 3: steps[0].issue.on: is 2025-02-30"),
        (
            "- issue: {voucher: A, on: 2025-02-01}",
            "line 3: steps[0].issue: needs either face",
        ),
        ("- fly: {voucher: A}", "line 3: steps[0].fly: is not a word of the schema"),
        (
            "- issue: {voucher: A, on: 2025-02-01, face: 1}\n- lapse: {voucher: B}",
            "line 4: steps[1].lapse: names B, which no step before has made",
        ),
        (
            "- issue: {voucher: A, on: 2025-02-01, face: 1}\n- issue: {voucher: A, on: 2025-01-31, face: 1}",
            "line 4: steps[1].issue.on: comes before 2025-02-01",
        ),
        (
            "- issue: {voucher: A, on: 2025-02-01, face: 1}\n- issue: {voucher: A, on: 2025-02-01, face: 1}",
            "line 4: steps[1].issue: makes A, which a step before has made already",
        ),
        (
            (
                f"{_ISSUED}- buy: {{home: H, voucher: A, on: 2025-02-01, price: 2, kind: shop}}\n"
                "- buy: {home: H, voucher: A, on: 2025-02-01, price: 2}"
            ),
            "line 5: steps[2].buy: makes H, which a step before has made already",
        ),
        (
            f"{_ISSUED}- buy: {{home: H, vouchers: [A, A], on: 2025-02-01, price: 2}}",
            "line 4: steps[1].buy: names A twice",
        ),
        (
            f"{_ISSUED}- merge: {{vouchers: [A, A], on: 2025-02-01, into: M}}",
            "line 4: steps[1].merge: names A twice",
        ),
        (
            "- issue: {voucher: A, on: 2025-02-01, agreement: 2025-02-02, face: 1}",
            "line 3: steps[0].issue.on: comes before agreement",
        ),
        (
            f"{_ISSUED}- buy: {{home: H, voucher: A, on: 2025-02-02, price: 2, contract: 2025-02-01}}",
            "line 4: steps[1].buy.contract: comes before on",
        ),
        (
            f"{_ISSUED}- {_SIGNED}filed: 2025-02-04}}",
            "line 4: steps[1].buy.filed: comes before contract",
        ),
        (
            f"{_ISSUED}- {_SIGNED}verified: 2025-02-04}}",
            "line 4: steps[1].buy.verified: comes before contract",
        ),
    ],
)
def test_slips_of_a_scenario_are_named_by_line_and_path(steps: str, problem: str) -> None:
    with pytest.raises(scenario.ScenarioInvalid) as refused:
        scenario.read(f"scenario: 1\nsteps:\n{steps}\n")
    assert any(str(one).startswith(problem) for one in refused.value.problems), refused.value.problems


@settings(max_examples=60)
@given(
    text=timed_policy_files(),
    prices=st.lists(st.integers(1, 900_000), min_size=1, max_size=4),
    month=st.integers(1, 12),
)
def test_any_policy_is_stored_whole_and_played_to_the_fen(text: str, prices: list[int], month: int) -> None:
    body = reader.read(text)
    policy = bodies.parse(text)
    assert bodies.from_body(json.loads(json.dumps(body))) == policy
    buys = [
        f"buy: {{home: H{place}, vouchers: [A, B], on: 2025-{month:02}-10, price: {price}, area: 90}}"
        for place, price in enumerate(prices)
    ]
    steps = played(
        policy,
        "issue: {voucher: A, on: 2025-01-05, compensation: "
        "{home: 370000, moving: 10000, award: 15000, moving_award: 5000}}",
        "issue: {voucher: B, on: 2025-01-05, face: 300000.01}",
        *buys,
        "settle: {home: H0, on: 2026-03-01, handover: 2025-12-20}",
        "lapse: {voucher: A}",
        head="household: {residents: 2, old_area: 70.55}\n",
    )
    assert all(amount["fen"] >= 0 for step in steps for amount in step["amounts"])
    for step, price in zip(steps[2:], prices, strict=False):
        paid = [one["fen"] for one in step["amounts"] if one["of"] in ("spent", "bonus", "top_up")]
        assert step["outcome"] == "refused" or sum(paid) == price * 100
    settled = next(step for step in steps if step["act"] == "settle")
    if settled["outcome"] == "done":
        owed, *rest = [one["fen"] for one in settled["amounts"] if not one["of"].endswith("interest")]
        assert sum(rest) == owed


def test_a_bonus_may_count_from_another_day_and_hold_in_certain_districts() -> None:
    text = (
        example().split("bonus:")[0]
        + """bonus:
  base: spent
  fixed_by: contract
  counted_from: agreement
  areas: own
  tiers: [{from_nth_day: 1, to_nth_day: 90, rate: 10%}]
"""
    )
    policy = bodies.parse(text)
    steps = played(
        policy,
        "issue: {voucher: A, on: 2025-04-01, agreement: 2025-02-01, face: 1000000}",
        "buy: {home: H1, voucher: A, on: 2025-05-02, price: 110000}",
        "buy: {home: H2, voucher: A, on: 2025-05-02, price: 110000, district: yushan}",
        "buy: {home: H3, voucher: A, on: 2025-05-03, price: 110000}",
        head="district: linghu\n",
    )
    # The ninetieth day after the agreement of 1 February is 2 May.
    assert [amounts(step)["bonus"] for step in steps[1:]] == [1_000_000, 0, 0]
    codes = [step["amounts"][1]["rules"][0]["code"] for step in steps[1:]]
    assert codes == ["spent", "not_in_area", "no_bonus"]


def test_a_space_is_bought_beside_a_home_as_on_the_platform() -> None:
    """The figures of tests/integration/redemptions/test_spaces.py; what is refused there is refused here."""
    policy = bodies.parse(WITH_SPACES.replace("spaces_a_home: 2", "spaces_a_home: 1"))
    steps = played(
        policy,
        "issue: {voucher: A, on: 2016-06-01, face: 600000}",
        "issue: {voucher: B, on: 2016-06-01, face: 600000}",
        "buy: {home: P0, on: 2016-06-01, voucher: A, price: 80000, kind: parking}",
        "buy: {home: H1, on: 2016-06-01, voucher: A, price: 462000}",
        "buy: {home: P1, on: 2016-06-01, voucher: B, price: 80000, kind: parking, beside: H1}",
        "buy: {home: P2, on: 2016-06-01, vouchers: [B, A], price: 80000, kind: parking, beside: H1}",
        "buy: {home: P3, on: 2016-06-01, voucher: A, price: 20000, kind: storage, beside: H1}",
        "cancel: {home: P2, on: 2016-06-02}",
        "buy: {home: P4, on: 2016-06-02, voucher: A, price: 24000, kind: storage, beside: H1}",
        "cancel: {home: H1, on: 2016-06-02}",
        "cancel: {home: P4, on: 2016-06-02}",
        "buy: {home: P5, on: 2016-06-02, voucher: A, price: 24000, kind: storage, beside: H1}",
    )
    assert [refusal(steps[place]) for place in (2, 4, 6, 10, 11)] == [
        *("usable_on", "usable_on", "spaces_a_home", "scenario", "scenario"),
    ]
    assert amounts(steps[3]) == {"spent": 38_500_000, "bonus": 7_700_000}
    told = [(one["of"], one["fen"]) for one in steps[5]["amounts"]]
    assert told == [("spent", 0), ("bonus", 0), ("spent", 6_666_667), ("bonus", 1_333_333)]
    assert amounts(steps[7]) == {"given_back": 6_666_667}
    # The home takes the room beside it along: 24,000 less a bonus of a fifth of what is spent are 20,000.
    told = [(one["fen"], one["rules"][0]["figures"]["home"]) for one in steps[9]["amounts"]]
    assert told == [(2_000_000, "P4"), (38_500_000, "H1")]


def test_a_space_counts_for_no_number_of_homes() -> None:
    policy = bodies.parse(WITH_SPACES + "homes: 2\n")
    steps = played(
        policy,
        "issue: {voucher: A, on: 2016-06-01, face: 2000000}",
        "buy: {home: H1, on: 2016-06-01, voucher: A, price: 400000}",
        "buy: {home: P1, on: 2016-06-01, voucher: A, price: 80000, kind: parking, beside: H1}",
        "buy: {home: H2, on: 2016-06-01, voucher: A, price: 400000}",
        "buy: {home: H3, on: 2016-06-01, voucher: A, price: 400000}",
    )
    assert [step["outcome"] for step in steps[1:4]] == ["done"] * 3
    assert refusal(steps[4]) == "homes"


@pytest.mark.parametrize("words", ["first_homes: {most: 9, of: voucher}", "per: home"])
def test_a_space_earns_no_bonus_that_is_paid_by_the_number_of_homes(words: str) -> None:
    fixed = "  base: fixed\n" if "per" in words else "  base: spent\n"
    rate = "yuan: 1000" if "per" in words else "rate: 10%"
    bonus = (
        f"bonus:\n{fixed}  fixed_by: lock\n  {words}\n  tiers: [{{from_month: 1, to_month: 18, {rate}}}]\n"
    )
    policy = bodies.parse(re.sub(r"bonus:\n(?:  .*\n)+", bonus, WITH_SPACES))
    steps = played(
        policy,
        "issue: {voucher: A, on: 2016-06-01, face: 2000000}",
        "buy: {home: H1, on: 2016-06-01, voucher: A, price: 400000}",
        "buy: {home: P1, on: 2016-06-01, voucher: A, price: 80000, kind: parking, beside: H1}",
    )
    assert amounts(steps[1])["bonus"] > 0
    assert amounts(steps[2])["bonus"] == 0


@pytest.mark.parametrize(
    ("bonus", "earned"),
    [
        ("base: price, first_homes: {most: 1, of: voucher}", [1_000_000, 0, 0]),
        ("base: price, within_area: entitled", [895_000, 305_000, 100_000]),
        ("base: face", [10_000_000, 0, 10_000_000]),
    ],
)
def test_what_a_kept_home_earned_stays_when_another_is_cancelled(bonus: str, earned: list[int]) -> None:
    """As the page says: only what is bought after that finds given back what the cancelled one had."""
    policy = bodies.parse(
        "schema: 4\ncode: x\ntitle: x\nsource: x\nvalid: {months: 12, from: issue}\nusable_on: [home]\n"
        f"bonus: {{{bonus}, fixed_by: lock, tiers: [{{from_month: 1, to_month: 12, rate: 10%}}]}}\n"
        "buyers: [self]\n"
    )
    price = 200_000 if "face" in bonus else 100_000
    homes = [(area * 1000 if "within" in bonus else price, area) for area in (89.5, 110, 100)]
    buys = [
        f"buy: {{home: H{at}, voucher: A, on: 2025-02-0{at}, price: {fen:.2f}, area: {area}}}"
        for at, (fen, area) in enumerate(homes, 1)
    ]
    issue = "issue: {voucher: A, on: 2025-01-15, face: 1000000}"
    head = "household: {entitled_area: 120}\n"
    steps = played(policy, issue, *buys[:2], "cancel: {home: H1, on: 2025-02-03}", buys[2], head=head)
    assert [amounts(steps[at])["bonus"] for at in (1, 2, 4)] == earned
