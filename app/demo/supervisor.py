"""Keeps a demo up: PostgreSQL, then web and worker, each in a session of its own, until it is told to stop.

Whatever kills this process leaves nothing that the next start does not find: children carry a mark, the lock
goes with its holder, and PostgreSQL is judged by its command line.
"""

import contextlib
import http.client
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO, Any, Final, NoReturn, Self

import psycopg
from sqlalchemy.exc import OperationalError

from app.demo import databases, processes
from app.demo.environment import ROOT, Home, name_search_server, name_stripe
from app.demo.errors import CannotStart, cannot_write
from app.demo.postgres import require_space
from app.demo.search_node.server import ElasticsearchNode

FIRST_RUN_MEGABYTES: Final = 400
LATER_RUN_MEGABYTES: Final = 100
LEAST_MEGABYTES: Final = 20
"""PostgreSQL writes its log of changes in files of 16 MB."""
STOP_SECONDS: Final = {"worker": 25.0, "web": 12.0, "stripe": 3.0}
"""A little more than what each allows itself for work in hand."""
READY_SECONDS: Final = 180
WATCH_SECONDS: Final = 0.5
HEARTBEAT_SECONDS: Final = 5.0
MOST_RESTARTS: Final = 5
RESTARTS_COUNT_FOR: Final = 60.0
LARGEST_LOG_BYTES: Final = 20_000_000


Say = Callable[[str], None]


class Stop(BaseException):
    """The supervisor was told to stop. Not an error, and nothing may catch it by accident."""


@dataclass
class Child:
    """One of the programs that are kept up."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    ended: list[float] = field(default_factory=list)
    """When it died lately (monotonic seconds)."""


@dataclass(frozen=True)
class Wishes:
    """What was asked for on the command line."""

    port: int
    reset: bool
    given: databases.Addresses | None
    """A database on a server of one's own, instead of the embedded one."""
    elasticsearch: bool = False
    """Elasticsearch answers searches, a node of the demo's own."""
    payments: bool = False
    """Top-ups can be paid online, at a Stripe of the demo's own."""
    maker: int | None = None
    """The pid of the make that began this, if one did: the demo ends with it."""


@dataclass(frozen=True)
class Hooks:
    """What the app does in this process, which has it loaded anyway: a process more would cost seconds."""

    preparations: Mapping[str, Callable[[], None]]
    """Title and action of each step between the open database and the start of web and worker."""
    on_ready: Callable[[], None]
    heartbeat: Callable[[], None]
    """Called every few seconds while the demo is up."""


