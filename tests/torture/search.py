"""A search cluster of three while people search and homes change: each node is killed in turn, with SIGKILL.

Asked is what the web asks: the engine with three addresses, PostgreSQL behind it. Every answer must be the
right one and come from the cluster; what was written while a node was down is there when it is back.
"""

import shutil
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from elasticsearch import Elasticsearch
from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from app.demo.search_node.server import ElasticsearchNode
from app.gateways.elasticsearch import Access, connect
from app.search.documents import Document
from app.search.elasticsearch import ElasticsearchEngine
from app.search.fallback import WithStandIn
from app.search.postgres import PostgresEngine
from app.search.request import SearchRequest, Sort, Status
from tests.database import Cluster
from tests.search.made_up import made_up_documents
from tests.torture.cluster import ElasticsearchCluster

ROOT = Path(__file__).resolve().parents[2]
HOMES, CHANGED, BATCH = 5_000, 200, 1_000
READERS, READ_SECONDS, WHOLE_SECONDS = 4, 8, 60
INDEX = "torture"
ASKED = (
    SearchRequest(sort=Sort.PRICE, status=tuple(Status)),
    SearchRequest(q="滨江花园", sort=Sort.NEW, status=tuple(Status)),
    SearchRequest(district=("gang",), rooms=(2, 3), sort=Sort.AREA),
)


def run() -> Iterator[str]:
    """Yield what was shown. Raises AssertionError for what does not hold."""
    with _cluster() as cluster, _database() as database:
        yield f"three nodes are one cluster: {', '.join(sorted(_names(cluster)))}"
        documents = made_up_documents(HOMES)
        with connect(Access(cluster.urls)) as client:
            remote = ElasticsearchEngine(client, index=INDEX, refresh=True)
            _fill(remote, database, documents)
            _await_whole(client)
            yield f"{HOMES} homes are in the index, each of its parts on two nodes"
            answering = WithStandIn(remote, database, time.monotonic)
            for number, node in enumerate(cluster.nodes, 1):
                changed = [one._replace(doc_version=1 + number) for one in documents[:CHANGED]]
                yield from _without(node, answering, remote, client, changed)


def _without(
    node: ElasticsearchNode,
    answering: WithStandIn,
    remote: ElasticsearchEngine,
    client: Elasticsearch,
    changed: list[Document],
) -> Iterator[str]:
    """Kill a node while people search and homes change, then start it again."""
    master = client.cat.master(format="json")[0]["node"] == node.home.name
    with _Readers(answering) as readers:
        time.sleep(READ_SECONDS / 4)
        before = len(readers.took)
        node.stop(signal.SIGKILL)
        time.sleep(READ_SECONDS)
        remote.write(changed)
        during = readers.took[before:]
        node.start()
        _await_whole(client)
    readers.prove()
    yield (
        f"{node.home.name}{', the elected one,' if master else ''} was killed: {len(during)} searches "
        f"meanwhile, all right, none by PostgreSQL; the slowest took {max(during):.2f} s"
    )
    with Elasticsearch(node.url) as alone:
        again = ElasticsearchEngine(alone, index=INDEX).stamps([one.home_id for one in changed])
    assert {one.home_id: (one.doc_version, one.digest) for one in changed} == again
    yield f"{node.home.name} is back; the {len(changed)} homes written while it was down are there"


@dataclass
class _Readers:
    """Threads that search all the time and compare each answer with the first."""

    answering: WithStandIn
    took: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def __enter__(self) -> "_Readers":
        self._expected = [self.answering.search(asked) for asked in ASKED]
        self._stop = threading.Event()
        self._pool = ThreadPoolExecutor(READERS)
        self._all = [self._pool.submit(self._read) for _ in range(READERS)]
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._pool.shutdown()

    def _read(self) -> None:
        while not self._stop.is_set():
            for asked, expected in zip(ASKED, self._expected, strict=True):
                began = time.perf_counter()
                hits = self.answering.search(asked)
                self.took.append(time.perf_counter() - began)
                if hits != expected:
                    self.wrong.append(f"{asked.query_string()}: {'stand-in' if hits.stand_in else hits}")

    def prove(self) -> None:
        """Raise what a search raised, and AssertionError for a wrong answer or one that PostgreSQL gave."""
        for one in self._all:
            one.result()
        assert not self.wrong, f"{len(self.wrong)} of {len(self.took)}, first {self.wrong[0]}"


@contextmanager
def _cluster() -> Iterator[ElasticsearchCluster]:
    cluster = ElasticsearchCluster(ROOT / "var" / "torture-elasticsearch")
    shutil.rmtree(cluster.home, ignore_errors=True)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
        cluster.forget()


@contextmanager
def _database() -> Iterator[Engine]:
    server = Cluster()
    server.open()
    name = server.new_name()
    try:
        url = make_url(server.clone(name).owner).set(drivername="postgresql+psycopg")
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        yield engine
        engine.dispose()
    finally:
        server.drop(name)
        server.close()


def _names(cluster: ElasticsearchCluster) -> set[str]:
    with Elasticsearch(cluster.urls[0]) as client:
        return {one["name"] for one in client.cat.nodes(format="json", h="name")}


def _fill(remote: ElasticsearchEngine, database: Engine, documents: list[Document]) -> None:
    with Session(database) as session:
        own = PostgresEngine(lambda: session)
        for start in range(0, len(documents), BATCH):
            own.write(documents[start : start + BATCH])
            remote.write(documents[start : start + BATCH])


def _await_whole(client: Elasticsearch) -> None:
    """Return when every part of the index stands on two of three nodes. Raises when that does not come."""
    patient = client.options(request_timeout=WHOLE_SECONDS + 5)
    health = patient.cluster.health(
        wait_for_status="green", wait_for_nodes="3", timeout=f"{WHOLE_SECONDS}s", index=f"{INDEX}*"
    )
    assert not health["timed_out"], health
