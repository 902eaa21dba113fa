"""Which of many vouchers may have a longer term."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.vouchers.extension_rules import Obstacle, Standing, digest, find_obstacle

NOW = datetime(2017, 6, 1, tzinfo=UTC)
GOOD = Standing(
    expires_at=NOW + timedelta(days=10),
    longer_until=NOW + timedelta(days=70),
    most_months=3,
    granted_months=1,
    left_fen=100,
    is_ending=False,
    is_moving=False,
    waits=False,
)


@pytest.mark.parametrize(
    ("otherwise", "obstacle"),
    [
        ({}, None),
        ({"granted_months": 2}, Obstacle.MONTHS),
        ({"most_months": 0, "granted_months": 0}, Obstacle.NOT_ALLOWED),
        ({"waits": True}, Obstacle.WAITING),
        ({"is_unused": True}, Obstacle.UNUSED),
        ({"is_unused": True, "granted_months": 2}, Obstacle.MONTHS),
        ({"left_fen": 0}, Obstacle.SPENT),
        ({"expires_at": NOW}, Obstacle.OVER),
        ({"longer_until": GOOD.expires_at}, Obstacle.NO_LONGER),
        ({"is_ending": True, "expires_at": NOW}, Obstacle.ENDING),
        ({"is_moving": True, "expires_at": NOW}, Obstacle.MOVING),
    ],
)
def test_each_voucher_is_judged_by_itself(otherwise: dict[str, Any], obstacle: Obstacle | None) -> None:
    assert find_obstacle(replace(GOOD, **otherwise), months=2, moment=NOW) == obstacle


@given(
    months=some.integers(1, 60),
    most=some.integers(0, 24),
    granted=some.integers(0, 24),
    days=some.integers(-9, 9),
)
def test_nothing_is_extended_beyond_its_policy_or_after_its_term(
    months: int, most: int, granted: int, days: int
) -> None:
    expires_at = NOW + timedelta(days=days)
    standing = replace(
        GOOD,
        expires_at=expires_at,
        longer_until=expires_at + timedelta(days=1),
        most_months=most,
        granted_months=granted,
    )
    if find_obstacle(standing, months=months, moment=NOW) is None:
        assert granted + months <= most
        assert expires_at > NOW


def test_the_mark_tells_what_is_extended_and_not_its_order() -> None:
    rows = [(1, 0, NOW), (2, 0, NOW)]
    assert digest(rows) == digest(rows[::-1])
    assert digest(rows) != digest([(1, 0, NOW), (2, 1, NOW)])
