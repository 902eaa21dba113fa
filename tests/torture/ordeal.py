"""People run errands over HTTP while web, worker and database are killed.

A kill comes when so many errands are done: a random moment later, so that all of them fall into the work,
however fast the machine is, or where it is aimed at, between what somebody else has done for us and our
commit. Whoever gets no answer tries again, as people do.
"""

import http.client
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from itertools import cycle, islice
from pathlib import Path
from typing import Final, NamedTuple, Protocol

import psutil
import psycopg
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app import rights
from app.backup import programs
from app.core import audit
from app.demo import databases
from app.demo.postgres import PostgresServer
from app.extensions import db
from app.ledger import queries as ledger
from app.payments import proofs as payments
from app.redemptions import queries as redemptions
from app.redemptions.models import Redemption
from tests.database import beside
from tests.torture.site import (
    WEB,
    WORKER,
    answers,
    button_of,
    free_port,
    kill,
    launch,
    press,
    wait_for,
)

PEOPLE: Final = 8
LATEST_SECONDS: Final = 0.15
"""A kill comes at most so long after the lock that it waits for."""
GIVE_UP_SECONDS: Final = 300
"""After so long in which nobody has got anything done, something is broken: a slow machine goes on."""
WAYS: Final = ("connection", "database", "web", "web_process", "worker")
"""One connection's process, the whole server, the web whole or one process of it, the worker."""
NOWHERE: Final[Mapping[str, Collection[str]]] = {}
_SURVIVABLE: Final = {"synchronous_commit": "on"}
"""What is committed survives a killed process; only a power cut needs fsync."""


class Errand(Protocol):
    """What somebody wants done."""

    def go_on(self, port: int) -> bool:
        """Try once, and tell whether the site says that it is done. Raises OSError and HTTPException."""


class Lock(NamedTuple):
    """A quote that waits to be locked, and the cookie of whoever may."""

    quote_ref: str
    cookie: str

    def go_on(self, port: int) -> bool:
        """Press the button, twice as the impatient do, and return whether the site says that it is locked."""
        status, fields, cookie = button_of(port, self.quote_ref, self.cookie)
        if fields is None:
            return status == http.client.OK
        first = press(port, self.quote_ref, cookie, fields)
        return first == http.client.SEE_OTHER and first == press(port, self.quote_ref, cookie, fields)


class Aim(NamedTuple):
    """A kill that waits for somebody else's work: once it is done for us, before we hear of it."""

    point: str
    way: str


@contextmanager
def on_own_server(app: Flask, folder: Path, *, durable: bool, **changes: object) -> Iterator["Ordeal"]:
    """Move the app's database to a server that may be killed, with a site on it, until the block ends.

    The site has the app's settings but for ``changes``.
    """
    server = PostgresServer(folder, durable=durable, settings=_SURVIVABLE)
    server.remove()
    server.start()
    try:
        addresses = databases.create(server, databases.NAME)
        source, archive = str(app.config["ANJU"].owner_database_url), folder.with_suffix(".dump")
        with psycopg.connect(source) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            (snapshot,) = connection.execute("SELECT pg_export_snapshot()").fetchall()[0]
            programs.dump(source, snapshot=snapshot, to=archive)
        programs.put_back(addresses.owner, archive=archive)
        with psycopg.connect(addresses.owner, autocommit=True) as connection:
            rights.grant(connection, databases.APP)
        urls = {"database_url": addresses.app, "owner_database_url": addresses.owner}
        with beside(app, **urls, **changes) as moved:
            ordeal = Ordeal(server, moved)
            try:
                wait_for(lambda: answers(ordeal.port), "the web")
                yield ordeal
            finally:
                ordeal.stop()
    finally:
        server.remove()


