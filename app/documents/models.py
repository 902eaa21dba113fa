"""What is known about a file; its bytes lie under their hash in ``gateways.files``."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Id, Instant
from app.documents.rules import MOST_EACH, Access, Kind, MediaType


def _one_of(column: str, values: type[Access] | type[Kind] | type[MediaType]) -> str:
    return f"{column} IN ({', '.join(repr(value.value) for value in values)})"


class Document(Base):
    """A file of one thing, at its place among the thing's files; a removed one has a day and no place.

    ``owner_kind`` and ``owner_id`` name the thing in words of the package that owns it; whoever may see the
    thing is that package's to say. ``access`` says whether the file may ever be shown to passers-by.
    """

    __tablename__ = "documents"
    __table_args__ = (
        CheckConstraint(_one_of("kind", Kind), name="kind"),
        CheckConstraint(_one_of("access", Access), name="access"),
        CheckConstraint(_one_of("media_type", MediaType), name="media_type"),
        CheckConstraint("size > 0", name="size"),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256"),
        CheckConstraint(f"position BETWEEN 1 AND {MOST_EACH}", name="position"),
        CheckConstraint("(position IS NULL) = (removed_at IS NOT NULL)", name="removed"),
        CheckConstraint(
            "access = 'parties' OR media_type <> 'application/pdf' AND caption <> ''", name="public_image"
        ),
        # Deferred, so that two files may change places.
        UniqueConstraint(
            "owner_kind",
            "owner_id",
            "position",
            name="uq_documents_place",
            deferrable=True,
            initially="DEFERRED",
        ),
        Index(
            "uq_documents_content",
            "owner_kind",
            "owner_id",
            "sha256",
            unique=True,
            postgresql_where="removed_at IS NULL",
        ),
    )

    id: Mapped[Id]
    ref: Mapped[str] = mapped_column(unique=True)
    owner_kind: Mapped[str]
    owner_id: Mapped[int]
    kind: Mapped[str]
    access: Mapped[str]
    name: Mapped[str]
    """What its sender called it."""
    media_type: Mapped[str]
    size: Mapped[int]
    """Bytes as kept."""
    sha256: Mapped[str]
    position: Mapped[int | None] = mapped_column(SmallInteger)
    caption: Mapped[str]
    """What can be seen on it, in words: read out where a picture cannot be seen."""
    uploaded_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    uploaded_at: Mapped[Instant]
    removed_at: Mapped[datetime | None]
