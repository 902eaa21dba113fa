"""The Elasticsearch node of the tests: one for all runs and workers; the last to leave stops it."""

from pathlib import Path

from elasticsearch import Elasticsearch

from app.demo.processes import FileLock
from app.demo.search_node.server import ElasticsearchNode
from app.gateways.elasticsearch import Access, connect

ROOT = Path(__file__).resolve().parents[2]


class SharedNode:
    """The node, with its data in var/test-elasticsearch."""

    def __init__(self, home: Path = ROOT / "var" / "test-elasticsearch") -> None:
        self.node = ElasticsearchNode(home)
        self._in_use = FileLock(home.with_suffix(".lock"))
        self._starting = FileLock(home.with_suffix(".starting"))

    def open(self) -> None:
        """Start the node if nobody has; what killed runs left in it is deleted then."""
        self._in_use.acquire(shared=True)
        with self._starting:
            if self.node.process() is None:
                self.node.forget()
            self.node.start()

    def close(self) -> None:
        """Leave; the last one stops the node."""
        if self._in_use.acquire(wait=False):
            self.node.stop()
        self._in_use.release()


def client_of(shared: SharedNode) -> Elasticsearch:
    """Return a client of the node as the app has one, but patient, to be closed by who asked for it."""
    return connect(Access((shared.node.url,))).options(request_timeout=30)
