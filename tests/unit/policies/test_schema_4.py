"""What schema 4 can say beyond schema 3: read from the examples of the page, computed to the fen."""

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from app.core import clock
from app.policies import bodies, endings, reader
from app.policies.adoption import not_carried_out
from app.policies.bonus import Terms
from app.policies.changes import AreaFloor
from app.policies.errors import PolicyFileInvalid
from app.policies.face_rules import FaceRule
from app.policies.joint import JointTerms
from app.policies.past import Past
from app.policies.rounding import Rounding
from app.policies.rules import Policy
from app.policies.tiers import BonusRule, TierRule

PAGE = Path(__file__).parents[3] / "docs" / "policy.md"
HEAD = """
schema: 4
code: yunxi-2026
title: 云溪区房票安置办法
source: 示例
valid: {days: 360, from: issue}
usable_on: [home]
buyers: [self]
"""
START = date(2025, 1, 10)


def example() -> str:
    found = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return HEAD + str(found[1])


@pytest.fixture(scope="module")
def policy() -> Policy:
    return bodies.parse(example())


def joint(policy: Policy, day: date, area: str, **past: int) -> JointTerms:
    agreed = date(2025, 3, 1)
    lines = tuple(
        Terms(
            rule,
            rule.tier_on(START, agreed if rule.fixed_by == "agreement" else day),
            100_000_000,
            past=Past(**past),
            home_area_m2=Decimal(area),
        )
        for rule in policy.bonuses
        if rule.paid == "price"
    )
    return JointTerms(lines, policy.bonus_caps, Past(**past))


def test_three_bonuses_side_by_side_pay_one_price(policy: Policy) -> None:
    earning = joint(policy, date(2025, 2, 1), "100").earning(70_000_000)
    spent, bonus = earning.part_before_bonus(70_000_000, 100_000_000)
    # 3 万 fixed, 200 yuan for each of 100 ㎡, and 8% of what is spent: s + 0.08 s + 5 万 = 70 万.
    assert spent + bonus.fen == 70_000_000
    assert (spent, dict(bonus.each)) == (
        60_185_186,
        {"bonus[0]": 4_814_814, "bonus[1]": 3_000_000, "bonus[2]": 2_000_000},
    )
    assert earning.bonus(spent - 1).fen + spent - 1 < 70_000_000
    assert [rule.code for rule in bonus.rules] == ["spent", "fixed", "home_area"]


def test_all_bonuses_together_are_capped_the_later_ones_first(policy: Policy) -> None:
    found = joint(policy, date(2025, 2, 1), "100").earning(40_000_000).bonus(36_000_000)
    # 15% of the price are 6 万: 2.88 万 by the sum, 3 万 fixed, and what is left, 1,200 yuan.
    assert dict(found.each) == {"bonus[0]": 2_880_000, "bonus[1]": 3_000_000, "bonus[2]": 120_000}
    assert (found.fen, found.rules[-1].code) == (6_000_000, "cap_home")


@pytest.mark.parametrize(
    ("area", "fen"), [("90", 0), ("90.01", 1_800_200), ("144", 2_880_000), ("144.01", 0)]
)
def test_only_homes_of_certain_areas_earn(policy: Policy, area: str, fen: int) -> None:
    found = joint(policy, date(2025, 2, 1), area).earning(90_000_000).bonus(60_000_000)
    assert dict(found.each)["bonus[2]"] == fen


@pytest.mark.parametrize(
    ("before", "spent", "rate_bp"),
    [
        (0, 79_999_999, 800),
        (0, 80_000_000, 1000),
        (30_000_000, 49_999_999, 800),
        (30_000_000, 50_000_000, 1000),
    ],
)
def test_steps_pay_by_the_part_of_the_face_spent(
    policy: Policy, before: int, spent: int, rate_bp: int
) -> None:
    terms = joint(policy, date(2025, 2, 1), "50", spent_fen=before).lines[0]
    found = terms.earning(90_000_000).bonus(spent)
    assert found.fen == spent * rate_bp // 10_000
    assert found.rules[0].figures["rate_bp"] == rate_bp


