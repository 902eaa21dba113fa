"""A committed database of the test's own, and an engine with enough connections to race on it."""

from collections.abc import Callable, Iterator

import psycopg
import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

from app import create_app, wiring
from app.core import audit
from app.extensions import db
from app.homes.models import Home
from app.ledger import queries as ledger
from app.redemptions import queries as redemptions
from tests.concurrency.race import CONNECTIONS
from tests.database import Cluster, disconnect, settings_for
from tests.factories.redemptions import Buyer, Shop, make_buyer, make_home, make_shop


@pytest.fixture(scope="session")
def _committed_app(cluster: Cluster) -> Iterator[Flask]:
    """An app that waits as long as a worker does: no timeout of the web's decides who comes first."""
    name = cluster.new_name()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(wiring, "_WEB_TIMEOUTS", wiring._PATIENT_TIMEOUTS)
        app = create_app(settings_for(cluster.clone(name)))
    yield app
    disconnect(app)
    cluster.drop(name)


@pytest.fixture
def engine(committed_app: Flask) -> Iterator[Engine]:
    with committed_app.app_context():
        url = db.engine.url
    engine = create_engine(url, pool_size=CONNECTIONS + 2, max_overflow=0)
    yield engine
    engine.dispose()


@pytest.fixture
def setting(engine: Engine) -> Iterator[Session]:
    """A session to set the scene with; what it makes is committed, and its rows stay readable in threads."""
    with Session(engine, expire_on_commit=False) as session:
        yield session


@pytest.fixture
def shop(setting: Session) -> Shop:
    return make_shop(setting)


@pytest.fixture
def home(setting: Session, shop: Shop) -> Home:
    return make_home(setting, shop)


@pytest.fixture
def buyer(setting: Session, shop: Shop) -> Buyer:
    return make_buyer(setting, shop.desk)


@pytest.fixture
def as_owner(committed_app: Flask) -> Callable[[str], None]:
    """Run a statement as the owner of the tables."""
    owner = str(committed_app.config["ANJU"].owner_database_url)

    def run(statement: str) -> None:
        with psycopg.connect(owner, autocommit=True) as connection:
            connection.execute(statement)

    return run


@pytest.fixture
def check_sound(engine: Engine) -> Callable[[], None]:
    """Prove ledger, redemptions and audit trail."""

    def check() -> None:
        with Session(engine) as session:
            assert ledger.verify(session) == []
            assert redemptions.verify(session) == []
            rows, breaches = audit.verify(session)
            assert rows > 0
            assert breaches == []

    return check
