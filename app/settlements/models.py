"""What happened to a home after it was bought, on which a part of its developer's money waits."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, Id, Instant, never_emptied
from app.policies.settling import PROGRESS
from app.redemptions.models import Redemption


class SettlementMilestone(Base):
    """One report that a home was handed over (交房), has its certificate (不动产权证), or is so far built.

    It counts once it is confirmed: the handover by the household, all else by an officer. One that met an
    objection stays as it is; the developer reports anew.
    """

    __tablename__ = "settlement_milestones"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        ForeignKeyConstraint(["district_id", "redemption_id"], ["redemptions.district_id", "redemptions.id"]),
        CheckConstraint(
            f"kind IN ({', '.join(map(repr, (*PROGRESS, 'handover', 'certificate')))})", name="kind"
        ),
        CheckConstraint("state IN ('reported', 'confirmed', 'objected')", name="state"),
        CheckConstraint("(kind = 'certificate') = (number IS NOT NULL)", name="number"),
        CheckConstraint("(state = 'reported') = (answered_at IS NULL)", name="answered"),
        CheckConstraint("(state = 'objected') = (reason IS NOT NULL)", name="reason"),
        CheckConstraint("answered_by_id <> reported_by_id", name="second_person"),
        Index(
            "uq_settlement_milestones_standing",
            "redemption_id",
            "kind",
            unique=True,
            postgresql_where="state <> 'objected'",
        ),
        Index("ix_settlement_milestones_list", "district_id", "state", "id"),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    ref: Mapped[str] = mapped_column(unique=True)
    redemption_id: Mapped[int] = mapped_column(index=True)
    kind: Mapped[str]
    state: Mapped[str]
    happened_on: Mapped[date]
    number: Mapped[str | None]
    """Of the certificate."""
    reported_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    reported_at: Mapped[Instant]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    """Who pressed, at the counter the clerk."""
    answered_at: Mapped[datetime | None]
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("counter_visits.id"), index=True)
    """The visit to the counter in which a clerk answered for the household."""
    reason: Mapped[str | None]
    """What is wrong with it, when somebody objected."""
    redemption: Mapped[Redemption] = relationship(viewonly=True)


never_emptied(SettlementMilestone.__table__)
