"""Two at once: the second really waits for the first, it is never only hoped that they meet."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.cases import service
from app.cases.models import Signal, SignalMove
from app.core.locks import LockPolicy
from app.homes import service as homes
from app.homes.queries import find_listing
from tests.concurrency.race import PATIENCE, Act, NoLocks, Outcome, do, wait_until_waiting
from tests.factories.cases import make_market, make_signal

Begin = Callable[[], AbstractContextManager[Session]]


@pytest.fixture
def broken(transaction: Begin) -> dict[str, int]:
    """The ids of a home that breaks the rule without a signal: it was withdrawn before."""
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
        return {"listing_id": listing.id, "home_id": market.home.id, "district_id": market.district.id}


def one_then_other(engine: Engine, first: Act, second: Act, *, commits: bool = True, **how: Any) -> Outcome:
    """Let the second wait for what the first has written; return how it went for the second."""
    with Session(engine) as session, ThreadPoolExecutor(1) as pool:
        first(session)
        waiting = pool.submit(do, engine, second, **how)
        wait_until_waiting(engine, 1)
        if commits:
            session.commit()
        else:
            session.rollback()
        return waiting.result(PATIENCE)


@pytest.mark.parametrize("commits", [True, False])
def test_two_who_find_the_same_breach_at_once_open_one_signal(
    engine: Engine, transaction: Begin, broken: dict[str, int], commits: bool
) -> None:
    def find(session: Session) -> None:
        service.open_price_signal(session, **broken)

    assert one_then_other(engine, find, find, commits=commits) == "done"
    with transaction() as session:
        assert session.scalars(select(func.count()).select_from(Signal)).one() == 1
        assert session.scalars(select(func.count()).select_from(SignalMove)).one() == 1


def decide_at_once(engine: Engine, begin: Begin, policy: LockPolicy | None = None) -> Outcome:
    """One dismisses, and before that is committed another one opens a case; return how that went."""
    with begin() as session:
        market, signal = make_signal(session)

    def dismiss(session: Session) -> None:
        service.dismiss(session, actor=market.regulator, signal_ref=signal.ref, reason="已更正")

    def open_case(session: Session) -> None:
        service.open_case(session, actor=market.regulator, signal_ref=signal.ref, reason="核查")

    return one_then_other(engine, dismiss, open_case, policy=policy)


def decisions(begin: Begin) -> list[str]:
    with begin() as session:
        moves = select(SignalMove.to_state).where(SignalMove.from_state == "signal").order_by(SignalMove.id)
        return list(session.scalars(moves))


def test_who_decides_second_is_refused(engine: Engine, transaction: Begin) -> None:
    assert decide_at_once(engine, transaction) == "signal_decided"
    assert decisions(transaction) == ["dismissed"]


def test_without_the_lock_the_constraint_refuses(engine: Engine, transaction: Begin) -> None:
    refused = decide_at_once(engine, transaction, NoLocks())
    assert isinstance(refused, IntegrityError)
    assert "uq_signal_moves_decision" in str(refused)
    assert decisions(transaction) == ["dismissed"]


def test_without_lock_and_constraint_both_would_decide(
    engine: Engine, transaction: Begin, as_owner: Callable[[str], None]
) -> None:
    as_owner("DROP INDEX uq_signal_moves_decision")
    assert decide_at_once(engine, transaction, NoLocks()) == "done"
    assert decisions(transaction) == ["dismissed", "opened"]
