"""The only writer of files: add one, describe it, move it, remove it.

Whoever calls holds the lock of the thing that owns the files, so that two uploads never count past the most.
The bytes are kept before the row commits: a row that rolls back leaves bytes that no row speaks of, harmless.
"""

import hashlib
import io
from collections.abc import Sequence
from typing import BinaryIO, Final, Literal

from sqlalchemy.orm import Session

from app.core import audit, clock
from app.core.actor import Actor
from app.core.errors import DomainError
from app.core.ids import new_ref
from app.core.prepared import Insert
from app.documents import rules
from app.documents.errors import SameAgain, TooMany, UnknownType
from app.documents.models import Document
from app.documents.queries import Owner, get_document, list_documents
from app.documents.rules import Access, BrokenPicture, Kind, MediaType, Upload
from app.gateways import files
from app.gateways.files import FileTooLarge

_INSERT_DOCUMENT: Final = Insert(
    Document,
    (
        *("ref", "owner_kind", "owner_id", "kind", "access", "name", "media_type", "size", "sha256"),
        *("position", "caption", "uploaded_by_id", "uploaded_at"),
    ),
)


def add(
    session: Session,
    *,
    actor: Actor,
    owner: Owner,
    kind: Kind,
    access: Access,
    source: BinaryIO,
    name: str,
    caption: str = "",
    is_first: bool = False,
) -> Document:
    """Keep a file as the last of its owner's, a picture without its notes, and return it.

    ``is_first``: the owner was written just now, so nobody has to look what it has.
    A public file is a picture and has a caption, by which those who cannot see it know it. Raises DomainError
    at ``file``: FileTooLarge, UnknownType, TooMany, SameAgain; at ``caption`` when a public one lacks it.
    """
    content = source.read(rules.MOST_BYTES + 1)
    if len(content) > rules.MOST_BYTES:
        raise FileTooLarge(rules.MOST_BYTES)
    media_type = _type_of(content, access)
    if access is Access.PUBLIC and not caption.strip():
        raise DomainError("caption_missing", "caption")
    try:
        clean = rules.without_notes(content, media_type)
    except BrokenPicture as error:
        raise DomainError("picture_broken", "file") from error
    beside = [] if is_first else list_documents(session, owner)
    _demand_room(beside, hashlib.sha256(clean).hexdigest())
    stored = files.current().put(io.BytesIO(clean), most=rules.MOST_BYTES)
    document = _INSERT_DOCUMENT.made(
        session,
        ref=new_ref("WJ"),
        owner_kind=owner.kind,
        owner_id=owner.id,
        kind=kind,
        access=access,
        name=rules.tidy_name(name),
        media_type=media_type,
        size=stored.size,
        sha256=stored.sha256,
        position=len(beside) + 1,
        caption=caption.strip(),
        uploaded_by_id=actor.user_id,
        uploaded_at=clock.now(),
    )
    _note(session, actor, document, "documents.add")
    return document


def keep_paper(
    session: Session,
    *,
    actor: Actor,
    owner: Owner,
    paper: Upload,
    kind: Kind = Kind.OTHER,
    field: str = "file",
    is_first: bool = False,
) -> Document:
    """Keep a paper that the parties may see, and return it. Raises what ``add`` does, at ``field``."""
    try:
        return add(
            session,
            actor=actor,
            owner=owner,
            kind=kind,
            access=Access.PARTIES,
            source=paper.source,
            name=paper.name,
            is_first=is_first,
        )
    except DomainError as error:
        error.field = field
        raise


def keep_looked_at(
    session: Session, *, actor: Actor, owner: Owner, papers: Sequence[Upload], field: str = "file"
) -> list[Document]:
    """Keep papers that are looked at once more, and return all that the owner has; raises as ``keep_paper``.

    One that is there from an earlier look may come again, and is kept once; the same paper twice in one look
    is refused.
    """
    earlier = {one.ref for one in list_documents(session, owner)}
    for paper in papers:
        try:
            keep_paper(session, actor=actor, owner=owner, paper=paper, field=field)
        except SameAgain as same:
            if same.ref not in earlier:
                raise
            earlier.remove(same.ref)
    return list(list_documents(session, owner))


def add_again(session: Session, *, actor: Actor, owner: Owner, document: Document) -> Document:
    """Keep a file that another thing has for this one too, which has none yet; return its row."""
    again = _INSERT_DOCUMENT.made(
        session,
        ref=new_ref("WJ"),
        owner_kind=owner.kind,
        owner_id=owner.id,
        kind=document.kind,
        access=document.access,
        name=document.name,
        media_type=document.media_type,
        size=document.size,
        sha256=document.sha256,
        position=1,
        caption=document.caption,
        uploaded_by_id=document.uploaded_by_id,
        uploaded_at=document.uploaded_at,
    )
    _note(session, actor, again, "documents.add")
    return again


def describe(session: Session, *, actor: Actor, owner: Owner, ref: str, caption: str, kind: Kind) -> Document:
    """Give a file other words. Raises NotFound, DomainError at ``caption`` for a public one without."""
    document = get_document(session, owner, ref=ref)
    if document.access == Access.PUBLIC and not caption.strip():
        raise DomainError("caption_missing", "caption")
    document.caption, document.kind = caption.strip(), kind
    session.flush()
    _note(session, actor, document, "documents.describe")
    return document


def move(
    session: Session, *, actor: Actor, owner: Owner, ref: str, way: Literal["forward", "back"]
) -> Document:
    """Let a file change places with its neighbour; at the end of the row nothing happens. Raises NotFound."""
    document = get_document(session, owner, ref=ref)
    row = list(list_documents(session, owner))
    place = row.index(document)
    other = place - 1 if way == "forward" else place + 1
    if 0 <= other < len(row):
        neighbour = row[other]
        document.position, neighbour.position = neighbour.position, document.position
        session.flush()
        _note(session, actor, document, "documents.move")
    return document


def remove(session: Session, *, actor: Actor, owner: Owner, ref: str) -> None:
    """Take a file away; those behind it move up. Its bytes stay: others may be the same. Raises NotFound."""
    document = get_document(session, owner, ref=ref)
    for number, kept in enumerate(
        (one for one in list_documents(session, owner) if one is not document), start=1
    ):
        kept.position = number
    document.position, document.removed_at = None, clock.now()
    session.flush()
    _note(session, actor, document, "documents.remove")


def _demand_room(beside: Sequence[Document], sha256: str) -> None:
    """Raise SameAgain where a file is among these, and TooMany where they are as many as may be."""
    for document in beside:
        if document.sha256 == sha256:
            raise SameAgain(document.ref)
    if len(beside) >= rules.MOST_EACH:
        raise TooMany(rules.MOST_EACH)


def _type_of(content: bytes, access: Access) -> MediaType:
    found = rules.type_of(content)
    if found is None or (access is Access.PUBLIC and found not in rules.IMAGES):
        raise UnknownType("JPEG、PNG、WebP" if access is Access.PUBLIC else "JPEG、PNG、WebP、PDF")
    return found


def _note(session: Session, actor: Actor, document: Document, action: str) -> None:
    audit.record(
        session,
        actor=actor,
        action=action,
        object_type="document",
        object_id=document.id,
        owner_kind=document.owner_kind,
        owner_id=document.owner_id,
        sha256=document.sha256,
    )
