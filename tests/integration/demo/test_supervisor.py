"""`flask demo up` for real: it comes up, mends what is killed, and leaves nothing behind.

The tests share one demo and follow one another: a start is the dear part.
"""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from app.demo import processes
from app.demo.accounts import DEMO_ACCOUNTS
from app.demo.environment import Home
from app.demo.postgres import PostgresServer
from tests.database import ROOT
from tests.torture.site import free_port

PATIENCE = 300.0
"""Seconds for a start on a busy machine. It is a limit, not a measurement."""


class Demo:
    """A demo in a folder of its own, started like a person would."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.output = folder / "output.txt"
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def server(self) -> PostgresServer:
        return Home(self.folder).server()

    def start(self, *options: str) -> subprocess.Popen[bytes]:
        flask = [sys.executable, "-m", "flask", "--app", "app"]
        return self._run([*flask, "demo", "up", "--port", str(self.port), "--small", *options])

    def make(self) -> subprocess.Popen[bytes]:
        """Start it as `make demo` does, ready made; tests may themselves run with INT ignored."""
        ready = ["-o", ".venv/.runtime", "-o", "assets", f"BIN={Path(sys.executable).parent}"]
        return self._run(
            ["env", "--default-signal=INT", "make", *ready, "demo", f"PORT={self.port}", "SMALL=1"]
        )

    def _run(self, command: list[str]) -> subprocess.Popen[bytes]:
        clean = {
            name: value
            for name, value in os.environ.items()
            if name not in {"DATABASE_URL", "FLASK_RUN_FROM_CLI"}
        }
        environment = {
            **clean,
            "ANJU_MODE": "demo",
            "ANJU_DEMO_FOLDER": str(self.folder),
            "PYTHONUNBUFFERED": "1",
        }
        with self.output.open("wb") as output:
            return subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
            )

    def up(self, *options: str) -> str:
        self.process = self.start(*options)
        eventually(
            lambda: "Anju is ready" in self.said() or self.process is None or self.process.poll() is not None
        )
        assert "Anju is ready" in self.said(), self.said()
        return self.said()

    def said(self) -> str:
        return self.output.read_text()

    def children(self, name: str) -> list[psutil.Process]:
        return [process for process in processes.marked(self.folder) if name in " ".join(process.cmdline())]

    def answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def users(self) -> list[tuple[int, str]]:
        with psycopg.connect(self.server.url("anju")) as connection:
            return connection.execute("SELECT id, username FROM users ORDER BY id").fetchall()

    def is_gone(self) -> bool:
        return not processes.marked(self.folder) and self.server.process() is None and not self.answers()


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "this did not come true in time"
        time.sleep(0.2)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    demo = Demo(tmp_path_factory.mktemp("demo"))
    demo.up()
    yield demo
    if demo.process is not None and demo.process.poll() is None:
        demo.process.kill()
        demo.process.wait()
    processes.end(processes.marked(demo.folder), seconds=5)
    demo.server.remove()


def test_it_says_where_it_is_and_how_to_sign_in(demo: Demo) -> None:
    assert f"Anju is ready: http://127.0.0.1:{demo.port}\n" in demo.said()
    for account in DEMO_ACCOUNTS:
        assert f" {account.username} " in demo.said()
        assert account.password in demo.said()


def test_the_sign_ins_are_printed_as_json(demo: Demo) -> None:
    command = [sys.executable, "-m", "flask", "--app", "app", "demo", "accounts", "--json"]
    environment = {**os.environ, "ANJU_MODE": "demo", "ANJU_DEMO_FOLDER": str(demo.folder)}

    rows = json.loads(
        subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True).stdout
    )

    assert [row["role"] for row in rows] == [account.role for account in DEMO_ACCOUNTS]
    assert set(rows[0]) == {"role", "username", "password", "name", "organisation"}


def test_a_second_start_is_told_where_the_first_one_runs(demo: Demo) -> None:
    second = Demo(demo.folder)
    second.output = demo.folder / "second.txt"
    process = second.start()

    assert process.wait(PATIENCE) == 1
    assert f"runs already: http://127.0.0.1:{demo.port}." in second.said()
    assert demo.answers()


def test_the_web_does_not_take_itself_for_a_command(demo: Demo) -> None:
    """Commands and the worker wait a minute for a lock; a page must not."""
    assert all("FLASK_RUN_FROM_CLI" not in process.environ() for process in demo.children("gunicorn"))


@pytest.mark.parametrize(("name", "program"), [("web", "gunicorn"), ("worker", "worker")])
def test_a_killed_child_comes_back(demo: Demo, name: str, program: str) -> None:
    before = demo.children(program)

    min(before, key=lambda process: process.create_time()).kill()

    eventually(lambda: f"The {name} process ended (-9); starting it again." in demo.said())
    eventually(lambda: bool(demo.children(program)) and demo.answers())
    assert not set(before) & set(demo.children(program))


def test_a_killed_database_comes_back(demo: Demo) -> None:
    process = demo.server.process()
    assert process is not None

    process.kill()

    eventually(lambda: demo.server.process() not in {None, process} and demo.answers())


def test_a_start_after_kill_9_ends_what_was_left_and_keeps_the_data(demo: Demo) -> None:
    assert demo.process is not None
    before, leftovers = demo.users(), processes.marked(demo.folder)
    demo.process.kill()
    demo.process.wait()
    assert leftovers
    assert all(process.is_running() for process in leftovers)

    demo.up()

    assert demo.answers()
    assert demo.users() == before
    assert not any(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in leftovers)


def test_it_stops_everything_it_started(demo: Demo) -> None:
    assert demo.process is not None
    demo.process.send_signal(signal.SIGINT)

    assert demo.process.wait(PATIENCE) == 0
    said = demo.said()
    assert said.index("Stopping worker") < said.index("Stopping web") < said.index("Closing the database")
    assert demo.is_gone()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_it_ends_with_the_make_that_began_it(demo: Demo, how: signal.Signals) -> None:
    make = demo.make()
    eventually(lambda: bool(processes.marked(demo.folder)) or make.poll() is not None)
    assert make.poll() is None, demo.said()

    make.send_signal(how)

    assert make.wait(PATIENCE) != 0
    eventually(demo.is_gone)


def test_a_port_in_use_stops_the_start_before_anything_is_touched(demo: Demo) -> None:
    with socket.create_server(("127.0.0.1", demo.port)):
        process = demo.start("--reset")
        assert process.wait(PATIENCE) == 1

    assert f"Port {demo.port} is in use by process {os.getpid()}" in demo.said()
    assert (demo.folder / "postgres" / "PG_VERSION").exists()


def test_a_reset_starts_over_and_a_fill_that_is_cut_off_leaves_nothing(demo: Demo) -> None:
    marker = demo.folder / "postgres" / "of-the-first-run"
    marker.touch()
    demo.process = demo.start("--reset")
    eventually(lambda: "    homes\n" in demo.said())
    demo.process.send_signal(signal.SIGINT)

    assert demo.process.wait(PATIENCE) == 0
    assert demo.is_gone()
    assert not marker.exists()
    demo.server.start()
    assert demo.users() == []
