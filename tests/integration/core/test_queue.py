import re
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app import jobs
from app.core import audit
from app.core.actor import system_actor
from app.core.clock import system_now
from app.core.events import BatchEvent, Event
from app.core.queue import enqueue, gather, queue, wait_for_company
from app.identity.models import District
from tests.cursors import watch

Transaction = Callable[[], AbstractContextManager[Session]]
ROOT = Path(__file__).resolve().parents[3]


def count(session: Session, status: str) -> int:
    """How many jobs of ``queue.tidy`` there are in that state."""
    query = text(
        "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'queue.tidy' "
        "AND status = CAST(:status AS procrastinate_job_status)"
    )
    return int(session.scalar(query, {"status": status}) or 0)


def test_a_job_is_part_of_the_transaction(transaction: Transaction) -> None:
    with transaction() as session:
        enqueue(session, "queue.tidy")
        session.rollback()
    with transaction() as session:
        assert count(session, "todo") == 0
        enqueue(session, "queue.tidy")
    with transaction() as session:
        assert count(session, "todo") == 1


@pytest.mark.parametrize("rows", [1, 6])
def test_jobs_are_written_with_the_trail_of_what_ordered_them(transaction: Transaction, rows: int) -> None:
    with transaction() as session:
        for number in range(rows):
            audit.record(
                session, actor=system_actor(), action="test.note", object_type="thing", object_id=number
            )
        for name in ("queue.tidy", "queue.rescue"):
            enqueue(session, name)
        sent: list[str] = []
        restore = watch(session.connection().connection, sent.append)
        try:
            session.commit()
        finally:
            restore()
        assert sum("procrastinate_jobs" in str(one) for one in sent) == 1
        assert "procrastinate_jobs" in sent[-1]
        assert "audit_rows" in sent[-1]
    with transaction() as session:
        names = session.scalars(text("SELECT task_name FROM procrastinate_jobs ORDER BY id"))
        assert list(names) == ["queue.tidy", "queue.rescue"]
        assert audit.verify(session) == (rows, [])
        enqueue(session, "queue.tidy")
        audit.record(session, actor=system_actor(), action="test.note", object_type="thing", object_id=7)
        session.rollback()
    with transaction() as session:
        assert count(session, "todo") == 1
        assert audit.verify(session) == (rows, [])


def test_a_savepoint_that_is_undone_takes_only_its_own_jobs(transaction: Transaction) -> None:
    with transaction() as session:
        enqueue(session, "queue.tidy")
        with session.begin_nested() as savepoint:
            enqueue(session, "queue.rescue")
            savepoint.rollback()
        with session.begin_nested():
            enqueue(session, "queue.tidy")
    with transaction() as session:
        names = session.scalars(text("SELECT task_name FROM procrastinate_jobs ORDER BY id"))
        assert list(names) == ["queue.tidy", "queue.tidy"]


def test_a_savepoint_that_a_failed_write_undoes_keeps_the_jobs_before_it(transaction: Transaction) -> None:
    with transaction() as session:
        enqueue(session, "queue.tidy")
        with suppress(IntegrityError), session.begin_nested():
            session.add(District(code="x", name=None))
    with transaction() as session:
        assert count(session, "todo") == 1


def test_a_name_that_is_no_task_is_refused(transaction: Transaction) -> None:
    with transaction() as session, pytest.raises(LookupError):
        enqueue(session, "no.such.task")


def test_what_somebody_waits_for_goes_first(committed_app: Flask, transaction: Transaction) -> None:
    with transaction() as session:
        enqueue(session, "queue.tidy")
        enqueue(session, "queue.rescue", urgent=True)
    jobs.run_waiting(committed_app)
    with transaction() as session:
        began = text(
            "SELECT task_name FROM procrastinate_events JOIN procrastinate_jobs AS job ON job.id = job_id "
            "WHERE type = 'started' ORDER BY procrastinate_events.id"
        )
        assert list(session.scalars(began)) == ["queue.rescue", "queue.tidy"]


def test_a_job_that_was_put_off_has_events_of_its_run_alone(
    committed_app: Flask, transaction: Transaction
) -> None:
    with transaction() as session:
        enqueue(session, "queue.rescue", at=system_now())
        enqueue(session, "queue.tidy")
    told = text(
        "SELECT task_name, array_agg(CAST(type AS text) ORDER BY event.id) FROM procrastinate_jobs AS job "
        "JOIN procrastinate_events AS event ON event.job_id = job.id "
        "GROUP BY 1"
    )
    with transaction() as session:
        assert [tuple(row) for row in session.execute(told)] == [("queue.tidy", ["deferred"])]
    jobs.run_waiting(committed_app)
    with transaction() as session:
        found = [tuple(row) for row in session.execute(told)]
    assert ("queue.rescue", ["started", "succeeded"]) in found


def test_names_are_counted_once_for_many_changes_of_homes(
    committed_app: Flask, transaction: Transaction
) -> None:
    for _ in range(2):
        with transaction() as session:
            enqueue(session, "search.index", home_ids=[])
        jobs.run_waiting(committed_app)
    with transaction() as session:
        waiting = text(
            "SELECT scheduled_at > now() FROM procrastinate_jobs "
            "WHERE task_name = 'search.names' AND status = 'todo'"
        )
        assert list(session.scalars(waiting)) == [True]


