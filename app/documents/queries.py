"""Reading what files a thing has, and their bytes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.errors import NotFound
from app.documents.models import Document
from app.documents.rules import Access
from app.gateways import files


@dataclass(frozen=True, slots=True)
class Owner:
    """The thing that files belong to: ``kind`` in words of the package that owns it, and its key."""

    kind: str
    id: int


def list_documents(session: Session, owner: Owner, *, access: Access | None = None) -> Sequence[Document]:
    """Return a thing's files in their order, all or those with this access."""
    return list_for_many(session, [owner], access=access).get(owner, [])


def list_for_many(
    session: Session, owners: Iterable[Owner], *, access: Access | None = None
) -> dict[Owner, list[Document]]:
    """Return the files of several things of one kind, each in its order; things without files are absent."""
    wanted = list(owners)
    if not wanted:
        return {}
    where = [
        Document.owner_kind == wanted[0].kind,
        Document.owner_id.in_([owner.id for owner in wanted]),
        Document.removed_at.is_(None),
    ]
    if access is not None:
        where.append(Document.access == access)
    found: dict[Owner, list[Document]] = {}
    for document in session.scalars(select(Document).where(*where).order_by(Document.position)):
        found.setdefault(Owner(document.owner_kind, document.owner_id), []).append(document)
    return found


def get_document(session: Session, owner: Owner, *, ref: str, access: Access | None = None) -> Document:
    """Return one file of a thing. Raises NotFound for a removed one, another thing's, or another access."""
    statement = select(Document).where(
        Document.ref == ref,
        Document.owner_kind == owner.kind,
        Document.owner_id == owner.id,
        Document.removed_at.is_(None),
    )
    document = session.scalars(statement).first()
    if document is None or access not in (None, document.access):
        raise NotFound("document_gone")
    return document


def open_document(document: Document) -> BinaryIO:
    """Return the bytes of a file, open at their start. Raises LookupError when the folder has lost them."""
    return files.current().open(document.sha256)
