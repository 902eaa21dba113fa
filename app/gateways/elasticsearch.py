"""Elasticsearch: one client for one node or a cluster of any size."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from elasticsearch import Elasticsearch, OrjsonSerializer

from app.gateways.elasticsearch_node import Node

TIMEOUT_SECONDS: Final = 3.0
"""What a search may wait for the server; writes in bulk have longer."""
_RETRIES: Final = 2
"""On other nodes: with one address there is nothing to try again."""


@dataclass(frozen=True)
class Access:
    """Where the nodes are, and as whom they are asked: an API key, or a name and a password, or neither."""

    urls: tuple[str, ...]
    api_key: str | None = None
    username: str | None = None
    password: str | None = None
    ca_file: Path | None = None


def connect(access: Access) -> Elasticsearch:
    """Return a client, which connects when it is first used. Threads may share it."""
    options: dict[str, Any] = {}
    if access.api_key:
        options["api_key"] = access.api_key
    elif access.username:
        options["basic_auth"] = (access.username, access.password or "")
    if access.ca_file:
        options["ca_certs"] = str(access.ca_file)
    return Elasticsearch(
        list(access.urls),
        request_timeout=TIMEOUT_SECONDS,
        max_retries=_RETRIES if len(access.urls) > 1 else 0,
        retry_on_timeout=len(access.urls) > 1,
        node_class=Node,
        meta_header=False,
        serializer=OrjsonSerializer(),
        **options,
    )
