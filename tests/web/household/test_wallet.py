"""What the wallet says on both sides of every edge."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from app.core import clock as clocks
from app.core.actor import Actor
from tests.factories.vouchers import submit_voucher
from tests.web.linting import LintingClient
from tests.web.sending import text_of
from tests.web.town import Town, make_town, saved

Enter = Callable[[Actor], LintingClient]


@pytest.fixture
def town(committed_app: Flask) -> Town:
    return make_town(committed_app)


def test_the_wallet_says_what_when_and_how_much(enter: Enter, town: Town) -> None:
    page = text_of(enter(town.buyer.actor).get("/household/"))
    assert "¥500,000" in page
    assert "最多可以付 ¥600,000" in page
    assert "使用期限 2017年12月1日（星期五） 24:00" in page
    assert "2016年9月1日（星期四） 24:00 前锁定房源，奖励为使用金额的 20%。" in page
    assert "从 2016年9月2日（星期五） 起，奖励变为使用金额的 16%。" in page


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (datetime(2016, 9, 1, 15, 59, tzinfo=UTC), "奖励为使用金额的 20%"),
        (datetime(2016, 9, 1, 16, 0, tzinfo=UTC), "奖励为使用金额的 16%"),
        (datetime(2016, 12, 1, 16, 0, tzinfo=UTC), "奖励为使用金额的 12%"),
        (datetime(2017, 12, 1, 15, 59, tzinfo=UTC), "还剩 1 分钟"),
        (datetime(2017, 12, 1, 16, 0, tzinfo=UTC), "2017年12月1日（星期五） 24:00（已到期）"),
    ],
)
def test_the_wallet_changes_at_midnight_in_shanghai(
    enter: Enter, town: Town, clock: clocks.FixedClock, now: datetime, words: str
) -> None:
    client = enter(town.buyer.actor)
    clock.moment = now
    assert words in text_of(client.get("/household/"))


def test_a_voucher_that_waits_is_announced(enter: Enter, town: Town, committed_app: Flask) -> None:
    with saved(committed_app) as session:
        submit_voucher(session, desk=town.shop.desk, household=town.buyer.household)
    assert "您有 1 张房票正在等征收办复核" in text_of(enter(town.buyer.actor).get("/household/"))


def test_a_voucher_page_shows_tiers_and_movements(enter: Enter, town: Town, clock: clocks.FixedClock) -> None:
    clock.advance(timedelta(days=1))
    page = text_of(enter(town.buyer.actor).get(f"/household/vouchers/{town.buyer.vouchers[0].ref}"))
    assert "房票发放" in page
    assert "+¥300,000" in page
    assert "20%（今天）" in page
    assert page.count("（今天）") == 1
    assert "海陵区房票安置办法（2023年）" in page
