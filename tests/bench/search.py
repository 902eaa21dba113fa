"""A page of search results with its facets over 100,000 homes, against plain SQL: LIKE and counts, no index.

Both run on the same server and rows in turns. The baseline reads a bare copy of the table: one query for the
page, one for the total, one for each of six facets. Also: documents written a second, and the same page by
words."""

import time
from collections.abc import Callable
from statistics import median

from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from app.search.postgres import PostgresEngine
from app.search.request import SearchRequest, Sort
from tests.bench.harness import Result, compared
from tests.database import Cluster
from tests.search.made_up import made_up_documents

HOMES, DEVELOPMENTS, BATCH = 100_000, 2_000, 500
TURNS = 12
NAME = "search_documents_blue"
FACETS = ("district_code", "development_ref", "rooms", "floor", "stage", "status")
PAGES = {
    "everything by price": (SearchRequest(sort=Sort.PRICE), ""),
    "one name by price": (SearchRequest(q="瓴犀郡12区", sort=Sort.PRICE), "瓴犀郡12区"),
    "two rooms of a district": (SearchRequest(district=("gang",), rooms=(2, 3)), ""),
}


def run() -> list[Result]:
    """Fill a database of its own, measure in turns, and return the figures."""
    cluster = Cluster()
    cluster.open()
    name = cluster.new_name()
    try:
        engine = create_engine(make_url(cluster.clone(name).owner).set(drivername="postgresql+psycopg"))
        results = [Result("search documents written", "homes/s", _fill(engine))]
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(f"CREATE TABLE plain AS SELECT * FROM {NAME}"))
            connection.execute(text(f"VACUUM ANALYZE {NAME}"))
            connection.execute(text("VACUUM ANALYZE plain"))
            for title, (request, word) in PAGES.items():
                results += _measure(connection, title, request, word)
        engine.dispose()
    finally:
        cluster.drop(name)
        cluster.close()
    return results


def _fill(engine: Engine) -> float:
    documents = made_up_documents(HOMES, places=DEVELOPMENTS)
    began = time.perf_counter()
    with Session(engine) as session:
        # The tests' server forgets on a crash; without this VACUUM would not yet call the rows visible to
        # all.
        session.execute(text("SET synchronous_commit = on"))
        search = PostgresEngine(lambda: session)
        for start in range(0, HOMES, BATCH):
            search.write(documents[start : start + BATCH])
            session.commit()
    return HOMES / (time.perf_counter() - began)


def _measure(connection: Connection, title: str, request: SearchRequest, word: str) -> list[Result]:
    with Session(connection) as session:
        search = PostgresEngine(lambda: session)
        ours: list[float] = []
        plain: list[float] = []
        for _ in range(TURNS):
            ours.append(_milliseconds(lambda: search.search(request)))
            plain.append(_milliseconds(lambda: _by_like(connection, request, word)))
    ours.sort()
    return [
        compared(f"search page with facets, {title}, p50", "ms", median(ours), median(plain)),
        Result(f"search page with facets, {title}, slowest of {TURNS}", "ms", ours[-1]),
    ]


def _milliseconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000


def _by_like(connection: Connection, request: SearchRequest, word: str) -> None:
    conditions = ["names LIKE :word"]
    if request.district:
        conditions.append("district_code = 'gang' AND rooms IN (2, 3)")
    where = " AND ".join([*conditions, "status = 'available'"])
    parameters = {"word": f"%{word}%"}
    rows = f"SELECT home_id FROM plain WHERE {where} ORDER BY voucher_fen, tie LIMIT 21"
    counts = [f"SELECT {facet}, count(*) FROM plain WHERE {where} GROUP BY {facet}" for facet in FACETS]
    for query in (rows, f"SELECT count(*) FROM plain WHERE {where}", *counts):
        connection.execute(text(query), parameters).all()
