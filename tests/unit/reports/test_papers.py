"""Rules as published papers have them, written in the schema and played to the papers' own figures."""

from typing import Any

from app.policies import bodies
from app.policies.rules import Policy
from tests.unit.reports.test_simulation import amounts, played

HEAD = """schema: 4
code: paper
title: 房票安置办法
source: 公开文件
valid: {months: 12, from: issue}
usable_on: [home, parking, shop]
buyers: [self, spouse, parent, child]
"""


def policy(said: str, head: str = HEAD) -> Policy:
    return bodies.parse(head + said)


def bonus_codes(step: dict[str, Any]) -> list[str]:
    return [rule["code"] for one in step["amounts"] if one["of"].startswith("bonus") for rule in one["rules"]]


BY_OLD_AREA = """bonus:
  base: old_area
  fixed_by: filed
  tiers:
    - {from_month: 1, to_month: 6, yuan_per_m2: 900, caps: [{of: household, yuan: 432000}]}
    - {from_month: 7, to_month: 9, yuan_per_m2: 765, caps: [{of: household, yuan: 367200}]}
    - {from_month: 10, to_month: 12, yuan_per_m2: 630, caps: [{of: household, yuan: 302400}]}
lapse:
  effect: cash
  bands: [{spent_from: 0%, rate: 100%, claw_back: 100%}, {spent_from: 80%, rate: 100%}]
"""
"""900 yuan a ㎡, at most 43.2 万 a household, 85% of it from month 7 and 70% from month 10 on; who has used
less than 80% when the term ends loses it."""


def test_a_reward_by_area_with_a_limit_falls_with_the_months() -> None:
    head = "household: {old_area: 500}\n"
    for month, fen in (("03", 43_200_000), ("08", 36_720_000), ("11", 30_240_000)):
        steps = played(
            policy(BY_OLD_AREA),
            "issue: {voucher: A, on: 2025-01-10, face: 3000000}",
            f"buy: {{home: H1, voucher: A, on: 2025-{month}-20, price: 3000000}}",
            head=head,
        )
        assert amounts(steps[1]) == {"spent": 300_000_000 - fen, "bonus": fen}
    # 450,000 yuan would be above the limit in the first months; 120 ㎡ earn less than it.
    steps = played(
        policy(BY_OLD_AREA),
        "issue: {voucher: A, on: 2025-01-10, face: 800000}",
        "buy: {home: H1, voucher: A, on: 2025-03-20, price: 700000}",
        "lapse: {voucher: A}",
        head="household: {old_area: 120}\n",
    )
    assert amounts(steps[1]) == {"spent": 59_200_000, "bonus": 10_800_000}
    # 74% are used: the whole reward is taken off what is left.
    assert amounts(steps[2]) == {"paid_out": 20_800_000 - 10_800_000}


def test_what_was_earned_in_a_tier_counts_towards_the_limit_of_the_next() -> None:
    steps = played(
        policy(
            """bonus:
  base: spent
  fixed_by: lock
  tiers:
    - {from_month: 1, to_month: 3, rate: 10%, caps: [{of: voucher, yuan: 100000}]}
    - {from_month: 4, to_month: 12, rate: 8%, caps: [{of: voucher, yuan: 80000}]}
"""
        ),
        "issue: {voucher: A, on: 2025-01-10, face: 2000000}",
        "buy: {home: H1, voucher: A, on: 2025-02-10, price: 660000}",
        "buy: {home: H2, voucher: A, on: 2025-05-10, price: 540000}",
    )
    assert amounts(steps[1]) == {"spent": 60_000_000, "bonus": 6_000_000}
    # 8% of 50 万 and more would be above 4 万; 2 万 of the limit are left.
    assert amounts(steps[2]) == {"spent": 52_000_000, "bonus": 2_000_000}


def test_a_reward_on_the_face_is_lost_whole_unless_four_fifths_are_used() -> None:
    said = """face: [{yuan_per_m2: 900, most_yuan: 432000, lost_on: [leftover, lapse], kept_from: 80%}]
bonus: {base: spent, fixed_by: lock, tiers: []}
leftover: [{spent_from: 0%, rate: 100%}]
lapse: {effect: cash}
"""
    for price, left, paid in ((799_999, 200_001, 92_001), (800_000, 200_000, 200_000)):
        steps = played(
            policy(said),
            "issue: {voucher: A, on: 2025-01-10, compensation: 892000}",
            f"buy: {{home: H1, voucher: A, on: 2025-03-20, price: {price}}}",
            "payout: {voucher: A, on: 2025-04-01}",
            head="household: {old_area: 120}\n",
        )
        assert amounts(steps[0])["face"] == 100_000_000
        assert steps[1]["balances"]["A"]["left_fen"] == left * 100
        assert amounts(steps[2]) == {"paid_out": paid * 100}
    # Nothing used: no more is taken than there is, here 10.8 万 of 100 万.
    unused = played(
        policy(said),
        "issue: {voucher: A, on: 2025-01-10, compensation: 892000}",
        "lapse: {voucher: A}",
        head="household: {old_area: 120}\n",
    )
    assert amounts(unused[1]) == {"paid_out": 89_200_000}


