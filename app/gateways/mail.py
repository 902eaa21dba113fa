"""Mail: the protocol, and SMTP. The demo's is app.gateways.outbox."""

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import make_msgid
from typing import Final, Protocol

from app.gateways.delivery import Undeliverable, Unreachable

_TIMEOUT_SECONDS: Final = 20
_BOX_FULL: Final = frozenset({422, 452, 552})
"""Codes of a full box: some servers call it passing, but to whom it happens it may last for months."""


class Mail(Protocol):
    """Sends plain text to one mail address."""

    def send(self, *, to: str, subject: str, text: str, key: str) -> None:
        """Hand a message over; the same ``key`` sent twice is recognisable as one message.

        Raises Undeliverable or Unreachable.
        """


@dataclass(frozen=True)
class SmtpServer:
    """Where mail is handed over, and as whom; ``security`` is starttls, tls or none."""

    host: str
    port: int
    sender: str
    security: str = "starttls"
    username: str | None = None
    password: str | None = None


class SmtpMail:
    """Mail through one SMTP server; a connection a message, for messages are few."""

    def __init__(self, server: SmtpServer) -> None:
        self._server = server

    def send(self, *, to: str, subject: str, text: str, key: str) -> None:
        """Hand a message over by SMTP."""
        server = self._server
        message = EmailMessage()
        # EmailMessage refuses line breaks in headers, so neither address nor subject can add one of its own.
        try:
            message["From"], message["To"], message["Subject"] = server.sender, to, subject
        except ValueError as error:
            raise Undeliverable("bad_address") from error
        domain = server.sender.rpartition("@")[2].rstrip(">") or "localhost"
        message["Message-ID"] = make_msgid(idstring=key, domain=domain)
        message.set_content(text)
        try:
            with self._connect() as connection:
                connection.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            code = next(iter(error.recipients.values()))[0]
            raise _refusal(code) from error
        except smtplib.SMTPResponseException as error:
            raise _refusal(error.smtp_code) from error
        except (OSError, smtplib.SMTPException) as error:
            raise Unreachable(type(error).__name__) from error

    def _connect(self) -> smtplib.SMTP:
        server, context = self._server, ssl.create_default_context()
        if server.security == "tls":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=_TIMEOUT_SECONDS, context=context
            )
        else:
            connection = smtplib.SMTP(server.host, server.port, timeout=_TIMEOUT_SECONDS)
        try:
            if server.security == "starttls":
                connection.starttls(context=context)
            if server.username and server.password:
                connection.login(server.username, server.password)
        except BaseException:
            connection.close()
            raise
        return connection


def _refusal(code: int) -> Undeliverable | Unreachable:
    if code in _BOX_FULL or 550 <= code <= 559:
        return Undeliverable(str(code))
    return Unreachable(str(code))


class _Process:
    """What the wiring set for this process."""

    mail: Mail | None = None


def use(mail: Mail | None) -> None:
    """Set how the process sends mail; None where it sends none. Called by the wiring."""
    _Process.mail = mail


def current() -> Mail | None:
    """Return how mail is sent; None where no server is set."""
    return _Process.mail
