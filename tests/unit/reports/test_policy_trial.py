"""A policy on a roster: money, bonus by month, and who could buy nothing, by the policy's own rules."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import Phase, given, settings

from app.core.clock import add_months
from app.policies import bodies
from app.reports.policy_trial import RUNS_MONTHS, Assumptions, Signed, Stock, try_policy
from app.web import trials
from tests.factories.policies import HAILING_POLICY, WUXI
from tests.factories.policy_files import lines_of, timed_policy_files

SAID = Assumptions(date(2025, 1, 15), (5000, 0, 0, 4000))
SIGNED_ON = date(2025, 1, 1)
ROSTER = [
    Signed("A", "甲", Decimal(80), 60_000_000, SIGNED_ON, None, Decimal(90), 3),
    Signed("B", "乙", Decimal(80), 20_000_000, SIGNED_ON, None, Decimal(60), 2),
    Signed("B", "乙", Decimal(80), 10_000_000, SIGNED_ON, None, Decimal(10), 1),
]
STOCK = [Stock("linghu", 10, 36_000_001, Decimal(90)), Stock("guanshan", 5, 30_000_000, Decimal(90))]


def test_the_bonus_of_each_month_is_that_of_its_tier() -> None:
    trial = try_policy(HAILING_POLICY, ROSTER, STOCK[:1], SAID, own="linghu")
    assert (trial.vouchers, trial.issued_fen) == (3, 90_000_000)
    # 20% of a half in January, and in April, whose 15th is the last day of the first tier, of two fifths.
    assert [month.bonus_fen for month in trial.months] == [9_000_000, 0, 0, 7_200_000]
    assert (trial.spent_fen, trial.left_fen) == (81_000_000, 9_000_000)
    late = try_policy(
        HAILING_POLICY, ROSTER, STOCK, replace(SAID, shares_bp=(0,) * 4 + (9000,)), own="linghu"
    )
    assert late.bonus_fen == 81_000_000 * 16 // 100


def test_a_household_is_told_whose_vouchers_together_pay_for_no_home() -> None:
    # 30 万 with a fifth are 36 万: a fen too little for the cheapest home.
    short = try_policy(HAILING_POLICY, ROSTER, STOCK[:1], SAID, own="linghu")
    assert [(one.household_ref, one.face_fen, one.pays_fen) for one in short.unable] == [
        ("B", 30_000_000, 36_000_000)
    ]
    # The neighbour's homes are cheaper, and Hailing's vouchers buy anywhere; Wuxi's only in their district.
    assert try_policy(HAILING_POLICY, ROSTER, STOCK, SAID, own="linghu").unable == ()
    own_only = try_policy(bodies.parse(WUXI), ROSTER, STOCK, SAID, own="linghu")
    assert (own_only.cheapest_fen, own_only.on_offer) == (36_000_001, 10)
    assert len(try_policy(HAILING_POLICY, ROSTER, [], SAID, own="linghu").unable) == 2


def test_nothing_is_spent_after_the_term() -> None:
    late = replace(SAID, shares_bp=(0,) * 19 + (9000,))
    assert try_policy(HAILING_POLICY, ROSTER, STOCK, late, own="linghu").spent_fen == 0


def test_an_agreement_that_lacks_what_the_policy_asks_is_not_issued() -> None:
    by_people = bodies.parse(WUXI + "face: [{yuan_per_resident: 10000}]\n")
    roster = [ROSTER[0], replace(ROSTER[1], residents=None)]
    trial = try_policy(by_people, roster, STOCK, SAID, own="linghu")
    assert (trial.vouchers, trial.refused, trial.issued_fen) == (1, 1, 63_000_000)


def test_what_is_not_in_the_faces_is_told_apart_and_asks_for_the_parts() -> None:
    policy = bodies.parse(WUXI + "face_without: [moving, moving_award]\nface: [{rate: 10%, parts: [home]}]\n")
    roster = [replace(one, parts=dict(lines_of(one.sum_fen))) for one in ROSTER[:2]]
    trial = try_policy(policy, [*roster, ROSTER[2]], STOCK, SAID, own="linghu")
    assert (trial.vouchers, trial.refused, trial.cash_fen) == (2, 1, 3_000_000)
    # 57 万 and 17 万 with a tenth of them, and 1.5 万 for signing in each: with the cash they are the
    # compensations and what was added.
    assert trial.issued_fen == 74_000_000 + 3_000_000 + 7_400_000
    assert trial.issued_fen - 7_400_000 + trial.cash_fen == sum(one.sum_fen for one in roster)
    plain = try_policy(HAILING_POLICY, roster, STOCK, SAID, own="linghu")
    rows = {name: cells for name, *cells in trials.figures([("甲", trial), ("乙", plain)])}
    assert rows["补偿中不计入票面、以货币支付的"] == ["¥30,000", "¥0"]


def test_what_a_limit_keeps_from_homes_is_not_spent_and_earns_nothing() -> None:
    limited = bodies.parse(WUXI + "limits: [{yuan: 100000}]\n")
    trial = try_policy(limited, ROSTER[:1], STOCK, SAID, own="linghu")
    # Half of 60 万 could be spent in the first month: 10 万 are, with a bonus of 5% of the price they pay.
    assert [month.spent_fen for month in trial.months] == [10_000_000, 0, 0, 0]
    assert trial.months[0].bonus_fen == 526_315
    assert (trial.spent_fen, trial.left_fen) == (10_000_000, 50_000_000)


def test_what_a_household_has_once_is_not_tried_for_each_of_its_vouchers() -> None:
    capped = bodies.parse(WUXI + "bonus_caps: [{of: household, yuan: 5000}]\n")
    trial = try_policy(capped, ROSTER[1:], STOCK, SAID, own="linghu")
    assert trial.vouchers == 2
    assert trial.bonus_fen == 500_000


@pytest.mark.parametrize("to", ["lock", "contract", "paid"])
def test_interest_that_runs_on_is_told_apart_as_an_estimate(to: str) -> None:
    interest = f"{{rate: 3.65%, to: {to}}}" if to != "lock" else "{rate: 3.65%}"
    policy = bodies.parse(f"""
