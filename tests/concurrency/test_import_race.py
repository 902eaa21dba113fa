"""An import that changes a home at the moment somebody else is at work on it: only one of them gets it.

A household comes between the import's last look and its first write to homes. With the lock on it has to
wait; without it, it buys a home whose area changes under its hands. While the import still writes prices it
holds no home, and whoever comes then goes first.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from decimal import Decimal

import pytest
from flask import Flask
from psycopg import sql
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.core import locks
from app.core.actor import Actor
from app.core.errors import Busy
from app.core.locks import LockPolicy
from app.homes import queries
from app.homes import service as homes
from app.homes.errors import HomesMoved
from app.homes.models import Home
from app.imports import flows, service
from app.imports.models import ImportRun
from tests.concurrency.race import PATIENCE, NoLocks, Outcome, before, come, count_waiting, do, wait_until
from tests.database import Cluster
from tests.factories.homes import make_building, make_developer, make_development, make_home
from tests.factories.identity import make_district
from tests.factories.imports import previewed
from tests.unit.imports.books import table

Begin = Callable[[], AbstractContextManager[Session]]


@pytest.fixture
def ordered(committed_app: Flask, transaction: Begin) -> tuple[Home, ImportRun]:
    """A free home, and an import ordered that makes it a square metre larger."""
    _, home, run = order(committed_app, transaction, 90.5, None)
    return home, run


def order(app: Flask, begin: Begin, area: float, voucher: int | None) -> tuple[Actor, Home, ImportRun]:
    """Return a company, a free home, and an import ordered that gives it that area and voucher price."""
    with begin() as session:
        actor = make_developer(session)
        development = make_development(session, developer=actor, district=make_district(session))
        building = make_building(session, developer=actor, development=development, name="3幢")
        home = make_home(session, developer=actor, building=building, room="305")
    head = ["楼栋", "单元", "楼层", "室号", "建筑面积", "房票价"]
    content = table(head, ["3幢", "2", 3, "305", area, voucher])
    run = previewed(app, content, actor=actor, development=development)
    with begin() as session:
        service.order(session, actor=actor, ref=run.ref, reason="实测面积", leave_out=False)
    return actor, home, run


def take(begin: Begin, home: Home) -> str:
    """Lock the home as a household's purchase does, waiting for a moment only."""
    try:
        with begin() as session:
            session.execute(text("SET LOCAL lock_timeout = '300ms'"))
            homes.mark_locked(session, locks.lock(session, Home, home.id))
    except OperationalError:
        return "waited in vain"
    return "taken"


def import_while(
    begin: Begin, act: Callable[[], object], run: ImportRun, policy: LockPolicy, at: str
) -> None:
    """Carry out the import; right before its statement that begins so, something else happens."""
    with begin() as session:
        session.info["lock_policy"] = policy
        before(session, act, at=at)
        service.apply(session, run_id=run.id)


def came_before_the_homes_change(begin: Begin, home: Home, run: ImportRun, policy: LockPolicy) -> str:
    """Return how it went for a household that came when all was looked at and no home written to."""
    came: list[str] = []
    import_while(begin, lambda: came.append(take(begin, home)), run, policy, "UPDATE homes")
    return came[0]


def state_of(begin: Begin, home: Home) -> tuple[str, Decimal]:
    with begin() as session:
        found = session.get_one(Home, home.id)
        return found.status, found.area_m2


def test_a_household_waits_for_an_import_that_was_first(
    transaction: Begin, ordered: tuple[Home, ImportRun]
) -> None:
    home, run = ordered
    assert came_before_the_homes_change(transaction, home, run, LockPolicy()) == "waited in vain"
    assert state_of(transaction, home) == ("free", Decimal("90.50"))
    assert take(transaction, home) == "taken"


def test_an_import_gives_way_to_a_household_that_was_first(
    transaction: Begin, ordered: tuple[Home, ImportRun]
) -> None:
    home, run = ordered
    assert take(transaction, home) == "taken"
    with pytest.raises(HomesMoved), transaction() as session:
        service.apply(session, run_id=run.id)
    assert state_of(transaction, home) == ("locked", Decimal("89.50"))


def test_without_the_lock_a_home_changes_under_its_buyers_hands(
    transaction: Begin, ordered: tuple[Home, ImportRun]
) -> None:
    home, run = ordered
    assert came_before_the_homes_change(transaction, home, run, NoLocks()) == "taken"
    assert state_of(transaction, home) == ("locked", Decimal("90.50"))


def test_a_household_that_comes_while_prices_are_written_goes_first(
    transaction: Begin, ordered: tuple[Home, ImportRun]
) -> None:
    home, run = ordered
    came: list[str] = []
    with pytest.raises(HomesMoved):
        import_while(
            transaction,
            lambda: came.append(take(transaction, home)),
            run,
            LockPolicy(),
            "UPDATE price_versions",
        )
    assert came == ["taken"]
    assert state_of(transaction, home) == ("locked", Decimal("89.50"))


def test_an_import_gives_way_to_whoever_waits_for_its_prices(
    engine: Engine, cluster: Cluster, committed_app: Flask, transaction: Begin
) -> None:
    """Each waits for a row of the other: without giving way the database would end one of them, any one."""
    actor, home, run = order(committed_app, transaction, 89.5, 530_000)
    leave_deadlocks_alone(cluster, engine)

    def lower(session: Session) -> None:
        homes.set_price(
            session, actor=actor, home_id=home.id, kind="voucher", amount_fen=52_000_000, reason="降价"
        )

    with ThreadPoolExecutor(1) as threads:
        coming: list[Future[Outcome]] = []

        def start() -> None:
            coming.append(come(threads, engine, lower))

        with pytest.raises(Busy):
            import_while(transaction, start, run, LockPolicy(), "INSERT INTO price_versions")
        assert coming[0].result(PATIENCE) == "done"
    with transaction() as session:
        assert queries.current_prices(session, [home.id])[home.id].amounts.voucher_fen == 52_000_000


def leave_deadlocks_alone(cluster: Cluster, engine: Engine) -> None:
    """Let whoever connects from now on look for a deadlock only when the import has long given way."""
    with cluster.server.connect() as connection:
        connection.execute(
            sql.SQL("ALTER DATABASE {} SET deadlock_timeout = '1h'").format(
                sql.Identifier(engine.url.database or "")
            )
        )


def test_an_import_that_gave_way_waits_in_the_end(
    engine: Engine, committed_app: Flask, transaction: Begin
) -> None:
    _, home, run = order(committed_app, transaction, 89.5, 530_000)
    gave_way: list[Session] = []

    def apply(session: Session) -> None:
        event.listen(session, "after_rollback", gave_way.append)
        flows.apply(session, run_id=run.id)

    with ThreadPoolExecutor(1) as threads:
        with Session(engine) as holder:
            locks.lock(holder, Home, home.id)
            work = threads.submit(do, engine, apply)
            wait_until(lambda: len(gave_way) == 2 and count_waiting(engine) == 1, "it should wait at last")
        assert work.result(PATIENCE) == "done"
    with transaction() as session:
        assert session.get_one(ImportRun, run.id).state == "applied"
        assert queries.current_prices(session, [home.id])[home.id].amounts.voucher_fen == 53_000_000
