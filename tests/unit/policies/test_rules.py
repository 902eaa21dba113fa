"""The edges of a voucher's life: each test stands on both sides of one."""

import itertools
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from app.core import clock
from app.policies import bodies, reader, rules
from app.policies.bonus import Terms
from app.policies.rules import BonusRule, Milestones, Policy, Tier

FILES = Path(rules.__file__).parent / "files"


def rate_on(policy: Policy, start: date, day: date) -> int | None:
    """The bonus rate of a day in ten-thousandths, None where no tier applies."""
    tier = policy.bonus_tier_on(start, day)
    return tier.rate_bp if tier else None


@pytest.fixture(scope="module")
def hailing() -> Policy:
    return bodies.parse((FILES / "hailing-2023.yaml").read_text(encoding="utf-8"))


def terms(rule: BonusRule, rate_bp: int) -> Terms:
    return Terms(rule, Tier(rate_bp, date(2016, 6, 1), date(2016, 9, 1), 0, None), face_fen=130_550_000)


def changed(*changes: tuple[str, str]) -> Policy:
    text = (FILES / "hailing-2023.yaml").read_text(encoding="utf-8")
    for good, other in changes:
        assert good in text
        text = text.replace(good, other, 1)
    return bodies.parse(text)


def local(year: int, month: int, day: int, hour: int = 10, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=clock.LEGAL_ZONE).astimezone(UTC)


