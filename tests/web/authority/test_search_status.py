"""How far the search is behind the homes: on the status page and as figures for Prometheus."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from app import jobs
from app.core.actor import Actor, Role
from app.core.clock import system_now
from app.core.queue import enqueue
from app.extensions import db
from app.search.models import BlueDocument
from app.web.metrics import SCRAPER
from tests.database import beside
from tests.factories.identity import make_actor
from tests.factories.search import Stock
from tests.web.linting import LintingClient
from tests.web.sending import text_of
from tests.web.stocked import make_indexed_stock
from tests.web.town import saved

Enter = Callable[[Actor], LintingClient]
NOBODY_THERE = "http://127.0.0.1:9"


@pytest.fixture
def stock(committed_app: Flask) -> Stock:
    return make_indexed_stock(committed_app)


@pytest.fixture
def administrator(enter: Enter, stock: Stock, committed_app: Flask) -> LintingClient:
    with saved(committed_app) as session:
        session.execute(text("DELETE FROM procrastinate_jobs"))
        actor = make_actor(session, role=Role.ADMINISTRATOR, district=stock.port)
    return enter(actor)


def page(administrator: LintingClient) -> str:
    return text_of(administrator.get("/authority/status"))


def figures(client: LintingClient) -> dict[str, float]:
    """The figures by name and labels."""
    lines = client.get("/metrics").text.splitlines()
    told = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return {name: float(value) for name, value in told}


def have_waited(app: Flask, minutes: int, *, status: str = "todo", task: str = "search.index") -> None:
    """Put a change into the queue that has been there for so long."""
    with saved(app) as session:
        enqueue(session, task, home_ids=[1])
        session.commit()
        session.execute(
            text("UPDATE procrastinate_jobs SET status = cast(:s AS procrastinate_job_status)"), {"s": status}
        )
        session.execute(
            text("UPDATE procrastinate_events SET at = now() - :minutes * interval '1 minute'"),
            {"minutes": minutes},
        )


def test_all_is_well_before_anything_was_compared(administrator: LintingClient) -> None:
    assert "搜索 正常 房源的变化都已写进去。还没有核对过" in page(administrator)
    assert figures(administrator) == {'anju_search_index_lag_seconds{engine="postgresql"}': 0}


def test_a_change_that_waits_is_told_and_one_that_waits_too_long_is_lit(
    administrator: LintingClient, committed_app: Flask
) -> None:
    have_waited(committed_app, 1)
    assert "搜索 正常 1 批变化正在写进去。" in page(administrator)
    have_waited(committed_app, 12)
    assert "搜索 异常 最早的一处变化是12 分钟前的" in page(administrator)
    assert 719 <= figures(administrator)['anju_search_index_lag_seconds{engine="postgresql"}'] <= 780


def test_a_change_that_waited_for_others_is_told_from_when_it_was_due(
    administrator: LintingClient, committed_app: Flask
) -> None:
    with saved(committed_app) as session:
        enqueue(session, "search.index", at=system_now() - timedelta(minutes=12), home_ids=[1])
    assert "搜索 异常 最早的一处变化是12 分钟前的" in page(administrator)


def test_a_change_that_was_given_up_counts_until_the_next_comparison(
    administrator: LintingClient, committed_app: Flask
) -> None:
    have_waited(committed_app, 12, status="failed")
    assert "搜索 异常" in page(administrator)
    committed_app.test_cli_runner().invoke(args=["search", "verify"])
    assert "搜索 正常 房源的变化都已写进去。上次核对（刚才）9 套，全部一致。" in page(administrator)


def test_drift_stands_there_until_a_comparison_finds_none(
    administrator: LintingClient, committed_app: Flask
) -> None:
    with saved(committed_app) as session:
        session.query(BlueDocument).filter(BlueDocument.rooms == 1).delete()
        session.query(BlueDocument).filter(BlueDocument.rooms == 4).update({"digest": "-"})
        enqueue(session, "search.verify")
    jobs.run_waiting(committed_app)
    assert "9 套，有 2 套和登记的不一样，已经改正：缺 1 套，旧 0 套，内容不对 1 套" in page(administrator)
    told = figures(administrator)
    assert told['anju_search_drift_homes{engine="postgresql",kind="missing"}'] == 1
    assert told['anju_search_drift_homes{engine="postgresql",kind="wrong"}'] == 1
    committed_app.test_cli_runner().invoke(args=["search", "verify"])
    assert "9 套，全部一致" in page(administrator)


def test_the_server_beside_has_a_line_of_its_own(administrator: LintingClient, committed_app: Flask) -> None:
    have_waited(committed_app, 30, task="search.send")
    assert "搜索服务器" not in page(administrator)
    with beside(committed_app, elasticsearch_url=NOBODY_THERE):
        shown = page(administrator)
    assert "搜索服务器 异常 现在没有应答，住户找房由备用方式回答" in shown
    assert "搜索 正常 房源的变化都已写进去。" in shown
    assert "异常 最早的一处变化是30 分钟前的" in shown
    with committed_app.app_context():
        db.session.remove()


def test_figures_are_for_this_machine_or_whoever_has_the_token(
    committed_app: Flask, client: LintingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def status(sender: str = "127.0.0.1", **headers: str) -> int:
        return client.get("/metrics", environ_base={"REMOTE_ADDR": sender}, headers=headers).status_code

    assert [status(), status("::1"), status("203.0.113.9")] == [200, 200, 401]
    assert status(**{"X-Forwarded-For": "203.0.113.9"}) == 401, "through a proxy that we were not told of"
    token = "x" * 32
    monkeypatch.setitem(committed_app.config, SCRAPER, token)
    assert [status(), status("203.0.113.9", Authorization="Bearer wrong")] == [401, 401]
    assert status("203.0.113.9", Authorization=f"Bearer {token}") == 200
