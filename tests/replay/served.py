"""The web and its worker as the demo runs them, on a database of their own, with a clock to move on."""

import contextlib
import http.client
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import psutil
from flask import Flask
from sqlalchemy import Engine, create_engine, select, text
from sqlalchemy.orm import Session

from app.core import clock
from app.core.clock import StoredBusinessClock
from tests.replay import bare

ROOT: Final = Path(__file__).resolve().parents[2]
FOLDER: Final = ROOT / "var" / "replay"
METER: Final = FOLDER / "meter"
"""Where each process of the web leaves what its requests took."""
_READY_SECONDS: Final = 300
_JOBS_SECONDS: Final = 600


class Served:
    """The running site: its address, and the business clock that all its processes share."""

    def __init__(self, port: int, environment: dict[str, str], engine: Engine) -> None:
        self.port = port
        self.environment = environment
        self.engine = engine
        self.roots: dict[str, int] = {}
        """The first process of each side: web, worker, database."""

    def start_clock(self, moment: datetime) -> None:
        """Let business time begin at a moment."""
        with Session(self.engine) as session, session.begin():
            clock.start_stored_clock(session, moment)

    def go_to(self, moment: datetime) -> None:
        """Move the business clock forward to a moment, at which all requests and jobs are from then on."""
        with Session(self.engine) as session, session.begin():
            row = session.scalars(select(StoredBusinessClock)).one()
            present = row.business_at + (clock.system_now() - row.system_at)
            clock.advance_stored_clock(session, moment - present)

    def wait_for_jobs(self) -> None:
        """Wait until the worker has done everything that is due, also what is put off to the next second."""
        waiting = text(
            "SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing') "
            "AND (scheduled_at IS NULL OR scheduled_at <= now() + interval '1 second')"
        )
        _wait(lambda: not self._count(waiting), _JOBS_SECONDS, "the worker's queue to empty")

    def failed_jobs(self) -> int:
        """Return how many jobs were given up."""
        return self._count(text("SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'"))

    def prove(self, *command: str) -> dict[str, Any]:
        """Run one of the proofs, such as `ledger verify`, and return what it prints as JSON."""
        done = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "app", *command, "--json"],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if not done.stdout.strip():
            raise RuntimeError(f"flask {' '.join(command)} said nothing: {done.stderr[-2000:]}")
        return dict(json.loads(done.stdout))

    def _count(self, query: Any) -> int:
        with self.engine.connect() as connection:
            return int(connection.execute(query).scalar_one())


@contextmanager
def serve(app: Flask) -> Iterator[Served]:
    """Run gunicorn and a worker in demo mode on the app's database while the block runs."""
    port = _free_port()
    environment = _environment(app, port)
    engine = create_engine(app.config["SQLALCHEMY_DATABASE_URI"])
    served = Served(port, environment, engine)
    commands = {
        "web": ["gunicorn", "-c", "tests/replay/metered.py", "app:create_app()"],
        "worker": ["flask", "--app", "app", "worker"],
    }
    shutil.rmtree(METER, ignore_errors=True)
    METER.mkdir(parents=True)
    with _serving(served, commands):
        yield served


@contextmanager
def serve_bare(database_url: str) -> Iterator[Served]:
    """Run gunicorn, with the site's own settings, for the yardstick's site on its database."""
    port = _free_port()
    ours = {"DATABASE_URL": database_url, "SECRET_KEY": secrets.token_hex(), "PORT": str(port)}
    served = Served(port, {**os.environ, **ours}, create_engine(bare.driven(database_url)))
    with _serving(served, {"bare": ["gunicorn", "-c", "gunicorn.conf.py", "tests.replay.bare:create_app()"]}):
        yield served


@contextmanager
def _serving(served: Served, commands: Mapping[str, list[str]]) -> Iterator[None]:
    """Run the processes of a site on its port and database, until the block ends; yield once it answers."""
    with contextlib.ExitStack() as stack:
        stack.callback(served.engine.dispose)
        for name, command in commands.items():
            served.roots[name] = stack.enter_context(_running(name, command, served.environment))
        with served.engine.connect() as connection:
            backend = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
            served.roots["database"] = psutil.Process(backend).ppid()
        _wait(lambda: _is_ready(served.port), _READY_SECONDS, f"the site; see {FOLDER / 'log'}")
        yield


def _environment(app: Flask, port: int) -> dict[str, str]:
    settings = app.config["ANJU"]
    keys = {name: key.get_secret_value() for name, key in settings.audit_keys.items()}
    ours = {
        "ANJU_MODE": "demo",
        "ANJU_DEMO_FOLDER": str(FOLDER),
        "DATABASE_URL": str(settings.database_url),
        "SECRET_KEY": settings.secret_key.get_secret_value(),
        "ANJU_AUDIT_KEYS": json.dumps(keys),
        "ANJU_AUDIT_KEY_ID": settings.audit_key_id,
        "ANJU_DATA_DIR": str(settings.data_dir),
        "ANJU_SECURE_COOKIES": "false",
        "PORT": str(port),
        "REPLAY_METER": str(METER),
    }
    inherited = {name: value for name, value in os.environ.items() if name != "FLASK_RUN_FROM_CLI"}
    return {**inherited, **ours}


@contextmanager
def _running(name: str, command: list[str], environment: dict[str, str]) -> Iterator[int]:
    log = FOLDER / "log" / f"{name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process.pid
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(20)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _wait(condition: Any, seconds: float, what: str) -> None:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds:.0f} s for {what}")
        time.sleep(0.2)
