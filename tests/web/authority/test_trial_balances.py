"""A day's trial balance on the page and as a file, its transfers below it, and the journal for auditors."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from app.core.actor import Actor, Role
from app.core.clock import FixedClock
from app.ledger import trial
from tests.adding_up import add_up
from tests.factories.identity import make_actor, make_district
from tests.factories.redemptions import make_redemption, redeem
from tests.web.linting import LintingClient
from tests.web.sending import text_of
from tests.web.town import Town, make_town, saved

Enter = Callable[[Actor], LintingClient]
DAYS = "/authority/trial-balances/"


@pytest.fixture
def town(committed_app: Flask, clock: FixedClock) -> Town:
    """A home bought on the first of June; it is the second, and the first is closed."""
    town = make_town(committed_app)
    with saved(committed_app) as session:
        redeem(session, town.shop, make_redemption(session, town.buyer, town.home))
    clock.advance(timedelta(days=1))
    with saved(committed_app) as session:
        trial.close_days(session)
        session.commit()
    return town


def test_a_day_is_opened_down_to_its_transfers_and_sent_as_files(
    enter: Enter, town: Town, committed_app: Flask
) -> None:
    with saved(committed_app) as session:
        auditor = make_actor(session, role=Role.AUDITOR, district=town.shop.desk.district)
        elsewhere = make_actor(session, role=Role.CHECKER, district=make_district(session))
    checker, reader, stranger = enter(town.shop.desk.checker), enter(auditor), enter(elsewhere)
    days = text_of(checker.get(DAYS))
    assert "（今天，还没有结束）" in days
    assert "2016年6月1日（星期三）" in days
    page = text_of(checker.get(f"{DAYS}2016-06-01"))
    assert "各科目期末余额相加是 ¥0" in page
    assert "写下以后没有改动" in page
    labels = ("期初余额", "借方发生额", "贷方发生额", "期末余额")
    sums = re.search("合计 " + " ".join(rf"{label} (\S+)" for label in labels), page)
    assert sums
    assert sums[1] == sums[4] == "¥0"
    assert sums[2] == sums[3] != "¥0"
    assert f"房票 {town.buyer.vouchers[0].ref}" in page
    assert "这一天没有流水" in text_of(checker.get(f"{DAYS}2016-06-02"))
    assert "下载当天的全部流水" not in page
    sent = checker.get(f"{DAYS}2016-06-01/csv").text.splitlines()
    assert sent[0].endswith("科目,期初余额（元）,借方发生额（元）,贷方发生额（元）,期末余额（元）")
    assert "购房奖励,0.00,77000.00,0.00,-77000.00" in sent
    assert "这一天没有流水" in text_of(stranger.get(f"{DAYS}2016-06-01"))
    assert "77000.00" not in stranger.get(f"{DAYS}2016-06-01/csv").text
    assert "下载当天的全部流水" in text_of(reader.get(f"{DAYS}2016-06-01"))
    journal = reader.get("/authority/journal.csv?from=2016-06-01&to=2016-06-01").text
    assert add_up(journal).balances[("bonus", "")] == -7_700_000
    assert checker.get("/authority/journal.csv").status_code == 403
    for wrong in (f"{DAYS}yesterday", f"{DAYS}2016-13-01/csv"):
        assert checker.get(wrong).status_code == 404
    for day in ("0001-01-01", "9999-12-31", "2016-06-03"):
        assert checker.get(f"{DAYS}{day}").status_code == 404
        assert checker.get(f"{DAYS}{day}/csv").status_code == 404
        for query in (f"from={day}", f"to={day}"):
            assert reader.get(f"/authority/journal.csv?{query}").status_code == 404