class Supervisor:
    """One demo of one source tree."""

    def __init__(self, home: Home, wishes: Wishes, say: Say) -> None:
        self._home = home
        self._wishes = wishes
        self._say = say
        self._database: databases.DemoDatabase = (
            databases.GivenDatabase(wishes.given)
            if wishes.given
            else databases.EmbeddedDatabase(home.server())
        )
        self._node = ElasticsearchNode(home.folder / "elasticsearch") if wishes.elasticsearch else None
        self._opened = False
        self._lock = processes.FileLock(home.folder / "demo" / "running.lock")
        self._children = [
            Child("web", [sys.executable, "-m", "gunicorn", "app:create_app()"]),
            Child("worker", [sys.executable, "-m", "flask", "--app", "app", "worker"]),
        ]

        self._stripe = self._stripe_settings() if wishes.payments else {}
        if self._stripe:
            self._children.insert(0, Child("stripe", self._stripe_command()))

    @property
    def address(self) -> str:
        """Where the demo answers."""
        return f"http://127.0.0.1:{self._wishes.port}"

    @property
    def stripe_address(self) -> str | None:
        """Where its made-up Stripe answers, if it has one: on the next port."""
        return f"http://127.0.0.1:{self._wishes.port + 1}" if self._wishes.payments else None

    def _stripe_settings(self) -> dict[str, str]:
        address = str(self.stripe_address)
        return {
            "ANJU_PAYMENTS": "stripe",
            "ANJU_STRIPE_KEY": "sk_test_of_the_demo",
            "ANJU_STRIPE_WEBHOOK_SECRET": f"whsec_{secrets.token_hex(16)}",
            "ANJU_STRIPE_API_URL": address,
            "ANJU_STRIPE_CHECKOUT_URL": address,
        }

    def _stripe_command(self) -> list[str]:
        program = [sys.executable, "-m", "app.demo.stripe_server", "--port", str(self._wishes.port + 1)]
        kept = str(self._home.state / "stripe.json")
        return [*program, "--hook", f"{self.address}/hooks/stripe", "--file", kept]

    def run(self, hooks: Hooks) -> None:
        """Start everything and keep it up until INT, TERM or HUP; everything is stopped on return.

        Raises CannotStart.
        """
        self._claim()
        with StopSignals() as signals:
            self._end_with_make()
            try:
                self._start(hooks)
                hooks.on_ready()
                self._watch(hooks.heartbeat)
            except Stop:
                self._say("")
            except (OperationalError, psycopg.OperationalError) as error:
                require_space(self._home.folder, LEAST_MEGABYTES)
                raise CannotStart(f"The database gave up: {error}") from error
            except OSError as error:
                raise cannot_write(error) from error
            finally:
                signals.told = True
                self._stop()
                self._lock.release()

    def _end_with_make(self) -> None:
        """Tell this process to stop once make was interrupted or died, in whatever step it is by then."""
        maker = self._wishes.maker
        if maker is None:
            return

        def watch() -> None:
            while processes.waits_for_us(maker):
                time.sleep(WATCH_SECONDS)
            os.kill(os.getpid(), signal.SIGTERM)

        threading.Thread(target=watch, name="make", daemon=True).start()

    def _claim(self) -> None:
        holder = {"pid": os.getpid(), "address": self.address}
        try:
            if not self._lock.acquire(wait=False):
                raise CannotStart(self._who_runs())
            self._lock.path.write_text(json.dumps(holder))
        except OSError as error:
            raise cannot_write(error) from error

    def _who_runs(self) -> str:
        try:
            holder = json.loads(self._lock.path.read_text())
        except ValueError:
            return "Another demo of this folder is just starting."
        return (
            f"The demo of this folder runs already: {holder['address']}. "
            f"To stop it, press ctrl-C there or type: kill {holder['pid']}"
        )

    def _start(self, hooks: Hooks) -> None:
        with self._step("Looking around"):
            processes.end(processes.marked(self._home.folder), seconds=3)
            processes.require_free_port(self._wishes.port)
            if self._stripe:
                processes.require_free_port(self._wishes.port + 1)
            require_space(
                self._home.folder, FIRST_RUN_MEGABYTES if self._database.is_new else LATER_RUN_MEGABYTES
            )
            self._home.logs.mkdir(parents=True, exist_ok=True)
        if self._wishes.reset:
            with self._step("Deleting the data of earlier runs"):
                self._database.forget()
                shutil.rmtree(self._home.state, ignore_errors=True)
        with self._step("Opening the database"):
            self._opened = True
            self._database.open()
        for title, prepare in hooks.preparations.items():
            with self._step(title):
                prepare()
        self._start_search()
        name_stripe(self._home, self._stripe)
        with self._step("Starting web and worker"):
            for child in self._children:
                self._launch(child)
            self._wait_until_ready()

    def _start_search(self) -> None:
        """Start Elasticsearch, if it is wished for, and fill it; web and worker read where it is."""
        if self._node is None:
            name_search_server(self._home, None)
            return
        with self._step("Starting Elasticsearch"):
            self._node.start()
            name_search_server(self._home, self._node.url)
        with self._step("Filling Elasticsearch"), (self._home.logs / "reindex.log").open("wb") as output:
            command = [sys.executable, "-m", "flask", "--app", "app", "search", "reindex"]
            if self._spawn(command, output).wait():
                raise CannotStart("Elasticsearch could not be filled: see var/log/reindex.log.")

    def _environment(self) -> Mapping[str, str]:
        ours = {"ANJU_MODE": "demo", "PORT": str(self._wishes.port), processes.MARK: str(self._home.folder)}
        ours |= self._stripe
        if given := self._wishes.given:
            ours |= {"DATABASE_URL": given.app, "DATABASE_OWNER_URL": given.owner}
        # Flask's own mark of a command line would give the web a command's long timeouts.
        inherited = {name: value for name, value in os.environ.items() if name != "FLASK_RUN_FROM_CLI"}
        return {**inherited, **ours, "PYTHONUNBUFFERED": "1"}

    def _spawn(self, command: list[str], output: IO[bytes]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def _launch(self, child: Child) -> None:
        log = self._log(child)
        if log.exists() and log.stat().st_size > LARGEST_LOG_BYTES:
            log.replace(log.with_suffix(".log.1"))
        with log.open("ab") as output:
            child.process = self._spawn(child.command, output)

    def _log(self, child: Child) -> Path:
        return self._home.logs / f"{child.name}.log"

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        answer = ""
        while time.monotonic() < deadline:
            for child in self._children:
                if child.process is not None and child.process.poll() is not None:
                    self._give_up(child, "ended at once")
            status, answer = self._ask("/readyz")
            if status == http.client.OK:
                return
            time.sleep(0.1)
        raise CannotStart(f"{self.address}/readyz does not say ready after {READY_SECONDS} s: {answer}")

    def _ask(self, path: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self._wishes.port, timeout=5)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read().decode(errors="replace")
        except (OSError, http.client.HTTPException) as error:
            return 0, str(error)
        finally:
            connection.close()

    def _watch(self, heartbeat: Callable[[], None]) -> None:
        next_beat = 0.0
        while True:
            if self._database.keep_up():
                self._say("PostgreSQL had ended; it runs again.")
            if self._node is not None and self._node.keep_up():
                self._say("Elasticsearch had ended; it runs again.")
            for child in self._children:
                self._revive(child)
            if time.monotonic() >= next_beat:
                heartbeat()
                next_beat = time.monotonic() + HEARTBEAT_SECONDS
            time.sleep(WATCH_SECONDS)

    def _revive(self, child: Child) -> None:
        if child.process is None or child.process.poll() is None:
            return
        now = time.monotonic()
        child.ended = [moment for moment in child.ended if now - moment < RESTARTS_COUNT_FOR] + [now]
        if len(child.ended) > MOST_RESTARTS:
            self._give_up(child, "keeps ending")
        self._say(f"The {child.name} process ended ({child.process.returncode}); starting it again.")
        self._end_group(child, signal.SIGKILL)
        self._launch(child)

    def _give_up(self, child: Child, what: str) -> NoReturn:
        require_space(self._home.folder, LEAST_MEGABYTES)
        raise CannotStart(f"The {child.name} process {what}:\n{_tail(self._log(child))}")

    def _end_group(self, child: Child, how: signal.Signals) -> None:
        """Signal a child's whole group: the workers of a dead web master would keep its port."""
        if child.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.process.pid, how)

    def _stop(self) -> None:
        for child in reversed(self._children):
            if child.process is None or child.process.poll() is not None:
                continue
            with self._step(f"Stopping {child.name}"):
                child.process.terminate()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.process.wait(STOP_SECONDS[child.name])
                self._end_group(child, signal.SIGKILL)
                child.process.wait()
        processes.end(processes.marked(self._home.folder), seconds=1)
        if self._node is not None:
            with self._step("Stopping Elasticsearch"):
                self._node.stop()
        if self._opened:
            with self._step("Closing the database"):
                self._database.close()

    @contextlib.contextmanager
    def _step(self, title: str) -> Iterator[None]:
        self._say(f"==> {title} ...")
        began = time.monotonic()
        yield
        self._say(f"    done in {time.monotonic() - began:.1f} s")


class StopSignals:
    """Turns the first INT, TERM or HUP into Stop; ignores those that follow, so that stopping completes.

    A HUP that was ignored from the start (nohup) stays so. INT does not: shells ignore it for what runs in
    the background, and whoever sends it there means it.
    """

    def __init__(self) -> None:
        self.told = False
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._handle)
        return self

    def __exit__(self, *_: object) -> None:
        for number, previous in self._before.items():
            signal.signal(number, previous)

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        if not self.told:
            self.told = True
            raise Stop


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-15:])
