"""Words about time: the day of the agreement with the month of purchase, a grace, a payout's own time."""

from datetime import date
from typing import Any

import pytest

from app.policies import bodies, reader
from app.policies.errors import PolicyFileInvalid
from app.policies.idle import worth_a_look
from app.policies.spans import Span
from app.policies.tiers import Window
from app.reports import words
from tests.factories.policies import HAILING
from tests.unit.policies import played

HEAD = played.HEAD.replace("{months: 12, from: issue}", "{months: 18, from: issue, extension_months: 2}")
NO_BONUS = "bonus: {base: spent, fixed_by: lock, tiers: []}\n"
TABLE = """
bonus:
  - base: spent
    fixed_by: lock
    signed_to: 2025-03-31
    tiers: [{from_month: 1, to_month: 3, rate: 10%}, {from_month: 4, to_month: 6, rate: 8%}]
  - base: spent
    fixed_by: lock
    signed_from: 2025-04-01
    tiers: [{from_month: 1, to_month: 3, rate: 5%}, {from_month: 4, to_month: 6, rate: 3%}]
"""
GRACE = """
bonus:
  base: spent
  fixed_by: contract
  grace_days: 15
  tiers: [{from_month: 1, to_month: 3, rate: 20%}, {from_month: 4, to_month: 18, rate: 10%}]
hold: {days: 30, loan_days: 40}
"""


def steps(policy: str, *told: str) -> list[dict[str, Any]]:
    return played.steps_of(HEAD + policy, *told)


def amount(step: dict[str, Any], of: str) -> int:
    return sum(one["fen"] for one in step["amounts"] if one["of"] == of)


def slips(policy: str) -> list[tuple[str, str]]:
    with pytest.raises(PolicyFileInvalid) as refusal:
        reader.read(HEAD + policy)
    return [(one.path, one.reason) for one in refusal.value.problems]


@pytest.mark.parametrize(
    ("agreement", "bought", "bonus"),
    [
        ("2025-03-31", "2025-07-10", 5_000_000),  # 10% of 50 万
        ("2025-03-31", "2025-07-11", 4_000_000),
        ("2025-04-01", "2025-07-10", 2_500_000),
        ("2025-04-01", "2025-07-11", 1_500_000),
        ("2025-04-01", "2025-10-11", 0),
    ],
)
def test_the_day_of_the_agreement_and_the_month_of_purchase_make_one_rate(
    agreement: str, bought: str, bonus: int
) -> None:
    _, buy = steps(
        TABLE,
        f"issue: {{voucher: A, on: 2025-04-10, agreement: {agreement}, face: 500000}}",
        f"buy: {{home: H, voucher: A, on: {bought}, price: 600000}}",
    )
    assert amount(buy, "bonus") == bonus
    codes = [rule["code"] for one in buy["amounts"] if one["of"] == "bonus" for rule in one["rules"]]
    assert "not_signed_then" in codes


@pytest.mark.parametrize(
    ("locked", "signed", "bonus", "code"),
    [
        ("2025-04-10", "2025-04-10", 10_000_000, "bonus_day"),
        ("2025-04-10", "2025-04-25", 10_000_000, "grace"),  # 15 days after 10 April, the tier's last
        ("2025-04-10", "2025-04-26", 5_000_000, "bonus_day"),
        ("2025-04-11", "2025-04-11", 5_000_000, "bonus_day"),
    ],
)
def test_who_locks_within_a_tier_has_some_days_more_to_sign(
    locked: str, signed: str, bonus: int, code: str
) -> None:
    _, buy = steps(
        GRACE,
        "issue: {voucher: A, on: 2025-01-10, face: 500000}",
        f"buy: {{home: H, voucher: A, on: {locked}, contract: {signed}, price: 650000}}",
    )
    assert amount(buy, "bonus") == bonus
    assert buy["notes"][0]["code"] == code


