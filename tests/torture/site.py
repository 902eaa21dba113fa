"""A real web and worker, and people who press buttons over HTTP: what is killed is brought back."""

import html
import http.client
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlencode

from flask import Flask
from sqlalchemy.orm import Session

from app.identity import service as identity
from app.identity.models import User
from config import Settings
from tests.factories.identity import PASSWORD

ROOT: Final = Path(__file__).resolve().parents[2]
PATIENCE: Final = 300
WEB: Final = ("gunicorn", "app:create_app()")
WORKER: Final = ("flask", "--app", "app", "worker")


def environment(app: Flask, port: int) -> dict[str, str]:
    """Return the settings of an app under test as another process reads them."""
    settings = app.config["ANJU"]
    return {
        **os.environ,
        "ANJU_MODE": "test",
        "DATABASE_URL": str(settings.database_url),
        "SECRET_KEY": settings.secret_key.get_secret_value(),
        "ANJU_AUDIT_KEYS": json.dumps({"test": settings.audit_keys["test"].get_secret_value()}),
        "ANJU_AUDIT_KEY_ID": "test",
        "ANJU_SECURE_COOKIES": "false",
        "ANJU_LIMITS": "false",
        "PORT": str(port),
        **_online(settings),
    }


def _online(settings: Settings) -> dict[str, str]:
    """Return how a process takes payments online; nothing where the app takes none."""
    key, secret = settings.stripe_key, settings.stripe_webhook_secret
    if settings.payments != "stripe" or key is None or secret is None:
        return {}
    return {
        "ANJU_PAYMENTS": "stripe",
        "ANJU_STRIPE_KEY": key.get_secret_value(),
        "ANJU_STRIPE_WEBHOOK_SECRET": secret.get_secret_value(),
        "ANJU_STRIPE_API_URL": settings.stripe_api_url or "",
        "ANJU_STRIPE_CHECKOUT_URL": settings.stripe_checkout_url,
    }


def launch(app: Flask, *command: str, port: int = 0) -> subprocess.Popen[bytes]:
    """Start a real process of ours, in a group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env=environment(app, port),
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@contextmanager
def running(app: Flask, *command: str, port: int = 0) -> Iterator[subprocess.Popen[bytes]]:
    """Keep a real process of ours up; it is killed with its children in the end, if not before."""
    process = launch(app, *command, port=port)
    try:
        yield process
    finally:
        kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a process with its children, unless it has ended."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_for(condition: Callable[[], bool], what: str) -> None:
    """Return once something holds. Raises AssertionError when it takes too long."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"waited {PATIENCE} s for {what}"
        time.sleep(0.05)


def free_port() -> int:
    """Return a port that nobody listens on, and that no connection gets while nobody does.

    The system numbers connections from 32768 on. What asks there for a server that is down may be connected
    with itself, and then keeps the server from coming back.
    """
    while True:
        port = random.SystemRandom().randrange(10_000, 32_768)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


class Answer(NamedTuple):
    """What a request was told, and the cookie as that left it."""

    status: int
    page: str
    cookie: str
    location: str = ""

    def form_to(self, action: str) -> dict[str, str] | None:
        """Return what the page's form to an address ("": its own) would send untouched; None without one."""
        for form in re.findall(r"<form[^>]*>.*?</form>", self.page, re.DOTALL):
            head, *fields = re.findall(r"<(?:form|input)\b[^>]*>", form)
            named = [dict(re.findall(r'([\w-]+)="([^"]*)"', field)) for field in fields]
            if 'method="post"' in head and f'action="{action}"' in head:
                return {one["name"]: html.unescape(one.get("value", "")) for one in named if "name" in one}
        return None


def ask(port: int, method: str, path: str, cookie: str, form: dict[str, str] | None = None) -> Answer:
    """Ask a web on this machine. Raises OSError and HTTPException when it does not answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    headers = {"Cookie": f"session={cookie}", "Content-Type": "application/x-www-form-urlencoded"}
    try:
        connection.request(method, path, urlencode(form or {}) if form else None, headers)
        response = connection.getresponse()
        fresh = re.match(r"session=([^;]+)", response.getheader("Set-Cookie") or "")
        return Answer(
            response.status,
            response.read().decode(),
            fresh[1] if fresh else cookie,
            response.getheader("Location") or "",
        )
    finally:
        connection.close()


def answers(port: int) -> bool:
    """Return whether a web on that port says it is healthy."""
    try:
        return ask(port, "GET", "/healthz", "")[0] == 200
    except (OSError, http.client.HTTPException):
        return False


def button_of(port: int, quote_ref: str, cookie: str) -> tuple[int, dict[str, str] | None, str]:
    """Open a quote's page: return its status, what its button sends (None without one) and the cookie."""
    answer = ask(port, "GET", f"/household/quotes/{quote_ref}", cookie)
    return answer.status, answer.form_to(""), answer.cookie


def press(port: int, quote_ref: str, cookie: str, fields: dict[str, str]) -> int:
    """Press the button of a quote's page; return the status."""
    return ask(port, "POST", f"/household/quotes/{quote_ref}", cookie, fields)[0]


def lock_over_http(port: int, quote_ref: str, cookie: str) -> int:
    """Lock a quote's home as a household does; 303 when it was done, 200 when it was done before."""
    status, fields, cookie = button_of(port, quote_ref, cookie)
    return status if fields is None else press(port, quote_ref, cookie, fields)


def cookie_of(app: Flask, session: Session, user_id: int) -> str:
    """Return the cookie of somebody who has just signed in, which is a transaction of its own."""
    username = session.get_one(User, user_id).username
    token, _ = identity.sign_in(
        session, username=username, password=PASSWORD, device="test", lasts=timedelta(hours=1)
    )
    session.commit()
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"], cookie["_fresh"] = token, True
    found = client.get_cookie("session")
    assert found is not None
    return found.value