def test_the_base_spent_total_pays_as_if_all_had_been_spent_at_once(policy: Policy) -> None:
    rule = replace(policy.bonus, base="spent_total")
    tier = rule.tier_on(START, date(2025, 2, 1))
    first = Terms(rule, tier, 100_000_000).earning(0).bonus(50_000_000)
    past = Past(50_000_000, first.fen, first.fen, 1)
    second = Terms(rule, tier, 100_000_000, past=past).earning(0).bonus(35_000_000)
    # 85% of the face are spent: a tenth of all of it, of which 8% of the first half was earned before.
    assert (first.fen, second.fen) == (4_000_000, 4_500_000)


def test_a_bonus_in_cash_is_not_bounded_by_the_sum_spent() -> None:
    rule = BonusRule(base="fixed", paid="cash", tiers=(TierRule(1, 12, 0, fixed_fen=3_000_000),))
    tier = rule.tier_on(START, date(2025, 2, 1))
    assert Terms(rule, tier, 100_000_000).earning(0).bonus(100).fen == 3_000_000
    assert Terms(replace(rule, paid="price"), tier, 100_000_000).earning(0).bonus(100).fen == 100


@pytest.mark.parametrize(
    ("per", "fen"), [("home", 2_900_000), ("voucher", 2_800_000), ("household", 2_600_000)]
)
def test_a_fixed_sum_is_paid_once_a_home_a_voucher_or_a_household(per: str, fen: int) -> None:
    rule = BonusRule(base="fixed", per=per, tiers=(TierRule(1, 12, 0, fixed_fen=3_000_000),))
    past = Past(earned_fen=200_000, household_earned_fen=300_000)
    terms = Terms(rule, rule.tier_on(START, START), 100_000_000, past=past)
    assert terms.earning(0, home_earned_fen=100_000).bonus(90_000_000).fen == fen


def test_tiers_by_days_of_the_term(policy: Policy) -> None:
    rates = [policy.bonus.tier_on(START, day) for day in (date(2025, 1, 9), START, date(2025, 7, 9))]
    assert [tier is not None for tier in rates] == [False, True, True]
    assert policy.bonus.tier_on(START, date(2025, 7, 10)) is None


def test_what_is_added_to_the_compensation(policy: Policy) -> None:
    early = [rule.adds(100_000_001, date(2025, 3, 31)) for rule in policy.face]
    late = [rule.adds(100_000_001, date(2025, 4, 1)) for rule in policy.face]
    assert [one.fen for one in early] == [5_000_000, 2_000_000]
    assert [(one.fen, one.rules[0].code) for one in late] == [
        (0, "face_not_signed_then"),
        (2_000_000, "face_fixed"),
    ]


def test_an_addition_by_the_old_area_stops_at_its_limit() -> None:
    rule = FaceRule(0, 0, None, None, "face[0]", fen_per_m2=50_000, most_fen=4_000_000)
    assert rule.adds(100_000_000, START, Decimal("78.35")).fen == 3_917_500
    capped = rule.adds(100_000_000, START, Decimal(90))
    assert (capped.fen, [one.code for one in capped.rules]) == (4_000_000, ["face_by_area", "face_most"])


def test_interest_runs_by_days_and_is_rounded_down(policy: Policy) -> None:
    assert policy.interest is not None
    found = policy.interest.lines[0].of(100_000_000, date(2025, 1, 10), date(2026, 1, 10))
    assert (found.fen, found.rules[0].figures["days"]) == (350_000, 365)
    assert policy.interest.lines[0].of(100_000_000, date(2025, 1, 10), date(2025, 1, 11)).fen == 958


def test_tranches_come_to_what_is_owed_and_fall_due(policy: Policy) -> None:
    (settlement,) = policy.settlements
    assert [one.fen for one in settlement.amounts(100_000_001)] == [60_000_000, 40_000_001]
    filed, handover = settlement.tranches
    # Thirty working days after 26 September 2025, over the holiday of October.
    assert filed.within.after(date(2025, 9, 26)) == date(2025, 11, 13)
    assert handover.within.after(date(2025, 11, 30)) == date(2026, 2, 28)
    late = settlement.late_interest(60_000_000, due_on=date(2025, 11, 13), paid_on=date(2025, 11, 23))
    assert (late.fen, late.rules[0].path) == (105_000, "settlement.late_interest")
    assert (
        settlement.late_interest(60_000_000, due_on=date(2025, 11, 13), paid_on=date(2025, 11, 13)).fen == 0
    )


def test_a_floor_that_binds_others_leaves_vouchers_free(policy: Policy) -> None:
    assert policy.price_bounds(100_000_001) == (0, 100_000_001)
    assert policy.general_floor(100_000_001) == 85_000_001
    assert replace(policy, ceiling_share_bp=9500).price_bounds(100_000_001) == (0, 95_000_000)


