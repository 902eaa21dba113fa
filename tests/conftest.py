"""What every suite shares: databases, the app, and a business clock that stands still."""

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta, timezone

import hypothesis
import pytest
from flask import Flask
from hypothesis.internal.conjecture import providers
from sqlalchemy.orm import Session

from app import create_app, jobs
from app.core import clock as business_clock
from app.core import rates
from app.demo.databases import Addresses
from app.extensions import db
from app.wiring import TEST_MOMENT
from tests.database import BEGAN, Cluster, disconnect, quickest_folder, settings_for

# A failure found once is found again by everybody: no chance, no stopwatch, no memory of earlier runs.
hypothesis.settings.register_profile(
    "anju",
    derandomize=True,
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("anju")
# Nor does what is drawn depend on what was imported: now and then it would be a constant of any module of
# ours, so a test alone would try something else than in its suite, and so would all after any change.
providers.is_local_module_file = lambda _file: False

# Processes that this one starts to run tests share with it what is made once a run.
os.environ.setdefault(BEGAN, str(os.getpid()))


def pytest_collection_finish() -> None:
    """Look for garbage as the web does: less often, and only among what tests leave."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


@pytest.fixture(autouse=True)
def clock() -> Iterator[business_clock.FixedClock]:
    """The business clock: it stands at one moment until the test advances it."""
    fixed = business_clock.FixedClock(TEST_MOMENT)
    business_clock.use(fixed)
    yield fixed
    business_clock.use(fixed)


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's clock stands still, too: no day, half minute or window of tries ends within the test."""
    moment = business_clock.system_now()
    monkeypatch.setattr(business_clock, "system_now", lambda: moment)


@pytest.fixture
def whole_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """No legal day of the machine's ends within the test: where one is about to, days end an hour later."""
    moment = business_clock.system_now()
    if business_clock.legal_day(moment) != business_clock.legal_day(moment + timedelta(minutes=30)):
        monkeypatch.setattr(business_clock, "LEGAL_ZONE", timezone(timedelta(hours=7)))


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """The PostgreSQL server of the tests."""
    cluster = Cluster(quickest_folder())
    cluster.open()
    yield cluster
    cluster.close()


@pytest.fixture(scope="session")
def database(cluster: Cluster) -> Iterator[Addresses]:
    """This worker's migrated database, for tests that roll back."""
    name = cluster.new_name()
    yield cluster.clone(name)
    cluster.drop(name)


@pytest.fixture(scope="session")
def database_url(database: Addresses) -> str:
    """The address of this worker's database, as the app's role."""
    return database.app


@pytest.fixture(scope="session")
def app(database: Addresses) -> Iterator[Flask]:
    """The app on this worker's database, for tests that read or roll back."""
    app = create_app(settings_for(database))
    yield app
    disconnect(app)


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """A session whose changes are rolled back after the test; a commit inside only ends a savepoint."""
    with app.app_context():
        engine = db.engine
    with engine.connect() as connection, connection.begin() as transaction:
        with Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as session:
            yield session
        transaction.rollback()


@pytest.fixture(scope="session")
def _committed_app(cluster: Cluster) -> Iterator[Flask]:
    name = cluster.new_name()
    app = create_app(settings_for(cluster.clone(name)))
    yield app
    disconnect(app)
    cluster.drop(name)


@pytest.fixture
def committed_app(
    _committed_app: Flask, cluster: Cluster, clock: business_clock.FixedClock
) -> Iterator[Flask]:
    """The app on a database of this test's own, for tests that commit: every request does."""
    with _committed_app.app_context():
        name = db.engine.url.database
    assert name
    disconnect(_committed_app)
    cluster.drop(name)
    cluster.clone(name)
    # A clone may have to build the template first, by an app that sets a clock and binds the jobs of its own;
    # and so may any test before.
    business_clock.use(clock)
    jobs.bind(_committed_app)
    with _committed_app.app_context():
        rates.PostgresCounters.engine = db.engine
    yield _committed_app
    disconnect(_committed_app)


@pytest.fixture
def transaction(committed_app: Flask) -> Callable[[], AbstractContextManager[Session]]:
    """Open sessions that commit when their block ends, each on its own connection, also in a thread."""
    with committed_app.app_context():
        engine = db.engine

    @contextmanager
    def begin() -> Iterator[Session]:
        with Session(engine, expire_on_commit=False) as session, session.begin():
            yield session

    return begin
