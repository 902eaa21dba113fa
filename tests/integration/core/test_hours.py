"""What is due by the hour is ordered by a worker that is always at work, not by one that runs what waits."""

import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from flask import Flask
from procrastinate import periodic
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from app import jobs
from app.core.queue import enqueue

Transaction = Callable[[], AbstractContextManager[Session]]
AFTER_THE_MONITOR = "2026-03-02T19:12:00"
"""Two minutes after the hour of ``monitor.nightly``; a worker orders what is due since ten minutes."""
ORDERED = text("SELECT task_name FROM procrastinate_jobs WHERE args ? 'timestamp'")
PATIENCE_SECONDS = 60


@pytest.fixture(autouse=True)
def the_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every worker think that it is just after a nightly task's hour."""
    moment = datetime.fromisoformat(AFTER_THE_MONITOR).replace(tzinfo=UTC).timestamp()
    monkeypatch.setattr(periodic, "time", SimpleNamespace(time=lambda: moment))


def test_a_worker_that_runs_what_waits_orders_nothing_by_the_hour(
    committed_app: Flask, transaction: Transaction
) -> None:
    with transaction() as session:
        enqueue(session, "queue.tidy")
    jobs.run_waiting(committed_app)
    with transaction() as session:
        assert list(session.execute(text("SELECT task_name, status::text FROM procrastinate_jobs"))) == [
            ("queue.tidy", "succeeded")
        ]


def test_the_worker_orders_what_is_due_by_the_hour(committed_app: Flask, transaction: Transaction) -> None:
    jobs.run_waiting(committed_app)
    ordered: set[str] = set()

    def watch() -> None:
        engine = create_engine(committed_app.config["SQLALCHEMY_DATABASE_URI"])
        ends = time.monotonic() + PATIENCE_SECONDS
        while "monitor.nightly" not in ordered and time.monotonic() < ends:
            time.sleep(0.1)
            with engine.connect() as connection:
                ordered.update(connection.scalars(ORDERED))
        engine.dispose()
        os.kill(os.getpid(), signal.SIGTERM)

    watcher = threading.Thread(target=watch)
    watcher.start()
    jobs.run_worker(committed_app, concurrency=1)
    watcher.join()
    assert "monitor.nightly" in ordered
    assert "search.reindex" not in ordered, "its hour is long past"