def test_a_home_waits_for_its_contract_as_long_as_tier_grace_and_loan_let_it() -> None:
    issued = "issue: {voucher: A, on: 2025-01-10, face: 500000}"
    locked = "buy: {home: H, voucher: A, price: 100000, on: "
    bought = [
        steps(GRACE, issued, locked + rest)[1]
        for rest in (
            "2025-02-01}",
            "2025-04-01}",
            "2025-02-01, loan: 2025-02-20}",
            "2025-04-01, loan: 2025-04-02}",
            "2025-02-01, contract: 2025-03-20}",
            "2025-02-01, contract: 2025-03-20, delay_of_others: yes}",
        )
    ]
    assert [step["dates"]["held_until"] for step in bought[:4]] == [
        "2025-03-03",
        "2025-04-25",  # 30 days would be the first of May
        "2025-04-01",
        "2025-04-25",
    ]
    over = [any(note["code"] == "hold_over" for note in step["notes"]) for step in bought]
    assert over == [False, False, False, False, True, False]


@pytest.mark.parametrize(("signed", "bonus"), [("2025-04-25", 10_000_000), ("2025-04-27", 5_000_000)])
def test_a_grace_may_be_of_working_days(signed: str, bonus: int) -> None:
    """The tier ends on 10 April, a Thursday; the eleventh working day after it is the 25th."""
    _, buy = steps(
        GRACE.replace("grace_days: 15", "grace_working_days: 11"),
        "issue: {voucher: A, on: 2025-01-10, face: 500000}",
        f"buy: {{home: H, voucher: A, on: 2025-04-10, contract: {signed}, price: 650000}}",
    )
    assert buy["dates"]["held_until"] == "2025-04-25"
    assert amount(buy, "bonus") == bonus
    paths = [note["path"] for note in buy["notes"]]
    assert ("bonus.grace_working_days" in paths) == (bonus == 10_000_000)


def test_papers_say_of_which_days_a_grace_is() -> None:
    for word, days in (("grace_days", "3 天"), ("grace_working_days", "3 个工作日")):
        policy = bodies.parse(HEAD + GRACE.replace("grace_days: 15", f"{word}: 3"))
        tier = policy.bonus_tier_on(date(2025, 1, 10), date(2025, 2, 1))
        assert tier
        told = words.span_worth(Span(tier.first_day, tier.last_day, ((policy.bonus, tier),)))
        assert f"签合同可以再晚 {days}" in told


@pytest.mark.parametrize(("delay", "bonus"), [("", 10_000_000), (", delay_of_others: no", 5_000_000)])
def test_what_offices_do_after_the_contract_is_their_delay_unless_it_is_said_not_to_be(
    delay: str, bonus: int
) -> None:
    policy = GRACE.replace("fixed_by: contract\n  grace_days: 15", "fixed_by: filed")
    _, buy = steps(
        policy,
        "issue: {voucher: A, on: 2025-01-10, face: 500000}",
        f"buy: {{home: H, voucher: A, on: 2025-04-10, filed: 2025-05-20, price: 650000{delay}}}",
    )
    assert amount(buy, "bonus") == bonus


TIMED = (
    "leftover: [{spent_from: 0%, rate: 0%}, {spent_from: 0%, from_month: 7, to_month: 12, rate: 90%}, "
    "{spent_from: 50%, from_month: 7, to_month: 12, rate: 95%}, {spent_from: 0%, from_month: 13, rate: 100%}]"
)


@pytest.mark.parametrize(
    ("on", "paid"),
    [
        ("2025-07-10", None),
        ("2025-07-11", 36_000_000),
        ("2026-01-10", 36_000_000),
        ("2026-01-11", 40_000_000),
    ],
)
def test_a_payout_has_its_own_time_of_the_term(on: str, paid: int | None) -> None:
    _, payout = steps(
        NO_BONUS + TIMED,
        "issue: {voucher: A, on: 2025-01-10, face: 400000}",
        f"payout: {{voucher: A, on: {on}}}",
    )
    if paid is None:
        assert payout["outcome"] == "refused"
    else:
        assert amount(payout, "paid_out") == paid


def test_bands_of_one_time_still_rise_by_what_is_spent() -> None:
    steps_of = steps(
        NO_BONUS + TIMED,
        "issue: {voucher: A, on: 2025-01-10, face: 400000}",
        "buy: {home: H, voucher: A, on: 2025-02-01, price: 200000}",
        "payout: {voucher: A, on: 2025-08-01}",
    )
    assert amount(steps_of[2], "paid_out") == 19_000_000


