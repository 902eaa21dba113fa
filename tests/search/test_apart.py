"""Each engine by itself: nothing stands open while another server is asked, and none waits for another."""

from collections.abc import Iterator, Sequence

import pytest
from elasticsearch import Elasticsearch
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import jobs
from app.core.queue import enqueue
from app.extensions import db
from app.search import engine as engines
from app.search import flows
from app.search.documents import Document
from app.search.elasticsearch import ElasticsearchEngine
from app.search.engine import SearchEngine, Stamp
from app.search.models import SearchCheck
from app.search.postgres import PostgresEngine
from app.search.service import Drift
from tests.factories.search import Stock, make_stock
from tests.search.conftest import ENGINES
from tests.web.town import saved


class _Watched(ElasticsearchEngine):
    """Notes of each question and each write whether a transaction stood open."""

    def watch(self, session: Session) -> "_Watched":
        self._session, self.open = session, set[str]()
        return self

    def _look(self, what: str) -> None:
        if self._session.in_transaction():
            self.open.add(what)

    def stamps(self, home_ids: Sequence[int]) -> dict[int, Stamp]:
        self._look("stamps")
        return super().stamps(home_ids)

    def write(self, documents: Sequence[Document]) -> None:
        self._look("write")
        super().write(documents)

    def write_build(self, build: str, documents: Sequence[Document]) -> None:
        self._look("write_build")
        super().write_build(build, documents)

    def finish_build(self, build: str, expected: int) -> None:
        self._look("finish_build")
        super().finish_build(build, expected)


@pytest.fixture
def stock(committed_app: Flask) -> Stock:
    with saved(committed_app) as session:
        return make_stock(session)


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, committed_app: Flask) -> Iterator[SearchEngine]:
    with committed_app.app_context():
        if request.param == "postgresql":
            yield PostgresEngine(db.session)
            return
        client: Elasticsearch = request.getfixturevalue("elasticsearch")
        yield _Watched(client, index="t-apart", refresh=True).watch(db.session())
        client.indices.delete(index=list(client.indices.get(index="t-apart-*")))


def test_homes_are_read_before_a_server_is_asked(stock: Stock, engine: SearchEngine) -> None:
    session, ids, done = db.session(), stock.ids, list[int]()
    flows.send(session, engine=engine, home_ids=ids[:-2])
    assert set(engine.stamps(ids)) == set(ids[:-2])
    assert flows.verify(session, engine, done.append) == Drift(9, missing=2)
    assert flows.verify(session, engine, done.append) == Drift(9)
    assert flows.reindex(session, engine, done.append) == 9
    assert done == [9, 9, 9]
    if isinstance(engine, _Watched):
        session.rollback()
        assert engine.open == set()


class _Silent(PostgresEngine):
    silences = (LookupError,)

    def stamps(self, home_ids: Sequence[int]) -> dict[int, Stamp]:
        raise LookupError


class _Beside(PostgresEngine):
    name = "elasticsearch"


@pytest.mark.usefixtures("stock")
def test_an_engine_that_is_silent_keeps_no_other_from_its_comparison(
    committed_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = _Silent(db.session), _Beside(db.session)
    with monkeypatch.context() as patch:
        patch.setattr(engines, "kept", lambda: kept)
        with saved(committed_app) as session:
            enqueue(session, "search.verify")
        jobs.run_waiting(committed_app)
    with saved(committed_app) as session:
        assert session.scalars(select(SearchCheck.engine)).all() == ["elasticsearch"]
