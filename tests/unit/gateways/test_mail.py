"""What an SMTP server answers, and what we make of it; the sealed unit suite has no socket to give."""

import smtplib

import pytest

from app.gateways.delivery import Undeliverable, Unreachable
from app.gateways.mail import SmtpMail, SmtpServer


class Connection:
    """Stands for a connection: answers with one refusal, or keeps what it is given."""

    def __init__(self, refusal: Exception | None = None) -> None:
        self.refusal = refusal
        self.sent: list[str] = []

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def send_message(self, message: object) -> None:
        if self.refusal:
            raise self.refusal
        self.sent.append(str(message))


class Wired(SmtpMail):
    """The real class on a connection of the test's."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(SmtpServer("mail.test", 587, "Anju <anju@district.test>"))
        self.connection = connection

    def _connect(self) -> Connection:  # type: ignore[override]
        return self.connection


def send(refusal: Exception | None, to: str = "who@example.test") -> Connection:
    connection = Connection(refusal)
    Wired(connection).send(to=to, subject="购房完成", text="全部办完。", key="notice-7-mail")
    return connection


@pytest.mark.parametrize("code", [550, 551, 552, 553, 452, 422])
def test_an_unknown_or_full_box_is_given_up_at_once(code: int) -> None:
    with pytest.raises(Undeliverable) as caught:
        send(smtplib.SMTPRecipientsRefused({"who@example.test": (code, b"who@example.test is full")}))
    assert caught.value.code == str(code)
    assert "who@" not in str(caught.value), "a code, never the server's text: that repeats the address"


@pytest.mark.parametrize(
    "refusal",
    [
        smtplib.SMTPRecipientsRefused({"who@example.test": (450, b"later")}),
        smtplib.SMTPConnectError(421, b"busy"),
        smtplib.SMTPServerDisconnected("gone"),
        TimeoutError(),
        ConnectionRefusedError(),
    ],
)
def test_a_server_that_is_busy_or_gone_is_tried_again(refusal: Exception) -> None:
    with pytest.raises(Unreachable):
        send(refusal)


def test_the_same_key_makes_a_recognisable_message() -> None:
    (message,) = send(None).sent
    assert "notice-7-mail" in message
    assert "anju@district.test" in message


def test_no_address_adds_a_header_of_its_own() -> None:
    with pytest.raises(Undeliverable):
        send(None, to="who@example.test\nBcc: all@example.test")
