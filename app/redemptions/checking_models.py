"""Verification at volume: who looks at which case, and what a checker approves together."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, Id, Instant
from app.core.locks import Rank
from app.redemptions.models import Redemption


class CaseLease(Base):
    """One person's look at one purchase: for some minutes nobody else is given it. It blocks nobody.

    Ended by their decision, or left; one that ran out is taken over by whoever comes next.
    """

    __tablename__ = "case_leases"
    __table_args__ = (
        ForeignKeyConstraint(["district_id", "redemption_id"], ["redemptions.district_id", "redemptions.id"]),
        CheckConstraint("turn IN ('first', 'second')", name="turn"),
        CheckConstraint("outcome IN ('verified', 'refused', 'left')", name="outcome"),
        CheckConstraint("(ended_at IS NULL) = (outcome IS NULL)", name="ended"),
        CheckConstraint("until > began_at AND ended_at >= began_at", name="order"),
        Index("uq_case_leases_open", "redemption_id", unique=True, postgresql_where="ended_at IS NULL"),
        Index("ix_case_leases_ended", "district_id", "ended_at"),
    )

    id: Mapped[Id]
    district_id: Mapped[int]
    redemption_id: Mapped[int] = mapped_column(index=True)
    turn: Mapped[str]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    began_at: Mapped[Instant]
    until: Mapped[Instant]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None]


class CheckBatch(Base):
    """Cases without anything odd, which one checker approves together once the sample was opened."""

    __tablename__ = "check_batches"
    __lock_rank__ = Rank.CHECK_BATCH
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        CheckConstraint("state IN ('open', 'approved', 'done', 'failed', 'dropped')", name="state"),
        CheckConstraint(
            "case_count > 0 AND sample_count BETWEEN 1 AND case_count "
            "AND looked_count BETWEEN 0 AND sample_count",
            name="counts",
        ),
        CheckConstraint("state NOT IN ('approved', 'done') OR looked_count = sample_count", name="sample"),
        CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided"),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    ref: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    sha256: Mapped[str]
    """Over what it holds; the sample follows from it."""
    state: Mapped[str]
    case_count: Mapped[int]
    sample_count: Mapped[int]
    looked_count: Mapped[int]
    """How many of the sample the checker found to be as the contract says."""
    made_at: Mapped[Instant]
    decided_at: Mapped[datetime | None]
    cases: Mapped[list["CheckBatchCase"]] = relationship(order_by="CheckBatchCase.place", viewonly=True)


class CheckBatchCase(Base):
    """One purchase of a batch: whether it is in the sample, and what became of it."""

    __tablename__ = "check_batch_cases"
    __table_args__ = (
        UniqueConstraint("batch_id", "place"),
        UniqueConstraint("batch_id", "redemption_id"),
        ForeignKeyConstraint(["district_id", "batch_id"], ["check_batches.district_id", "check_batches.id"]),
        ForeignKeyConstraint(["district_id", "redemption_id"], ["redemptions.district_id", "redemptions.id"]),
        CheckConstraint("opened_at IS NULL OR sampled", name="opened"),
        CheckConstraint("looked_at IS NULL OR opened_at IS NOT NULL", name="looked"),
        CheckConstraint("outcome IN ('redeemed', 'left_out', 'returned')", name="outcome"),
        CheckConstraint("(outcome IS NOT DISTINCT FROM 'left_out') = (reason IS NOT NULL)", name="reason"),
        Index("uq_check_batch_cases_open", "redemption_id", unique=True, postgresql_where="outcome IS NULL"),
    )

    id: Mapped[Id]
    district_id: Mapped[int]
    batch_id: Mapped[int]
    redemption_id: Mapped[int] = mapped_column(index=True)
    place: Mapped[int]
    sampled: Mapped[bool]
    opened_at: Mapped[datetime | None]
    looked_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    reason: Mapped[str | None]
    """The code of what refused it, and what fills the message's blanks."""
    blanks: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    redemption: Mapped[Redemption] = relationship(viewonly=True)