def test_no_term_goes_beyond_the_scheme(policy: Policy) -> None:
    bounded = replace(policy, valid_days=3650, extension_months=12)
    assert bounded.expires_at(clock.start_of_day(START), extended_by=12) == clock.end_of_day(
        date(2026, 12, 31)
    )
    assert policy.expires_at(clock.start_of_day(START)) == clock.end_of_day(date(2026, 1, 5))
    opens = [policy.may_issue_on(day).allowed for day in (date(2024, 12, 31), START, date(2026, 1, 1))]
    assert opens == [False, True, False]


def test_who_takes_a_voucher_over(policy: Policy) -> None:
    assert [policy.transfers.may_take(kin).allowed for kin in ("child", "sibling", "other")] == [
        *(True, False, False)
    ]
    assert not policy.transfers.is_registered(registered=False).allowed
    joined = [policy.merges.may_join(of).allowed for of in ("household", "kin", "anybody")]
    assert joined == [True, False, False]
    assert [policy.splits.may_part(parts).allowed for parts in (3, 4)] == [True, False]
    assert policy.inheritance is not None
    assert policy.inheritance.may_inherit("sibling").allowed
    stood = policy.inheritance.suspension(date(2025, 1, 1), date(2026, 1, 1))
    assert (stood[0].days, stood[1].figures["days"]) == (180, 180)


def test_a_floor_of_area_is_compared_exactly() -> None:
    floor = AreaFloor(Decimal(15), 800_000, "splits.floor")
    # 45 ㎡ for three heads at 8,000 yuan a ㎡: 36 万.
    assert floor.holds(homes_m2=Decimal(0), left_fen=36_000_000, residents=3).allowed
    assert not floor.holds(homes_m2=Decimal(0), left_fen=35_999_999, residents=3).allowed
    assert floor.holds(homes_m2=Decimal("44.99"), left_fen=8_000, residents=3).allowed
    homes_only = replace(floor, fen_per_m2=None)
    assert not homes_only.holds(homes_m2=Decimal("44.99"), left_fen=90_000_000, residents=3).allowed


def test_a_lapsed_voucher_may_be_paid_by_bands() -> None:
    text = HEAD + "bonus: {base: spent, fixed_by: lock, tiers: []}\n"
    text += "lapse: {effect: cash, bands: [{spent_from: 0%, rate: 0%}, {spent_from: 50%, rate: 80%}]}\n"
    policy = bodies.parse(text)
    ends = [
        endings.lapse(policy, face_fen=100, spent_fen=spent, bonus_fen=0).payout.fen for spent in (49, 50, 60)
    ]
    assert ends == [0, 40, 32]


BANDS = "leftover: [{spent_from: 0%, rate: 0%}, {spent_from: 0%, left_up_to: 50000, rate: 100%}]\n"
NO_BONUS = HEAD + "bonus: {base: spent, fixed_by: lock, tiers: []}\n"


def test_a_leftover_may_be_paid_out_once_little_is_left() -> None:
    policy = bodies.parse(NO_BONUS + BANDS)
    paid = [
        endings.leftover_payout(policy, face_fen=30_000_000, spent_fen=spent, bonus_fen=0).fen
        for spent in (24_999_999, 25_000_000)
    ]
    assert paid == [0, 5_000_000]


def test_sums_may_be_rounded_down_to_whole_yuan() -> None:
    text = NO_BONUS + "leftover: [{spent_from: 0%, rate: 80%, claw_back: 3%}]\npayout_rounding: yuan\n"
    text += "lapse: {effect: cash, rate: 95%, give_up: {effect: agreement}}\n"
    policy = bodies.parse(text)
    figures = {"face_fen": 100_000, "spent_fen": 33_333, "bonus_fen": 777}
    paid = endings.leftover_payout(policy, **figures)
    # 80% of 666.67 yuan less 3% of 7.77: 533.10 yuan.
    assert (paid.fen, paid.rules[-1].figures) == (53_300, {"exact_fen": 53_310})
    assert endings.lapse(policy, **figures).payout.fen == 63_300
    assert endings.give_up(policy, **figures).payout.fen == 66_667
    assert bodies.parse(
        NO_BONUS.replace("tiers: []", "tiers: [], rounding: yuan")
    ).bonus.rounding == Rounding(100)
    assert bodies.parse(NO_BONUS).bonus.rounding == bodies.parse(NO_BONUS).payout_rounding == Rounding()


