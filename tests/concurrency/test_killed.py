"""kill -9 in the middle of the work: what was promised is whole or absent, and the next process goes on."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Thread
from urllib.parse import urlencode

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.core import audit
from app.core.queue import enqueue
from app.extensions import db
from app.homes.models import Home
from app.identity import service as identity
from app.identity.models import User
from app.ledger import queries as ledger
from app.redemptions import queries as redemptions
from app.redemptions.models import Redemption
from tests.factories import redemptions as factories
from tests.factories.identity import PASSWORD

Transaction = Callable[[], AbstractContextManager[Session]]
ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60


def environment(app: Flask, port: int) -> dict[str, str]:
    settings = app.config["ANJU"]
    return {
        **os.environ,
        "ANJU_MODE": "test",
        "DATABASE_URL": str(settings.database_url),
        "SECRET_KEY": settings.secret_key.get_secret_value(),
        "ANJU_AUDIT_KEYS": json.dumps({"test": settings.audit_keys["test"].get_secret_value()}),
        "ANJU_AUDIT_KEY_ID": "test",
        "ANJU_SECURE_COOKIES": "false",
        "PORT": str(port),
    }


@contextmanager
def running(app: Flask, *command: str, port: int = 0) -> Iterator[subprocess.Popen[bytes]]:
    """Keep a real process of ours up; it is killed with its children in the end, if not before."""
    process = subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env=environment(app, port),
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_for(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"waited {PATIENCE} s for {what}"
        time.sleep(0.05)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ask(
    port: int, method: str, path: str, cookie: str, form: dict[str, str] | None = None
) -> tuple[int, str, str]:
    """Return the status, the page and the cookie as the answer left it."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    headers = {"Cookie": f"session={cookie}", "Content-Type": "application/x-www-form-urlencoded"}
    try:
        connection.request(method, path, urlencode(form or {}) if form else None, headers)
        response = connection.getresponse()
        fresh = re.match(r"session=([^;]+)", response.getheader("Set-Cookie") or "")
        return response.status, response.read().decode(), fresh[1] if fresh else cookie
    finally:
        connection.close()


def answers(port: int) -> bool:
    try:
        return ask(port, "GET", "/healthz", "")[0] == 200
    except (OSError, http.client.HTTPException):
        return False


def lock_over_http(port: int, quote_ref: str, cookie: str) -> int:
    status, page, cookie = ask(port, "GET", f"/household/quotes/{quote_ref}", cookie)
    assert status == 200
    if 'name="request_id"' not in page:
        return status  # locked already: the page says so and has no button
    # The header's sign-out form has a token too; the lock's own fields come last on the page.
    fields = {
        name: re.findall(f'name="{name}"[^>]*value="([^"]+)"', page)[-1]
        for name in ("csrf_token", "request_id")
    }
    return ask(port, "POST", f"/household/quotes/{quote_ref}", cookie, fields)[0]


def cookie_of(app: Flask, session: Session, user_id: int) -> str:
    username = session.get_one(User, user_id).username
    token, _ = identity.sign_in(
        session, username=username, password=PASSWORD, device="test", lasts=timedelta(hours=1)
    )
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"], cookie["_fresh"] = token, True
    found = client.get_cookie("session")
    assert found is not None
    return found.value


@pytest.fixture
def errands(committed_app: Flask, transaction: Transaction) -> list[tuple[str, str]]:
    """Twenty-four quotes of eight buyers, each for as many homes as it may hold: (quote, cookie)."""
    with committed_app.app_context(), Session(db.engine, expire_on_commit=False) as session:
        shop = factories.make_shop(session)
        found = []
        for _ in range(8):
            buyer = factories.make_buyer(session, shop.desk, faces=(400_000_000,))
            assert buyer.actor.user_id is not None
            cookie = cookie_of(committed_app, session, buyer.actor.user_id)
            for _ in range(3):
                quote = factories.make_quote(session, buyer, factories.make_home(session, shop))
                found.append((quote.ref, cookie))
        session.commit()
    return found


def breaches(transaction: Transaction) -> list[object]:
    with transaction() as session:
        return [*ledger.verify(session), *redemptions.verify(session), *audit.verify(session)[1]]


def locked(transaction: Transaction) -> int:
    """How many redemptions hold a home; as many homes say so, in the same snapshot."""
    with transaction() as session:
        homes = select(func.count()).where(Home.status == "locked").scalar_subquery()
        rows = select(func.count()).where(Redemption.state == "locked").scalar_subquery()
        counted = session.execute(select(homes, rows)).one()
    assert counted[0] == counted[1]
    return int(counted[1])


def test_a_killed_web_leaves_whole_locks_or_none(
    committed_app: Flask, transaction: Transaction, errands: list[tuple[str, str]]
) -> None:
    port = free_port()

    def run_errands(share: list[tuple[str, str]]) -> None:
        for quote_ref, cookie in share:
            try:
                lock_over_http(port, quote_ref, cookie)
            except (OSError, http.client.HTTPException):
                return  # the web is dead, as it should be

    with running(committed_app, "gunicorn", "app:create_app()", port=port) as web:
        wait_for(lambda: answers(port), "the web")
        threads = [Thread(target=run_errands, args=(errands[number::4],)) for number in range(4)]
        for thread in threads:
            thread.start()
        wait_for(lambda: locked(transaction) >= 5, "some locks")
        kill(web)
        for thread in threads:
            thread.join(timeout=PATIENCE)
    survived = locked(transaction)
    assert 5 <= survived < len(errands)
    assert breaches(transaction) == []

    with running(committed_app, "gunicorn", "app:create_app()", port=port):
        wait_for(lambda: answers(port), "the web again")
        statuses = [lock_over_http(port, quote_ref, cookie) for quote_ref, cookie in errands]
    assert statuses.count(303) == len(errands) - survived
    assert locked(transaction) == len(errands)
    assert breaches(transaction) == []


def test_a_killed_workers_jobs_are_done_by_the_next(
    committed_app: Flask, transaction: Transaction, errands: list[tuple[str, str]]
) -> None:
    def left(*states: str) -> int:
        with transaction() as session:
            query = text("SELECT count(*) FROM procrastinate_jobs WHERE status::text = ANY(:states)")
            return int(session.scalar(query, {"states": list(states)}) or 0)

    with transaction() as session:
        home_ids = list(session.scalars(select(Home.id)))
        for _ in range(40):
            for home_id in home_ids:
                enqueue(session, "search.index", home_ids=[home_id])
    with running(committed_app, "flask", "--app", "app", "worker") as worker:
        wait_for(lambda: left("succeeded") >= 10, "the first jobs")
        kill(worker)
    assert left("todo") > 0
    # A minute of silence passes.
    with transaction() as session:
        session.execute(
            text("UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - interval '61 s'")
        )
        enqueue(session, "queue.rescue")
    with running(committed_app, "flask", "--app", "app", "worker"):
        wait_for(lambda: left("todo", "doing") == 0, "every job")
    assert left("failed") == 0
    assert breaches(transaction) == []
