"""Papers that pay by people, by slices, by the size of the face and by months: figures worked out by hand."""

from typing import Any

import pytest

from tests.unit.policies import played
from tests.unit.policies.played import steps_of

HEAD = played.HEAD.replace("[self]", "[self, spouse, parent, child]")
BY_PEOPLE = """
face:
  - {yuan_per_resident: 20000}
  - {slices: [{above: 0, rate: 10%}, {above: 500000, rate: 5%}], parts: [home], most_yuan: 90000}
bonus:
  - base: face
    fixed_by: contract
    tiers:
      - {from_month: 1, to_month: 6, slices: [{above: 0, rate: 5%}, {above: 800000, rate: 3%}]}
      - {from_month: 7, to_month: 12, rate: 2%}
  - base: price                       # the deed tax of the first home, at most 8,000
    paid: cash
    fixed_by: contract
    first_homes: {most: 1, of: household}
    tiers: [{from_month: 1, to_month: 12, rate: 1%}]
    caps: [{of: home, yuan: 8000}]
  - base: residents                   # 500 a month for each person, twelve months at once
    paid: cash
    fixed_by: contract
    tiers: [{from_month: 1, to_month: 12, yuan_per_resident: 6000}]
leftover:
  - {spent_from: 0%, rate: 0%}
  - {spent_from: 80%, rate: 100%, rate_up_to: 10%, rate_beyond: 50%}
interest: {rate: 1.2%, count: months, from: issue, on: [leftover]}
"""
BY_FACE = """
bonus:
  - base: spent
    fixed_by: contract
    face_size: {up_to: 500000}
    tiers: [{from_month: 1, to_month: 12, rate: 12%}]
  - base: spent
    fixed_by: contract
    face_size: {above: 500000}
    tiers: [{from_month: 1, to_month: 12, rate: 10%}]
leftover: [{spent_from: 0%, rate: 100%, rate_up_to: 5%, rate_beyond: 90%}]
settlement:
  tranches:
    - {event: contract, share: 30%, pay_within: {days: 60}}
    - {event: handover, share: 60%, pay_within: {days: 60}}
    - {event: handover, share: 10%, pay_within: {months: 12}}
  late_interest: {rate: 0.5%, per: month, count: begun_months}
"""
CASES: dict[str, tuple[str, str, list[tuple[str, dict[str, int]]]]] = {
    "by people": (
        BY_PEOPLE,
        "household: {residents: 4}\n",
        [
            # Four people 8 万; 10% of 50 万 and 5% of 32 万 are 6.6 万: 82.6 万 and 14.6 万.
            (
                "issue: {voucher: A, on: 2025-01-20, compensation: {home: 820000, moving: 6000}}",
                {"face_addition": 14_600_000, "face": 97_200_000},
            ),
            # 5% of 80 万 and 3% of 17.2 万 are 45,160. In cash 1% of the price and 6,000 for each of four.
            (
                "buy: {home: H1, voucher: A, on: 2025-03-01, price: 700000}",
                {"spent": 65_484_000, "bonus": 4_516_000, "bonus in cash": 700_000 + 2_400_000},
            ),
            ("buy: {home: H2, voucher: A, on: 2025-03-02, price: 200000}", {"spent": 20_000_000}),
            # 117,160 are left: 97,200 in full and half of 19,960, with 1.2% for six of twelve months.
            ("payout: {voucher: A, on: 2025-08-15}", {"paid_out": 10_718_000, "interest": 64_308}),
        ],
    ),
    "by the face": (
        BY_FACE,
        "",
        [
            ("issue: {voucher: A, on: 2025-01-20, face: 480000}", {"face": 48_000_000}),
            ("issue: {voucher: B, on: 2025-01-20, face: 500000.01}", {"face": 50_000_001}),
            # 30 万 / 1.12 are 267,857.14 and a bit; / 1.1 272,727.27 and a bit.
            (
                "buy: {home: H1, voucher: A, on: 2025-02-01, price: 300000}",
                {"spent": 26_785_715, "bonus": 3_214_285},
            ),
            (
                "buy: {home: H2, voucher: B, on: 2025-02-01, price: 300000}",
                {"spent": 27_272_728, "bonus": 2_727_272},
            ),
            # 24,000 in full, and nine tenths of the other 188,142.85: 169,328.565.
            ("payout: {voucher: A, on: 2025-03-01}", {"paid_out": 2_400_000 + 16_932_856}),
            # The first was due on 2 April 2025 and came on 3 June: 0.5% for three months begun.
            (
                (
                    "settle: {home: H1, on: 2025-07-01, contract: 2025-02-01, handover: 2025-06-01, "
                    "paid: [2025-06-03]}"
                ),
                {
                    "owed": 30_000_000,
                    "tranche 1": 9_000_000,
                    "tranche 1 late interest": 135_000,
                    "tranche 2": 18_000_000,
                    "tranche 3": 3_000_000,
                },
            ),
        ],
    ),
}


def sums(step: dict[str, Any]) -> dict[str, int]:
    """Return what a step came to, by name; of several bonuses their sum."""
    found: dict[str, int] = {}
    for one in step["amounts"]:
        if one["fen"] and not one["of"].startswith("bonus bonus"):
            found[one["of"]] = found.get(one["of"], 0) + one["fen"]
    return found


@pytest.mark.parametrize("name", CASES)
def test_a_paper_comes_to_its_figures(name: str) -> None:
    said, head, steps = CASES[name]
    found = steps_of(HEAD + said, *(step for step, _ in steps), household=head)
    assert [sums(step) for step in found] == [expected for _step, expected in steps]


def test_a_tranche_that_bears_interest_in_time_pays_it_to_its_last_day() -> None:
    paper = """
settlement:
  tranches:
    - {event: contract, share: 30%, pay_within: {days: 60}}
    - {event: handover, share: 60%, pay_within: {days: 60}}
    - {event: handover, share: 10%, pay_within: {months: 12}, interest: {rate: 7%}}
  late_interest: {rate: 0.02%, per: day}
"""
    *_, in_time, late = steps_of(
        HEAD + "bonus: {base: spent, fixed_by: lock, tiers: []}\n" + paper,
        "issue: {voucher: A, on: 2025-03-01, face: 600000}",
        "buy: {home: H, voucher: A, on: 2025-03-02, price: 600000}",
        "settle: {home: H, on: 2026-05-10, handover: 2025-05-01, paid: [2025-04-01, 2025-06-30, 2026-05-01]}",
        "settle: {home: H, on: 2026-05-11, handover: 2025-05-01, paid: [2025-04-01, 2025-06-30]}",
    )
    paid = {one["of"]: one["fen"] for one in in_time["amounts"]}
    assert paid == {
        "owed": 60_000_000,
        "tranche 1": 18_000_000,
        "tranche 2": 36_000_000,
        "tranche 3": 6_000_000,
        "tranche 3 interest": 420_000,
    }
    # Ten days late: 0.02% a day of 6 万 besides.
    assert {one["of"]: one["fen"] for one in late["amounts"]} == paid | {"tranche 3 late interest": 12_000}
