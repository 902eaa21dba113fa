"""Rows that an older schema let in: the migration keeps them, and has them judged by the service."""

from collections.abc import Iterator

import psycopg
import pytest
from flask import Flask
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from app.core import clock as business_clock
from app.demo.databases import Addresses
from tests.database import Cluster, downgrade, migrate
from tests.factories.homes import FILED_FEN, make_listed_home


@pytest.fixture
def own(cluster: Cluster, app: Flask, clock: business_clock.FixedClock) -> Iterator[Addresses]:
    """A migrated database of the test's own."""
    name = cluster.new_name()
    yield cluster.clone(name)
    business_clock.use(clock)
    cluster.drop(name)


def jobs_of(addresses: Addresses) -> int:
    with psycopg.connect(addresses.owner) as connection:
        waiting = connection.execute(
            "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'homes.judge_all' AND status = 'todo'"
        ).fetchone()
    assert waiting
    return int(waiting[0])


def make_home(addresses: Addresses) -> int:
    engine = create_engine(addresses.app.replace("postgresql://", "postgresql+psycopg://"))
    with Session(engine) as session:
        _developer, home = make_listed_home(session)
        session.commit()
        home_id = home.id
    engine.dispose()
    return home_id


def test_homes_listed_above_the_filed_price_are_judged_as_soon_as_a_worker_runs(own: Addresses) -> None:
    home_id = make_home(own)
    downgrade(own, "0025")
    migrate(own)
    assert jobs_of(own) == 0, "nothing to judge where every price is in order"
    downgrade(own, "0025")
    with psycopg.connect(own.owner) as connection:
        connection.execute(
            "UPDATE price_versions SET effective_to = effective_from WHERE home_id = %s AND kind = 'cash'",
            [home_id],
        )
        connection.execute(
            "INSERT INTO price_versions (home_id, kind, amount_fen, effective_from, reason, source)"
            " SELECT home_id, kind, %s, effective_to, reason, source FROM price_versions"
            " WHERE home_id = %s AND kind = 'cash'",
            [FILED_FEN + 1, home_id],
        )
    migrate(own)
    assert jobs_of(own) == 1
    with psycopg.connect(own.owner) as connection:
        state = connection.execute("SELECT state FROM pool_listings WHERE home_id = %s", [home_id]).fetchone()
    assert state == ("listed",), "leaving the pool is the service's, which opens the signal"
