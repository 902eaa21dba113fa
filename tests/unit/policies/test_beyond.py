"""Interest on what is spent that runs on after the lock: to contract, filing, write-off or payment."""

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.policies import bodies
from app.policies.beyond import beyond, runs_on
from app.policies.bonus import Terms
from app.policies.errors import PolicyFileInvalid
from app.policies.reader import read
from app.policies.rules import Policy
from app.policies.spans import Span
from app.reports.words import span_worth
from app.web.policies import rule_text
from tests.unit.policies.played import HEAD, steps_of

ISSUE = "issue: {voucher: A, on: 2025-03-01, agreement: 2025-02-01, face: 1000000}"
DAYS = "contract: 2025-06-14, filed: 2025-06-19, verified: 2025-07-09, paid: 2025-08-01"
BUY = f"buy: {{home: H, voucher: A, on: 2025-06-09, price: 600000, {DAYS}}}"
START = date(2025, 1, 1)


def file(interest: str, more: str = "") -> str:
    tiers = f"[{{from_month: 1, to_month: 12, interest: {interest}}}]"
    held = f"base: held, paid: cash, fixed_by: lock, counted_from: issue, {more}tiers: {tiers}"
    return HEAD + f"bonus: {{{held}}}\n"


def amounts(interest: str, more: str = "", buy: str = BUY) -> dict[str, int]:
    _, home = steps_of(file(interest, more), ISSUE, buy)
    return {one["of"]: one["fen"] for one in home["amounts"]}


@pytest.mark.parametrize(
    ("interest", "more", "lock", "beyond_lock"),
    [
        # 60 万 at 1.5%: 100 days to the lock 2,465.753…; each day 24.6575….
        ("{rate: 1.5%}", "", 246_575, None),
        ("{rate: 1.5%, to: lock}", "", 246_575, None),
        # 105, 110, 130 and 153 days: 2,589.041…, 2,712.328…, 3,205.479…, 3,772.602…
        ("{rate: 1.5%, to: contract}", "", 246_575, 258_904 - 246_575),
        ("{rate: 1.5%, to: filed}", "", 246_575, 271_232 - 246_575),
        ("{rate: 1.5%, to: verified}", "", 246_575, 320_547 - 246_575),
        ("{rate: 1.5%, to: paid}", "", 246_575, 377_260 - 246_575),
        ("{rate: 1.5%, to: paid}", "rounding: yuan, ", 246_500, 377_200 - 246_500),
        # Three whole months at the lock, five on 1 August.
        ("{rate: 1.5%, count: months, to: paid}", "", 225_000, 150_000),
        # The rate of three months at the lock, that of four on 9 July for all of its 130 days: 2,564.383…
        (
            "{terms: [{months: 3, rate: 1%}, {months: 4, rate: 1.2%}], to: verified}",
            "",
            164_383,
            256_438 - 164_383,
        ),
        # A lower rate of a longer term takes nothing back of what was promised.
        ("{terms: [{months: 3, rate: 1.2%}, {months: 4, rate: 0.1%}], to: verified}", "", 197_260, 0),
        # 79 days at 1.5%, then 1.1%: 74 of them to 1 August.
        (
            "{rates: [{from_day: 2025-01-01, rate: 1.5%}, {from_day: 2025-05-20, rate: 1.1%}], to: paid}",
            "",
            232_767,
            328_602 - 232_767,
        ),
    ],
)
def test_it_runs_to_the_day_that_the_paper_names(
    interest: str, more: str, lock: int, beyond_lock: int | None
) -> None:
    found = amounts(interest, more)
    assert (found["bonus in cash"], found.get("interest on spent")) == (lock, beyond_lock)


def test_a_day_that_is_not_said_is_that_of_the_lock() -> None:
    bought = "buy: {home: H, voucher: A, on: 2025-06-09, price: 600000}"
    assert amounts("{rate: 1.5%, to: paid}", buy=bought)["interest on spent"] == 0


def test_what_bears_nothing_at_the_lock_bears_from_then_on() -> None:
    bought = "buy: {home: H, voucher: A, on: 2025-03-01, price: 600000, verified: 2025-06-09}"
    found = amounts("{rate: 1.5%, to: verified}", buy=bought)
    assert (found["bonus in cash"], found["interest on spent"]) == (0, 246_575)


def test_a_home_that_earns_none_bears_none() -> None:
    found = amounts("{rate: 1.5%, to: paid}", "home_area: {above: 200}, ")
    assert "interest on spent" not in found
    assert found["bonus in cash"] == 0