def test_the_first_home_takes_a_least_part_of_each_voucher_that_pays_and_the_second_does_not() -> None:
    first = "first_purchase: 60%\n" + NO_BONUS
    _, low, _enough, second, _, _, again = steps(
        first,
        "issue: {voucher: A, on: 2025-01-10, face: 400000}",
        "buy: {home: H1, voucher: A, on: 2025-02-01, price: 239999.99}",
        "buy: {home: H2, voucher: A, on: 2025-02-01, price: 240000}",
        "buy: {home: H3, voucher: A, on: 2025-02-02, price: 1000}",
        "cancel: {home: H2, on: 2025-02-03}",
        "cancel: {home: H3, on: 2025-02-03}",
        "buy: {home: H4, voucher: A, on: 2025-02-04, price: 1000}",
    )
    assert (low["refused_by"]["path"], low["refused_by"]["figures"]["least_fen"]) == (
        "first_purchase",
        24_000_000,
    )
    assert second["outcome"] == "done"
    assert again["refused_by"]["path"] == "first_purchase"
    issued = [f"issue: {{voucher: {name}, on: 2025-01-10, face: 400000}}" for name in "AB"]
    *_, both = steps(
        first, *issued, "buy: {home: H, vouchers: [A, B], on: 2025-02-01, price: 500000, top_up: own}"
    )
    assert both["refused_by"]["figures"]["least_fen"] == 24_000_000  # 10 万 of the second are too little


@pytest.mark.parametrize(
    ("policy", "path", "reason"),
    [
        (
            "bonus: {base: spent, fixed_by: lock, grace_days: 3, tiers: []}\n",
            "bonus.grace_days",
            "only means something after the lock, and the lock decides",
        ),
        (
            GRACE.replace("grace_days: 15", "grace_days: 15\n  grace_working_days: 9"),
            "bonus.grace_working_days",
            "may have only grace_days or grace_working_days",
        ),
        (
            "bonus: {base: spent, fixed_by: lock, signed_from: 2025-02-01, signed_to: 2025-01-01, tiers: []}",
            "bonus.signed_to",
            "comes before signed_from",
        ),
        (
            NO_BONUS + "leftover: [{spent_from: 0%, from_month: 3, rate: 9%}]",
            "leftover[0]",
            (
                "must not say its time: the first band is for any time of the term, so write "
                "{spent_from: 0%, rate: 0%} before it"
            ),
        ),
        (
            NO_BONUS + TIMED.replace("from_month: 13", "from_month: 3, to_day: 2025-05-01"),
            "leftover[3]",
            "counts its time in two ways: by months, by nth days, or by days",
        ),
        (
            NO_BONUS + TIMED.replace("from_month: 13", "from_month: 21"),
            "leftover[3].from_month",
            "lies beyond valid.months",
        ),
        (
            NO_BONUS + TIMED.replace("from_month: 13", "from_month: 13, to_month: 12"),
            "leftover[3].to_month",
            "comes before from_month",
        ),
        (
            NO_BONUS + TIMED.replace("spent_from: 50%", "spent_from: 0%"),
            "leftover[2].spent_from",
            "must be above the band before, or the same with a lower left_up_to",
        ),
    ],
)
def test_times_that_fit_nothing_are_named(policy: str, path: str, reason: str) -> None:
    assert (path, reason) in slips(policy)


def test_lines_that_a_tab_indents_are_named() -> None:
    with pytest.raises(PolicyFileInvalid) as refusal:
        reader.read("schema: 4\nvalid:\n\tmonths: 12\n  \tfrom: issue\n")
    assert [(one.line, one.reason) for one in refusal.value.problems] == [
        (line, "has a tab, which YAML does not take: write spaces") for line in (3, 4)
    ]


def test_prices_that_whole_yuan_cannot_pay_alone_are_told() -> None:
    whole = HAILING.replace("base: spent", "base: spent\n  rounding: yuan")
    assert worth_a_look(reader.read(whole)) == []
    assert [path for path, _reason in worth_a_look(reader.read(whole + "top_up: []\n"))] == ["bonus.rounding"]


