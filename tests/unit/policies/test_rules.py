"""The edges of a voucher's life: each test stands on both sides of one."""

import itertools
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from app.core import clock
from app.policies import reader, rules
from app.policies.rules import Policy

FILES = Path(rules.__file__).parent / "files"


@pytest.fixture(scope="module")
def hailing() -> Policy:
    return rules.parse((FILES / "hailing-2023.yaml").read_text(encoding="utf-8"))


def local(year: int, month: int, day: int, hour: int = 10, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=clock.LEGAL_ZONE).astimezone(UTC)


def test_hailing_says_what_was_published(hailing: Policy) -> None:
    assert hailing.valid_months == 18
    assert [(tier.from_month, tier.to_month, tier.rate_bp) for tier in hailing.tiers] == [
        (1, 3, 2000),
        (4, 6, 1600),
        (7, 18, 1200),
    ]
    assert hailing.usable_on == {"home"}


def test_hailing_limits_what_a_household_holds_by_our_own_choice(hailing: Policy) -> None:
    assert (hailing.hold_days, hailing.hold_homes, hailing.least_share_bp) == (15, 3, 500)


def test_a_policy_of_schema_1_reads_as_it_was_meant() -> None:
    body = reader.read((FILES / "hailing-2023.yaml").read_text(encoding="utf-8"))
    first = {**body, "schema": 1, "hold": {"days": 15}}
    policy = rules.from_body(first)
    assert (policy.hold_days, policy.hold_homes, policy.least_share_bp) == (15, None, 0)


@pytest.mark.parametrize(
    ("issued", "last_day"),
    [
        (local(2016, 6, 15), date(2017, 12, 15)),
        (local(2016, 8, 31), date(2018, 2, 28)),
        (local(2014, 8, 31), date(2016, 2, 29)),
        (local(2016, 6, 30), date(2017, 12, 30)),
        (local(2016, 6, 15, 0, 0), date(2017, 12, 15)),
        (local(2016, 6, 15, 23, 59), date(2017, 12, 15)),
    ],
)
def test_a_voucher_lapses_at_the_end_of_its_last_day(
    hailing: Policy, issued: datetime, last_day: date
) -> None:
    expires_at = hailing.expires_at(issued)
    assert clock.legal_day(expires_at - timedelta(microseconds=1)) == last_day
    assert clock.legal_day(expires_at) == last_day + timedelta(days=1)


def test_the_legal_day_of_issue_is_the_one_in_shanghai(hailing: Policy) -> None:
    before_midnight = datetime(2016, 6, 15, 15, 59, tzinfo=UTC)
    after_midnight = datetime(2016, 6, 15, 16, 0, tzinfo=UTC)
    assert hailing.expires_at(after_midnight) - hailing.expires_at(before_midnight) == timedelta(days=1)


@pytest.mark.parametrize(
    ("day", "rate_bp"),
    [
        (date(2016, 6, 14), None),
        (date(2016, 6, 15), 2000),
        (date(2016, 6, 16), 2000),
        (date(2016, 9, 15), 2000),
        (date(2016, 9, 16), 1600),
        (date(2016, 12, 15), 1600),
        (date(2016, 12, 16), 1200),
        (date(2017, 12, 15), 1200),
        (date(2017, 12, 16), None),
    ],
)
def test_the_bonus_on_both_sides_of_every_edge(hailing: Policy, day: date, rate_bp: int | None) -> None:
    tier = hailing.bonus_tier_on(date(2016, 6, 15), day)
    assert (tier.rate_bp if tier else None) == rate_bp
    assert hailing.bonus_rate_on(date(2016, 6, 15), day) == (rate_bp or 0)


@pytest.mark.parametrize(
    ("issued_on", "last_day", "next_from"),
    [
        (date(2016, 11, 30), date(2017, 2, 28), date(2017, 3, 1)),
        (date(2015, 11, 30), date(2016, 2, 29), date(2016, 3, 1)),
        (date(2016, 8, 31), date(2016, 11, 30), date(2016, 12, 1)),
        (date(2016, 1, 31), date(2016, 4, 30), date(2016, 5, 1)),
    ],
)
def test_a_month_ends_on_the_same_day_number_or_its_last(
    hailing: Policy, issued_on: date, last_day: date, next_from: date
) -> None:
    tier = hailing.bonus_tier_on(issued_on, last_day)
    assert tier is not None
    assert (tier.rate_bp, tier.last_day, tier.next_rate_bp, tier.next_from) == (
        2000,
        last_day,
        1600,
        next_from,
    )
    following = hailing.bonus_tier_on(issued_on, next_from)
    assert following is not None
    assert (following.rate_bp, following.first_day) == (1600, next_from)


@pytest.mark.parametrize(
    "issued_on", [date(2016, 2, 29), date(2016, 8, 31), date(2016, 12, 1), date(2017, 1, 30)]
)
def test_tiers_cover_every_day_of_validity_once(hailing: Policy, issued_on: date) -> None:
    tiers = hailing.tiers_of(issued_on)
    assert tiers[0].first_day == issued_on
    assert tiers[-1].last_day == clock.add_months(issued_on, 18)
    assert tiers[-1].next_from is None
    for earlier, later in itertools.pairwise(tiers):
        assert later.first_day == earlier.last_day + timedelta(days=1) == earlier.next_from
        assert earlier.next_rate_bp == later.rate_bp


@pytest.mark.parametrize(
    ("locked_at", "last_day"),
    [(local(2016, 6, 1, 0, 0), date(2016, 6, 16)), (local(2016, 6, 1, 23, 59), date(2016, 6, 16))],
)
def test_a_hold_ends_at_the_end_of_its_fifteenth_day(
    hailing: Policy, locked_at: datetime, last_day: date
) -> None:
    assert hailing.hold_until(locked_at) == clock.end_of_day(last_day)


@pytest.mark.parametrize(
    ("spent_fen", "rate_bp", "bonus_fen"),
    [(0, 2000, 0), (4, 2000, 0), (5, 2000, 1), (130_550_000, 2000, 26_110_000), (99, 1200, 11), (100, 0, 0)],
)
def test_a_bonus_is_rounded_down_to_the_fen(spent_fen: int, rate_bp: int, bonus_fen: int) -> None:
    assert rules.apply_bonus(spent_fen, rate_bp) == bonus_fen
