"""The bare site beside which the round is held does what it is said to do, and each form of it counts."""

import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from sqlalchemy import create_engine, text

from tests.database import Cluster
from tests.replay import bare
from tests.replay.yardstick import Bare, mean, measure

SIGNED_IN = {"username": "member", "password": bare.PASSWORD}


@pytest.fixture
def database(cluster: Cluster) -> str:
    return cluster.empty().owner


@pytest.fixture
def client(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlaskClient]:
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setenv("SECRET_KEY", "only-for-tests")
    bare.lay_ground(database, ["member"])
    app = bare.create_app()
    yield app.test_client()
    with app.app_context():
        app.extensions["sqlalchemy"].engine.dispose()


def token(client: FlaskClient, path: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(path).text)
    assert found
    return found[1]


def notes(database: str) -> int:
    engine = create_engine(bare.driven(database))
    with engine.connect() as connection:
        count = connection.scalar(text("SELECT count(*) FROM note"))
    engine.dispose()
    return int(count or 0)


def test_a_form_inserts_one_row_for_who_is_signed_in_and_has_the_token(
    client: FlaskClient, database: str
) -> None:
    known = token(client, bare.SIGN_IN)
    passing = client.post(bare.NOTES, data={"text": "unknown", "csrf_token": known})
    assert passing.location.startswith(bare.SIGN_IN)
    assert client.post(bare.SIGN_IN, data={**SIGNED_IN, "csrf_token": known}).status_code == 303
    assert client.post(bare.NOTES, data={"text": "forged"}).status_code == 400
    assert notes(database) == 0
    sent = client.post(bare.NOTES, data={"text": "sent", "csrf_token": token(client, bare.NOTES)})
    assert (sent.status_code, sent.location) == (303, bare.NOTES)
    assert notes(database) == 1


def test_the_machine_is_measured_by_forms_that_were_taken_in(cluster: Cluster) -> None:
    found = measure(cluster, seconds=0.5)
    assert found.forms > 0
    assert found.seconds >= 0.5
    assert found.processor_ms > 0


def test_two_measurements_are_one_by_their_sums() -> None:
    both = mean([Bare(forms=100, seconds=1, processor_seconds=0.5), Bare(300, 1, 0.9)])
    assert both.a_second == 200
    assert both.processor_ms == pytest.approx(3.5)