def test_every_enqueued_name_is_a_task() -> None:
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "app").rglob("*.py")]
    enqueued = {name for source in sources for name in re.findall(r"enqueue\(\s*\w+,\s*\"([^\"]+)\"", source)}
    assert enqueued
    assert enqueued <= set(queue.tasks)


def test_every_event_has_a_subscriber(app: Flask) -> None:
    for registry in (Event.registry, BatchEvent.registry):
        assert registry
        assert [name for name, event in registry.items() if not event.subscribers] == []


def test_waiting_jobs_run_and_may_run_twice(committed_app: Flask, transaction: Transaction) -> None:
    for _ in range(2):
        with transaction() as session:
            enqueue(session, "queue.tidy")
        jobs.run_waiting(committed_app)
    with transaction() as session:
        assert (count(session, "succeeded"), count(session, "todo")) == (2, 0)


@pytest.mark.parametrize(("silence", "expected"), [(70, "succeeded"), (10, "doing")])
def test_jobs_of_a_silent_worker_are_given_back(
    committed_app: Flask, transaction: Transaction, silence: int, expected: str
) -> None:
    with transaction() as session:
        enqueue(session, "queue.tidy")
    with transaction() as session:
        take = text(
            "WITH worker AS (INSERT INTO procrastinate_workers (last_heartbeat) "
            "VALUES (now() - make_interval(secs => :silence)) RETURNING id) "
            "UPDATE procrastinate_jobs SET status = 'doing', worker_id = worker.id FROM worker"
        )
        session.execute(take, {"silence": silence})
        enqueue(session, "queue.rescue")
    jobs.run_waiting(committed_app)
    with transaction() as session:
        status = session.scalar(text("SELECT status FROM procrastinate_jobs WHERE task_name = 'queue.tidy'"))
    assert status == expected


LOOK = "following.look"


def looks(session: Session) -> list[tuple[list[object], str, int]]:
    """What jobs there are to look at homes: which homes, where each stands, how often it failed."""
    query = text(
        "SELECT args -> 'home_ids', status::text, attempts FROM procrastinate_jobs WHERE task_name = :name "
        "ORDER BY id"
    )
    return [(ids, status, attempts) for ids, status, attempts in session.execute(query, {"name": LOOK})]


def test_small_jobs_of_a_transaction_become_one_and_large_ones_keep_their_size(
    transaction: Transaction,
) -> None:
    with transaction() as session:
        for home_ids in ([1, 2], list(range(100, 130)), [2, 3], list(range(4, 20)), [50]):
            enqueue(session, LOOK, home_ids=home_ids)
        enqueue(session, LOOK, home_ids=[51], at=system_now())
    with transaction() as session:
        found = [ids for ids, _, _ in looks(session)]
    assert found == [[1, 2, 3, *range(4, 20), 50], list(range(100, 130)), [51]]


def test_small_jobs_wait_for_company_until_the_next_full_second(transaction: Transaction) -> None:
    before = system_now()
    wait_for_company(True)
    try:
        with transaction() as session:
            enqueue(session, LOOK, home_ids=[1])
            enqueue(session, LOOK, home_ids=list(range(100, 130)))
            enqueue(session, LOOK, home_ids=[2], lock="homes")
            enqueue(session, "queue.tidy")
    finally:
        wait_for_company(False)
    with transaction() as session:
        query = "SELECT scheduled_at FROM procrastinate_jobs ORDER BY id"
        put_off, *others = session.scalars(text(query)).all()
    assert others == [None] * 3
    assert put_off.microsecond == 0
    assert timedelta() < put_off - before <= timedelta(seconds=2)


def test_jobs_that_wait_are_gathered_by_the_one_that_is_done(transaction: Transaction) -> None:
    for home_ids in ([1, 2], [2, 3], list(range(100, 130))):
        with transaction() as session:
            enqueue(session, LOOK, home_ids=home_ids)
    with transaction() as session:
        enqueue(session, LOOK, home_ids=[4], at=system_now() + timedelta(hours=1))
        enqueue(session, LOOK, home_ids=[5], lock="homes")
        enqueue(session, "search.index", home_ids=[6])
    large = list(range(30))
    with transaction() as session:
        assert gather(session, LOOK, large) == large
        assert gather(session, LOOK, [9, 1]) == [9, 1, 2, 3]
        session.rollback()
    with transaction() as session:
        assert gather(session, LOOK, [9, 1]) == [9, 1, 2, 3], "undone, they wait again"
    with transaction() as session:
        assert [ids for ids, _, _ in looks(session)] == [list(range(100, 130)), [4], [5]]


def test_two_workers_gather_different_jobs(transaction: Transaction) -> None:
    with transaction() as session:
        enqueue(session, LOOK, home_ids=[1])
    with transaction() as one, transaction() as other:
        assert (gather(one, LOOK, []), gather(other, LOOK, [])) == ([1], [])


def test_a_job_that_fails_holds_no_other_up(committed_app: Flask, transaction: Transaction) -> None:
    for home_ids in ([1], ["no number"], [2]):
        with transaction() as session:
            enqueue(session, LOOK, home_ids=home_ids)
    jobs.run_waiting(committed_app)
    with transaction() as session:
        assert looks(session) == [([1], "todo", 1), (["no number"], "todo", 1), ([2], "succeeded", 1)]
        session.execute(text("UPDATE procrastinate_jobs SET scheduled_at = now()"))
    jobs.run_waiting(committed_app)
    with transaction() as session:
        assert looks(session) == [([1], "succeeded", 2), (["no number"], "todo", 2), ([2], "succeeded", 1)]
