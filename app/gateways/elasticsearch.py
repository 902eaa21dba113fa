"""Elasticsearch: one client for one node or a cluster of any size."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from elasticsearch import Elasticsearch, OrjsonSerializer

from app.gateways.elasticsearch_node import Node


@dataclass(frozen=True)
class Access:
    """Where the nodes are, and as whom they are asked: an API key, or a name and a password, or neither.

    A search waits ``timeout_seconds`` for a node, writes in bulk longer; then up to ``retries`` others are
    asked. With one address there is nothing to try again.
    """

    urls: tuple[str, ...]
    api_key: str | None = None
    username: str | None = None
    password: str | None = None
    ca_file: Path | None = None
    timeout_seconds: float = 3.0
    retries: int = 2


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
        request_timeout=access.timeout_seconds,
        max_retries=access.retries if len(access.urls) > 1 else 0,
        retry_on_timeout=len(access.urls) > 1,
        node_class=Node,
        meta_header=False,
        serializer=OrjsonSerializer(),
        **options,
    )