def test_a_reward_on_the_face_is_lost_by_the_share_unused_below_a_threshold() -> None:
    said = """face: [{rate: 5%, lost_on: [leftover, lapse], kept_from: 85%, lost: part}]
bonus: {base: spent, fixed_by: lock, tiers: []}
leftover: [{spent_from: 0%, rate: 100%}]
lapse: {effect: cash}
"""
    # 5% of 100 万 is 5 万 in a face of 105 万; 85% of that are 892,500. One yuan less, and of the 5 万
    # as much is lost as 157,501 are of 105 万, rounded down.
    for price, paid in ((892_499, 15_000_096), (892_500, 15_750_000)):
        steps = played(
            policy(said),
            "issue: {voucher: A, on: 2025-01-10, compensation: 1000000}",
            f"buy: {{home: H1, voucher: A, on: 2025-03-20, price: {price}}}",
            "payout: {voucher: A, on: 2025-04-01}",
        )
        assert amounts(steps[0])["face"] == 105_000_000
        assert amounts(steps[2]) == {"paid_out": paid}


def test_what_is_lost_of_the_face_is_never_more_than_is_left() -> None:
    said = """face: [{rate: 50%, lost_on: [lapse], kept_from: 80%}, {rate: 10%, lost_on: [lapse]}]
bonus: {base: spent, fixed_by: lock, tiers: []}
lapse: {effect: cash}
"""
    steps = played(
        policy(said),
        "issue: {voucher: A, on: 2025-01-10, compensation: 100000}",
        "buy: {home: H1, voucher: A, on: 2025-03-20, price: 120000}",
        "lapse: {voucher: A}",
    )
    assert steps[1]["balances"]["A"]["left_fen"] == 4_000_000
    assert amounts(steps[2]) == {"paid_out": 0}


def test_only_the_first_home_of_a_household_earns_the_deed_tax() -> None:
    said = """bonus:
  base: price
  paid: cash
  fixed_by: lock
  first_homes: {most: 1, of: household}
  tiers: [{from_month: 1, to_month: 12, rate: 1.5%}]
"""
    steps = played(
        policy(said),
        "issue: {voucher: A, on: 2025-01-10, face: 1000000}",
        "issue: {voucher: B, on: 2025-01-10, face: 1000000}",
        "buy: {home: H1, vouchers: [A, B], on: 2025-02-01, price: 1200000}",
        "buy: {home: H2, voucher: B, on: 2025-02-02, price: 100000}",
        "cancel: {home: H1, on: 2025-02-03}",
        "cancel: {home: H2, on: 2025-02-03}",
        "buy: {home: H3, voucher: B, on: 2025-02-04, price: 100000}",
    )
    assert [one["fen"] for one in steps[2]["amounts"] if one["of"] == "bonus in cash"] == [1_800_000, 0]
    # What is paid in cash leaves the price as it is.
    assert [one["fen"] for one in steps[2]["amounts"] if one["of"] == "spent"] == [100_000_000, 20_000_000]
    assert (amounts(steps[3])["bonus in cash"], bonus_codes(steps[3])[-1]) == (0, "not_first_home")
    assert amounts(steps[6])["bonus in cash"] == 150_000
    by_voucher = played(
        policy(said.replace("household", "voucher")),
        "issue: {voucher: A, on: 2025-01-10, face: 1000000}",
        "issue: {voucher: B, on: 2025-01-10, face: 1000000}",
        "buy: {home: H1, voucher: A, on: 2025-02-01, price: 100000}",
        "buy: {home: H2, voucher: B, on: 2025-02-02, price: 100000}",
        "buy: {home: H3, voucher: B, on: 2025-02-02, price: 100000}",
    )
    assert [amounts(step)["bonus in cash"] for step in by_voucher[2:]] == [150_000, 150_000, 0]