said: dict[str, Any] = {
    "one": "rate: {}%",
    "year of 360": "rate: {}%, days_in_year: 360",
    "a day": "rate: {}%, per: day",
    "months": "rate: {}%, count: months",
    "floating": "rates: [{{from_day: 2025-02-01, rate: {}%}}, {{from_day: 2025-04-01, rate: 0.5%}}]",
}


def policy_of(interest: str, rounding: str = "fen") -> Policy:
    return bodies.parse(file(f"{{{interest}, to: paid}}", f"rounding: {rounding}, "))


def exactly(how: str, ppm: int, spent: int, days: int) -> Fraction:
    """Return the interest on a sum for so many days, by arithmetic of its own."""
    last = START + timedelta(days=days)
    if how == "floating":
        first = sum(
            date(2025, 2, 1) <= START + timedelta(days=one) < date(2025, 4, 1) for one in range(1, days + 1)
        )
        later = sum(START + timedelta(days=one) >= date(2025, 4, 1) for one in range(1, days + 1))
        return Fraction(spent * (ppm * first + 5_000 * later), 365_000_000)
    if how == "months":
        return Fraction(spent * ppm * ((last.year - 2025) * 12 + last.month - 1), 12_000_000)
    return Fraction(spent * ppm * days, {"one": 365, "year of 360": 360, "a day": 1}[how] * 1_000_000)


@given(
    how=st.sampled_from(sorted(said)),
    ppm=st.integers(0, 50_000),
    spent=st.integers(1, 10**9),
    lock=st.integers(0, 365),
    later=st.lists(st.integers(0, 500), min_size=2, max_size=2),
    rounding=st.sampled_from(["fen", "yuan"]),
)
def test_lock_and_later_are_the_whole_rounded_down_once_and_never_fall(
    how: str, ppm: int, spent: int, lock: int, later: list[int], rounding: str
) -> None:
    policy = policy_of(said[how].format(f"{ppm // 10_000}.{ppm % 10_000:04d}"), rounding)
    tier = policy.bonus.tier_on(START, START + timedelta(days=lock))
    assert tier is not None
    promised = Terms(policy.bonus, tier, 10**9).earning(0).bonus(spent)
    rule = runs_on(promised.rules)
    assert rule is not None
    assert rule.figures["to"] == "paid"
    found = []
    for days in sorted(later):
        more = beyond(policy, rule, spent_fen=spent, until=START + timedelta(days=days))
        step = 100 if rounding == "yuan" else 1
        assert promised.fen + more.fen == int(exactly(how, ppm, spent, max(days, lock)) / step) * step
        found.append(more.fen)
    assert 0 <= found[0] <= found[1]


@pytest.mark.parametrize(
    ("text", "path", "reason"),
    [
        (file("{rate: 1%, to: later}"), "bonus.tiers[0].interest.to", "is 'later'"),
        (
            file("{rate: 1%, to: paid}", "caps: [{of: home, yuan: 1}], "),
            "bonus.caps",
            "cannot limit interest",
        ),
        (
            file("{rate: 1%, to: paid}").replace(
                "to_month: 12,", "to_month: 12, caps: [{of: home, yuan: 1}],"
            ),
            "bonus.tiers[0].caps",
            "cannot limit interest",
        ),
        (
            file("{rate: 1%, to: paid}")
            .replace("tiers: [", "tiers: [{from_month: 1, to_month: 1, interest: {rate: 1%}}, ")
            .replace("from_month: 1, to_month: 12", "from_month: 2, to_month: 12"),
            "bonus.tiers[1].interest.to",
            "must be the same",
        ),
    ],
)
def test_what_cannot_be_carried_out_is_refused(text: str, path: str, reason: str) -> None:
    with pytest.raises(PolicyFileInvalid) as found:
        read(text)
    assert any(one.path == path and one.reason.startswith(reason) for one in found.value.problems)


def test_it_reads_as_interest_to_that_day() -> None:
    policy = policy_of("rate: 1.75%")
    (rule,) = policy.bonuses
    told = span_worth(Span(START, date(2026, 1, 1), ((rule, rule.tiers_of(START)[0]),)))
    assert told.startswith("购房使用的金额计息，从核发那天起到付款那天为止，年利率 1.75%")
    tier = rule.tier_on(START, START)
    assert tier is not None
    on = runs_on(Terms(rule, tier, 10**9).earning(0).bonus(100).rules)
    assert on is not None
    assert rule_text(on) == "锁定以后接着计息，算到付款那天为止，和这笔现金一起付"
