"""Pages from a cluster of three nodes, and from the two that are left when one was killed.

Asked is what a page calls, the ten shapes in turns; homes are read again from the database. The node that is
killed, with SIGKILL, is the one that the others elected, so that they have to agree anew meanwhile.
"""

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from typing import Final

import psutil
from elasticsearch import Elasticsearch
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from app.core import clock
from app.gateways.elasticsearch import Access, connect
from app.search import flows, queries
from app.search.elasticsearch import ElasticsearchEngine
from app.wiring import TEST_MOMENT
from tests.bench import city
from tests.bench.by_hand import SHAPES
from tests.bench.harness import Result, compared, milliseconds, p95
from tests.torture.cluster import ElasticsearchCluster

ROOT: Final = Path(__file__).resolve().parents[2]
HOMES: Final = min(int(os.environ.get("HOMES", "20_000")), 200_000)
TURNS, FIRST_TURNS = 20, 2
"""Of each shape; the first ones, which fill caches, are not counted."""
MEGA: Final = 1024 * 1024
INDEX: Final = "bench-cluster"
WHOLE_SECONDS: Final = 60


def run() -> list[Result]:
    """Fill a database and the cluster, ask, kill a node, ask again, and return the figures."""
    clock.use(clock.FixedClock(TEST_MOMENT))
    with city.database(HOMES) as owner, _cluster() as cluster:
        database = create_engine(make_url(owner).set(drivername="postgresql+psycopg"))
        with connect(Access(cluster.urls)) as client, Session(database) as session:
            engine = ElasticsearchEngine(client, index=INDEX)
            flows.reindex(session, engine, lambda _done: None)
            _await_whole(client)
            _pages(session, engine, FIRST_TURNS)
            three = _pages(session, engine, TURNS)
            memory = list(_memory(cluster))
            _kill_the_elected(cluster, client)
            after = _pages(session, engine, TURNS)
        database.dispose()
    return [
        Result(f"{HOMES} homes, three nodes: page, p50", "ms", median(three)),
        Result(f"{HOMES} homes, three nodes: page, p95", "ms", p95(three)),
        compared(f"{HOMES} homes, one of three killed: page, p50", "ms", median(after), median(three)),
        compared(f"{HOMES} homes, one of three killed: page, p95", "ms", p95(after), p95(three)),
        compared(f"{HOMES} homes, one of three killed: slowest page", "ms", max(after), max(three)),
        *memory,
    ]


@contextmanager
def _cluster() -> Iterator[ElasticsearchCluster]:
    cluster = ElasticsearchCluster(ROOT / "var" / "bench-elasticsearch")
    shutil.rmtree(cluster.home, ignore_errors=True)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
        cluster.forget()


def _pages(session: Session, engine: ElasticsearchEngine, turns: int) -> list[float]:
    """Return how long each page took, in milliseconds. Raises what a page raised: none may be lost."""
    return [
        milliseconds(partial(queries.search, session, engine, shape.request))
        for _ in range(turns)
        for shape in SHAPES
    ]


def _kill_the_elected(cluster: ElasticsearchCluster, client: Elasticsearch) -> None:
    elected = client.cat.master(format="json")[0]["node"]
    next(node for node in cluster.nodes if node.home.name == elected).stop(signal.SIGKILL)


def _memory(cluster: ElasticsearchCluster) -> Iterator[Result]:
    """Yield what each node holds in memory."""
    for node in cluster.nodes:
        process: psutil.Process | None = node.process()
        assert process is not None
        yield Result(f"resident memory, {node.home.name} of three", "MB", process.memory_info().rss / MEGA)


def _await_whole(client: Elasticsearch) -> None:
    """Return when every part of the index stands on two of three nodes. Raises when that does not come."""
    patient = client.options(request_timeout=WHOLE_SECONDS + 5)
    health = patient.cluster.health(
        wait_for_status="green", wait_for_nodes="3", timeout=f"{WHOLE_SECONDS}s", index=f"{INDEX}-*"
    )
    assert not health["timed_out"], health
