"""One connection of HTTP/1.1: a request is sent in one piece and its answer read to the end, then the next.

The standard library's client sends head and body apart, which wakes the server twice, and reads headers as
those of a mail. Both together cost as much as all else that is ours in asking for a page.
"""

import select
import socket
import ssl
from collections.abc import Iterator
from io import BufferedReader
from typing import Final, NamedTuple

_BUFFER: Final = 65_536
_LONGEST_LINE: Final = 65_536
_FIRST_FINAL, _NO_CONTENT, _NOT_MODIFIED = 200, 204, 304


class Malformed(ConnectionError):
    """What came is no answer, or ended before its end."""


class Answer(NamedTuple):
    """What a server said. Headers' names are in small letters; ``last``: the connection ends with it."""

    version: str
    status: int
    headers: dict[str, str]
    body: bytes
    last: bool


class Connection:
    """Open until ``close``. One thread at a time may use it."""

    def __init__(self, host: str, port: int, *, tls: ssl.SSLContext | None, patience: float | None) -> None:
        """Connect. Raises OSError where nobody answers within ``patience`` seconds."""
        plain = socket.create_connection((host, port), timeout=patience)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = plain if tls is None else tls.wrap_socket(plain, server_hostname=host)
        self._reading = BufferedReader(self._socket.makefile("rb", buffering=0), _BUFFER)

    def ask(self, request: bytes, *, patience: float | None) -> Answer:
        """Send a whole request and return its answer.

        Raises OSError where nothing comes for ``patience`` seconds or what comes is no answer. Either leaves
        a connection that can only be closed.
        """
        self._socket.settimeout(patience)
        self._socket.sendall(request)
        version, status, headers = self._head()
        while status < _FIRST_FINAL:
            version, status, headers = self._head()
        told = "content-length" in headers or "transfer-encoding" in headers
        bare = request.startswith(b"HEAD ") or status in (_NO_CONTENT, _NOT_MODIFIED)
        try:
            body = b"" if bare else self._body(headers)
        except ValueError as error:
            raise Malformed("length") from error
        ends = headers.get("connection", "").lower() == "close" or version != "1.1"
        return Answer(version, status, headers, body, last=ends or not (told or bare))

    def is_closed(self) -> bool:
        """Tell whether the server closed it meanwhile: between two requests nothing else is to be read."""
        waiting = select.poll()
        waiting.register(self._socket, select.POLLIN)
        return bool(waiting.poll(0))

    def close(self) -> None:
        """Close it, whatever is under way."""
        self._reading.close()
        self._socket.close()

    def _head(self) -> tuple[str, int, dict[str, str]]:
        protocol, _, rest = self._line().partition(" ")
        if not protocol.startswith("HTTP/1.") or not rest[:3].isdecimal():
            raise Malformed("status line")
        headers: dict[str, str] = {}
        while line := self._line():
            name, _, value = line.partition(":")
            name, value = name.strip().lower(), value.strip()
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        return protocol.removeprefix("HTTP/"), int(rest[:3]), headers

    def _body(self, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding", "").lower() == "chunked":
            return b"".join(self._chunks())
        length = headers.get("content-length")
        return self._reading.read() if length is None else self._exactly(int(length))

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self._line().partition(";")[0], 16):
            yield self._exactly(size)
            self._line()
        while self._line():
            pass  # headers after the end, which say nothing that is asked for

    def _line(self) -> str:
        line = self._reading.readline(_LONGEST_LINE)
        if not line.endswith(b"\n"):
            raise Malformed("the connection ended within a line")
        return line.decode("latin-1").rstrip("\r\n")

    def _exactly(self, size: int) -> bytes:
        content = self._reading.read(size)
        if len(content) < size:
            raise Malformed("the connection ended within the answer")
        return content