def test_hailing_says_what_was_published(hailing: Policy) -> None:
    assert hailing.valid_months == 18
    assert hailing.bonus.base == "spent"
    assert [(tier.from_month, tier.to_month, tier.rate_bp) for tier in hailing.bonus.tiers] == [
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
    policy = bodies.from_body(first)
    assert (policy.hold_days, policy.hold_homes, policy.least_share_bp) == (15, None, 0)


def test_a_policy_of_schema_2_reads_as_it_was_meant() -> None:
    stored = {
        "schema": 2,
        "code": "hailing-2023",
        "title": "海陵区房票安置办法（2023年）",
        "source": "公布的规定",
        "valid": {"months": 18, "from": "issue"},
        "bonus": {
            "base": "spent",
            "fixed_by": "lock",
            "tiers": [
                {"from_month": 1, "to_month": 3, "rate": 2000},
                {"from_month": 4, "to_month": 18, "rate": 1200},
            ],
        },
        "hold": {"days": 15, "homes": 3, "least_share": 500},
        "usable_on": ["home"],
    }
    policy = bodies.from_body(stored)
    assert (policy.valid_months, policy.hold_homes, policy.least_share_bp) == (18, 3, 500)
    assert (policy.bonus.base, policy.bonus.fixed_by, policy.bonus.caps) == ("spent", "lock", ())
    assert rate_on(policy, date(2016, 6, 15), date(2016, 9, 16)) == 1200
    # What version 2 said nothing of restricts nothing and promises nothing.
    assert (policy.buyers, policy.areas, policy.most_homes, policy.leftover, policy.lapse) == (None,) * 5


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
    assert rate_on(hailing, date(2016, 6, 15), day) == rate_bp


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
    assert terms(BonusRule(), rate_bp).earning(0).bonus(spent_fen).fen == bonus_fen


ISSUED = local(2016, 6, 15)


@pytest.mark.parametrize(
    ("locked_on", "last_day"),
    [
        # Dragon Boat 2016: 9 to 11 June are free, Sunday the 12th is worked.
        (date(2016, 6, 7), date(2016, 6, 12)),
        (date(2016, 6, 9), date(2016, 6, 13)),
        (date(2016, 6, 17), date(2016, 6, 21)),
    ],
)
def test_a_hold_may_last_for_working_days(locked_on: date, last_day: date) -> None:
    policy = changed(("  days: 15", "  working_days: 2"))
    assert policy.hold_until(clock.start_of_day(locked_on)) == clock.end_of_day(last_day)


def test_a_term_may_start_with_the_agreement_or_an_announced_day_and_end_on_one() -> None:
    agreement = changed(("from: issue", "from: agreement"))
    assert agreement.starts_on(ISSUED, agreed_on=date(2016, 3, 1)) == date(2016, 3, 1)
    assert agreement.expires_at(ISSUED, agreed_on=date(2016, 3, 1)) == clock.end_of_day(date(2017, 9, 1))
    with pytest.raises(ValueError, match="no day of it is given"):
        agreement.expires_at(ISSUED)
    announced = changed(("from: issue", "from: announced\n  announced_on: 2016-05-31\n  extension_months: 6"))
    assert announced.expires_at(ISSUED) == clock.end_of_day(date(2017, 11, 30))
    assert announced.expires_at(ISSUED, extended_by=announced.extension_months) == clock.end_of_day(
        date(2018, 5, 31)
    )
    until = changed(("months: 18", "until: 2016-12-31"), ("to_month: 18", "to_month: 60"))
    assert until.expires_at(ISSUED) == clock.end_of_day(date(2016, 12, 31))


def test_tiers_may_stand_on_the_calendar() -> None:
    policy = changed(
        ("from_month: 1, to_month: 3", "from_day: 2016-06-20, to_day: 2016-08-31"),
        ("from_month: 4, to_month: 6", "from_day: 2016-09-01, to_day: 2016-12-31"),
        ("from_month: 7, to_month: 18", "from_day: 2017-01-01, to_day: 2017-12-31"),
    )
    start = date(2016, 6, 15)
    rates = [rate_on(policy, start, date(2016, *day)) for day in ((6, 19), (6, 20), (8, 31), (9, 1))]
    assert rates == [None, 2000, 2000, 1600]


@pytest.mark.parametrize(
    ("fixed_by", "locked_at", "rate_bp"),
    [
        ("lock", local(2016, 9, 15), 2000),
        ("contract", local(2016, 9, 15), 2000),  # the hold ends with the tier
        ("contract", local(2016, 9, 16), 1600),
        ("verified", local(2016, 9, 15), 2000),  # protected: the office's delay does not lower it
        ("contract", local(2017, 12, 10), 1200),
    ],
)
def test_a_lock_promises_only_the_tier_it_is_sure_of(
    fixed_by: str, locked_at: datetime, rate_bp: int
) -> None:
    policy = changed(("fixed_by: lock", f"fixed_by: {fixed_by}"))
    tier = policy.promised_tier(date(2016, 6, 15), locked_at, policy.expires_at(ISSUED))
    assert tier is not None
    assert tier.rate_bp == rate_bp


def test_where_an_offices_delay_counts_a_lock_is_sure_of_the_lowest_tier_left() -> None:
    policy = changed(("fixed_by: lock", "fixed_by: filed\n  delay: counts"))
    tier = policy.promised_tier(date(2016, 6, 15), local(2016, 7, 1), policy.expires_at(ISSUED))
    assert tier is not None
    assert tier.rate_bp == 1200


def test_which_day_decides_the_bonus(hailing: Policy) -> None:
    reached = Milestones(date(2016, 9, 1), date(2016, 9, 10), date(2016, 9, 20), date(2016, 10, 1))
    filed = changed(("fixed_by: lock", "fixed_by: filed"))
    contract = changed(("fixed_by: lock", "fixed_by: contract"))
    counts = changed(("fixed_by: lock", "fixed_by: verified\n  delay: counts"))

    def day(policy: Policy, *, others: bool = False) -> date | None:
        found = policy.bonus_day(reached, is_delay_of_others=others)
        return found[0] if found else None

    assert day(hailing, others=True) == reached.lock
    assert (day(contract), day(contract, others=True)) == (reached.contract, reached.lock)
    assert (day(filed), day(filed, others=True)) == (reached.filed, reached.contract)
    assert day(counts, others=True) == reached.verified
    assert filed.bonus_day(Milestones(date(2016, 9, 1))) is None


@pytest.mark.parametrize(
    ("locked_at", "until"),
    [
        # 24 hours from Friday 11:00 end on a Saturday: Monday, when the office closes.
        (local(2016, 6, 3, 11), local(2016, 6, 6, 17)),
        (local(2016, 6, 1, 11), local(2016, 6, 2, 11)),
        (local(2016, 6, 1, 17, 1), local(2016, 6, 3, 17)),
        (local(2016, 6, 1, 8, 59), local(2016, 6, 2, 17)),
        # The Dragon Boat holiday of 2016: 9 to 11 June, and Sunday the 12th was worked.
        (local(2016, 6, 8, 12), local(2016, 6, 12, 17)),
    ],
)
def test_a_hold_in_hours_ends_in_working_time(locked_at: datetime, until: datetime) -> None:
    policy = changed(("  days: 15", "  hours: 24\n  ends: working_time"))
    assert policy.hold_until(locked_at) == until


def test_a_hold_in_days_may_end_on_a_working_day() -> None:
    policy = changed(("  days: 15", "  days: 3\n  ends: working_time"))
    assert policy.hold_until(local(2016, 6, 1)) == clock.end_of_day(date(2016, 6, 6))
    assert policy.hold_until(local(2016, 6, 3)) == clock.end_of_day(date(2016, 6, 6))


def test_who_buys_what_and_where_is_said_with_its_rule() -> None:
    policy = changed(
        ("buyers: [self, spouse, parent, child]", "buyers: [self, spouse]"),
        ("transfers: 1", "transfers: 1\nhomes: 2\nareas: [own, jinghu]\ntop_up: [loan]"),
    )
    named = policy.may_be_named("child")
    assert (named.allowed, named.rule.path, named.rule.figures["listed"]) == (False, "buyers", "self, spouse")
    assert policy.may_be_named("spouse").allowed
    assert [policy.may_buy_more(bought).allowed for bought in (0, 1, 2)] == [True, True, False]
    assert policy.buys_in("linghu", own="linghu").allowed
    assert policy.buys_in("jinghu", own="linghu").allowed
    assert not policy.buys_in("yushan", own="linghu").allowed
    assert [policy.may_top_up(kind).allowed for kind in ("own", "loan", "fund")] == [False, True, False]
    assert [policy.transfers.may_again(None, done=done).allowed for done in (0, 1)] == [True, False]
    assert not policy.may_change("splits", 0).allowed


def test_a_floor_and_a_ceiling_of_the_price(hailing: Policy) -> None:
    assert hailing.price_bounds(60_000_001) == (0, 60_000_001)
    floor = changed(("transfers: 1", "price: {ceiling: none, floor_share: 85%}"))
    assert floor.price_bounds(60_000_001) == (51_000_001, None)