schema: 4
code: held
title: 持票利息
source: 测试
valid: {{months: 12, from: issue}}
bonus:
  base: held
  paid: cash
  fixed_by: lock
  counted_from: issue
  tiers: [{{from_month: 1, to_month: 12, interest: {interest}}}]
usable_on: [home]
buyers: [self]
""")
    trial = try_policy(policy, ROSTER[:1], STOCK, SAID, own="linghu")
    for month in trial.months:
        # A ten-thousandth a day: from the issue to the lock, and a month more where it runs on.
        more = (add_months(month.first_day, RUNS_MONTHS) - month.first_day).days if to != "lock" else 0
        assert month.running_fen == month.spent_fen * more // 10_000
        assert month.cash_fen == month.spent_fen * (month.first_day - SAID.issued_on).days // 10_000
    assert (trial.running_fen > 0) == (to != "lock")
    assert trial.bonus_fen == sum(month.cash_fen for month in trial.months), "it is no part of the bonus"


@settings(max_examples=30, phases=[Phase.explicit, Phase.generate])
@given(text=timed_policy_files())
def test_any_policy_can_be_tried(text: str) -> None:
    listed = [replace(one, parts=dict(lines_of(one.sum_fen))) for one in ROSTER]
    trial = try_policy(bodies.parse(text), listed, STOCK, SAID, own="linghu")
    assert trial.spent_fen + trial.left_fen == trial.issued_fen >= 90_000_000 - trial.cash_fen
    assert not trial.refused
    assert all(0 <= month.bonus_fen <= month.spent_fen and month.cash_fen >= 0 for month in trial.months)
