"""Three Elasticsearch nodes that form one cluster, on this machine: one may be killed and nothing is lost."""

import shutil
from pathlib import Path
from typing import Final

from app.demo.search_node.server import ElasticsearchNode, free_ports

SIZE: Final = 3
"""As many as are needed for two to agree when one is gone."""


class ElasticsearchCluster:
    """Three nodes in folders below ``home``, which run from ``start`` until someone calls ``stop``."""

    def __init__(self, home: Path) -> None:
        self.home = home.absolute()
        names = [f"node-{number}" for number in range(1, SIZE + 1)]
        fellows = dict(zip(names, free_ports(*[0] * SIZE), strict=True))
        self.nodes = [ElasticsearchNode(self.home / name, fellows) for name in names]

    @property
    def urls(self) -> tuple[str, ...]:
        """The addresses of all nodes. Raises FileNotFoundError before they were started the first time."""
        return tuple(node.url for node in self.nodes)

    def start(self) -> None:
        """Start those nodes that do not run, and return when all answer. Raises CannotStart."""
        for node in self.nodes:
            node.launch()
        for node in self.nodes:
            node.await_answer()

    def stop(self) -> None:
        """Stop all nodes."""
        for node in self.nodes:
            node.stop()

    def forget(self) -> None:
        """Delete all that the stopped nodes kept."""
        shutil.rmtree(self.home, ignore_errors=True)
