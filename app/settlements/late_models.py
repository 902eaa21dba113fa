"""Reports of households that their homes were not handed over as agreed (逾期交房), and each step of them."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, Id, Instant, append_only, never_emptied
from app.redemptions.models import Redemption


class LateHandover(Base):
    """One report, from the household's word until the handover is confirmed or somebody ends it."""

    __tablename__ = "late_handovers"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        ForeignKeyConstraint(["district_id", "redemption_id"], ["redemptions.district_id", "redemptions.id"]),
        CheckConstraint("kind IN ('late', 'unlike')", name="kind"),
        CheckConstraint("channel IN ('page', 'phone', 'counter')", name="channel"),
        CheckConstraint(
            "state IN ('reported', 'answered', 'handed_over', 'closed', 'withdrawn', 'undone')", name="state"
        ),
        CheckConstraint("(state IN ('reported', 'answered')) = (ended_at IS NULL)", name="ended"),
        CheckConstraint("(promised_on IS NULL) = (answer IS NULL)", name="answer"),
        CheckConstraint("state <> 'answered' OR promised_on IS NOT NULL", name="answered"),
        CheckConstraint("broken_count >= 0", name="broken"),
        CheckConstraint("words <> ''", name="words"),
        Index(
            "uq_late_handovers_open",
            "redemption_id",
            unique=True,
            postgresql_where="state IN ('reported', 'answered')",
        ),
        Index("ix_late_handovers_list", "district_id", "state", "id"),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    ref: Mapped[str] = mapped_column(unique=True)
    redemption_id: Mapped[int] = mapped_column(index=True)
    kind: Mapped[str]
    """``late``: not handed over; ``unlike``: offered, and not as agreed."""
    words: Mapped[str]
    """What the household says."""
    channel: Mapped[str]
    agreed_on: Mapped[date | None]
    """Until when the contract promised the handover, as it stood then; None where nothing did."""
    state: Mapped[str]
    reported_at: Mapped[Instant]
    waits_since: Mapped[Instant]
    """Since when it waits for the developer: the report, or the end of a day that was not kept."""
    promised_on: Mapped[date | None]
    """The day that the developer named last."""
    answer: Mapped[str | None]
    """The developer's reason."""
    broken_count: Mapped[int]
    """How many days that the developer named have passed without a handover."""
    ended_at: Mapped[datetime | None]
    redemption: Mapped[Redemption] = relationship(viewonly=True)
    moves: Mapped[list["LateHandoverMove"]] = relationship(order_by="LateHandoverMove.id", viewonly=True)


never_emptied(LateHandover.__table__)


class LateHandoverMove(Base):
    """One step of a report: who did what, when, and the words or the day that came with it."""

    __tablename__ = "late_handover_moves"
    __table_args__ = (
        ForeignKeyConstraint(["district_id", "late_id"], ["late_handovers.district_id", "late_handovers.id"]),
    )

    id: Mapped[Id]
    district_id: Mapped[int]
    late_id: Mapped[int] = mapped_column(index=True)
    action: Mapped[str]
    to_state: Mapped[str]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    role: Mapped[str | None]
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("counter_visits.id"), index=True)
    """The visit to the counter in which a clerk did it for the household."""
    promised_on: Mapped[date | None]
    words: Mapped[str | None]
    at: Mapped[Instant]
    late: Mapped[LateHandover] = relationship(viewonly=True)


append_only(LateHandoverMove.__table__)
