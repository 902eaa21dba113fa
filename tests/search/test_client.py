"""The client's connections: kept, and left when the server left them."""

import socket
import threading
from contextlib import suppress

import pytest
from elastic_transport import ConnectionError as NoConnection
from elastic_transport import ConnectionTimeout

from app.gateways.elasticsearch import Access, connect

COUNT = b'{"count":7}'
HEAD = "HTTP/1.1 200 OK\r\nX-Elastic-Product: Elasticsearch\r\nContent-Type: application/json\r\n"
ANSWER = f"{HEAD}Content-Length: {len(COUNT)}\r\n\r\n".encode() + COUNT


class Server:
    """Answers ``each`` requests a connection, then closes it without a word; ``left`` counts those."""

    def __init__(self, each: int) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._each = each
        self.left = threading.Semaphore(0)
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    def __enter__(self) -> "Server":
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                with connection:
                    for _turn in range(self._each):
                        connection.recv(65_536)
                        connection.sendall(ANSWER)
                self.left.release()


def test_a_connection_is_used_again() -> None:
    with Server(each=3) as server, connect(Access((server.url,))) as client:
        assert [client.count(index="homes")["count"] for _ in range(3)] == [7, 7, 7]


def test_a_connection_that_the_server_left_is_left_too() -> None:
    with Server(each=1) as server, connect(Access((server.url,))) as client:
        for _turn in range(3):
            assert client.count(index="homes")["count"] == 7
            assert server.left.acquire(timeout=10)


@pytest.mark.parametrize("silent", [True, False])
def test_what_does_not_answer_is_told_from_what_is_not_there(silent: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        if not silent:
            listening.close()
        with connect(Access((url,))) as client, pytest.raises(ConnectionTimeout if silent else NoConnection):
            client.options(request_timeout=0.1).count(index="homes")
