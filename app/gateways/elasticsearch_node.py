"""One node of Elasticsearch, asked over connections of our own.

A request through the client's own node takes twice as long to send and to read as the server takes to answer
a page that it has counted before.
"""

import ssl
import time
import weakref
from collections import deque
from contextlib import suppress
from typing import Final

from elastic_transport import (
    ApiResponseMeta,
    BaseNode,
    ConnectionTimeout,
    HttpHeaders,
    NodeConfig,
    TlsError,
    TransportError,
)
from elastic_transport import ConnectionError as NoConnection
from elastic_transport._node import NodeApiResponse
from elastic_transport.client_utils import DEFAULT, DefaultType

from app.gateways.http_connection import Answer, Connection

_WITH_LENGTH: Final = ("POST", "PUT")
"""Methods of which a server wants to be told that nothing follows."""


class Node(BaseNode):
    """Keeps connections open for whoever asks next. Threads may share it."""

    _CLIENT_META_HTTP_CLIENT = ("so", "1.1")

    def __init__(self, config: NodeConfig) -> None:
        super().__init__(config)
        self._tls = ssl.create_default_context(cafile=config.ca_certs) if config.scheme == "https" else None
        named = f"[{self.host}]" if ":" in self.host else self.host
        self._same_each_time = _lines({"host": f"{named}:{self.port}", **self.headers})
        # The one that was used last is the one that is still open.
        self._idle: deque[Connection] = deque()
        weakref.finalize(self, _close_all, self._idle)

    def perform_request(
        self,
        method: str,
        target: str,
        body: bytes | None = None,
        headers: HttpHeaders | None = None,
        request_timeout: DefaultType | float | None = DEFAULT,
    ) -> NodeApiResponse:
        """Return what the server says to a request.

        Raises ConnectionTimeout where nothing came for ``request_timeout`` seconds, TlsError or
        ConnectionError where it cannot be asked.
        """
        began = time.monotonic()
        patience = request_timeout
        if isinstance(patience, DefaultType):
            patience = self.config.request_timeout
        try:
            answer = self._ask(self._request(method, target, body, headers), patience)
        except OSError as error:
            raise _told(error) from error
        meta = ApiResponseMeta(
            node=self.config,
            duration=time.monotonic() - began,
            http_version=answer.version,
            status=answer.status,
            headers=HttpHeaders(answer.headers),
        )
        return NodeApiResponse(meta, answer.body)

    def close(self) -> None:
        """Close the connections that nobody uses."""
        _close_all(self._idle)

    def _request(self, method: str, target: str, body: bytes | None, headers: HttpHeaders | None) -> bytes:
        given = dict(headers or {})
        if body is not None or method in _WITH_LENGTH:
            given["content-length"] = str(len(body or b""))
        head = f"{method} {self.path_prefix}{target} HTTP/1.1\r\n{self._same_each_time}{_lines(given)}\r\n"
        return head.encode("latin-1") + (body or b"")

    def _ask(self, request: bytes, patience: float | None) -> Answer:
        connection = self._kept() or Connection(self.host, self.port, tls=self._tls, patience=patience)
        try:
            answer = connection.ask(request, patience=patience)
        except BaseException:
            connection.close()
            raise
        if answer.last:
            connection.close()
            return answer
        self._idle.append(connection)
        if len(self._idle) > self.config.connections_per_node:
            with suppress(IndexError):  # others may have taken them meanwhile
                self._idle.popleft().close()
        return answer

    def _kept(self) -> Connection | None:
        """Return a connection that was kept, if the server kept it too."""
        with suppress(IndexError):
            while True:
                kept = self._idle.pop()
                if not kept.is_closed():
                    return kept
                kept.close()
        return None


def _lines(headers: dict[str, str]) -> str:
    """Return headers as they are sent. Raises ValueError where one would end before its value does."""
    lines = [f"{name}: {value}" for name, value in headers.items()]
    if any("\r" in line or "\n" in line for line in lines):
        raise ValueError("a header holds the end of a line")
    return "".join(f"{line}\r\n" for line in lines)


def _close_all(idle: deque[Connection]) -> None:
    """Close what is kept, also of a node that its owner let go without closing it."""
    with suppress(IndexError):
        while True:
            idle.pop().close()


def _told(error: OSError) -> TransportError:
    """Return the error in the client's words, by which it tries another node."""
    kind: type[TransportError] = NoConnection
    if isinstance(error, TimeoutError):
        kind = ConnectionTimeout
    elif isinstance(error, ssl.SSLError):
        kind = TlsError
    return kind(str(error) or type(error).__name__, errors=(error,))
