"""The demo's telephone and letter box: messages that go nowhere, kept so that they can be read.

Written in its own short transaction, as a message to a real gateway would leave whatever becomes of ours.
"""

from collections.abc import Callable
from typing import Final

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core import clock
from app.core.db import Base, Id, Instant
from app.core.sealing import SealedColumn, declare, seal, unseal
from app.gateways.delivery import Undeliverable
from app.gateways.sms import Fate

NOBODYS_NUMBERS = "1990000"
"""Numbers that begin so belong to nobody: messages to them come back as lost."""
NOBODYS_BOX = "full@"
"""Mail addresses that begin so have a full box."""


class OutboxMessage(Base):
    """One message of the demo. ``way`` is sms, mail or print; ``address`` whom it went to.

    Codes and links stand in its text, so the text is sealed: whoever reads the table reads none of them.
    """

    __tablename__ = "outbox_messages"

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(unique=True)
    way: Mapped[str]
    address: Mapped[str] = mapped_column(index=True)
    subject: Mapped[str]
    sealed_text: Mapped[str]
    """Sealed, bound to the message."""
    at: Mapped[Instant]

    @property
    def text(self) -> str:
        """What the message says."""
        return unseal(self.sealed_text, purpose=TEXT.purpose, owner=self.id)


TEXT: Final = declare(
    SealedColumn(OutboxMessage.sealed_text, owner=OutboxMessage.id, purpose="outbox_messages.text")
)


def keep(session: Session, *, way: str, to: str, subject: str, text: str, key: str) -> None:
    """Keep a message; the same key twice is one message."""
    statement = (
        insert(OutboxMessage)
        .values(key=key, way=way, address=to, subject=subject, sealed_text="", at=clock.now())
        .on_conflict_do_nothing(index_elements=["key"])
        .returning(OutboxMessage.id)
    )
    kept_id = session.scalar(statement)
    if kept_id is not None:
        sealed = seal(text, purpose=TEXT.purpose, owner=kept_id)
        session.execute(update(OutboxMessage).where(OutboxMessage.id == kept_id).values(sealed_text=sealed))


class Outbox:
    """Keeps what it is given: the SMS gateway and the mail server of the demo and of tests."""

    def __init__(self, new_session: Callable[[], Session]) -> None:
        self._new_session = new_session

    def keep(self, *, way: str, to: str, subject: str, text: str, key: str) -> str:
        """Keep a message and return its key; the same key twice is one message."""
        with self._new_session() as session:
            keep(session, way=way, to=to, subject=subject, text=text, key=key)
            session.commit()
        return key


class OutboxSms:
    """The SMS gateway of the demo."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    def send(self, *, to: str, text: str, key: str) -> str:
        """Keep a text; a number that is none is refused."""
        if not (to.isdigit() and len(to) == 11):
            raise Undeliverable("no_such_number")
        kept = self._outbox.keep(way="sms", to=to, subject="", text=text, key=key)
        return f"{to[: len(NOBODYS_NUMBERS)]}:{kept}"

    def fate(self, message_id: str) -> Fate:
        """Report nobody's numbers as lost and everything else as arrived."""
        return Fate.LOST if message_id.startswith(NOBODYS_NUMBERS) else Fate.ARRIVED


class OutboxMail:
    """The mail server of the demo."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    def send(self, *, to: str, subject: str, text: str, key: str) -> None:
        """Keep a mail; a full box is refused as a real one is."""
        if to.startswith(NOBODYS_BOX):
            raise Undeliverable("552")
        self._outbox.keep(way="mail", to=to, subject=subject, text=text, key=key)


def count_messages(session: Session, *, addresses: list[str] | None = None) -> int:
    """Return how many messages ``list_messages`` would list without a limit."""
    statement = select(func.count(OutboxMessage.id))
    if addresses is not None:
        statement = statement.where(OutboxMessage.address.in_(addresses))
    return session.scalars(statement).one()


def list_messages(
    session: Session, *, addresses: list[str] | None = None, offset: int = 0, limit: int = 20
) -> list[OutboxMessage]:
    """Return the messages to some addresses, or all of them: papers in front, then the newest first."""
    statement = select(OutboxMessage)
    if addresses is not None:
        statement = statement.where(OutboxMessage.address.in_(addresses))
    order = ((OutboxMessage.way == "print").desc(), OutboxMessage.id.desc())
    return list(session.scalars(statement.order_by(*order).offset(offset).limit(limit)))
