"""Bank statements as they were imported, each confirmed by a second person before a line of it counts."""

from datetime import date, datetime
from typing import Final

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Fen, Id, Instant, never_emptied
from app.core.locks import Rank

NOT_REJECTED: Final = "statement_state <> 'rejected'"
"""Lines that count, or will once their statement is confirmed; those of a rejected one may come again."""


class Statement(Base):
    """One file of a bank: who imported it, and whether the bank says the same of it to a second person.

    ``count`` and ``sum_fen`` are of every sum that came in by the file, also of those that were known.
    """

    __tablename__ = "bank_statements"
    __lock_rank__ = Rank.RECORD
    __table_args__ = (
        UniqueConstraint("district_id", "id", "state"),
        CheckConstraint("state IN ('waiting', 'confirmed', 'rejected')", name="state"),
        CheckConstraint("count > 0 AND sum_fen > 0 AND first_on <= last_on", name="sums"),
        CheckConstraint("(state = 'waiting') = (decided_at IS NULL)", name="decided"),
        CheckConstraint(
            "imported_by_id IS NULL OR (decided_at IS NULL) = (decided_by_id IS NULL)", name="decided_by"
        ),
        CheckConstraint("decided_by_id <> imported_by_id", name="second_person"),
        CheckConstraint("(state = 'rejected') = (reason IS NOT NULL)", name="reason"),
        Index("ix_bank_statements_waiting", "district_id", "id", postgresql_where="state = 'waiting'"),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    ref: Mapped[str] = mapped_column(unique=True)
    file_sha256: Mapped[str]
    count: Mapped[int]
    sum_fen: Mapped[Fen]
    first_on: Mapped[date]
    last_on: Mapped[date]
    """The days between which its sums came in."""
    state: Mapped[str]
    imported_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    """None where it was on record before two people were asked for."""
    imported_at: Mapped[Instant]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str | None]
    """Why it was rejected."""


never_emptied(Statement.__table__)
