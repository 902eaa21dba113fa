"""Tiers that end on working days are proved by any calendar that could be known at the lock."""

from datetime import date, datetime, time

import pytest
from sqlalchemy.orm import Session

from app.core import clock as business_clock
from app.core.clock import FixedClock
from app.redemptions import queries
from tests.factories.policies import HAILING
from tests.factories.redemptions import make_buyer, make_home, make_redemption, make_shop
from tests.factories.vouchers import make_desk

HEAD, REST = HAILING.split("bonus:", 1)
FIRST = "{from_nth_day: 1, to_nth_day: FIRST, rate: 20%}"
TIERS = f"tiers: [{FIRST}, {{from_nth_day: NEXT, to_nth_day: 200, rate: 10%}}]"
WRONG = "a bonus is what the voucher's policy gave that day"


def policy(first: date) -> str:
    """Return a policy whose first tier ends that day, or on the next working day."""
    bonus = f"bonus: {{base: spent, fixed_by: lock, ends: working_day, {TIERS}}}\n"
    days = (first - business_clock.today()).days
    bonus = bonus.replace("FIRST", str(days)).replace("NEXT", str(days + 1))
    return HEAD + bonus + REST[REST.index("\nhold:") + 1 :]


@pytest.fixture
def unpublished(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Let nobody know of any holiday yet: offices work on weekdays."""
    monkeypatch.setattr(business_clock, "is_working_day", lambda day: day.weekday() < 5)
    return monkeypatch


@pytest.mark.parametrize(
    ("ends", "on", "rate_bp"),
    [
        # Monday the 3rd turned out to be a holiday: by today's calendar it lasted to Saturday the 8th.
        (date(2016, 10, 3), date(2016, 10, 3), 2000),
        (date(2016, 10, 3), date(2016, 10, 4), 1000),
        # Saturday the 8th turned out to be worked: by today's calendar it ended there.
        (date(2016, 10, 8), date(2016, 10, 10), 2000),
        (date(2016, 10, 8), date(2016, 10, 11), 1000),
    ],
)
def test_a_calendar_that_is_published_late_raises_no_alarm(
    session: Session,
    clock: FixedClock,
    unpublished: pytest.MonkeyPatch,
    ends: date,
    on: date,
    rate_bp: int,
) -> None:
    shop = make_shop(session, desk=make_desk(session, policy=policy(ends)))
    buyer = make_buyer(session, shop.desk)
    home = make_home(session, shop)
    clock.moment = datetime.combine(on, time(4), tzinfo=clock.moment.tzinfo)
    locked = make_redemption(session, buyer, home)
    assert {part.bonus_bp for part in locked.allocations} == {rate_bp}
    unpublished.undo()
    assert queries.verify(session) == []


@pytest.mark.parametrize(
    ("ends", "on", "is_wrong"),
    [
        # A Wednesday and the Tuesday after it, of which every calendar says the same.
        (date(2016, 9, 21), date(2016, 9, 27), True),
        (date(2016, 9, 21), date(2016, 9, 21), False),
        # The last working day after the holidays by any calendar is Monday the 10th.
        (date(2016, 10, 3), date(2016, 10, 11), True),
        (date(2016, 10, 3), date(2016, 10, 10), False),
    ],
)
def test_what_no_calendar_says_is_found(
    session: Session,
    clock: FixedClock,
    monkeypatch: pytest.MonkeyPatch,
    ends: date,
    on: date,
    is_wrong: bool,
) -> None:
    """The lock went by a calendar that nobody published: no office worked until that day."""
    shop = make_shop(session, desk=make_desk(session, policy=policy(ends)))
    buyer = make_buyer(session, shop.desk)
    home = make_home(session, shop)
    clock.moment = datetime.combine(on, time(4), tzinfo=clock.moment.tzinfo)
    monkeypatch.setattr(business_clock, "is_working_day", lambda day: not ends <= day < on)
    locked = make_redemption(session, buyer, home)
    monkeypatch.undo()
    assert {part.bonus_bp for part in locked.allocations} == {2000}
    assert ([one.rule for one in queries.verify(session)].count(WRONG) == 1) is is_wrong
