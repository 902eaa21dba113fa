"""Sums, shares and areas that are likely of another unit, and lines likely in another order: told."""

import pytest

from app.policies.reader import look
from app.web.trials import slip
from tests.unit.policies.test_contradictions import BASE, bonus

SLICED = (
    "lapse: {effect: cash}\ninterest: {slices: [{months: 0, rate: 1.5%}, {months: MONTHS, rate: 2%}], REST}\n"
)


LOW = "lapse: {effect: cash}\ninterest: {RATE, from: issue, on: [lapse]}\n"
PAID_LATE = (
    "settlement: {tranches: [{event: contract, share: 100%, pay_within: {days: 3}}], late_interest: {RATE}}\n"
)


def sliced(months: int, rest: str) -> str:
    return BASE + SLICED.replace("MONTHS", str(months)).replace("REST", rest)


def taken_over(rate: str) -> str:
    """Return a policy under which who takes a voucher over earns at a rate of their own."""
    line = "{base: spent, fixed_by: contract, EXTRAtiers: [{from_month: 1, to_month: 12, rate: RATE}]}"
    own, other = (
        line.replace("EXTRA", extra).replace("RATE", said)
        for extra, said in (("", "8%"), ("earned_by: transferee, ", rate))
    )
    before, after = BASE[: BASE.index("bonus:")], BASE[BASE.index("usable_on") :]
    return f"{before}bonus:\n  - {own}\n  - {other}\n{after}transfers: {{times: 1, bonus: lost}}\n"


