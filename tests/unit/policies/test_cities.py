"""Eight made-up cities, written from docs/policy.md alone; every figure was computed by hand first."""

from typing import Any

import pytest

from tests.unit.policies.played import steps_of

HEAD = """
schema: 4
code: a
title: 甲
source: 乙
buyers: [self, spouse, parent, child]
"""

TABLE = """
usable_on: [home, shop]
valid: {months: 12, from: issue}
bonus:
  - base: spent
    fixed_by: filed
    signed_to: 2025-05-31
    rounding: yuan
    grace_days: 30
    tiers:
      - {from_month: 1, to_month: 3, rate: 10%, kinds: [home], caps: [{of: voucher, yuan: 60000}]}
      - {from_month: 4, to_month: 12, rate: 6%, kinds: [home], caps: [{of: voucher, yuan: 60000}]}
  - base: spent
    fixed_by: filed
    signed_from: 2025-06-01
    rounding: yuan
    tiers: [{from_month: 1, to_month: 12, rate: 5%, kinds: [home]}]
lapse: {effect: void}
"""
INTO_FACE = """
usable_on: [home]
valid: {months: 18, from: agreement}
face:
  - {rate: 10%, parts: [home, decoration], signed_to: 2025-06-30, lost_on: [leftover, lapse], kept_from: 90%}
  - {yuan_per_m2: 150.5, most_yuan: 12000}
bonus: {base: spent, fixed_by: lock, tiers: []}
leftover:
  - {spent_from: 0%, rate: 0%}
  - {spent_from: 50%, from_month: 13, rate: 80%}
  - {spent_from: 90%, rate: 100%}
payout_rounding: yuan
lapse: {effect: cash, rate: 60%}
interest:
  rates: [{from_day: 2025-01-01, rate: 1.45%}, {from_day: 2025-12-01, rate: 0.95%}]
  from: term_end
  on: [lapse]
"""
FIRST_HOMES = """
usable_on: [home]
valid: {days: 300, from: announced, announced_on: 2025-03-01}
bonus:
  - base: fixed
    per: voucher
    fixed_by: agreement
    tiers: [{from_day: 2025-03-01, to_day: 2025-04-30, yuan: 20000}]
  - base: price
    paid: cash
    fixed_by: contract
    first_homes: {most: 1, of: household}
    home_area: {up_to: 140}
    tiers: [{from_nth_day: 1, to_nth_day: 300, rate: 1%}]
    caps: [{of: home, yuan: 8000}]
first_purchase: 70%
lapse: {effect: agreement, give_up: same}
"""
BY_AREA = """
usable_on: [home]
valid: {months: 24, from: vacated}
bonus:
  base: home_area
  fixed_by: contract
  tiers: [{from_month: 1, to_month: 12, yuan_per_m2: 500}, {from_month: 13, to_month: 24, yuan_per_m2: 300}]
  caps: [{of: household, yuan_per_m2: 500}]
settlement:
  to: escrow
  tranches:
    - {event: filed, share: 33.33%, pay_within: {working_days: 10}}
    - {event: topped_out, share: 33.33%, pay_within: {days: 30}}
    - {event: handover, share: 33.34%, pay_within: {months: 2}}
  late_interest:
    rates: [{from_day: 2025-01-01, rate: 3.1%}, {from_day: 2025-05-20, rate: 3%}]
    days_in_year: 360
lapse: {effect: cash, give_up: {effect: cash, rate: 95%}}
"""
LATER_PAID = """
usable_on: [home, used_home]
valid: {months: 24, from: issue, extension_months: 6}
bonus:
  base: spent_total
  fixed_by: lock
  tiers:
    - from_month: 1
      to_month: 24
      steps: [{spent_from: 0%, rate: 4%}, {spent_from: 50%, rate: 6%}, {spent_from: 90%, rate: 9%}]
leftover:
  - {spent_from: 0%, rate: 0%}
  - {spent_from: 0%, from_month: 13, to_month: 24, rate: 100%, claw_back: 50%}
lapse: {effect: cash, bands: [{spent_from: 0%, rate: 70%}, {spent_from: 80%, rate: 90%, claw_back: 10%}]}
"""
HANDS = """
usable_on: [home]
valid: {months: 12, from: issue}
bonus: {base: spent, fixed_by: contract, tiers: [{from_month: 1, to_month: 12, rate: 8%}]}
transfers: {times: 1, to: [spouse, child], bonus: lost}
splits: {times: 1, parts: 2}
merges: 1
leftover: [{spent_from: 0%, rate: 0%}, {spent_from: 60%, left_up_to: 30000, rate: 100%}]
lapse: {effect: void}
"""
PRICED = """
usable_on: [home]
valid: {until: 2026-06-30, from: issue}
top_up: [fund]
price: {ceiling_share: 97%, floor_share: 85%, floor: exempt}
hold: {days: 20, ends: working_time, loan_days: 45, least_share: 30%}
bonus:
  base: face
  fixed_by: contract
  tiers:
    - {from_day: 2025-01-01, to_day: 2025-12-31, rate: 12.5%, least_spent: 40%}
    - {from_day: 2026-01-01, to_day: 2026-06-30, rate: 5%}
  caps: [{of: home, share_of_price: 10%}]
lapse: {effect: agreement}
"""
OF_PARTS = """
usable_on: [home]
valid: {months: 12, from: issue}
scheme: {issue_from: 2025-02-01, issue_until: 2025-12-31, buy_until: 2025-12-31}
bonus:
  - {base: compensation, parts: [home], fixed_by: lock, tiers: [{from_month: 1, to_month: 12, rate: 3%}]}
  - base: old_area
    fixed_by: lock
    counted_from: agreement
    tiers: [{from_month: 1, to_month: 3, yuan_per_m2: 200}]
bonus_caps: [{of: household, yuan: 40000}, {of: home, share_of_price: 6%}]
homes: 2
lapse: {effect: cash, rate: 100%, bonus: returned}
"""


