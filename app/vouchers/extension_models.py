"""A longer term for a voucher (延期): proposed by one person with a reason, approved by another."""

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, Id, Instant
from app.core.locks import Rank
from app.vouchers.models import Voucher


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
    voucher: Mapped[Voucher] = relationship(viewonly=True)
