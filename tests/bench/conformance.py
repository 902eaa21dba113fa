"""5,000 requests drawn from their type, on both engines: the ids and counts of a plain loop over all homes.

They are drawn in ten parts, each the same every time; ``PARTS="3 4"`` asks those alone, and
``ENGINES=elasticsearch`` one engine. Each is worked out once and then asked of every engine. The first that
is answered otherwise ends the run, in the smallest form that hypothesis finds.
"""

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

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
INDEX = f"bench-conformance-{os.getpid()}"
"""Several runs may ask the tests' node at once, each some of the parts."""


def run() -> list[Result]:
    """Ask, prove each answer, and return how many were right and how long it took."""
    documents = made_up_documents(HOMES)
    with _engines() as engines:
        for engine in engines:
            engine.write(documents)
        began, asked = time.perf_counter(), 0
        for part in PARTS:
            asked += _ask(engines, documents, part)
            took = time.perf_counter() - began
            print(f"{', '.join(ENGINES)}: {asked} right after part {part}, {took:.0f} s", flush=True)
    right = (Result(f"requests answered as by a plain loop, {one.name}", "", asked) for one in engines)
    return [*right, Result("time for them", "s", took)]


def _ask(engines: list[SearchEngine], documents: list[Document], part: int) -> int:
    """Prove that every request of a part is answered right, and return how many were asked."""
    asked = 0

    @seed(part)
    @settings(max_examples=EACH, deadline=None, database=None)
    @given(request=drawn.requests)
    def right(request: SearchRequest) -> None:
        nonlocal asked
        asked += 1
        answer = drawn.expected(documents, request)
        for engine in engines:
            drawn.prove(engine, request, answer)

    right()
    return asked


@contextmanager
def _engines() -> Iterator[list[SearchEngine]]:
    """Yield the engines that are asked, empty, and leave nothing behind."""
    with ExitStack() as stack:
        yield [stack.enter_context(_OPENED[name]()) for name in ENGINES]


@contextmanager
def _postgresql() -> Iterator[SearchEngine]:
    cluster = Cluster()
    cluster.open()
    name = cluster.new_name()
    try:
        database = create_engine(make_url(cluster.clone(name).owner).set(drivername="postgresql+psycopg"))
        with Session(database) as session:
            yield PostgresEngine(lambda: session)
        database.dispose()
    finally:
        cluster.drop(name)
        cluster.close()


@contextmanager
def _elasticsearch() -> Iterator[SearchEngine]:
    node = SharedNode()
    node.open()
    try:
        with client_of(node) as client:
            yield ElasticsearchEngine(client, index=INDEX, refresh=True)
            client.indices.delete(index=list(client.indices.get(index=f"{INDEX}-*")))
    finally:
        node.close()


_OPENED: Final = {"postgresql": _postgresql, "elasticsearch": _elasticsearch}