def sums(step: dict[str, Any]) -> dict[str, int] | str:
    """What a step came to, by name; of one that was refused the path of the rule."""
    if step["outcome"] == "refused":
        return str(step["refused_by"]["path"])
    found: dict[str, int] = {}
    for one in step["amounts"]:
        name = one["of"] if not one["of"].startswith("bonus bonus") else ""
        if name and (one["fen"] or name in ("spent", "paid_out")):
            found[name] = found.get(name, 0) + one["fen"]
    return found


CASES: dict[str, tuple[str, str, list[tuple[str, Any]]]] = {
    "agreement and month": (
        TABLE,
        "",
        [
            (
                "issue: {voucher: A, on: 2025-06-10, agreement: 2025-05-31, face: 800000}",
                {"face": 80_000_000},
            ),
            # Locked on the last day of month 3, signed within the 30 days: 10%. 30.3 万 / 1.1 = 275,454.55;
            # a tenth of that are 27,545.45, in whole yuan 27,545: spent are 275,455.
            (
                "buy: {home: H1, voucher: A, on: 2025-09-10, contract: 2025-10-10, price: 303000}",
                {"spent": 27_545_500, "bonus": 2_754_500},
            ),
            # Month 4: 6% of what is spent, up to 6 万 with the 27,545 before: at most 32,455. 6% reach them
            # at
            # 540,916.67, more than is left; 524,545 are left, 6% of them 31,472.70: 31,472.
            (
                "buy: {home: H2, voucher: A, on: 2025-09-11, price: 600000}",
                {"spent": 52_454_500, "bonus": 3_147_200, "top_up": 4_398_300},
            ),
            (
                "issue: {voucher: B, on: 2025-09-12, agreement: 2025-06-01, face: 100000}",
                {"face": 10_000_000},
            ),
            # 5%, for shops nothing.
            ("buy: {home: S, voucher: B, on: 2025-09-12, price: 50000, kind: shop}", {"spent": 5_000_000}),
            (
                "buy: {home: H3, voucher: B, on: 2025-09-12, price: 21000}",
                {"spent": 2_000_000, "bonus": 100_000},
            ),
        ],
    ),
    "the face": (
        INTO_FACE,
        "household: {old_area: 88.88}\n",
        [
            # 10% of 60 万 and 4 万 are 6.4 万; 88.88 x 150.5 = 13,376.44, at most 12,000. Together 756,000
            # with the
            # compensation of 68 万.
            (
                (
                    "issue: {voucher: A, on: 2025-04-01, agreement: 2025-03-15, "
                    "compensation: {home: 600000, decoration: 40000, moving: 50000, deduction: 10000}}"
                ),
                {"face_addition": 7_600_000, "face": 75_600_000},
            ),
            ("buy: {home: H1, voucher: A, on: 2025-05-01, price: 400000}", {"spent": 40_000_000}),
            # 52.9% are spent: month 12 ends on 15 March 2026, before that nothing is paid.
            ("payout: {voucher: A, on: 2026-03-15}", "leftover[0]"),
            # From 16 March 80% of 356,000 - 64,000 = 292,000: 233,600.
            ("payout: {voucher: A, on: 2026-03-16}", {"paid_out": 23_360_000}),
            (
                "issue: {voucher: B, on: 2026-03-16, agreement: 2025-07-01, compensation: 100000.33}",
                {"face_addition": 1_200_000, "face": 11_200_033},
            ),
            # 60% of 112,000.33 are 67,200.198, in whole yuan 67,200; the term ends on 1 January 2027. 30
            # days at
            # 0.95% of it: 67,200 x 0.0095 x 30 / 365 = 52.471 yuan.
            ("lapse: {voucher: B, on: 2027-01-31}", {"paid_out": 6_720_000, "interest": 5_247}),
        ],
    ),
    "first homes": (
        FIRST_HOMES,
        "",
        [
            (
                "issue: {voucher: A, on: 2025-05-20, agreement: 2025-04-30, face: 500000}",
                {"face": 50_000_000},
            ),
            # 70% of the face are 35 万: 36.9 万 less 2 万 are 34.9 万, too little.
            ("buy: {home: H1, voucher: A, on: 2025-06-01, price: 369000, area: 90}", "first_purchase"),
            # The deed tax is 1% of 40 万, in cash.
            (
                "buy: {home: H2, voucher: A, on: 2025-06-01, price: 400000, area: 140}",
                {"spent": 38_000_000, "bonus": 2_000_000, "bonus in cash": 400_000},
            ),
            # The second home of the household: no deed tax, and the 2 万 were paid.
            ("buy: {home: H3, voucher: A, on: 2025-06-02, price: 50000, area: 60}", {"spent": 5_000_000}),
            # Given up it goes back under the agreement: 50 - 38 - 5 = 7 万.
            ("give_up: {voucher: A, on: 2025-12-26}", {"paid_out": 7_000_000}),
        ],
    ),
    "areas and progress": (
        BY_AREA,
        "household: {old_area: 100}\n",
        [
            (
                (
                    "issue: {voucher: A, on: 2025-01-20, agreement: 2025-01-10, "
                    "vacated: 2025-01-15, face: 1000000}"
                ),
                {"face": 100_000_000},
            ),
            # 500 x 89.55 = 44,775.
            (
                "buy: {home: H1, voucher: A, on: 2025-03-03, price: 644775, area: 89.55}",
                {"spent": 60_000_000, "bonus": 4_477_500},
            ),
            # Month 13: 300 x 120 = 36,000, but 500 x 100 - 44,775 = 5,225 are left of the household's cap.
            (
                "buy: {home: H2, voucher: A, on: 2026-01-16, price: 105225, area: 120}",
                {"spent": 10_000_000, "bonus": 522_500},
            ),
            # 644,775 owed: 33.33% are 214,903.5075; 66.66% 429,807.015; the rest 214,967.99. Filed on 3
            # March 2025,
            # ten working days on is 17 March; paid on 30 May: 63 days at 3.1% (18 March to 19 May), 11 at 3%:
            # 214,903.50 x (63 x 3.1% + 11 x 3%) / 360 = 1,362.846 yuan.
            (
                (
                    "settle: {home: H1, on: 2026-01-17, topped_out: 2024-12-01, handover: 2025-12-01, "
                    "paid: [2025-05-30, 2025-04-02, 2026-01-15]}"
                ),
                {
                    "owed": 64_477_500,
                    "tranche 1": 21_490_350,
                    "tranche 1 late interest": 136_284,
                    "tranche 2": 21_490_351,
                    "tranche 3": 21_496_799,
                },
            ),
            # 30 万 are left, 95% of them.
            ("give_up: {voucher: A, on: 2026-01-20}", {"paid_out": 28_500_000}),
        ],
    ),
    "all that is spent": (
        LATER_PAID,
        "",
        [
            ("issue: {voucher: A, on: 2025-01-31, face: 1000000}", {"face": 100_000_000}),
            # 40 万 at 4% are 1.6 万.
            (
                "buy: {home: H1, voucher: A, on: 2025-02-01, price: 416000}",
                {"spent": 40_000_000, "bonus": 1_600_000},
            ),
            # With 20 万 more 60% are spent: 6% of 60 万 are 3.6 万, less 1.6 万.
            (
                "buy: {home: H2, voucher: A, on: 2025-02-02, price: 220000}",
                {"spent": 20_000_000, "bonus": 2_000_000},
            ),
            ("payout: {voucher: A, on: 2026-01-31}", "leftover[0]"),
            # Month 13 begins on 1 February 2026: 40 万 less half of 3.6 万.
            ("payout: {voucher: A, on: 2026-02-01}", {"paid_out": 38_200_000}),
        ],
    ),
    "other hands": (
        HANDS,
        "",
        [
            ("issue: {voucher: A, on: 2025-01-10, face: 500000}", {"face": 50_000_000}),
            (
                "split: {voucher: A, on: 2025-02-01, into: [{voucher: B, amount: 200000}]}",
                {"face": 50_000_000},
            ),
            ("transfer: {voucher: B, on: 2025-02-02, to: sibling}", "transfers.to"),
            ("transfer: {voucher: B, on: 2025-02-02, to: child}", {"transferred": 20_000_000}),
            # The child earns nothing; A earns 8% of its own: 27 万 / 1.08.
            ("buy: {home: H1, voucher: B, on: 2025-03-01, price: 150000}", {"spent": 15_000_000}),
            (
                "buy: {home: H2, voucher: A, on: 2025-03-01, price: 270000}",
                {"spent": 25_000_000, "bonus": 2_000_000},
            ),
            # 5 万 are left of A, more than 3 万; 83.3% of its face are spent.
            ("payout: {voucher: A, on: 2025-03-02}", "leftover[0]"),
            (
                "buy: {home: H3, voucher: A, on: 2025-03-03, price: 21600}",
                {"spent": 2_000_000, "bonus": 160_000},
            ),
            ("payout: {voucher: A, on: 2025-03-04}", {"paid_out": 3_000_000}),
            ("lapse: {voucher: B}", {"paid_out": 0}),
        ],
    ),
    "prices": (
        PRICED,
        "",
        [
            ("issue: {voucher: A, on: 2025-10-10, face: 600000}", {"face": 60_000_000}),
            # 97% of 50 万 are 48.5 万.
            ("buy: {home: H1, voucher: A, on: 2025-10-11, price: 485000.01, filed_price: 500000}", "price"),
            ("buy: {home: H1a, voucher: A, on: 2025-10-11, price: 700000, top_up: own}", "top_up"),
            # 12.5% of the face are 7.5 万, at most a tenth of the price: 4.85 万; 436,500 are more than 40%.
            (
                "buy: {home: H2, voucher: A, on: 2025-10-11, price: 485000, filed_price: 500000}",
                {"spent": 43_650_000, "bonus": 4_850_000},
            ),
            # 163,500 are left; in 2026 5% of the face are 3 万, all earned before. 30% of 60 万 are 18 万.
            ("buy: {home: H3, voucher: A, on: 2026-01-05, price: 600000, top_up: fund}", "hold.least_share"),
            (
                "buy: {home: H4, voucher: A, on: 2026-01-05, price: 545000, top_up: fund}",
                {"spent": 16_350_000, "top_up": 38_150_000},
            ),
        ],
    ),
    "parts and areas": (
        OF_PARTS,
        "household: {old_area: 75}\n",
        [
            ("issue: {voucher: Z, on: 2025-01-31, compensation: 100000}", "scheme"),
            (
                (
                    "issue: {voucher: A, on: 2025-03-10, agreement: 2025-02-28, "
                    "compensation: {home: 700000, award: 30000}}"
                ),
                {"face": 73_000_000},
            ),
            # 3% of 70 万 are 2.1 万, 200 x 75 1.5 万: 3.6 万, but 6% of 40 万 are 2.4 万.
            (
                "buy: {home: H1, voucher: A, on: 2025-05-28, price: 400000}",
                {"spent": 37_600_000, "bonus": 2_400_000},
            ),
            # Three months after 28 February end on 28 May: the area earns nothing more, the home's value was
            # paid in full before.
            ("buy: {home: H2, voucher: A, on: 2025-05-29, price: 100000}", {"spent": 10_000_000}),
            ("buy: {home: H3, voucher: A, on: 2025-05-30, price: 100000}", "homes"),
            # The scheme ends the term on 31 December: 25.4 万 less the 2.4 万.
            ("lapse: {voucher: A}", {"paid_out": 23_000_000}),
        ],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_city_comes_to_the_figures_of_its_paper(name: str) -> None:
    policy, head, steps = CASES[name]
    found = [sums(one) for one in steps_of(HEAD + policy, *(text for text, _ in steps), household=head)]
    assert found == [expected for _, expected in steps]
