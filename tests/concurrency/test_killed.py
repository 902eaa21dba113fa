"""kill -9 in the middle of the work: what was promised is whole or absent, and the next process goes on."""

import http.client
from collections.abc import Callable
from contextlib import AbstractContextManager
from threading import Thread

import pytest
from flask import Flask
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from app.core import audit, locks
from app.core.queue import enqueue
from app.extensions import db
from app.homes.models import Home
from app.ledger import queries as ledger
from app.redemptions import queries as redemptions
from app.redemptions.models import Quote, Redemption
from tests.factories import redemptions as factories
from tests.torture.site import (
    PATIENCE,
    WEB,
    WORKER,
    answers,
    cookie_of,
    free_port,
    kill,
    lock_over_http,
    running,
    wait_for,
)

Transaction = Callable[[], AbstractContextManager[Session]]


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


def wait_until_settled(transaction: Transaction) -> None:
    """Return once no connection of those that were killed is at work: a last commit may be under way."""
    query = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND backend_type = 'client backend' AND state <> 'idle' AND pid <> pg_backend_pid()"
    )

    def is_quiet() -> bool:
        with transaction() as session:
            return session.scalar(query) == 0

    wait_for(is_quiet, "what was killed")


def test_a_killed_web_leaves_whole_locks_or_none(
    committed_app: Flask, engine: Engine, transaction: Transaction, errands: list[tuple[str, str]]
) -> None:
    """Everybody's last home is kept from them, so that the web dies while they wait for it."""
    port = free_port()
    kept = select(Quote.home_id).where(Quote.ref.in_([ref for ref, _ in errands[-4:]]))

    def run_errands(share: list[tuple[str, str]]) -> None:
        for quote_ref, cookie in share:
            try:
                lock_over_http(port, quote_ref, cookie)
            except (OSError, http.client.HTTPException):
                return  # the web is dead, as it should be

    with running(committed_app, *WEB, port=port) as web:
        wait_for(lambda: answers(port), "the web")
        threads = [Thread(target=run_errands, args=(errands[number::4],)) for number in range(4)]
        with Session(engine) as holder:
            locks.lock_all(holder, Home, holder.scalars(kept))
            for thread in threads:
                thread.start()
            wait_for(lambda: locked(transaction) >= 5, "some locks")
            kill(web)
        for thread in threads:
            thread.join(timeout=PATIENCE)
    wait_until_settled(transaction)
    survived = locked(transaction)
    assert 5 <= survived < len(errands)
    assert breaches(transaction) == []

    with running(committed_app, *WEB, port=port):
        wait_for(lambda: answers(port), "the web again")
        statuses = [lock_over_http(port, quote_ref, cookie) for quote_ref, cookie in errands]
    assert statuses.count(303) == len(errands) - survived
    assert locked(transaction) == len(errands)
    assert breaches(transaction) == []


def test_a_killed_workers_jobs_are_done_by_the_next(
    committed_app: Flask, engine: Engine, transaction: Transaction, errands: list[tuple[str, str]]
) -> None:
    """The later half of the jobs is kept from the first worker, so that it dies before all are done."""

    def left(*states: str) -> int:
        with transaction() as session:
            query = text(
                "SELECT count(*) FROM procrastinate_jobs WHERE status::text = ANY(:states) "
                "AND (attempts > 0 OR coalesce(scheduled_at, now()) <= now())"  # names are recounted later
            )
            return int(session.scalar(query, {"states": list(states)}) or 0)

    with transaction() as session:
        home_ids = list(session.scalars(select(Home.id)))
        for _ in range(200):  # each of so many homes that the worker takes no other job along
            enqueue(session, "search.index", home_ids=home_ids)
    later = text("SELECT id FROM procrastinate_jobs ORDER BY id DESC LIMIT 100 FOR UPDATE")
    with Session(engine) as holder, running(committed_app, *WORKER) as worker:
        holder.execute(later)
        wait_for(lambda: left("succeeded") >= 10, "the first jobs")
        kill(worker)
    assert left("todo") >= 100
    # A minute of silence passes.
    with transaction() as session:
        session.execute(
            text("UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - interval '61 s'")
        )
        enqueue(session, "queue.rescue")
    with running(committed_app, *WORKER):
        wait_for(lambda: left("todo", "doing") == 0, "every job")
    assert left("failed") == 0
    assert breaches(transaction) == []
