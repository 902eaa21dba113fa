"""Two more cities as they published their rules, 厦门 (2023) and 奉化 (2022): figures worked out by hand."""

from typing import Any

from tests.unit.policies import played
from tests.unit.policies.played import steps_of

XIAMEN = f"""{played.HEAD.replace("months: 12", "months: 24")}
face: [{{rate: 10%, lost_on: [leftover, lapse], kept_from: 85%, lost: part}}]
bonus:
  base: spent
  paid: cash
  fixed_by: contract
  tiers:
    - {{from_month: 1, to_month: 12, rate: 5%}}
    - {{from_month: 13, to_month: 24, rate: 2%}}
leftover: [{{spent_from: 0%, rate: 100%}}]
lapse: {{effect: cash}}
"""
FENGHUA = f"""{played.HEAD}
bonus:
  - base: spent
    paid: cash
    fixed_by: contract
    tiers:
      - {{from_month: 1, to_month: 3, rate: 10%}}
      - {{from_month: 4, to_month: 12, rate: 8%}}
  - base: held
    paid: cash
    fixed_by: lock
    counted_from: issue
    tiers: [{{from_month: 1, to_month: 12, interest: {{rate: 2.16%, days_in_year: 360, to: paid}}}}]
leftover:
  - {{spent_from: 0%, rate: 0%}}
  - {{spent_from: 0%, from_month: 7, rate: 100%}}
  - {{spent_from: 0.01%, rate: 100%}}
lapse: {{effect: cash}}
interest:
  - {{rate: 0.05%, from: issue, on: [leftover, lapse], only: used}}
  - {{rate: 2.88%, days_in_year: 360, from: issue, to: term_end, on: [leftover, lapse], only: unused}}
  - {{rate: 0.05%, from: term_end, on: [lapse], only: unused}}
"""


def sums(step: dict[str, Any]) -> list[tuple[str, int]]:
    return [(one["of"], one["fen"]) for one in step["amounts"] if one["fen"]]


def test_xiamen_takes_the_reward_back_by_what_was_not_used_below_85_percent() -> None:
    _, _, _, home, late, exact, payout, whole, unused = steps_of(
        XIAMEN,
        "issue: {voucher: A, on: 2025-03-01, compensation: 2000000}",
        "issue: {voucher: B, on: 2025-03-01, compensation: 1000000}",
        "issue: {voucher: C, on: 2025-03-01, compensation: 1000000}",
        "buy: {home: H1, voucher: A, on: 2026-03-01, price: 1500000}",
        "buy: {home: H2, voucher: A, on: 2026-03-02, price: 200000}",
        "buy: {home: H3, voucher: B, on: 2026-03-02, price: 935000}",
        "payout: {voucher: A, on: 2026-05-01}",
        "payout: {voucher: B, on: 2026-05-01}",
        "payout: {voucher: C, on: 2026-05-01}",
    )
    # The last day of the twelfth month, and the day after it.
    assert sums(home) == [("spent", 150_000_000), ("bonus in cash", 7_500_000)]
    assert sums(late) == [("spent", 20_000_000), ("bonus in cash", 400_000)]
    # 85% of 110 万 to the fen.
    assert sums(exact) == [("spent", 93_500_000), ("bonus in cash", 1_870_000)]
    # 50 万 of 220 万 are left: of 20 万 45,454.54 are lost. At 85% nothing is, of an unused one everything.
    assert [sums(step) for step in (payout, whole, unused)] == [
        [("paid_out", 45_454_546)],
        [("paid_out", 16_500_000)],
        [("paid_out", 100_000_000)],
    ]


def test_fenghua_bears_one_interest_on_what_was_used_and_another_on_what_never_was() -> None:
    *_, home, rest, early, later, lapsed = steps_of(
        FENGHUA,
        *(f"issue: {{voucher: {ref}, on: 2025-01-10, face: 800000}}" for ref in "BC"),
        "issue: {voucher: A, on: 2025-01-10, face: 1000000}",
        "buy: {home: H, voucher: A, on: 2025-04-08, verified: 2025-04-15, paid: 2025-05-20, price: 600000}",
        "payout: {voucher: A, on: 2025-05-20}",
        "payout: {voucher: B, on: 2025-07-10}",
        "payout: {voucher: B, on: 2025-07-11}",
        "lapse: {voucher: C, on: 2026-02-09}",
    )
    # 1.8‰ a month: 88 days to the lock 3,168, 130 to the payment 4,680.
    assert sums(home) == [
        ("spent", 60_000_000),
        ("bonus in cash", 6_000_000),
        ("bonus in cash", 316_800),
        ("interest on spent", 151_200),
    ]
    # 130 days at 0.05% of 40 万 are 71.2328.
    assert sums(rest) == [("paid_out", 40_000_000), ("interest", 7_123)]
    assert (early["outcome"], early["refused_by"]["path"]) == ("refused", "leftover[0]")
    # 2.4‰ a month: 182 days; then the whole term, 23,360, and 30 days at 0.05%, 32.87.
    assert sums(later) == [("paid_out", 80_000_000), ("interest", 1_164_800)]
    assert sums(lapsed) == [("paid_out", 80_000_000), ("interest", 2_339_287)]


def test_a_purchase_of_nothing_is_refused_by_what_held_the_voucher() -> None:
    *_, empty = steps_of(
        FENGHUA,
        "issue: {voucher: A, on: 2025-01-10, face: 500000}",
        "buy: {home: H1, voucher: A, on: 2025-02-01, price: 500000}",
        "buy: {home: H2, voucher: A, on: 2025-02-02, price: 300000}",
    )
    assert empty["refused_by"]["code"] == "emptied"
