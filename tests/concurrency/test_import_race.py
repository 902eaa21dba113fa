"""An import that changes a home's area at the moment a household locks that home: only one of them gets it.

The household comes between the import's last look and its first write. With the lock on it has to wait;
without it, it buys a home whose area changes under its hands.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import ORMExecuteState, Session

from app.core import locks
from app.core.locks import LockPolicy
from app.homes import service as homes
from app.homes.errors import HomesMoved
from app.homes.models import Home
from app.imports import service
from app.imports.models import ImportRun
from tests.concurrency.race import NoLocks
from tests.factories.homes import make_building, make_developer, make_development, make_home
from tests.factories.identity import make_district
from tests.factories.imports import previewed
from tests.unit.imports.books import table

Begin = Callable[[], AbstractContextManager[Session]]


@pytest.fixture
def ordered(committed_app: Flask, transaction: Begin) -> tuple[Home, ImportRun]:
    """A free home, and an import ordered that makes it a square metre larger."""
    with transaction() as session:
        actor = make_developer(session)
        development = make_development(session, developer=actor, district=make_district(session))
        building = make_building(session, developer=actor, development=development, name="3幢")
        home = make_home(session, developer=actor, building=building, room="305")
    content = table(["楼栋", "单元", "楼层", "室号", "建筑面积"], ["3幢", "2", 3, "305", 90.5])
    run = previewed(committed_app, content, actor=actor, development=development)
    with transaction() as session:
        service.order(session, actor=actor, ref=run.ref, reason="实测面积", leave_out=False)
    return home, run


def take(begin: Begin, home: Home) -> str:
    """Lock the home as a household's purchase does, waiting for a moment only."""
    try:
        with begin() as session:
            session.execute(text("SET LOCAL lock_timeout = '300ms'"))
            homes.mark_locked(session, locks.lock(session, Home, home.id))
    except OperationalError:
        return "waited in vain"
    return "taken"


def import_while(begin: Begin, home: Home, run: ImportRun, policy: LockPolicy) -> str:
    """Carry out the import; between its last look and its first write the household comes."""
    came: list[str] = []

    def meet(doing: ORMExecuteState) -> None:
        if str(doing.statement).startswith("UPDATE price_versions") and not came:
            came.append(take(begin, home))

    with begin() as session:
        session.info["lock_policy"] = policy
        event.listen(session, "do_orm_execute", meet)
        service.apply(session, run_id=run.id)
    return came[0]


def state_of(begin: Begin, home: Home) -> tuple[str, Decimal]:
    with begin() as session:
        found = session.get_one(Home, home.id)
        return found.status, found.area_m2


def test_a_household_waits_for_an_import_that_was_first(
    transaction: Begin, ordered: tuple[Home, ImportRun]
) -> None:
    home, run = ordered
    assert import_while(transaction, home, run, LockPolicy()) == "waited in vain"
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
    assert import_while(transaction, home, run, NoLocks()) == "taken"
    assert state_of(transaction, home) == ("locked", Decimal("90.50"))
