"""A database that is slow to count: homes are shown all the same, without their counts, within the second."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from app.extensions import READER, SEARCH, db
from app.search.postgres import PostgresEngine
from app.search.request import SearchRequest, Sort
from tests.database import beside
from tests.factories.search import Stock, rooms_of
from tests.web.stocked import make_indexed_stock

NOBODY_THERE = "http://127.0.0.1:9"
CHEAPEST_TWO = SearchRequest(sort=Sort.PRICE, size=2)


@pytest.fixture(autouse=True)
def _unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time that a statement may take is not what is tested: a slow machine would use it up."""
    monkeypatch.setattr("app.wiring._HURRIED_TIMEOUTS", "-c statement_timeout=60s")


@pytest.fixture
def stock(committed_app: Flask) -> Stock:
    return make_indexed_stock(committed_app)


@contextmanager
def slowed(app: Flask, seconds: float) -> Iterator[None]:
    """Have every row of the index cost that long to read; three rows are a page, nine the count."""
    owner = create_engine(
        make_url(str(app.config["ANJU"].owner_database_url)).set(drivername="postgresql+psycopg")
    )
    # As dear as it is, PostgreSQL reads no more rows than it must: those of the page in the index's order.
    function = f"BEGIN PERFORM pg_sleep({seconds}); RETURN true; END"
    with owner.begin() as connection:
        connection.execute(
            text(f"CREATE FUNCTION slow() RETURNS boolean LANGUAGE plpgsql COST 1000000 AS '{function}'")
        )
        connection.execute(text("CREATE POLICY slow ON search_documents_blue USING (slow())"))
        connection.execute(text("ALTER TABLE search_documents_blue ENABLE ROW LEVEL SECURITY"))
    try:
        yield
    finally:
        with owner.begin() as connection:
            connection.execute(text("ALTER TABLE search_documents_blue DISABLE ROW LEVEL SECURITY"))
        owner.dispose()


def reader_of(app: Flask) -> Engine:
    with app.app_context():
        return db.engines[READER]


def test_a_page_comes_without_its_counts_when_they_are_late(committed_app: Flask, stock: Stock) -> None:
    with beside(committed_app, elasticsearch_url=NOBODY_THERE) as app:
        client = app.test_client()
        asked = "/homes?sort=price&size=2&rooms=1&rooms=2"
        assert "找到 4 套房" in client.get(asked).text
        with slowed(app, 0.15):
            page = client.get(asked)
        assert page.status_code == 200
        assert "没有来得及数" in page.text
        assert "套房</p>" not in page.text
        assert page.text.count("anju-card__title") == 2, "the homes are there"
        assert 'name="rooms" type="checkbox" value="1" checked' in " ".join(page.text.split())
        assert "anju-facet__count" not in page.text, "what was chosen can be let go, uncounted"
        assert "找到 4 套房" in client.get(asked).text, "the limit did not stay on the connection"


def test_the_answer_for_programs_says_that_nothing_was_counted(committed_app: Flask, stock: Stock) -> None:
    with beside(committed_app, elasticsearch_url=NOBODY_THERE) as app, slowed(app, 0.15):
        answer = app.test_client().get("/api/v1/homes?sort=price&size=2&rooms=1&rooms=2").json
        assert answer is not None
        assert answer["total"] is None
        assert len(answer["homes"]) == 2
        assert [one["count"] for one in answer["facets"]["rooms"]] == [None, None]


def test_counts_have_what_the_page_left_of_the_time(committed_app: Flask, stock: Stock) -> None:
    with Session(reader_of(committed_app)) as session, slowed(committed_app, 0.02):
        patient = PostgresEngine(lambda: session, count_within=60)
        hurried = PostgresEngine(lambda: session, count_within=0.12)
        spent = PostgresEngine(lambda: session, count_within=0)
        assert patient.search(CHEAPEST_TWO).total == 9
        for engine in (hurried, spent):
            hits = engine.search(CHEAPEST_TWO)
            assert hits.facets is None
            assert hits.total == 3, "two on the page, and one more is known"
            assert rooms_of(stock, hits.home_ids) == ["601", "505"]
        assert patient.search(CHEAPEST_TWO).total == 9


def test_in_a_transaction_nothing_is_cut_off(committed_app: Flask, stock: Stock) -> None:
    with committed_app.app_context(), Session(db.engine) as session:
        hits = PostgresEngine(lambda: session, count_within=0).search(CHEAPEST_TWO)
    assert hits.total == 9


def test_searches_that_are_late_take_four_connections_and_leave_the_others_alone(
    committed_app: Flask, stock: Stock
) -> None:
    holding = text(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE application_name = 'anju-search' AND datname = current_database()"
    )
    with (
        beside(committed_app, elasticsearch_url=NOBODY_THERE) as app,
        slowed(app, 0.15),
        ThreadPoolExecutor(12) as people,
        Session(reader_of(app)) as session,
    ):
        asked = [people.submit(_status, app, "/homes?sort=price&size=2") for _ in range(12)]
        held = 0
        while not all(one.done() for one in asked):
            held = max(held, session.scalars(holding).one())
            time.sleep(0.05)
        held = max(held, session.scalars(holding).one())  # those that are done are kept
        statuses = [one.result() for one in asked]
    assert 1 <= held <= 4
    assert set(statuses) <= {200, 503}
    assert statuses.count(200) >= 4


def test_what_is_no_search_needs_none_of_their_connections(committed_app: Flask, stock: Stock) -> None:
    with beside(committed_app, elasticsearch_url=NOBODY_THERE) as app, ExitStack() as held:
        with app.app_context():
            engine = db.engines[SEARCH]
        for _ in range(4):
            held.enter_context(engine.connect())
        assert _status(app, f"/homes/{stock.homes['901'].ref}/prices") == 200
        assert _status(app, "/homes?sort=price&size=2") == 503


def _status(app: Flask, address: str) -> int:
    return app.test_client().get(address).status_code
