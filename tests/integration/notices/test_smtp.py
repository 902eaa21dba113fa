"""The mail class over the wire, against a server that answers as servers do."""

import socketserver
import threading
from collections.abc import Iterator

import pytest

from app.gateways.delivery import Undeliverable, Unreachable
from app.gateways.mail import SmtpMail, SmtpServer


class Handler(socketserver.StreamRequestHandler):
    """A mail server: box ``full`` is full, ``gone`` is not there, ``busy`` comes back later."""

    ANSWERS = {  # noqa: RUF012  # the base class sets the shape
        b"full@": b"552 5.2.2 full@example.test is over quota",
        b"gone@": b"550 5.1.1 gone@example.test unknown",
        b"busy@": b"451 4.3.0 try later",
    }

    def handle(self) -> None:
        self._say(b"220 mail.test")
        for line in self.rfile:
            command = line.strip().upper()
            if command.startswith(b"DATA"):
                self._say(b"354 go on")
                self._take_message()
            elif command.startswith(b"RCPT"):
                self._say(next((said for box, said in self.ANSWERS.items() if box in line), b"250 fine"))
            elif command.startswith(b"QUIT"):
                self._say(b"221 bye")
                return
            else:
                self._say(b"250 fine")

    def _take_message(self) -> None:
        body = b""
        for line in self.rfile:
            if line == b".\r\n":
                break
            body += line
        self.server.messages.append(body)  # type: ignore[attr-defined]
        self._say(b"250 taken")

    def _say(self, text: bytes) -> None:
        self.wfile.write(text + b"\r\n")


@pytest.fixture
def server() -> Iterator[socketserver.ThreadingTCPServer]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.messages = []  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def send(server: socketserver.ThreadingTCPServer, to: str) -> None:
    where = SmtpServer("127.0.0.1", server.server_address[1], "Anju <anju@district.test>", security="none")
    SmtpMail(where).send(to=to, subject="购房完成", text="全部办完。", key="notice-7-mail")


def test_a_mail_arrives_whole(server: socketserver.ThreadingTCPServer) -> None:
    send(server, "who@example.test")
    (message,) = server.messages  # type: ignore[attr-defined]
    assert b"To: who@example.test" in message
    assert b"notice-7-mail" in message


@pytest.mark.parametrize(("box", "code"), [("full", "552"), ("gone", "550")])
def test_a_full_and_an_unknown_box_are_refused_by_code_alone(
    server: socketserver.ThreadingTCPServer, box: str, code: str
) -> None:
    with pytest.raises(Undeliverable) as refusal:
        send(server, f"{box}@example.test")
    assert str(refusal.value) == code


def test_a_busy_server_is_tried_again(server: socketserver.ThreadingTCPServer) -> None:
    with pytest.raises(Unreachable):
        send(server, "busy@example.test")


def test_a_server_without_encryption_gets_nothing_when_encryption_is_set(
    server: socketserver.ThreadingTCPServer,
) -> None:
    where = SmtpServer("127.0.0.1", server.server_address[1], "anju@district.test")
    with pytest.raises(Unreachable):
        SmtpMail(where).send(to="who@example.test", subject="x", text="x", key="1")
    assert server.messages == []  # type: ignore[attr-defined]
