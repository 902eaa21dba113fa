"""Sheets of preprinted paper that vouchers were printed on."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, Id, Instant
from app.vouchers.models import Voucher

CHOSEN = ("misprint", "damaged", "lost", "corrected")
"""Why an officer takes a sheet out of use."""
REASONS = (*CHOSEN, "extended", "moved")
"""A longer term voids the sheet with the old one by itself, and so does a move."""


class VoucherSheet(Base):
    """One numbered sheet with a voucher on it; a spoiled one (作废) keeps its number and its reason."""

    __tablename__ = "voucher_sheets"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "serial"),
        ForeignKeyConstraint(["district_id", "voucher_id"], ["vouchers.district_id", "vouchers.id"]),
        ForeignKeyConstraint(
            ["district_id", "replaces_id"], ["voucher_sheets.district_id", "voucher_sheets.id"]
        ),
        CheckConstraint(f"reason IN ({', '.join(repr(one) for one in REASONS)})", name="reason"),
        CheckConstraint("(spoiled_at IS NULL) = (reason IS NULL)", name="spoiled"),
        Index("uq_voucher_sheets_live", "voucher_id", unique=True, postgresql_where="spoiled_at IS NULL"),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    voucher_id: Mapped[int] = mapped_column(index=True)
    serial: Mapped[str]
    """The number that the paper came with from the printing house."""
    mark: Mapped[str] = mapped_column(unique=True)
    """What its QR code leads to: random, with a check sign, nothing about anybody."""
    run_ref: Mapped[str] = mapped_column(index=True)
    """Which printing it came from: sheets printed together are one PDF."""
    printed_at: Mapped[Instant]
    printed_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    spoiled_at: Mapped[datetime | None]
    reason: Mapped[str | None]
    replaces_id: Mapped[int | None]
    voucher: Mapped[Voucher] = relationship(viewonly=True)