def test_a_time_reads_in_words() -> None:
    assert words.window(Window(from_month=7, to_month=12)) == "使用期限第 7 个月起、使用期限第 12 个月为止"
    assert words.window(Window(to_day=date(2025, 7, 1))) == "2025年7月1日（星期二）为止"
    assert words.window(Window(from_nth_day=181)) == "使用期限第 181 天起"


FLOATING = (
    NO_BONUS
    + "lapse: {effect: cash}\n"
    + "interest: {rates: [{from_day: 2025-02-01, rate: 1.5%}, {from_day: 2025-05-20, rate: 1%}], "
    + "from: issue, on: [lapse]}\n"
)


def test_each_day_bears_the_rate_that_holds_on_it() -> None:
    _, lapse = steps(
        FLOATING,
        "issue: {voucher: A, on: 2025-01-10, face: 400000}",
        "lapse: {voucher: A, on: 2026-07-11}",
    )
    # From 1 February to 19 May 108 days at 1.5%, from 20 May 2025 to 11 July 2026 418 days at 1%:
    # 40,000,000 fen x (162 + 418) / 36,500 = 635,616.43 fen.
    assert amount(lapse, "interest") == 635_616
    (borne,) = (one for one in lapse["amounts"] if one["of"] == "interest")
    *parts, together = borne["rules"]
    assert [rule["figures"]["days"] for rule in parts] == [108, 418]
    assert (together["code"], together["rounded"]) == ("together", "down")


def test_rates_that_do_not_rise_by_their_days_are_named() -> None:
    path, reason = "interest.rates[1].from_day", "must be later than the one before"
    assert (path, reason) in slips(FLOATING.replace("2025-05-20", "2025-02-01"))


BUILT = (
    NO_BONUS
    + "settlement: {tranches: [{event: topped_out, share: 60%, pay_within: {days: 15}}, "
    + "{event: completed, share: 40%, pay_within: {days: 15}}]}\n"
)


def test_tranches_wait_for_the_building_but_never_from_before_the_write_off() -> None:
    *_, settle = steps(
        BUILT,
        "issue: {voucher: A, on: 2025-01-10, face: 400000}",
        "buy: {home: H, voucher: A, on: 2025-02-01, verified: 2025-02-20, price: 300000}",
        "settle: {home: H, on: 2025-12-31, topped_out: 2024-11-05, completed: 2025-09-01}",
    )
    assert settle["dates"] == {"tranche 1 due": "2025-03-07", "tranche 2 due": "2025-09-16"}
    assert [one["fen"] for one in settle["amounts"] if one["of"] != "owed"][:1] == [18_000_000]


LOAN = """schema: 4
code: loan
title: 甲
source: 乙
valid: {days: 540, from: issue}
bonus:
  base: spent
  fixed_by: contract
  grace_days: 15
  tiers: [{from_nth_day: 1, to_nth_day: 90, rate: 10%}, {from_nth_day: 91, to_nth_day: 180, rate: 5%}]
hold: {working_days: 5, loan_days: 40}
usable_on: [home]
buyers: [self]
"""
"""The first tier of a voucher of 1 May ends on 30 July 2022, its grace on 14 August."""


@pytest.mark.parametrize(
    ("grace", "papers", "until"),
    [
        ("", "2022-07-29", "2022-07-30"),
        ("  grace_days: 15\n", "2022-07-30", "2022-08-14"),
        ("  grace_days: 15\n", "2022-08-01", "2022-08-14"),  # not the 10th of September, by the next tier
        ("  grace_days: 15\n", "2022-08-05", "2022-08-14"),
        ("  grace_days: 15\n", "2022-08-09", "2022-08-05"),  # the hold was over on the fifth
        ("  grace_days: 15\n", "2023-08-09", "2022-08-05"),
        ("", "2022-08-01", "2022-07-30"),
    ],
)
def test_papers_of_a_loan_hold_no_home_beyond_the_tier_of_its_lock(
    grace: str, papers: str, until: str
) -> None:
    policy = LOAN.replace("  grace_days: 15\n", grace)
    issued = "issue: {voucher: A, on: 2022-05-01, face: 1000000}"
    bought = f"buy: {{home: H, voucher: A, on: 2022-07-29, loan: {papers}, price: 110000}}"
    assert played.steps_of(policy, issued, bought)[1]["dates"]["held_until"] == until
