"""A longer term for vouchers (延期): proposed with a reason by one person, approved by another."""

from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, Fen, Id, Instant, never_emptied
from app.core.locks import Rank
from app.projects.models import Project
from app.vouchers.models import Voucher


class ExtensionBatch(Base):
    """So many more months for many vouchers of a project, for one reason; figures as they were proposed."""

    __tablename__ = "extension_batches"
    __lock_rank__ = Rank.RECORD
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        CheckConstraint("state IN ('proposed', 'approved', 'done', 'returned')", name="state"),
        CheckConstraint("months > 0 AND count > 0", name="something"),
        CheckConstraint("earliest_at <= latest_at", name="days"),
        CheckConstraint("reason <> '' AND evidence <> ''", name="reasons"),
        CheckConstraint("(state = 'done') = (done_at IS NOT NULL)", name="done"),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    ref: Mapped[str] = mapped_column(unique=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), index=True)
    state: Mapped[str]
    months: Mapped[int] = mapped_column(SmallInteger)
    reason: Mapped[str]
    evidence: Mapped[str]
    count: Mapped[int]
    sum_fen: Mapped[Fen]
    """What was left on the vouchers, held or not."""
    earliest_at: Mapped[Instant]
    latest_at: Mapped[Instant]
    """Between when the longer terms end."""
    sha256: Mapped[str]
    proposed_at: Mapped[Instant]
    done_at: Mapped[datetime | None]
    project: Mapped[Project] = relationship(viewonly=True)


never_emptied(ExtensionBatch.__table__)


class VoucherExtension(Base):
    """So many more months for one voucher; all of a voucher's together stay within its policy's."""

    __tablename__ = "voucher_extensions"
    __lock_rank__ = Rank.RECORD
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        ForeignKeyConstraint(["district_id", "voucher_id"], ["vouchers.district_id", "vouchers.id"]),
        CheckConstraint("state IN ('proposed', 'approved', 'returned')", name="state"),
        CheckConstraint(
            "months > 0 AND before_months >= 0 AND before_months + months <= most_months", name="months"
        ),
        CheckConstraint("to_expires_at > from_expires_at", name="longer"),
        CheckConstraint("reason <> '' AND evidence <> ''", name="reasons"),
        ForeignKeyConstraint(
            ["district_id", "batch_id"], ["extension_batches.district_id", "extension_batches.id"]
        ),
        CheckConstraint("obstacle IS NULL OR (state = 'returned' AND batch_id IS NOT NULL)", name="obstacle"),
        # One follows on the other: two at once would both build on the same months.
        Index(
            "uq_voucher_extensions_step",
            "voucher_id",
            "before_months",
            unique=True,
            postgresql_where="state <> 'returned'",
        ),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    ref: Mapped[str] = mapped_column(unique=True)
    voucher_id: Mapped[int] = mapped_column(index=True)
    state: Mapped[str]
    months: Mapped[int] = mapped_column(SmallInteger)
    before_months: Mapped[int] = mapped_column(SmallInteger)
    """How many months were approved before."""
    most_months: Mapped[int] = mapped_column(SmallInteger)
    """How many the policy allows in all."""
    from_expires_at: Mapped[Instant]
    to_expires_at: Mapped[Instant]
    reason: Mapped[str]
    evidence: Mapped[str]
    """Which paper shows it: its kind, number and day."""
    proposed_at: Mapped[Instant]
    batch_id: Mapped[int | None] = mapped_column(index=True)
    """With which others it was proposed and is decided."""
    obstacle: Mapped[str | None]
    """Why its batch was approved and it was not carried out (``extension_rules.Obstacle``)."""
    voucher: Mapped[Voucher] = relationship(viewonly=True)