class Ordeal:
    """A site whose every process may be killed, and is brought back as a supervisor would."""

    def __init__(self, server: PostgresServer, app: Flask) -> None:
        self.app = app
        self.port = free_port()
        self._server = server
        self._drawn = random.Random()
        self._killed = Counter[str]()
        self._aims: list[Aim] = []
        self._hands = threading.RLock()
        """Whoever kills or brings back has them: one at a time."""
        self._given_up = threading.Event()
        """Somebody came to no end: nobody else has to."""
        self._went_on = time.monotonic()
        """When an errand was done last."""
        self._web = launch(app, *WEB, port=self.port)
        self._worker = launch(app, *WORKER)

    def stop(self) -> None:
        """End web and worker."""
        for process in (self._web, self._worker):
            kill(process)

    def run(
        self,
        errands: Sequence[Errand],
        *,
        kills: int,
        seed: int,
        ways: Collection[str] = WAYS,
        points: Mapping[str, Collection[str]] = NOWHERE,
    ) -> Counter[str]:
        """Do all errands while so many kills happen; return what was killed how often.

        Every other kill is aimed at one of the points that ``reach`` is told of, in turn, each with its own
        ways, the first from the beginning; what comes to none does not happen. Raises AssertionError for an
        errand that comes to no end.
        """
        self._drawn, self._killed, done = random.Random(seed), Counter(), threading.Semaphore(0)
        shares = [errands[number::PEOPLE] for number in range(PEOPLE)]
        aims = self._draw_aims(points, ways, (kills + 1) // 2)
        self._aims = aims[:1]
        with ThreadPoolExecutor(PEOPLE) as pool:
            people = [pool.submit(self._work, share, done) for share in shares]
            between = len(errands) // (kills + 1)
            for number in range(kills):
                for _ in range(between):
                    self._await(done, people)
                if points and number % 2 == 0:
                    self._aims += aims[number // 2 + 1 :][:1]
                else:
                    time.sleep(self._drawn.uniform(0, LATEST_SECONDS))
                    way = self._drawn.choice(sorted(ways))
                    self._kill(way, way)
            for _ in range(len(errands) - kills * between):
                self._await(done, people)
            for person in people:
                person.result()
        with self._hands:
            self._aims.clear()
        return self._killed

    def _draw_aims(
        self, points: Mapping[str, Collection[str]], ways: Collection[str], count: int
    ) -> list[Aim]:
        """Draw so many aims, at one point after the other; none where there is no point."""
        return [
            Aim(point, self._drawn.choice(sorted(set(ways) & set(points[point]))))
            for point in islice(cycle(points), count)
        ]

    def reach(self, point: str) -> None:
        """Hear that somebody else has done something for us, and kill what waits for that."""
        with self._hands:
            aim = next((one for one in self._aims if one.point == point), None)
            if aim is not None:
                self._aims.remove(aim)
                self._kill(aim.way, f"{aim.way} at {point}")

    def _kill(self, way: str, told: str) -> None:
        with self._hands:
            getattr(self, f"_kill_{way}")()
            self._killed[told] += 1

    def _await(self, done: threading.Semaphore, people: Sequence[Future[None]]) -> None:
        """Return when one more errand is done; start again meanwhile what ended.

        Raises what anybody raised: an errand that comes to no end is told at once, and by its name.
        """
        while not done.acquire(timeout=0.5):
            for person in people:
                if person.done():
                    person.result()
            self._keep_up()

    def _keep_up(self) -> None:
        with self._hands:
            if self._web.poll() is not None:
                self._web = launch(self.app, *WEB, port=self.port)
            if self._worker.poll() is not None:
                self._worker = launch(self.app, *WORKER)

    def _work(self, share: Sequence[Errand], done: threading.Semaphore) -> None:
        for errand in share:
            try:
                self.see_through(errand)
            except BaseException:
                self._given_up.set()
                raise
            if self._given_up.is_set():
                return
            done.release()

    def see_through(self, errand: Errand) -> None:
        """Try until it is done, or somebody else gave up. Raises AssertionError when nothing goes on."""
        began = time.monotonic()
        while not self._given_up.is_set() and not self._is_done(errand):
            since = max(began, self._went_on)
            assert time.monotonic() < since + GIVE_UP_SECONDS, f"{errand} is not done after {self._killed}"
            time.sleep(0.1)
        self._went_on = time.monotonic()

    def _is_done(self, errand: Errand) -> bool:
        try:
            return errand.go_on(self.port)
        except (OSError, http.client.HTTPException):
            return False

    def _kill_web(self) -> None:
        kill(self._web)
        self._keep_up()

    def _kill_web_process(self) -> None:
        """One of those that answer; gunicorn's master makes another."""
        if self._web.poll() is None:
            _shoot(self._drawn, psutil.Process(self._web.pid).children())

    def _kill_worker(self) -> None:
        kill(self._worker)
        self._keep_up()

    def _kill_database(self) -> None:
        """The server itself: its children notice and go, as after a crash."""
        process = self._server.process()
        assert process is not None
        process.kill()
        self._server.start()

    def _kill_connection(self) -> None:
        """The process behind one connection; PostgreSQL then drops all and recovers."""
        process = self._server.process()
        assert process is not None
        _shoot(self._drawn, [one for one in process.children() if _serves_app(one)])

    def finish_jobs(self) -> None:
        """Let a minute of silence pass, bring back who was killed, and wait as ``await_jobs`` does."""
        with self.session() as session:
            session.execute(
                text("UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - interval '61 s'")
            )
            session.commit()
        kill(self._worker)
        self._keep_up()
        wait_for(lambda: answers(self.port), "the web")
        self.await_jobs()

    def await_jobs(self) -> None:
        """Return once every job is done. Raises AssertionError when one failed."""
        wait_for(lambda: self._jobs("todo", "doing") == 0, "every job")
        assert self._jobs("failed") == 0

    def _jobs(self, *states: str) -> int:
        query = text(
            "SELECT count(*) FROM procrastinate_jobs WHERE status::text = ANY(:states) "
            "AND task_name <> 'queue.rescue' AND (attempts > 0 OR coalesce(scheduled_at, now()) <= now())"
        )
        with self.session() as session:
            return int(session.scalar(query, {"states": list(states)}) or 0)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Open a session on the database as it is now."""
        with self.app.app_context(), Session(db.engine) as session:
            yield session

    def prove(self, *, locked: int) -> tuple[int, int]:
        """Return the number of transfers and audit rows. Raises AssertionError for what does not hold."""
        with self.session() as session:
            counted = select(func.count(), func.count(Redemption.home_id.distinct()))
            assert tuple(session.execute(counted.where(Redemption.state == "locked")).one()) == (
                locked,
                locked,
            )
            rows, broken = audit.verify(session)
            breaches = [
                *ledger.verify(session),
                *payments.verify(session),
                *redemptions.verify(session),
                *broken,
            ]
            assert not breaches, breaches[:5]
            return ledger.count_transfers(session), rows


def _serves_app(process: psutil.Process) -> bool:
    """Tell whether a process of PostgreSQL's serves a connection of the app; one that is gone does not."""
    try:
        return databases.APP in " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return False


def _shoot(drawn: random.Random, processes: Sequence[psutil.Process]) -> None:
    """Kill one of them, if there is any and it is still there."""
    if processes:
        with suppress(psutil.NoSuchProcess):
            drawn.choice(sorted(processes, key=lambda one: one.pid)).send_signal(signal.SIGKILL)