def test_a_word_that_came_later_leaves_stored_bodies_as_they_were() -> None:
    body = reader.read(NO_BONUS + "leftover: [{spent_from: 0%, rate: 0%}]\n")
    assert body["leftover"] == [{"spent_from": 0, "rate": 0, "claw_back": 0}]


@pytest.mark.parametrize(
    ("good", "bad", "problem"),
    [
        (
            "0%, rate: 0%",
            "0%, left_up_to: 1, rate: 0%",
            "line 10: leftover[0].left_up_to: must not",
        ),
        ("0%, left_up_to: 50000", "0%", "line 10: leftover[1].spent_from: must be above the band before"),
        (
            "left_up_to: 50000",
            "left_up_to: 5万",
            "line 10: leftover[1].left_up_to: must be written as 50000",
        ),
        (BANDS, BANDS + "splits: 1\n", "line 10: leftover[1].left_up_to: needs spent_from above 0%"),
        (
            BANDS,
            BANDS.replace("leftover: ", "lapse: {effect: cash, bands: ").replace("]", "]}") + "splits: 1\n",
            "line 10: lapse.bands[1].left_up_to: needs spent_from above 0%",
        ),
    ],
)
def test_slips_of_bands_are_named(good: str, bad: str, problem: str) -> None:
    with pytest.raises(PolicyFileInvalid) as refused:
        reader.read((NO_BONUS + BANDS).replace(good, bad, 1))
    assert any(problem in str(one) for one in refused.value.problems), refused.value.problems


def test_late_settlement_as_a_reason_is_carried_out() -> None:
    body = reader.read(example())
    assert not_carried_out(body) == []
    slow = {**body, "equal_treatment": {"late_settlement": "may_raise"}}
    assert not_carried_out(slow) == []


@pytest.mark.parametrize(
    ("good", "bad", "problem"),
    [
        ("share: 40%", "share: 39%", "settlement.tranches: must come to 100% together, come to 99%"),
        ("rate: 10%}]", "rate: 7%}]", "bonus[0].tiers[0].steps[1].rate: must not be below the step before"),
        ("spent_from: 80%", "spent_from: 0%", "bonus[0].tiers[0].steps[1].spent_from: must be above"),
        (
            "base: fixed",
            "base: price",
            "bonus[1].tiers[0]: needs rate or steps or brackets or slices or slices_of_face, because",
        ),
        ("fixed_by: agreement", "fixed_by: lock", None),
        (
            "from_nth_day: 1, to_nth_day: 180",
            "from_nth_day: 2, to_nth_day: 180",
            "must be 1: tiers follow on",
        ),
        (
            "to_nth_day: 360, rate",
            "to_nth_day: 361, rate",
            "bonus[3].tiers[0].to_nth_day: lies beyond valid.days",
        ),
        ("{of: home, share", "{of: voucher, share", "bonus_caps[0]: share_of_price needs of: home"),
        ("buy_until: 2026", "buy_until: 2024", "scheme.buy_until: comes before issue_from"),
        ("effect: agreement", "effect: void, bands: [{spent_from: 0%, rate: 1%}]", "lapse.bands: only means"),
        ("yuan_per_m2: 8000", "m2_a_head: 8", "splits.floor.m2_a_head: stands here twice"),
        ("m2_a_head: 15, yuan_per_m2: 8000", "m2_a_head: 15", "splits.floor.yuan_per_m2: is missing"),
        ("rate: 0.0175%", "rate: 0.01755%", "settlement.late_interest.rate: must have at most four decimals"),
        ("{above: 90, up_to: 144}", "{}", "bonus[2].home_area: needs above or up_to"),
        ("paid: cash", "rounding: yuan", "bonus[3].rounding: must be the same for all that count"),
        ("base: spent ", "base: spent\n    per: home", "bonus[0].per: only means something with base: fixed"),
    ],
)
def test_slips_are_named(good: str, bad: str, problem: str | None) -> None:
    text = example().replace(good, bad, 1)
    assert text != example()
    if problem is None:
        bodies.parse(text)
        return
    with pytest.raises(PolicyFileInvalid) as refused:
        reader.read(text)
    assert any(problem in str(one) for one in refused.value.problems), refused.value.problems
