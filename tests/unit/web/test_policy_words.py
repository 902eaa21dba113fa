"""What a household reads of its bonus: how interest, a least sum and a price without tax are said."""

from collections.abc import Iterator
from datetime import date

import pytest
from flask import Flask
from flask_babel import Babel

from app.policies import bodies
from app.policies.rules import Rule
from app.web import policies as words
from tests.unit.policies.played import HEAD

YEAR = date(2025, 1, 1)


@pytest.fixture(autouse=True)
def _page() -> Iterator[None]:
    app = Flask(__name__)
    Babel(app, default_locale="zh")
    with app.test_request_context():
        yield


def worth(said: str, tier: str) -> str:
    tiers = f"tiers: [{{from_month: 1, to_month: 12, {tier}}}]"
    (rule,) = bodies.parse(f"{HEAD}bonus: {{{said}, fixed_by: lock, {tiers}}}\n").bonuses
    return words.worths([(rule, rule.tiers_of(YEAR)[0])])


def test_interest_names_its_days_and_its_rate() -> None:
    held = "base: held, paid: cash, counted_from: issue"
    told = "使用金额计息，从核发那天起到锁定那天为止，{}（购房后另发现金）"
    assert worth(held, "interest: {rate: 1.5%}") == told.format("年利率 1.5%")
    assert worth(held, "interest: {rate: 0.2%, per: month}") == told.format("月利率 0.2%")
    assert worth(held, "interest: {rate: 0.005%, per: day}") == told.format("日利率 0.005%")
    assert worth(held, "interest: {terms: [{months: 3, rate: 1%}]}") == told.format("利率见政策")
    borne = Rule("bonus", "interest", {"rate_ppm": 15_000, "days": 100, "days_in_year": 365})
    assert words.rule_text(borne) == "使用金额计息 100 天，年利率 1.5%"
    borne = Rule("bonus", "interest_by_months", {"rate_ppm": 2_000, "months": 3, "months_in_year": 1})
    assert words.rule_text(borne) == "使用金额计息 3 个月，月利率 0.2%"


def test_a_least_sum_and_a_price_without_tax_are_said() -> None:
    assert worth("base: price, without_vat: 9%", "rate: 1.5%") == "不含税房价的 1.5%"
    assert worth("base: face", "rate: 5%, least_yuan: 20000") == "票面金额的 5%，最少 ¥20,000"
    least = Rule("bonus", "at_least", {"whole_fen": 2_000_000, "before_fen": 500_000})
    assert words.rule_text(least) == ("算得不足 ¥20,000 的，按 ¥20,000；其中 ¥5,000 已经算给前面的购房或房票")
    (rule,) = bodies.parse(
        HEAD
        + "bonus: {base: spent, fixed_by: lock, tiers: []}\n"
        + "face: [{rate: 5%, least_yuan: 10000, most_yuan: 20000}]\n"
    ).face
    assert words.face_rule(rule) == "补偿金额的 5%，最少 ¥10,000，最多 ¥20,000"


def test_what_came_back_after_a_split_is_said_to_be_added() -> None:
    figures = {"rate_bp": 1_000, "whole_fen": 2_500_000, "before_fen": -7_500_000}
    told = "，即 ¥25,000，不足一分的舍去；拆分以后退掉的购房退回额度，另加 ¥75,000"
    assert words.rule_text(Rule("bonus.tiers[0]", "face", figures)).endswith(told)
    cap = Rule("bonus.caps[0]", "cap_voucher", {"limit_fen": 2_500_000, "before_fen": -7_500_000})
    assert words.rule_text(cap) == "这张房票的奖励最多 ¥25,000；拆分以后退掉的购房退回额度，另加 ¥75,000"
