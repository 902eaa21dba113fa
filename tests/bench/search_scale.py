"""A million homes in 20,000 developments on both engines: ten shapes of a search through the service and raw.

``HOMES=20000 make bench ONLY=search_scale`` tries it smaller, ``ENGINES=elasticsearch`` on one alone. The
service is what a page calls: words read, names looked up, the engine asked for a page with total and eight
facets, its homes read again. Raw is the questions alone: SQL written by hand (``by_hand``), or the same
bodies through a bare client. The two take turns, shape by shape, each as often the first: whatever else the
machine does meets both.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import Any

import psutil
import psycopg
from elasticsearch import Elasticsearch
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from app.core import clock
from app.search import bodies, flows, names, queries
from app.search import text as words
from app.search.elasticsearch import ElasticsearchEngine
from app.search.engine import SearchEngine
from app.search.postgres import PostgresEngine, answering
from app.search.request import SearchRequest
from app.wiring import TEST_MOMENT
from tests.bench import by_hand, city
from tests.bench.by_hand import SHAPES
from tests.bench.harness import Result, compared, milliseconds, p95
from tests.search.node import SharedNode, client_of

HOMES = int(os.environ.get("HOMES", "1_000_000"))
ENGINES = os.environ.get("ENGINES", "postgresql elasticsearch").split()
MEGA = 1024 * 1024
TURNS, FIRST_TURNS = 20, 2
"""Of each shape; the first ones, which fill caches, are not counted."""
INDEX = "bench-scale"
TYPED = (
    "bi",
    "滨江",
    "jinxiu",
    "huayuan",
    "锦绣中央",
    "hpgj",
    "lvwan",
    "宾江中央花圆",
    "锦秀世记",
    "jinxuishiji",
)


def run() -> list[Result]:
    """Fill a database and both engines, measure, and return the figures."""
    clock.use(clock.FixedClock(TEST_MOMENT))
    with city.database(HOMES) as owner:
        print(f"{HOMES} homes made", flush=True)
        url = make_url(owner).set(drivername="postgresql+psycopg")
        writer = create_engine(url, connect_args={"options": "-c synchronous_commit=on"})
        reader = create_engine(url, isolation_level="AUTOCOMMIT")
        with Session(writer) as writing, Session(reader) as reading:
            found: list[Result] = []
            if "postgresql" in ENGINES:
                with psycopg.connect(owner, autocommit=True) as bare:
                    found += _of_postgresql(writing, reading, bare)
            if "elasticsearch" in ENGINES:
                with _node() as (node, client):
                    found += _of_elasticsearch(writing, reading, client, node)
            found.append(
                Result("resident memory, this process", "MB", psutil.Process().memory_info().rss / MEGA)
            )
        writer.dispose()
        reader.dispose()
    return [_titled(one) for one in found]


def _titled(result: Result) -> Result:
    return Result(f"{HOMES} homes: {result.name}", result.unit, result.value, result.baseline, result.ratio)


@contextmanager
def _node() -> Iterator[tuple[SharedNode, Elasticsearch]]:
    node = SharedNode()
    node.open()
    try:
        with client_of(node) as client:
            yield node, client
            client.indices.delete(index=list(client.indices.get(index=f"{INDEX}-*")))
    finally:
        node.close()


# --- filling
# ---------------------------------------------------------------------------------------------------


def _of_postgresql(writing: Session, reading: Session, bare: psycopg.Connection[Any]) -> Iterator[Result]:
    yield _reindexed(writing, PostgresEngine(lambda: writing))
    began = time.perf_counter()
    counted = names.renew(writing)
    writing.commit()
    yield Result(f"{counted} names written", "s", time.perf_counter() - began)
    table = answering(writing).name
    writing.commit()
    bare.execute(f"VACUUM ANALYZE {table}")
    bare.execute("VACUUM ANALYZE search_names")
    row = bare.execute("SELECT pg_total_relation_size(%s::regclass)", [table]).fetchone()
    assert row is not None
    yield Result("on disk, postgresql", "MB", int(row[0]) / MEGA)
    yield from _measure(reading, PostgresEngine(lambda: reading, count_within=60), _by_sql(bare, table))
    yield from _suggested(reading)


def _of_elasticsearch(
    writing: Session, reading: Session, client: Elasticsearch, node: SharedNode
) -> Iterator[Result]:
    remote = ElasticsearchEngine(client, index=INDEX)
    yield _reindexed(writing, remote)
    client.indices.refresh(index=INDEX)
    with Elasticsearch(node.node.url, request_timeout=30) as bare:
        yield from _measure(reading, remote, _by_client(bare))
    process = node.node.process()
    assert process is not None
    yield Result("resident memory, elasticsearch", "MB", process.memory_info().rss / MEGA)
    (heap,) = (one["jvm"]["mem"] for one in client.nodes.stats(metric="jvm")["nodes"].values())
    yield compared(
        "heap in use, elasticsearch, of its most",
        "MB",
        heap["heap_used_in_bytes"] / MEGA,
        heap["heap_max_in_bytes"] / MEGA,
    )
    stored = client.indices.stats(index=INDEX, metric="store")["_all"]["primaries"]["store"]["size_in_bytes"]
    yield Result("on disk, elasticsearch", "MB", stored / MEGA)


def _reindexed(session: Session, engine: SearchEngine) -> Result:
    began = time.perf_counter()
    held = flows.reindex(session, engine, lambda _done: None)
    seconds = time.perf_counter() - began
    print(f"{engine.name}: {held} homes indexed in {seconds:.0f} s", flush=True)
    return Result(f"reindexed, {engine.name}", "homes/s", held / seconds)


# --- asking
# ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Times:
    service: list[float]
    raw: list[float]

    def results(self, title: str) -> list[Result]:
        """Return p50 and p95 of the service, each beside the raw one."""
        return [
            compared(f"{title}, {kind}", "ms", of(self.service), of(self.raw))
            for kind, of in (("p50", median), ("p95", p95))
        ]


def _measure(
    session: Session, engine: SearchEngine, raw: Callable[[by_hand.Shape, SearchRequest], int]
) -> Iterator[Result]:
    asked = {shape.title: _request(session, engine, shape) for shape in SHAPES}
    times = {shape.title: _Times([], []) for shape in SHAPES}
    for turn in range(FIRST_TURNS + TURNS):
        for shape in SHAPES:
            request = asked[shape.title]
            exact = queries.find(session, engine, request).exact if not turn else request
            if not turn:
                _prove(session, engine, raw, shape, request, exact)
            through = partial(queries.search, session, engine, request), times[shape.title].service
            beside = partial(raw, shape, request), times[shape.title].raw
            # Whichever comes second finds in the caches what the first one put there.
            for act, kept in (through, beside) if turn % 2 else (beside, through):
                took = milliseconds(act)
                if turn >= FIRST_TURNS:
                    kept.append(took)
    for shape in SHAPES:
        yield from times[shape.title].results(f"{engine.name}, {shape.title}")
    every = _Times([], [])
    for one in times.values():
        every.service.extend(one.service)
        every.raw.extend(one.raw)
    yield from every.results(f"{engine.name}, all ten shapes")


def _request(session: Session, engine: SearchEngine, shape: by_hand.Shape) -> SearchRequest:
    """Return the shape's request, as deep as it is asked."""
    request = shape.request
    for _ in range(shape.pages_before):
        page = queries.search(session, engine, request)
        assert page.next is not None
        request = page.next
    return request


