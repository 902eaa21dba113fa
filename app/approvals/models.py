"""A frozen request that a second person decides."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Id, Instant, Json, never_emptied
from app.core.locks import Rank


class ApprovalRequest(Base):
    """What one person asks and another decides; exactly the frozen ``payload`` is carried out."""

    __tablename__ = "approval_requests"
    __lock_rank__ = Rank.RECORD
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        CheckConstraint("state IN ('pending', 'approved', 'rejected', 'lapsed')", name="state"),
        CheckConstraint("(state IN ('pending', 'lapsed')) = (decided_by_id IS NULL)", name="decided"),
        CheckConstraint("decided_by_id <> requested_by_id", name="second_person"),
        Index(
            "uq_approval_requests_pending",
            "kind",
            "subject_id",
            unique=True,
            postgresql_where="state = 'pending'",
        ),
        # All that were ever asked about a thing: the newest is decided, and the proofs read them for each.
        Index("ix_approval_requests_subject", "kind", "subject_id", "id"),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    kind: Mapped[str]
    subject_id: Mapped[int]
    payload: Mapped[Json]
    requested_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    requested_at: Mapped[Instant]
    state: Mapped[str]
    """``lapsed``: what it was about ended by itself before anybody decided."""
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str | None]


never_emptied(ApprovalRequest.__table__)