def test_finished_homes_earn_more_than_those_not_built_yet() -> None:
    said = """bonus:
  - {base: spent, fixed_by: lock, stage: finished, tiers: [{from_month: 1, to_month: 12, rate: 5%}]}
  - {base: spent, fixed_by: lock, stage: presale, tiers: [{from_month: 1, to_month: 12, rate: 3%}]}
"""
    steps = played(
        policy(said),
        "issue: {voucher: A, on: 2025-01-10, face: 1000000}",
        "buy: {home: H1, voucher: A, on: 2025-02-01, price: 105000, stage: finished}",
        "buy: {home: H2, voucher: A, on: 2025-02-01, price: 103000, stage: presale}",
        "buy: {home: H3, voucher: A, on: 2025-02-01, price: 100000}",
    )
    assert [amounts(step)["bonus"] for step in steps[1:]] == [500_000, 300_000, 0]
    assert bonus_codes(steps[3])[:2] == ["not_at_stage", "not_at_stage"]


def test_new_area_earns_up_to_the_old_one() -> None:
    said = """bonus:
  base: home_area
  fixed_by: lock
  caps: [{of: household, yuan_per_m2: 500}]
  tiers: [{from_month: 1, to_month: 12, yuan_per_m2: 500}]
"""
    steps = played(
        policy(said),
        "issue: {voucher: A, on: 2025-01-10, face: 2000000}",
        "buy: {home: H1, voucher: A, on: 2025-02-01, price: 500000, area: 80}",
        "buy: {home: H2, voucher: A, on: 2025-02-01, price: 500000, area: 60}",
        head="household: {old_area: 100}\n",
    )
    assert [amounts(step)["bonus"] for step in steps[1:]] == [4_000_000, 1_000_000]


def test_a_rest_of_a_twentieth_is_bought_back_whole_and_more_at_nine_tenths() -> None:
    said = """bonus: {base: spent, fixed_by: contract, tiers: [{from_month: 1, to_month: 12, rate: 5%}]}
leftover: [{spent_from: 0%, rate: 90%, claw_back: 100%}, {spent_from: 95%, rate: 100%}]
settlement:
  tranches:
    - {event: contract, share: 30%, pay_within: {days: 60}}
    - {event: handover, share: 60%, pay_within: {days: 60}}
    - {event: handover, share: 10%, pay_within: {months: 12}}
"""
    for price, spent, paid in ((997_500, 95_000_000, 5_000_000), (840_000, 80_000_000, 14_000_000)):
        steps = played(
            policy(said),
            "issue: {voucher: A, on: 2025-01-10, face: 1000000}",
            f"buy: {{home: H1, voucher: A, on: 2025-02-01, price: {price}}}",
            "payout: {voucher: A, on: 2025-03-01}",
        )
        assert amounts(steps[1])["spent"] == spent
        assert amounts(steps[2]) == {"paid_out": paid}


ISSUED = (
    "issue: {voucher: A, on: 2025-01-10,"
    " compensation: {home: 800000, decoration: 50000, moving: 2000, award: 48000, deduction: 0}}"
)


def test_a_share_of_the_homes_own_value_is_added_to_the_face() -> None:
    said = """face: [{rate: 10%, parts: [home, decoration]}, {rate: 1%}]
bonus: {base: spent, fixed_by: lock, tiers: []}
"""
    (issued,) = played(policy(said), ISSUED)
    added = [one["fen"] for one in issued["amounts"] if one["of"] == "face_addition"]
    assert (added, amounts(issued)["face"]) == ([8_500_000, 900_000], 99_400_000)
    less = ISSUED.replace("deduction: 0", "deduction: 10000")
    (issued,) = played(policy(said.replace("decoration", "deduction")), less)
    assert amounts(issued)["face"] == 89_000_000 + 7_900_000 + 890_000


def test_a_reward_of_the_homes_own_value_is_earned_once_a_household() -> None:
    said = """bonus:
  base: compensation
  parts: [home]
  fixed_by: contract
  tiers:
    - {from_month: 1, to_month: 3, rate: 10%}
    - {from_month: 4, to_month: 12, rate: 5%}
splits: 1
"""
    steps = played(
        policy(said),
        ISSUED,
        "issue: {voucher: B, on: 2025-01-10, compensation: {home: 200000}}",
        "buy: {home: H1, voucher: B, on: 2025-02-01, price: 60000}",
        "buy: {home: H2, voucher: A, on: 2025-02-02, price: 500000}",
        "split: {voucher: A, on: 2025-02-03, into: [{voucher: C, amount: 100000}]}",
        "buy: {home: H3, voucher: C, on: 2025-02-04, price: 100000}",
    )
    # 10% of 100 万: 3 万 with the small home, whose price it may pay by half, 7 万 with the next.
    assert amounts(steps[2]) == {"spent": 3_000_000, "bonus": 3_000_000}
    assert amounts(steps[3]) == {"spent": 43_000_000, "bonus": 7_000_000}
    assert amounts(steps[5]) == {"spent": 10_000_000, "bonus": 0}
    (rule, *_rest) = steps[3]["amounts"][1]["rules"]
    assert rule["figures"]["whole_fen"] == 10_000_000
