"""The search server is killed and comes back, while people search and developers change prices."""

import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest
from flask import Flask
from sqlalchemy import text

from app import jobs
from app.demo.search_node.server import ElasticsearchNode
from app.extensions import db
from app.homes import service as homes
from app.homes.models import Home
from app.search import engine
from tests.database import beside
from tests.factories.search import Stock, make_stock
from tests.search.node import ROOT
from tests.web.sending import text_of
from tests.web.town import saved

SEARCHERS = 2
NOTICE = "由备用方式查找"


@pytest.fixture(autouse=True)
def _unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """No search is refused for being late: on a slow machine any might be."""
    monkeypatch.setattr("app.wiring._HURRIED_TIMEOUTS", "-c statement_timeout=60s")


class _NamedLate(ElasticsearchNode):
    """A node that cannot be told from other processes right after it was started, as on a busy machine."""

    _asked = 0

    def process(self) -> psutil.Process | None:
        self._asked += 1
        return super().process() if self._asked > 3 else None


@pytest.fixture
def node() -> Iterator[ElasticsearchNode]:
    """A node of this test's own: others may not be killed."""
    node = _NamedLate(ROOT / "var" / f"test-elasticsearch-{os.getpid()}")
    try:
        node.start()
        yield node
    finally:
        node.stop(signal.SIGKILL)
        shutil.rmtree(node.home, ignore_errors=True)


@pytest.fixture
def stock(committed_app: Flask) -> Stock:
    with saved(committed_app) as session:
        return make_stock(session)


class Searchers:
    """People who search all the time; ``statuses`` are what they were answered with."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._stop = threading.Event()
        self._pool = ThreadPoolExecutor(SEARCHERS)
        self.statuses: list[int] = []

    def __enter__(self) -> "Searchers":
        self._all = [self._pool.submit(self._search) for _ in range(SEARCHERS)]
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._pool.shutdown()
        for one in self._all:
            one.result()

    def _search(self) -> None:
        client = self._app.test_client()
        while not self._stop.is_set():
            self.statuses.append(client.get("/homes?q=滨江").status_code)
            time.sleep(0.02)


def until(true: Callable[[], bool], seconds: float = 300) -> bool:
    """Tell whether it became true in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.2)
    return False


def test_searches_go_on_without_the_server_and_it_catches_up(
    committed_app: Flask, stock: Stock, node: ElasticsearchNode
) -> None:
    with beside(committed_app, elasticsearch_url=node.url) as app, Searchers(app) as searchers:
        assert app.test_cli_runner().invoke(args=["search", "reindex"]).exit_code == 0
        client = app.test_client()

        def page() -> str:
            return text_of(client.get("/homes?q=滨江&sort=price"))

        assert until(lambda: NOTICE not in page())
        assert "901" in page()
        node.stop(signal.SIGKILL)
        _break_the_price_rule(app, stock)
        jobs.run_waiting(app)
        assert NOTICE in page(), "PostgreSQL stands in and says so"
        assert "901" not in page(), "what left the pool meanwhile is not offered"
        node.start()
        _let_retries_come(app)
        jobs.run_waiting(app)
        home = stock.homes["901"]
        with app.app_context():
            remote = engine.remote()
            assert remote is not None
            assert (
                remote.stamps([home.id])[home.id].doc_version == db.session.get_one(Home, home.id).doc_version
            )
        assert until(lambda: NOTICE not in page())
        assert "901" not in page()
        answered = len(searchers.statuses)
        assert until(lambda: len(searchers.statuses) > answered)
    assert set(searchers.statuses) == {200}


def _break_the_price_rule(app: Flask, stock: Stock) -> None:
    """Lower a cash price below the voucher price: the home leaves the pool."""
    with saved(app) as session:
        home_id = stock.homes["901"].id
        homes.set_price(
            session, actor=stock.seller, home_id=home_id, kind="cash", amount_fen=40_000_000, reason="促销"
        )


def _let_retries_come(app: Flask) -> None:
    """Have jobs that failed tried again now instead of in some seconds."""
    with saved(app) as session:
        waiting = session.scalar(
            text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'search.send' AND attempts > 0")
        )
        assert waiting, "the job failed and waits"
        session.execute(text("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo'"))
