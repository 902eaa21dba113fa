"""HTTP as far as a browser of the replay needs it: one question after the other on a connection that is kept.

The library's own client reads the head of an answer as if it were a letter: more than half of what a browser
took of the processor, which it shares with the site.
"""

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_HEAD_ENDS: Final = b"\r\n\r\n"
_PIECE: Final = 64 * 1024


class Broken(OSError):
    """The connection ended, or what came is no answer with a length."""


@dataclass(frozen=True)
class Answer:
    """An answer as it came."""

    status: int
    headers: list[tuple[str, str]]
    """Names in small letters, in order; some stand more than once."""
    body: bytes

    def get(self, name: str) -> str | None:
        """Return a header's value, the first of several; None without it."""
        return next(iter(self.all(name)), None)

    def all(self, name: str) -> list[str]:
        """Return every value of a header."""
        return [value for given, value in self.headers if given == name]


class Wire:
    """A connection to a site on this machine, from an address of its own."""

    def __init__(self, port: int, *, source: str, timeout: float) -> None:
        """Connect. ``timeout``: seconds without a word of the site, after which ``ask`` raises OSError."""
        self._host = f"127.0.0.1:{port}"
        self._socket = socket.create_connection(("127.0.0.1", port), timeout, source_address=(source, 0))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.is_open = True
        """Until the site says that it closes, or the browser does."""

    def ask(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        """Send a request and return its answer. Raises OSError without one; the connection is closed then."""
        given = {"Host": self._host, "Accept-Encoding": "identity", **headers}
        if body is not None:
            given["Content-Length"] = str(len(body))
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in given.items())]
        try:
            self._socket.sendall("\r\n".join(lines).encode("ascii") + _HEAD_ENDS + (body or b""))
            answer = self._read()
        except OSError:
            self.close()
            raise
        if answer.get("connection") == "close":
            self.close()
        return answer

    def close(self) -> None:
        """Close the connection."""
        self.is_open = False
        self._socket.close()

    def _read(self) -> Answer:
        came = b""
        while _HEAD_ENDS not in came:
            came += self._piece()
        head, _, body = came.partition(_HEAD_ENDS)
        first, *lines = head.decode("latin-1").split("\r\n")
        fields = [line.partition(":") for line in lines]
        headers = [(name.lower(), value.strip()) for name, _, value in fields]
        answer = Answer(int(first.split(" ", 2)[1]), headers, b"")
        length = answer.get("content-length")
        if length is None:
            raise Broken("an answer without a length")
        pieces, missing = [body], int(length) - len(body)
        while missing > 0:
            pieces.append(self._piece())
            missing -= len(pieces[-1])
        return Answer(answer.status, headers, b"".join(pieces))

    def _piece(self) -> bytes:
        piece = self._socket.recv(_PIECE)
        if not piece:
            raise Broken("the site closed the connection")
        return piece
