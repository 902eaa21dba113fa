"""Runs of the monitor in the regulator's browser: ordered, watched, cancelled, read."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor, Role
from app.monitor import runs
from app.monitor.models import MonitorRun
from tests.factories.cases import Market, make_market
from tests.factories.identity import make_actor
from tests.factories.monitor import make_run
from tests.web.linting import LintingClient
from tests.web.regulator.test_triage import act, filled, read
from tests.web.sending import text_of

Begin = Callable[[], AbstractContextManager[Session]]
RUNS = "/regulator/monitor/"
OUTCOME = {
    "schema": 1,
    "seconds": 41.2,
    "sales": 2002,
    "listings": 5772,
    "left_out": {"voucher_paid": 12, "unregistered": 3},
    "same_home": 0,
    "homes": {"clear": 5700, "review": 72},
    "developments": {"clear": 39, "flag": 1},
    "developers": {"clear": 12, "cannot_tell": 1},
    "drift": {"sales": 329, "coverage": 0.933, "median_error": 0.0026},
    "why": None,
    "unpooled": None,
    "opened": 3,
    "updated": 1,
    "unchanged": 4,
    "kept_dismissed": 2,
    "lapsed": 1,
}


def open_run(begin: Begin) -> MonitorRun:
    with begin() as session:
        return session.scalars(select(MonitorRun).where(MonitorRun.state.in_(runs.OPEN))).one()


def test_a_run_is_ordered_once_watched_and_cancelled(
    browser: LintingClient, market: Market, transaction: Begin
) -> None:
    assert "还没有核对过" in read(browser, RUNS)
    typed = filled(browser, RUNS)
    browser.post(RUNS, data=typed)
    run = open_run(transaction)
    assert run.asked_by_id == market.regulator.user_id
    page = read(browser, RUNS)
    assert "完成 0%" in page
    assert "现在核对" not in page
    with transaction() as session:
        begun = runs.begin(session, run_id=run.id)
        assert begun is not None
        runs.beat(session, run_id=run.id, stage="comparables", progress=12)
    assert "正在找每套房的可比成交，完成 12%" in read(browser, f"{RUNS}{run.ref}")
    assert "正在停下来" in act(browser, f"{RUNS}{run.ref}/cancel")
    with transaction() as session:
        runs.stop(session, run_id=run.id)
    assert "这次核对取消了，线索没有改动" in read(browser, f"{RUNS}{run.ref}")
    renewed = browser.get(RUNS, headers={"HX-Request": "true"})
    assert renewed.headers["HX-Redirect"] == RUNS


def test_two_who_order_at_once_get_one_run(
    browser: LintingClient, market: Market, transaction: Begin
) -> None:
    typed = filled(browser, RUNS)
    with transaction() as session:
        runs.order(session, district_id=market.district.id)
    assert "已经有一次核对" in text_of(browser.get(browser.post(RUNS, data=typed).location or ""))
    open_run(transaction)


def test_a_finished_run_says_what_it_compared_found_and_changed(
    browser: LintingClient, market: Market, transaction: Begin
) -> None:
    with transaction() as session:
        run = make_run(session, market, outcome=OUTCOME)
    words = text_of(browser.get(f"{RUNS}{run.ref}"))
    for part in (
        "5772 套",
        "2002 份",
        "房票付款 12 份、登记系统还没有确认 3 份",
        "重点 1 个，没有发现 39 个",
        "没有发现 12 家，说不准 1 家",
        "新增 3 条，更新 1 条，没有变化 4 条，失效 1 条，已排除的不再提 2 条",
        "93.3% 落在 95% 区间里",
        "误报不超过 10%，高出 2% 以上才算",
    ):
        assert part in words, part
    assert "新线索 3 条" in read(browser, "/regulator/signals/")


def test_runs_are_the_district_s_own_and_only_its_regulator_orders(
    market: Market, transaction: Begin, enter: Callable[[Actor], LintingClient]
) -> None:
    with transaction() as session:
        elsewhere = make_market(session)
        run = make_run(session, elsewhere, outcome=OUTCOME, started_at=clock.now())
        auditor = make_actor(session, role=Role.AUDITOR, district=market.district)
    watching = enter(auditor)
    assert "现在核对" not in read(watching, RUNS)
    read(watching, f"{RUNS}{run.ref}", status=404)
    assert watching.post(RUNS).status_code in (400, 403)
