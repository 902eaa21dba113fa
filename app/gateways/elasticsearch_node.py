"""One node of Elasticsearch, asked over the standard library's HTTP client.

A request through the client's own node takes twice as long to send and to read as the server takes to answer
a page that it has counted before.
"""

import http.client
import select
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

_VERSIONS: Final = {10: "1.0", 11: "1.1"}


class Node(BaseNode):
    """Keeps connections open for whoever asks next. Threads may share it."""

    _CLIENT_META_HTTP_CLIENT = ("hc", "1.1")

    def __init__(self, config: NodeConfig) -> None:
        super().__init__(config)
        self._tls = ssl.create_default_context(cafile=config.ca_certs) if config.scheme == "https" else None
        # The one that was used last is the one that is still open.
        self._idle: deque[http.client.HTTPConnection] = deque()
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
        connection = self._connection(patience)
        try:
            sent = {**self.headers, **(headers or {})}
            connection.request(method, self.path_prefix + target, body, sent)
            response = connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise _told(error) from error
        if response.will_close:
            connection.close()
        else:
            self._idle.append(connection)
            if len(self._idle) > self.config.connections_per_node:
                with suppress(IndexError):  # others may have taken them meanwhile
                    self._idle.popleft().close()
        meta = ApiResponseMeta(
            node=self.config,
            duration=time.monotonic() - began,
            http_version=_VERSIONS[response.version],
            status=response.status,
            headers=HttpHeaders(response.headers.items()),
        )
        return NodeApiResponse(meta, content)

    def close(self) -> None:
        """Close the connections that nobody uses."""
        _close_all(self._idle)

    def _connection(self, patience: float | None) -> http.client.HTTPConnection:
        """Return a connection that waits so many seconds: one that was kept, if the server kept it too."""
        with suppress(IndexError):
            while True:
                kept = self._idle.pop()
                if not _is_closed(kept):
                    kept.timeout = patience
                    kept.sock.settimeout(patience)
                    return kept
                kept.close()
        if self._tls is None:
            return http.client.HTTPConnection(self.host, self.port, timeout=patience)
        return http.client.HTTPSConnection(self.host, self.port, timeout=patience, context=self._tls)


def _close_all(idle: deque[http.client.HTTPConnection]) -> None:
    """Close what is kept, also of a node that its owner let go without closing it."""
    with suppress(IndexError):
        while True:
            idle.pop().close()


def _is_closed(kept: http.client.HTTPConnection) -> bool:
    """Tell whether the server closed a connection meanwhile: nothing else is to be read of it now."""
    waiting = select.poll()
    waiting.register(kept.sock, select.POLLIN)
    return bool(waiting.poll(0))


def _told(error: Exception) -> TransportError:
    """Return the error in the client's words, by which it tries another node."""
    kind: type[TransportError] = NoConnection
    if isinstance(error, TimeoutError):
        kind = ConnectionTimeout
    elif isinstance(error, ssl.SSLError):
        kind = TlsError
    return kind(str(error) or type(error).__name__, errors=(error,))
