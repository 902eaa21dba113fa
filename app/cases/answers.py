"""What a company answers to a signal about one of its homes: text and files, each answer once and for all."""

from collections.abc import Iterable, Mapping
from typing import BinaryIO, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cases import telling
from app.cases.errors import SignalGone
from app.cases.models import Signal, SignalMove
from app.cases.queries import get_signal
from app.cases.service import said, step
from app.core import locks
from app.core.actor import Actor
from app.core.errors import NotFound
from app.documents import service as documents
from app.documents.models import Document
from app.documents.queries import Owner, list_for_many
from app.documents.rules import Upload

OWNER: Final = "signal_move"
"""What files call an answer they belong to."""


def answer(
    session: Session,
    *,
    actor: Actor,
    signal_ref: str,
    text: str,
    files: Mapping[str, tuple[BinaryIO, str]] | None = None,
) -> Signal:
    """Keep what the company says to one of its signals, with files and their names, and tell the regulator.

    An answer is never changed; a better one is another one. What it was asked for is answered by it. Raises
    SignalGone, SignalDecided, ReasonMissing, and what ``documents.add`` raises, at the field that the key of
    the file in ``files`` names.
    """
    told = said(text)
    own = select(Signal.id).where(Signal.ref == signal_ref, Signal.developer_id == actor.organisation)
    signal_id = session.scalar(own)
    if signal_id is None:
        raise SignalGone
    signal = locks.lock(session, Signal, signal_id)
    move = step(session, actor, signal, "answer", told)
    signal.answer_due = None
    for field, (source, name) in (files or {}).items():
        paper = Upload(source, name)
        documents.keep_paper(session, actor=actor, owner=Owner(OWNER, move.id), paper=paper, field=field)
    telling.tell_answered(session, signal, move)
    return signal


def files_of(session: Session, move_ids: Iterable[int]) -> dict[int, list[Document]]:
    """Return the files of answers, by the id of the step; answers without files are absent."""
    owners = [Owner(OWNER, move_id) for move_id in move_ids]
    return {owner.id: files for owner, files in list_for_many(session, owners).items()}


def get_file(session: Session, *, actor: Actor, signal_ref: str, file_ref: str) -> Document:
    """Return a file of an answer to a signal that the actor may see. Raises SignalGone, NotFound."""
    signal = get_signal(session, actor=actor, ref=signal_ref).signal
    moves = select(SignalMove.id).where(SignalMove.signal_id == signal.id, SignalMove.action == "answer")
    for files in files_of(session, session.scalars(moves)).values():
        for file in files:
            if file.ref == file_ref:
                return file
    raise NotFound("document_gone")