@pytest.mark.parametrize(
    ("text", "path", "reason", "words"),
    [
        (
            BASE + "face: [{fill_to: 40}]\n",
            "face[0].fill_to",
            "is 40 yuan: did you mean 40万 = 400000?",
            "只有 40 元，是不是 40 万元？",
        ),
        (
            BASE + "face: [{rate: 9%, most_face: 500}]\n",
            "face[0].most_face",
            "500万 = 5000000",
            "只有 500 元",
        ),
        (
            BASE + "face: [{rate: 9%, least_yuan: 1.5}]\n",
            "face[0].least_yuan",
            "did you mean 1.5万 = 15000?",
            "只有 1.5 元",
        ),
        (bonus("caps: [{of: voucher, yuan: 10}]"), "bonus.caps[0].yuan", "10万 = 100000", "只有 10 元"),
        (BASE + "bonus_caps: [{of: home, yuan: 3}]\n", "bonus_caps[0].yuan", "3万 = 30000", "只有 3 元"),
        (BASE + "limits: [{yuan: 15}]\n", "limits[0].yuan", "15万 = 150000", "只有 15 元"),
        (
            BASE + "splits: {times: 1, past: parted, least_yuan: 30}\n",
            "splits.least_yuan",
            "30万 = 300000",
            "只有 30 元",
        ),
        (
            BASE + "leftover: [{spent_from: 0%, rate: 9%, most_yuan: 10}]\n",
            "leftover[0].most_yuan",
            "10万",
            "只有 10 元",
        ),
        (
            BASE.replace("base: spent", "base: fixed").replace("rate: 8%", "yuan: 3"),
            "bonus.tiers[0].yuan",
            "3万",
            "只有 3 元",
        ),
        (
            BASE + "price: {ceiling_share: 9.5%}\n",
            "price.ceiling_share",
            "did you mean 95%?",
            "只有备案价的 9.5%，是不是 95%？",
        ),
        (
            BASE + "price: {ceiling_share: 30%}\n",
            "price.ceiling_share",
            "is it so little?",
            "只有备案价的 30%，是不是写少了？",
        ),
        (
            BASE.replace("base: spent", "base: price\n  within_area: {m2_a_head: 5000}"),
            "bonus.within_area.m2_a_head",
            "is 5000 ㎡ a head",
            "人均 5000 平方米",
        ),
        (
            BASE.replace("base: spent", "base: price\n  within_area: {m2: 14400}"),
            "bonus.within_area.m2",
            "is 14400 ㎡ a household: is it so much?",
            "一户 14400 平方米",
        ),
        (
            BASE.replace("base: spent", "base: price\n  within_area: {m2: 501, of: home}"),
            "bonus.within_area.m2",
            "is 501 ㎡ a home: is it so much?",
            "每套 501 平方米",
        ),
        (
            BASE + "transfers: {times: 1, floor: {m2_a_head: 1500}}\n",
            "transfers.floor.m2_a_head",
            "is 1500 ㎡ a head",
            "人均 1500 平方米",
        ),
        (
            BASE + "face: [{fill_to: 400000}, {rate: 9%}]\n",
            "face[0].fill_to",
            "is followed by face[1]",
            "后面的 face[1] 还要再加",
        ),
        (
            BASE + "limits: [{yuan: 200000, of: home}, {yuan: 100000}]\n",
            "limits[0].yuan",
            "is above limits[1].yuan",
            "高于 limits[1].yuan",
        ),
        (
            taken_over("12%"),
            "bonus[1].tiers[0]",
            "is above the 8% that holders earn",
            "高于持票人自己的 8%",
        ),
        (
            sliced(12, "from: issue, to: term_end, on: [lapse]"),
            "interest.slices[1].months",
            "the term is 12 months",
            "期限是 12 个月",
        ),
        (
            sliced(24, "from: start, on: [lapse]"),
            "interest.slices[1].months",
            "is hardly ever",
            "期限是 12 个月",
        ),
        (
            sliced(48, "from: vacated, on: [lapse]"),
            "interest.slices[1].months",
            "is hardly ever",
            "期限是 12 个月",
        ),
        (
            BASE + LOW.replace("RATE", "rate: 0.18%"),
            "interest.rate",
            "is 0.18% a year: if it is the rate of a month, write 2.16% or per: month",
            "一年只有 0.18%：如果是月利率，请写年利率 2.16%",
        ),
        (
            BASE + LOW.replace("RATE", "terms: [{months: 0, rate: 0.11%}, {months: 6, rate: 0.2999%}]"),
            "interest.terms",
            "is 0.2999% a year",
            "一年只有 0.2999%",
        ),
        (
            BASE.replace("base: spent", "base: held\n  paid: cash")
            .replace("fixed_by: contract", "fixed_by: lock")
            .replace("rate: 8%", "interest: {rate: 0.18%}"),
            "bonus.tiers[0].interest.rate",
            "is 0.18% a year",
            "一年只有 0.18%",
        ),
        (
            BASE + PAID_LATE.replace("RATE", "rate: 0.05%"),
            "settlement.late_interest.rate",
            "is 0.05% a year",
            "一年只有 0.05%",
        ),
    ],
)
def test_what_is_likely_of_another_unit_is_told(text: str, path: str, reason: str, words: str) -> None:
    notes = look(text)[1]
    assert [one.path for one in notes] == [path]
    assert reason in notes[0].reason
    assert slip(notes[0].reason).startswith(words)


@pytest.mark.parametrize(
    "text",
    [
        BASE + "face: [{rate: 9%}, {fill_to: 400000}]\nprice: {ceiling_share: 50%}\n",
        BASE + "limits: [{yuan: 1000, of: home}, {yuan: 1000, of: household}]\n",
        BASE + "transfers: {times: 1, floor: {m2_a_head: 200}}\n",
        taken_over("8%"),
        sliced(23, "from: start, on: [lapse]"),
        sliced(47, "from: vacated, on: [lapse]"),
        BASE + LOW.replace("RATE", "rate: 0.1%"),
        BASE + LOW.replace("RATE", "rate: 0.3%"),
        BASE + LOW.replace("RATE", "rate: 0.18%, per: month"),
        BASE + LOW.replace("RATE", "terms: [{months: 0, rate: 0.2%}, {months: 6, rate: 1.5%}]"),
        BASE + PAID_LATE.replace("RATE", "rate: 0.05%, per: day"),
    ],
)
def test_what_is_as_papers_have_it_is_not(text: str) -> None:
    assert look(text)[1] == []
