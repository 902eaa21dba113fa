"""Two at once: the second really waits for the first, it is never only hoped that they meet."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import Select, func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.cases import service
from app.cases.errors import SignalDecided
from app.cases.models import Signal, SignalMove
from app.core.locks import LockPolicy
from app.homes import service as homes
from app.homes.queries import find_listing
from tests.factories.cases import Market, make_market, make_signal

Begin = Callable[[], AbstractContextManager[Session]]


class NoLocks(LockPolicy):
    """Reads without locking: shows the race that the lock prevents."""

    def apply(self, statement: Select[Any]) -> Select[Any]:
        return statement


def wait_until_blocked_by(first: Session, begin: Begin) -> None:
    """Return as soon as somebody waits for the first transaction."""
    pid = first.scalar(text("SELECT pg_backend_pid()"))
    waiting = text("SELECT count(*) FROM pg_stat_activity WHERE :pid = ANY(pg_blocking_pids(pid))")
    for _ in range(500):
        with begin() as watcher:
            if watcher.scalar(waiting, {"pid": pid}):
                return
        time.sleep(0.01)
    pytest.fail("nobody waited for the first transaction")


@pytest.fixture
def pool() -> Any:
    with ThreadPoolExecutor(1) as pool:
        yield pool


@pytest.fixture
def broken(transaction: Begin) -> tuple[Market, dict[str, int]]:
    """A home that breaks the rule without a signal (it was withdrawn before), and the ids of its event."""
    with transaction() as session:
        market = make_market(session)
        homes.withdraw(session, actor=market.developer, home_id=market.home.id)
        homes.set_price(
            session,
            actor=market.developer,
            home_id=market.home.id,
            kind="cash",
            amount_fen=50_000_000,
            reason="促销",
        )
        listing = find_listing(session, district_id=market.district.id, home_id=market.home.id)
        assert listing
        ids = {"listing_id": listing.id, "home_id": market.home.id, "district_id": market.district.id}
    return market, ids


@pytest.mark.parametrize("first_commits", [True, False])
def test_two_who_find_the_same_breach_at_once_open_one_signal(
    transaction: Begin,
    broken: tuple[Market, dict[str, int]],
    pool: ThreadPoolExecutor,
    first_commits: bool,
) -> None:
    def find() -> None:
        with transaction() as session:
            service.open_price_signal(session, **broken[1])

    with transaction() as first:
        service.open_price_signal(first, **broken[1])
        second: Future[None] = pool.submit(find)
        wait_until_blocked_by(first, transaction)
        if not first_commits:
            first.rollback()
    second.result(timeout=10)
    with transaction() as session:
        assert session.scalars(select(func.count()).select_from(Signal)).one() == 1
        assert session.scalars(select(func.count()).select_from(SignalMove)).one() == 1


def decide_at_once(begin: Begin, pool: ThreadPoolExecutor, policy: LockPolicy | None) -> None:
    """One dismisses, and before that is committed another one opens a case; raises what the second gets."""
    with begin() as session:
        market, signal = make_signal(session)

    def open_case() -> None:
        with begin() as session:
            if policy:
                session.info["lock_policy"] = policy
            service.open_case(session, actor=market.regulator, signal_ref=signal.ref, reason="核查")

    with begin() as first:
        service.dismiss(first, actor=market.regulator, signal_ref=signal.ref, reason="已更正")
        second: Future[None] = pool.submit(open_case)
        wait_until_blocked_by(first, begin)
    second.result(timeout=10)


def decisions(begin: Begin) -> list[str]:
    with begin() as session:
        moves = select(SignalMove.to_state).where(SignalMove.from_state == "signal").order_by(SignalMove.id)
        return list(session.scalars(moves))


def test_who_decides_second_is_refused(transaction: Begin, pool: ThreadPoolExecutor) -> None:
    with pytest.raises(SignalDecided):
        decide_at_once(transaction, pool, None)
    assert decisions(transaction) == ["dismissed"]


def test_without_the_lock_the_constraint_refuses(transaction: Begin, pool: ThreadPoolExecutor) -> None:
    with pytest.raises(IntegrityError, match="uq_signal_moves_decision"):
        decide_at_once(transaction, pool, NoLocks())
    assert decisions(transaction) == ["dismissed"]


def test_without_lock_and_constraint_both_would_decide(
    committed_app: Flask, transaction: Begin, pool: ThreadPoolExecutor
) -> None:
    with psycopg.connect(str(committed_app.config["ANJU"].owner_database_url)) as owner:
        owner.execute("DROP INDEX uq_signal_moves_decision")
    decide_at_once(transaction, pool, NoLocks())
    assert decisions(transaction) == ["dismissed", "opened"]
