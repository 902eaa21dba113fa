"""5,000 requests drawn from their type, on both engines: the ids and counts of a plain loop over all homes.

They are drawn in ten parts, each the same every time; ``PARTS="3 4"`` asks those alone, and
``ENGINES=elasticsearch`` one engine. The first request that is answered otherwise ends the run, in the
smallest form that hypothesis finds.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from hypothesis import given, seed, settings
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from app.search.documents import Document
from app.search.elasticsearch import ElasticsearchEngine
from app.search.engine import SearchEngine
from app.search.postgres import PostgresEngine
from app.search.request import SearchRequest
from tests.bench.harness import Result
from tests.database import Cluster
from tests.search import drawn
from tests.search.made_up import made_up_documents
from tests.search.node import SharedNode, client_of

EACH, HOMES = 500, 300
PARTS = [int(part) for part in os.environ.get("PARTS", "0 1 2 3 4 5 6 7 8 9").split()]
ENGINES = os.environ.get("ENGINES", "postgresql elasticsearch").split()
INDEX = "bench-conformance"


def run() -> list[Result]:
    """Ask, prove each answer, and return how many were right and how long it took."""
    documents = made_up_documents(HOMES)
    results = []
    with _engines() as engines:
        for engine in (one for one in engines if one.name in ENGINES):
            engine.write(documents)
            began, asked = time.perf_counter(), 0
            for part in PARTS:
                asked += _ask(engine, documents, part)
                took = time.perf_counter() - began
                print(f"{engine.name}: {asked} right after part {part}, {took:.0f} s", flush=True)
            results += [
                Result(f"requests answered as by a plain loop, {engine.name}", "", asked),
                Result(f"time for them, {engine.name}", "s", took),
            ]
    return results


def _ask(engine: SearchEngine, documents: list[Document], part: int) -> int:
    """Prove that every request of a part is answered right, and return how many were asked."""
    asked = 0

    @seed(part)
    @settings(max_examples=EACH, deadline=None, database=None)
    @given(request=drawn.requests)
    def right(request: SearchRequest) -> None:
        nonlocal asked
        asked += 1
        drawn.prove(engine, documents, request)

    right()
    return asked


@contextmanager
def _engines() -> Iterator[tuple[SearchEngine, SearchEngine]]:
    cluster, node = Cluster(), SharedNode()
    cluster.open()
    node.open()
    name = cluster.new_name()
    try:
        database = create_engine(make_url(cluster.clone(name).owner).set(drivername="postgresql+psycopg"))
        with Session(database) as session, client_of(node) as client:
            yield PostgresEngine(lambda: session), ElasticsearchEngine(client, index=INDEX, refresh=True)
            client.indices.delete(index=list(client.indices.get(index=f"{INDEX}-*")))
        database.dispose()
    finally:
        cluster.drop(name)
        cluster.close()
        node.close()
