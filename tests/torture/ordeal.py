"""People lock homes over HTTP while web, worker and database are killed at random points.

A kill comes when so many locks are done, and a random moment later: so all of them fall into the work,
however fast the machine is. Whoever gets no answer tries again, as people do.
"""

import http.client
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, NamedTuple

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
WAYS: Final = ("connection", "database", "web", "web_process", "worker")
"""One connection's process, the whole server, the web whole or one process of it, the worker."""
_SURVIVABLE: Final = {"synchronous_commit": "on"}
"""What is committed survives a killed process; only a power cut needs fsync."""


class Errand(NamedTuple):
    """A quote that waits to be locked, and the cookie of whoever may."""

    quote_ref: str
    cookie: str


@contextmanager
def on_own_server(app: Flask, folder: Path, *, durable: bool) -> Iterator["Ordeal"]:
    """Move the app's database to a server that may be killed, with a site on it, until the block ends."""
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
        with beside(app, **urls) as moved:
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
        self._web = launch(app, *WEB, port=self.port)
        self._worker = launch(app, *WORKER)

    def stop(self) -> None:
        """End web and worker."""
        for process in (self._web, self._worker):
            kill(process)

    def run(
        self, errands: Sequence[Errand], *, kills: int, seed: int, ways: Collection[str] = WAYS
    ) -> Counter[str]:
        """Do all errands while so many kills happen; return what was killed how often.

        Raises AssertionError for an errand that comes to no end.
        """
        drawn, done, killed = random.Random(seed), threading.Semaphore(0), Counter[str]()
        shares = [errands[number::PEOPLE] for number in range(PEOPLE)]
        with ThreadPoolExecutor(PEOPLE) as pool:
            people = [pool.submit(self._work, share, done) for share in shares]
            for _ in range(kills):
                for _ in range(len(errands) // (kills + 1)):
                    self._await(done, killed)
                time.sleep(drawn.uniform(0, LATEST_SECONDS))
                way = drawn.choice(sorted(ways))
                getattr(self, f"_kill_{way}")(drawn)
                killed[way] += 1
            for _ in range(len(errands) - kills * (len(errands) // (kills + 1))):
                self._await(done, killed)
            for person in people:
                person.result()
        return killed

    def _await(self, done: threading.Semaphore, killed: Counter[str]) -> None:
        """Return when one more lock is made; start again meanwhile what ended."""
        deadline = time.monotonic() + GIVE_UP_SECONDS
        while not done.acquire(timeout=0.5):
            assert time.monotonic() < deadline, f"nothing goes on after {killed}"
            self._keep_up()

    def _keep_up(self) -> None:
        if self._web.poll() is not None:
            self._web = launch(self.app, *WEB, port=self.port)
        if self._worker.poll() is not None:
            self._worker = launch(self.app, *WORKER)

    def _work(self, share: Sequence[Errand], done: threading.Semaphore) -> None:
        for errand in share:
            deadline = time.monotonic() + GIVE_UP_SECONDS
            while not self._is_locked(errand):
                assert time.monotonic() < deadline, f"{errand.quote_ref} is not locked"
                time.sleep(0.1)
            done.release()

    def _is_locked(self, errand: Errand) -> bool:
        """Press the button, twice as the impatient do, and return whether the site says that it is locked."""
        try:
            status, fields, cookie = button_of(self.port, errand.quote_ref, errand.cookie)
            if fields is None:
                return status == http.client.OK
            first = press(self.port, errand.quote_ref, cookie, fields)
            return first == http.client.SEE_OTHER and first == press(
                self.port, errand.quote_ref, cookie, fields
            )
        except (OSError, http.client.HTTPException):
            return False

    def _kill_web(self, _drawn: random.Random) -> None:
        kill(self._web)
        self._keep_up()

    def _kill_web_process(self, drawn: random.Random) -> None:
        """One of those that answer; gunicorn's master makes another."""
        if self._web.poll() is None:
            _shoot(drawn, psutil.Process(self._web.pid).children())

    def _kill_worker(self, _drawn: random.Random) -> None:
        kill(self._worker)
        self._keep_up()

    def _kill_database(self, _drawn: random.Random) -> None:
        """The server itself: its children notice and go, as after a crash."""
        process = self._server.process()
        assert process is not None
        process.kill()
        self._server.start()

    def _kill_connection(self, drawn: random.Random) -> None:
        """The process behind one connection; PostgreSQL then drops all and recovers."""
        process = self._server.process()
        assert process is not None
        _shoot(drawn, [one for one in process.children() if _serves_app(one)])

    def finish_jobs(self) -> None:
        """Let a minute of silence pass, and return once every job is done; AssertionError when one failed."""
        with self.session() as session:
            session.execute(
                text("UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - interval '61 s'")
            )
            session.commit()
        self._kill_worker(random.Random())
        wait_for(lambda: self._jobs("todo", "doing") == 0, "every job")
        assert self._jobs("failed") == 0

    def _jobs(self, *states: str) -> int:
        query = text(
            "SELECT count(*) FROM procrastinate_jobs WHERE status::text = ANY(:states) "
            "AND task_name <> 'queue.rescue' AND (scheduled_at IS NULL OR scheduled_at <= now())"
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
