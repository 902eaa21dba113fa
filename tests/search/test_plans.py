"""PostgreSQL's own plans for the statements: at size, none of them may read or sort everything."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session
from sqlalchemy.sql import ClauseElement

from app.search import statements
from app.search.area import Box
from app.search.cursor import Position
from app.search.models import BlueDocument
from app.search.postgres import PostgresEngine, by_index
from app.search.request import SearchRequest, Sort
from app.search.text import query_terms
from tests.database import Cluster
from tests.search.made_up import made_up_documents

TABLE = BlueDocument.__table__
NAME = "search_documents_blue"


@pytest.fixture(scope="module")
def owner(cluster: Cluster) -> Iterator[Connection]:
    """The tables' owner on a database of 8,000 homes, as vacuumed as a real one is."""
    name = cluster.new_name()
    engine = create_engine(make_url(cluster.clone(name).owner).set(drivername="postgresql+psycopg"))
    with Session(engine) as session, session.begin():
        # The tests' server forgets on a crash; without this VACUUM would not yet call the rows visible to
        # all.
        session.execute(text("SET LOCAL synchronous_commit = on"))
        PostgresEngine(lambda: session).write(made_up_documents(8_000, places=200))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"VACUUM ANALYZE {NAME}"))
        yield connection
    engine.dispose()
    cluster.drop(name)


def plan(owner: Connection, statement: ClauseElement) -> str:
    compiled = statement.compile(owner, compile_kwargs={"literal_binds": True})
    lines = owner.exec_driver_sql(f"EXPLAIN (COSTS OFF) {compiled}")
    return "\n".join(line for (line,) in lines)


@pytest.mark.parametrize(
    ("sort", "index"),
    [
        (Sort.RELEVANCE, "tie"),
        (Sort.PRICE, "voucher_fen"),
        (Sort.PRICE_DOWN, "voucher_fen"),
        (Sort.AREA, "area_hundredths"),
        (Sort.AREA_DOWN, "area_hundredths"),
        (Sort.UNIT_PRICE, "unit_fen"),
        (Sort.NEW, "listed_at"),
    ],
)
@pytest.mark.parametrize("after", [None, Position(40_000_000, 5)])
def test_a_page_comes_out_of_the_index_in_its_order(
    owner: Connection, sort: Sort, index: str, after: Position | None
) -> None:
    request = SearchRequest(sort=sort, after=after)
    shown = plan(owner, statements.page(TABLE, request, ()))
    assert f"ix_{NAME}_{index} on" in shown
    assert "Sort" not in shown
    assert "Seq Scan" not in shown


@pytest.mark.parametrize("q", ["滨江花园12区", "瓴犀郡3区 三室", "chongqing"])
def test_words_are_looked_up(owner: Connection, q: str) -> None:
    request = SearchRequest(q=q)
    with by_index(owner.connection.driver_connection):
        shown = plan(owner, statements.page(TABLE, request, query_terms(q) or ()))
    assert f"ix_{NAME}_tokens" in shown
    assert "Seq Scan" not in shown


def test_facets_are_counted_from_an_index_alone(owner: Connection) -> None:
    shown = plan(owner, statements.facets(TABLE, SearchRequest(), ()))
    assert shown.count("Index Only Scan") == 2
    assert f"ix_{NAME}_facets" in shown
    assert "Seq Scan" not in shown


@pytest.mark.parametrize("sort", [Sort.RELEVANCE, Sort.PRICE, Sort.AREA_DOWN])
def test_developments_of_an_area_are_counted_from_an_index_alone(owner: Connection, sort: Sort) -> None:
    request = SearchRequest(box=Box(30_500_000, 117_000_000, 30_600_000, 117_060_000), sort=sort)
    shown = plan(owner, statements.places(TABLE, request, ()))
    assert f"Index Only Scan using ix_{NAME}_facets" in shown
    assert "Seq Scan" not in shown