def _prove(
    session: Session,
    engine: SearchEngine,
    raw: Callable[[by_hand.Shape, SearchRequest], int],
    shape: by_hand.Shape,
    request: SearchRequest,
    exact: SearchRequest,
) -> None:
    """Raise where the two do not find the same: they would not be comparable."""
    found, plain = queries.search(session, engine, request).total, raw(shape, exact)
    print(f"{engine.name}: {shape.title}: {found} homes", flush=True)
    if found != plain or not found:
        raise AssertionError(f"{shape.title}: {found} through the service, {plain} raw")


def _by_sql(connection: psycopg.Connection[Any], table: str) -> Callable[[by_hand.Shape, SearchRequest], int]:
    def ask(shape: by_hand.Shape, request: SearchRequest) -> int:
        page, counts = by_hand.statements(shape, request, table)
        connection.execute(page).fetchall()
        counted = connection.execute(counts).fetchall()
        return next(int(homes) for facet, _value, homes in counted if facet == "total")

    return ask


def _by_client(client: Elasticsearch) -> Callable[[by_hand.Shape, SearchRequest], int]:
    def ask(shape: by_hand.Shape, request: SearchRequest) -> int:
        meant = shape.literal(request)
        terms = words.query_terms(meant.q) or ()
        searches = [one for question in bodies.questions(meant, terms) for one in ({}, question)]
        answers = client.msearch(index=INDEX, searches=searches)["responses"]
        return int(answers[1]["hits"]["total"]["value"])

    return ask


def _suggested(session: Session) -> list[Result]:
    took = [milliseconds(partial(names.suggest, session, typed)) for _ in range(TURNS) for typed in TYPED]
    return [Result("suggestions, p50", "ms", median(took)), Result("suggestions, p95", "ms", p95(took))]
