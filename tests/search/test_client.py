"""The client's connections: kept, left when the server left them; each way in which an answer may come."""

import socket
import ssl
import threading
import time
from base64 import b64encode
from contextlib import suppress
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from elastic_transport import ConnectionError as NoConnection
from elastic_transport import ConnectionTimeout, TlsError

from app.gateways.elasticsearch import Access, connect

COUNT = b'{"count":7}'
HEAD = "HTTP/1.1 200 OK\r\nX-Elastic-Product: Elasticsearch\r\nContent-Type: application/json\r\n"
ANSWER = f"{HEAD}Content-Length: {len(COUNT)}\r\n\r\n".encode() + COUNT


class Server:
    """Answers ``each`` requests a connection, then closes it without a word; ``left`` counts those.

    What is answered is sent piece by piece, encrypted if there is ``tls``; ``asked`` keeps the requests.
    """

    def __init__(self, each: int, *pieces: bytes, tls: ssl.SSLContext | None = None) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._each = each
        self._pieces = pieces or (ANSWER,)
        self.asked: list[bytes] = []
        self.left = threading.Semaphore(0)
        self._tls = tls
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self._listening.getsockname()[1]}"

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
                accepted, _ = self._listening.accept()
                with accepted, suppress(ssl.SSLError), self._opened(accepted) as connection:
                    for _turn in range(self._each):
                        if not (request := connection.recv(65_536)):
                            break
                        self.asked.append(request)
                        for piece in self._pieces:
                            connection.sendall(piece)
                            time.sleep(0.002)
                self.left.release()

    def _opened(self, accepted: socket.socket) -> socket.socket:
        return self._tls.wrap_socket(accepted, server_side=True) if self._tls else accepted


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a certificate of 127.0.0.1 that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    begins, ends = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, begins, ends)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "node.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return file


def test_a_server_is_trusted_whose_certificate_is_signed_by_those_that_are_set(certificate: Path) -> None:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate)
    with Server(each=2, tls=tls) as server:
        with connect(Access((server.url,), ca_file=certificate)) as client:
            assert [client.count(index="homes")["count"] for _ in range(2)] == [7, 7]
        with connect(Access((server.url,))) as client, pytest.raises(TlsError):
            client.count(index="homes")


@pytest.mark.parametrize("silent", [True, False])
def test_where_a_node_does_not_answer_another_one_is_asked(silent: bool) -> None:
    seconds = 1 if silent else 60  # long enough for the one that answers, however slow the machine is
    with Server(each=9) as server, socket.create_server(("127.0.0.1", 0)) as listening:
        dead = f"http://127.0.0.1:{listening.getsockname()[1]}"
        if not silent:
            listening.close()
        for addresses in ((dead, server.url), (server.url, dead)):
            with connect(Access(addresses, timeout_seconds=seconds)) as client:
                assert [client.count(index="homes")["count"] for _ in range(3)] == [7, 7, 7]
        nowhere = Access((dead, dead.replace("127.0.0.1", "localhost")), timeout_seconds=seconds, retries=0)
        with (
            connect(nowhere) as client,
            pytest.raises(ConnectionTimeout if silent else NoConnection),
        ):
            client.count(index="homes")


def test_a_connection_is_used_again() -> None:
    with Server(each=3) as server, connect(Access((server.url,))) as client:
        assert [client.count(index="homes")["count"] for _ in range(3)] == [7, 7, 7]


def test_a_connection_that_the_server_left_is_left_too() -> None:
    with Server(each=1) as server, connect(Access((server.url,))) as client:
        for _turn in range(3):
            assert client.count(index="homes")["count"] == 7
            assert server.left.acquire(timeout=300)


@pytest.mark.parametrize("silent", [True, False])
def test_what_does_not_answer_is_told_from_what_is_not_there(silent: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        if not silent:
            listening.close()
        with connect(Access((url,))) as client, pytest.raises(ConnectionTimeout if silent else NoConnection):
            client.options(request_timeout=0.1).count(index="homes")


@pytest.mark.parametrize(
    "answer",
    [
        [ANSWER[:9], ANSWER[9:40], ANSWER[40:]],
        [b"HTTP/1.1 100 Continue\r\n\r\n", ANSWER],
        [f"{HEAD}transfer-encoding: chunked\r\n\r\n".encode(), b'4;a=b\r\n{"co\r\n7\r\nunt":7}\r\n0\r\n\r\n'],
        [
            f"{HEAD}Transfer-Encoding: Chunked\r\n\r\n".encode(),
            b'B\r\n{"count":7}\r\n0\r\nExpires: 0\r\n\r\n',
        ],
    ],
)
def test_an_answer_is_read_however_it_is_cut_and_the_next_one_after_it(answer: list[bytes]) -> None:
    with Server(2, *answer) as server, connect(Access((server.url,))) as client:
        assert [client.count(index="homes")["count"] for _ in range(2)] == [7, 7]


@pytest.mark.parametrize("head", [f"{HEAD}\r\n", f"{HEAD}Connection: close\r\nContent-Length: 11\r\n\r\n"])
def test_an_answer_that_ends_with_its_connection_is_read_to_the_end(head: str) -> None:
    with Server(1, head.encode(), COUNT) as server, connect(Access((server.url,))) as client:
        assert [client.count(index="homes")["count"] for _ in range(2)] == [7, 7]


@pytest.mark.parametrize(
    "answer",
    [
        ANSWER[:-1],
        ANSWER[:30],
        f"{HEAD}Content-Length: many\r\n\r\n".encode(),
        f"{HEAD}Transfer-Encoding: chunked\r\n\r\nzz\r\n".encode(),
        b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
        b"",
    ],
)
def test_what_is_no_whole_answer_is_a_failed_connection(answer: bytes) -> None:
    with (
        Server(1, answer) as server,
        connect(Access((server.url,))) as client,
        pytest.raises(NoConnection),
    ):
        client.count(index="homes")


def test_what_has_no_body_is_not_waited_for() -> None:
    answer = HEAD.replace("200 OK", "404 Not Found") + "Content-Length: 11\r\n\r\n"
    with Server(2, answer.encode()) as server, connect(Access((server.url,))) as client:
        assert [bool(client.exists(index="homes", id="1")) for _ in range(2)] == [False, False]


def test_a_request_says_who_asks_and_how_much_follows() -> None:
    with Server(each=1) as server:
        with connect(Access((server.url,), api_key="a2V5")) as client:
            client.count(index="homes", query={"match_all": {}})
        with connect(Access((server.url,), username="anju", password="secret")) as client:
            client.indices.refresh(index="homes")
    asked, bare = (one.decode().lower() for one in server.asked)
    body = '{"query":{"match_all":{}}}'
    assert asked.startswith("post /homes/_count http/1.1\r\n")
    assert asked.endswith(f"\r\n\r\n{body}")
    assert f"\r\ncontent-length: {len(body)}\r\n" in asked
    assert "\r\nauthorization: apikey a2v5\r\n" in asked
    assert f"\r\nhost: {server.url.removeprefix('http://')}\r\n" in asked
    assert "\r\ncontent-length: 0\r\n" in bare
    assert f"\r\nauthorization: basic {b64encode(b'anju:secret').decode().lower()}\r\n" in bare


def test_a_header_that_would_begin_another_is_not_sent() -> None:
    with Server(each=1) as server, connect(Access((server.url,), api_key="a\r\nX-Other: b")) as client:
        with pytest.raises(ValueError, match="end of a line"):
            client.count(index="homes")
        assert server.asked == []
