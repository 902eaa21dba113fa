"""Threads on connections of their own, made to meet where a race is decided."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any

from sqlalchemy import Connection, Engine, Select, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, SessionTransaction

from app.core.db import Base
from app.core.errors import Busy, DomainError
from app.core.failures import is_busy
from app.core.locks import LockPolicy
from app.redemptions.models import Redemption
from tests.cursors import is_watched, watch

CONNECTIONS = 12
PATIENCE = 300.0
"""Seconds after which something is broken; nothing is decided by them."""

Act = Callable[[Session], Any]
Outcome = str | Exception


class NoLocks(LockPolicy):
    """Reads where it should lock: for the controls, which show what the locks prevent."""

    takes_names = False

    def apply(self, statement: Select[Any], *of: type[Base]) -> Select[Any]:
        """Return the statement as it is."""
        return statement


PURCHASE = f"INSERT INTO {Redemption.__tablename__} "


def before(session: Session, act: Callable[[], object], *, at: str | tuple[str, ...] = PURCHASE) -> None:
    """Call ``act`` once, when this session is about to ask a statement that begins so, by whatever way.

    At the driver's cursor, which also what is prepared passes; the pool gets the connection back plain.
    """
    waiting = [act]

    def look(query: object) -> None:
        if waiting and str(query).startswith(at):
            waiting.pop()()

    def begin(session: Session, _: SessionTransaction, connection: Connection) -> None:
        if is_watched(connection.connection):  # a savepoint begins, too
            return
        restore = watch(connection.connection, look)

        def end(session: Session) -> None:
            if session.get_nested_transaction() is None:
                restore()

        event.listen(session, "after_commit", end)
        event.listen(session, "after_rollback", end)

    event.listen(session, "after_begin", begin)


class Meeting:
    """A place where everybody waits for everybody, but for those whom a lock keeps away.

    No clock decides: whoever is not here yet comes, or waits for a lock in the database, or has ended.
    """

    def __init__(self, parties: int) -> None:
        self._parties = parties
        self._here = self._ended = 0
        self._turn = threading.Lock()
        self._over = threading.Event()
        self.was_held = False
        """Whether all of them stood here at one time."""

    def come(self, engine: Engine) -> None:
        """Return once all are here, but for those who have ended or whom a lock keeps away."""
        with self._turn:
            self._here += 1
        wait_until(lambda: self._over.is_set() or self._is_whole(engine), "all should be here or kept away")
        self._over.set()

    @property
    def was_reached(self) -> bool:
        """Whether anybody came at all."""
        return self._here > 0

    def leave(self) -> None:
        """Count with one less: an act has ended."""
        with self._turn:
            self._ended += 1

    def _is_whole(self, engine: Engine) -> bool:
        with self._turn:  # nobody comes or goes while those are counted who are kept away
            self.was_held = self.was_held or self._here == self._parties
            return self.was_held or self._here + self._ended + count_waiting(engine) >= self._parties


def do(engine: Engine, act: Act, *, policy: LockPolicy | None = None) -> Outcome:
    """Do one act in one transaction; return "done", the code of a refusal, or the error."""
    with Session(engine) as session:
        if policy:
            session.info["lock_policy"] = policy
        try:
            return _try(session, act)
        except Busy:  # once more, as the edge does
            session.rollback()
            return _try(session, act)
        finally:
            session.rollback()  # to close it tells nobody who looks on that it ended: ``before``


def _try(session: Session, act: Act) -> Outcome:
    try:
        act(session)
        session.commit()
    except Busy:
        raise
    except DomainError as refusal:
        return refusal.code
    except DBAPIError as error:
        if "lock_policy" in session.info and is_busy(error):
            raise Busy from error  # without the order of the locks any two may dead-lock
        return error
    except Exception as error:  # noqa: BLE001  # the test looks at what came out, whatever it is
        return error
    return "done"


def race(
    engine: Engine,
    acts: Sequence[Act],
    *,
    policy: LockPolicy | None = None,
    meet_at: str | tuple[str, ...] | None = None,
) -> list[Outcome]:
    """Do all acts at once, as many at a time as there are connections; return the outcomes in order.

    Before a statement that begins as ``meet_at`` says they wait for each other, as far as no lock keeps them
    away; somebody has to come. Under another ``policy`` than the product's all of them have to meet, and
    nobody commits before all have written: a control without a race, or one that the quicker decides, shows
    nothing.
    """
    together = len(acts) <= CONNECTIONS
    assert together or meet_at is None, "all who meet need a connection"
    writing = Meeting(len(acts)) if meet_at else None
    ending = Meeting(len(acts)) if policy and together else None
    start = threading.Barrier(min(len(acts), CONNECTIONS))
    first = iter(range(start.parties))
    turn = threading.Lock()

    def run(act: Act) -> Outcome:
        with turn:
            waits = next(first, None) is not None
        if waits:
            start.wait(PATIENCE)

        def meet(session: Session) -> None:
            if writing and meet_at:
                before(session, lambda: writing.come(engine), at=meet_at)
            act(session)
            if ending:
                session.flush()
                if writing:
                    writing.leave()
                ending.come(engine)

        try:
            return do(engine, meet, policy=policy)
        finally:
            for meeting in filter(None, (writing, ending)):
                meeting.leave()

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        outcomes = list(pool.map(run, acts))
    assert writing is None or writing.was_reached, f"nobody came to {meet_at}"
    assert policy is None or writing is None or writing.was_held, "nobody met whom the locks would part"
    return outcomes


def overtaking(engine: Engine, act: Act, other: Act, *, policy: LockPolicy | None = None) -> list[str]:
    """Hold an act before its commit, let another come, and then go on; return the order of their commits.

    Under the product's own locks the other has to wait; under another ``policy`` of the act's it passes.
    """
    held, go_on = threading.Event(), threading.Event()
    order: list[str] = []

    def hold(session: Session) -> None:
        act(session)
        event.listen(session, "before_commit", lambda _: order.append("act"))  # after it others run on
        held.set()
        assert go_on.wait(PATIENCE)

    def come(session: Session) -> None:
        other(session)
        event.listen(session, "after_commit", lambda _: order.append("other"))

    with ThreadPoolExecutor(2) as pool:
        acting = pool.submit(do, engine, hold, policy=policy)
        assert held.wait(PATIENCE)
        coming = pool.submit(do, engine, come)
        if policy is None:
            wait_until_waiting(engine, 1)
        else:
            coming.result(PATIENCE)
        go_on.set()
        assert (acting.result(PATIENCE), coming.result(PATIENCE)) == ("done", "done")
    return order


def held(engine: Engine, first: Act, second: Act, *, policy: LockPolicy | None = None) -> Outcome:
    """Hold an act before its commit until another one has ended or waits for it; return how that ended.

    So under any ``policy`` the one has written all before the other is decided.
    """
    with Session(engine) as session, ThreadPoolExecutor(1) as pool:
        if policy:
            session.info["lock_policy"] = policy
        first(session)
        session.flush()
        coming = come(pool, engine, second, policy=policy)
        session.commit()
        return coming.result(PATIENCE)


def queue_up(engine: Engine, first: Act, acts: Sequence[Act]) -> list[Outcome]:
    """Let acts wait, one behind the other in this order, for what ``first`` locks; then let go."""
    with Session(engine) as holder, ThreadPoolExecutor(CONNECTIONS) as pool:
        first(holder)
        running = []
        for place, act in enumerate(acts, start=1):
            running.append(pool.submit(do, engine, act))
            wait_until_waiting(engine, place)
        holder.rollback()
        return [future.result(PATIENCE) for future in running]


def come(pool: Executor, engine: Engine, act: Act, *, policy: LockPolicy | None = None) -> Future[Outcome]:
    """Let an act come while another one is held; return it once it has ended or waits for a lock."""
    coming = pool.submit(do, engine, act, policy=policy)
    wait_until(lambda: coming.done() or count_waiting(engine) == 1, "it should end or wait for a lock")
    return coming


def wait_until_waiting(engine: Engine, count: int) -> None:
    """Return once so many connections wait for a lock."""
    wait_until(lambda: count_waiting(engine) == count, f"{count} should be waiting for a lock")


def count_waiting(engine: Engine) -> int:
    """Return how many connections wait for a lock that another one has, or waits for before them."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0"
    )
    with engine.connect() as connection:
        return int(connection.execute(waiting).scalar_one())


def wait_until(condition: Callable[[], bool], what: str) -> None:
    """Return once something holds. Raises TimeoutError with what should when that takes too long."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(what)
        time.sleep(0.01)
