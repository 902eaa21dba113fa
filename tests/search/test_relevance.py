"""A part of the judged queries, asked of each engine: the floor below which no change may push them."""

import pytest
from sqlalchemy.orm import Session

from app.search import names
from app.search.postgres import PostgresEngine
from tests.search.conftest import ENGINES, engine_of
from tests.search.relevance import average, judged, measure
from tests.search.town import documents_of, town

EVERY = 5
"""Every fifth query is asked here; all of them by `make bench ONLY=relevance`."""
FLOOR = 0.95


@pytest.mark.parametrize("name", ENGINES)
def test_relevance_stays_above_its_floor(name: str, session: Session, request: pytest.FixtureRequest) -> None:
    homes = town()
    PostgresEngine(lambda: session).write(documents_of(homes))
    names.recount(session)
    with engine_of(name, session, request) as engine:
        engine.write(documents_of(homes))
        scores = measure(session, engine, homes, judged()[::EVERY])
    assert average(scores) >= FLOOR, [score for score in scores if score.ndcg < FLOOR]


def test_the_judged_set_is_large_and_asks_nothing_twice() -> None:
    queries = [one.query for one in judged()]
    assert len(queries) == len(set(queries)) >= 150
