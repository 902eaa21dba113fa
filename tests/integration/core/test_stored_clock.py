from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core import clock
from app.extensions import READER, db

Transaction = Callable[[], AbstractContextManager[Session]]
FIRST = datetime(2016, 6, 1, tzinfo=UTC)


@pytest.fixture
def stored(committed_app: Flask) -> Iterator[clock.StoredClock]:
    ticks = iter(range(0, 1000, 2))  # each reading is two seconds on: never the remembered one
    with committed_app.app_context():
        yield clock.StoredClock(db.engines[READER], lambda: next(ticks))


@pytest.fixture
def busy(committed_app: Flask) -> Iterator[clock.StoredClock]:
    """One that is asked again and again within a moment."""
    with committed_app.app_context():
        yield clock.StoredClock(db.engines[READER], lambda: 0.0)


def near(moment: datetime, expected: datetime) -> bool:
    return abs(moment - expected) < timedelta(minutes=1)


def test_it_starts_at_the_first_moment_and_can_be_moved(
    transaction: Transaction, stored: clock.StoredClock
) -> None:
    with transaction() as session:
        clock.start_stored_clock(session, FIRST)
    assert near(stored.now(), FIRST)
    with transaction() as session:
        clock.advance_stored_clock(session, timedelta(days=3))
    assert near(stored.now(), FIRST + timedelta(days=3))


def test_it_stands_still_while_the_demo_is_down(transaction: Transaction, stored: clock.StoredClock) -> None:
    with transaction() as session:
        clock.start_stored_clock(session, FIRST)
        # Up for two hours, then killed and away for a week.
        session.execute(text("UPDATE business_clock SET system_at = system_at - interval '7 days 2 hours'"))
        session.execute(text("UPDATE business_clock SET seen_at = system_at + interval '2 hours'"))
    with transaction() as session:
        clock.start_stored_clock(session, FIRST)
    assert near(stored.now(), FIRST + timedelta(hours=2))


def test_a_request_goes_by_one_reading_and_the_next_begins_anew(
    transaction: Transaction, busy: clock.StoredClock
) -> None:
    with transaction() as session:
        clock.start_stored_clock(session, FIRST)
    assert near(busy.now(), FIRST)
    with transaction() as session:
        clock.advance_stored_clock(session, timedelta(days=3))
    assert near(busy.now(), FIRST)
    with ThreadPoolExecutor(1) as beside:
        assert near(beside.submit(busy.now).result(), FIRST + timedelta(days=3))
    busy.begin()
    assert near(busy.now(), FIRST + timedelta(days=3))


def test_it_is_read_on_when_the_server_closed_its_connection(
    transaction: Transaction, stored: clock.StoredClock
) -> None:
    with transaction() as session:
        clock.start_stored_clock(session, FIRST)
    assert near(stored.now(), FIRST)
    with transaction() as session:
        clock.advance_stored_clock(session, timedelta(days=3))
        closed = session.scalar(
            text(
                "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity "
                "WHERE datname = current_database() AND application_name = 'anju-reader'"
            )
        )
    assert closed == 1
    assert near(stored.now(), FIRST + timedelta(days=3))


def test_what_another_question_found_is_taken_once_a_request(
    transaction: Transaction, busy: clock.StoredClock
) -> None:
    with transaction() as session:
        clock.start_stored_clock(session, FIRST)
    busy.heard(timedelta(days=-5))
    busy.heard(timedelta(days=-7))
    assert near(busy.now(), clock.system_now() - timedelta(days=5))
    busy.begin()
    assert near(busy.now(), FIRST)
    busy.heard(timedelta(days=-5))
    assert near(busy.now(), FIRST)
