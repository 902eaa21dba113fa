"""Idempotency keys: a program that sends a request again gets the first answer, and nothing happens twice."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core import clock
from app.core.db import Base, Instant, Json
from app.core.errors import DomainError


class KeptAnswer(Base):
    """The answer that a request with a key got."""

    __tablename__ = "kept_answers"

    sender: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    request_hash: Mapped[str]
    status: Mapped[int]
    body: Mapped[Json]
    at: Mapped[Instant] = mapped_column(index=True)


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and a JSON body."""

    status: int
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Keyed:
    """A request with a key: whose, which key, and the hash of what was asked."""

    sender: str
    key: str
    request_hash: str


class KeyReused(DomainError):
    """The key was used for another request."""

    def __init__(self) -> None:
        super().__init__("idempotency_key_reused", "Idempotency-Key")


def hash_of(method: str, path: str, body: Any) -> str:
    """Return what tells two requests apart: the act and its JSON, whatever the order of its names."""
    canonical = json.dumps([method, path, body], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()


def earlier_answer(session: Session, keyed: Keyed) -> Answer | None:
    """Return the answer that the same request got before, None for a new one.

    Raises KeyReused when the key came with another request.
    """
    statement = select(KeptAnswer).where(KeptAnswer.sender == keyed.sender, KeptAnswer.key == keyed.key)
    row = session.scalars(statement, execution_options={"populate_existing": True}).first()
    if row is None:
        return None
    if row.request_hash != keyed.request_hash:
        raise KeyReused
    return Answer(row.status, row.body)


def keep_answer(session: Session, keyed: Keyed, answer: Answer) -> bool:
    """Store an answer in the transaction that did the work.

    Returns False when a twin of the request committed first: the caller then rolls its own work back. A twin
    that has not committed yet is waited for, up to the lock timeout.
    """
    statement = insert(KeptAnswer).values(
        sender=keyed.sender,
        key=keyed.key,
        request_hash=keyed.request_hash,
        status=answer.status,
        body=answer.body,
        at=clock.system_now(),
    )
    done = session.execute(statement.on_conflict_do_nothing().returning(KeptAnswer.key))
    return done.first() is not None
