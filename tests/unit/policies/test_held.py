"""Interest on what is spent, from the issue to the purchase: by days, months, and rates that float."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.policies import bodies
from app.policies.bonus import Terms
from app.policies.errors import PolicyFileInvalid
from app.policies.reader import read
from app.policies.spans import Span
from app.reports.words import span_worth
from tests.unit.policies.played import HEAD, steps_of

ISSUE = "issue: {voucher: A, on: 2025-03-01, agreement: 2025-02-01, face: 1000000}"
BUY = "buy: {home: H, voucher: A, on: 2025-06-09, price: 600000}"


def file(interest: str, more: str = "counted_from: issue, ", fixed_by: str = "lock") -> str:
    tiers = f"[{{from_month: 1, to_month: 12, interest: {interest}}}]"
    return HEAD + f"bonus: {{base: held, paid: cash, fixed_by: {fixed_by}, {more}tiers: {tiers}}}\n"


@pytest.mark.parametrize(
    ("interest", "more", "fen", "exact"),
    [
        # 1 March to 9 June are 100 days: 600,000 x 1.5% x 100 / 365 = 2,465.7534…
        ("{rate: 1.5%}", "counted_from: issue, ", 246_575, "246575.3424"),
        ("{rate: 1.5%, days_in_year: 360}", "counted_from: issue, ", 250_000, "250000"),
        ("{rate: 0.005%, per: day}", "counted_from: issue, ", 300_000, "300000"),
        # Three whole months of twelve, four of them begun; from the agreement four are over, five begun.
        ("{rate: 1.5%, count: months}", "counted_from: issue, ", 225_000, "225000"),
        ("{rate: 1.5%, count: begun_months}", "counted_from: issue, ", 300_000, "300000"),
        ("{rate: 1.5%, count: begun_months}", "counted_from: agreement, ", 375_000, "375000"),
        # What a household gets is limited, and whole yuan where the paper says so.
        ("{rate: 1.5%}", "counted_from: issue, rounding: yuan, ", 246_500, "246575.3424"),
        ("{rate: 1.5%}", "caps: [{of: household, yuan: 2000}], ", 200_000, "246575.3424"),
    ],
)
def test_what_is_spent_bears_interest_until_it_is(interest: str, more: str, fen: int, exact: str) -> None:
    _, home = steps_of(file(interest, more), ISSUE, BUY)
    spent, none, cash = home["amounts"]
    assert (spent["fen"], none["fen"], cash["fen"]) == (60_000_000, 0, fen)
    assert cash["rules"][0]["exact_fen"] == exact


def test_rates_that_float_are_added_up_and_rounded_once() -> None:
    rates = "{rates: [{from_day: 2025-01-01, rate: 1.5%}, {from_day: 2025-05-20, rate: 1.1%}]}"
    _, home = steps_of(file(rates), ISSUE, BUY)
    # 79 days to 19 May, 21 from the 20th on: 60 万 x (79 x 1.5% + 21 x 1.1%) / 365 = 2,327.6712…
    cash = home["amounts"][2]
    assert (cash["fen"], cash["rules"][-1]["exact_fen"]) == (232_767, "232767.1232")


def test_every_purchase_bears_its_own_and_a_cancelled_one_nothing() -> None:
    _, first, gone, second, rest = steps_of(
        file("{terms: [{months: 3, rate: 1.2%}, {months: 6, rate: 1.4%}]}")
        + "leftover: [{spent_from: 0%, rate: 100%, claw_back: 50%}]\n",
        ISSUE,
        "buy: {home: H1, voucher: A, on: 2025-04-01, price: 300000}",
        "cancel: {home: H1, on: 2025-04-02}",
        "buy: {home: H2, voucher: A, on: 2025-09-17, price: 730000}",
        "payout: {voucher: A, on: 2025-09-20}",
    )
    assert first["amounts"][2]["fen"] == 0  # one month is no term yet
    assert [one["of"] for one in gone["amounts"]] == ["given_back"]
    # 200 days, more than six months: 730,000 x 1.4% x 200 / 365 = 5,600.
    assert second["amounts"][2]["fen"] == 560_000
    assert rest["amounts"][0]["fen"] == 27_000_000 - 280_000


@given(spent=st.integers(0, 10**10), days=st.integers(0, 400), ppm=st.integers(0, 1_000_000))
def test_it_is_the_exact_interest_rounded_down_and_never_falls(spent: int, days: int, ppm: int) -> None:
    rule = bodies.parse(file(f"{{rate: {ppm // 10_000}.{ppm % 10_000:04d}%}}")).bonus
    start = date(2025, 1, 1)
    tier = rule.tier_on(start, start + timedelta(days=min(days, 365)))
    assert tier is not None
    earning = Terms(rule, tier, 10**10).earning(0)
    exact = Fraction(spent * ppm * min(days, 365), 365_000_000)
    assert earning.bonus(spent).fen == int(exact)
    assert earning.bonus(spent).fen <= earning.bonus(spent + 1).fen


@pytest.mark.parametrize(
    ("said", "path", "reason"),
    [
        (file("{rate: 1%}", fixed_by="contract"), "bonus.fixed_by", "must be lock"),
        (file("{rate: 1%}").replace("paid: cash", "paid: price"), "bonus.paid", "must be cash"),
        (file("{rate: 1%}").replace("base: held", "base: spent"), "bonus.tiers[0]", "needs rate or steps"),
        (file("{rate: 1%, terms: []}"), "bonus.tiers[0].interest.terms", "needs at least 1"),
        (file("{per: year}"), "bonus.tiers[0].interest", "needs either rate or rates or terms"),
        (
            file("{terms: [{months: 3, rate: 1%}, {months: 3, rate: 2%}]}"),
            "bonus.tiers[0].interest.terms[1].months",
            "must be above the one before",
        ),
        (file("{rate: 1%, per: month, count: days}"), "bonus.tiers[0].interest.count", "must be months"),
    ],
)
def test_what_cannot_be_reckoned_is_refused(said: str, path: str, reason: str) -> None:
    with pytest.raises(PolicyFileInvalid) as found:
        read(said)
    assert any(one.path == path and one.reason.startswith(reason) for one in found.value.problems)


def test_it_reads_as_interest() -> None:
    (rule,) = bodies.parse(file("{rate: 1.75%}")).bonuses
    start = date(2025, 1, 1)
    told = span_worth(Span(start, date(2026, 1, 1), ((rule, rule.tiers_of(start)[0]),)))
    assert told == "购房使用的金额计息，从核发那天起到锁定那天为止，年利率 1.75%（购房后另发现金）"


def test_in_a_later_tier_it_runs_from_the_same_day() -> None:
    tiers = (
        "[{from_month: 1, to_month: 2, interest: {rate: 1%}}, "
        "{from_month: 3, to_month: 12, interest: {rate: 1.5%}}]"
    )
    bonus = f"bonus: {{base: held, paid: cash, fixed_by: lock, counted_from: issue, tiers: {tiers}}}\n"
    _, home = steps_of(HEAD + bonus, ISSUE, BUY)
    # All 100 days bear the later rate: 600,000 x 1.5% x 100 / 365.
    assert home["amounts"][2]["fen"] == 246_575
