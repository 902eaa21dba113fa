"""Printed lists (纸质清单): what saved searches brought, on paper, for households without a telephone."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, Id, Instant, Json
from app.core.locks import Rank
from app.identity.models import User
from app.projects.models import Household


class PrintedList(Base):
    """One household's list, word for word, with what became of it; its changes name it.

    One that somebody asked for in person was in their hands at once. One of a pile (一叠) waits to be
    brought, and may be taken back until then: what stands on it is then printed by the next one.
    """

    __tablename__ = "printed_lists"
    __lock_rank__ = Rank.RECORD
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        ForeignKeyConstraint(["district_id", "household_id"], ["households.district_id", "households.id"]),
        CheckConstraint("(delivered_at IS NULL) = (delivered_by_id IS NULL)", name="delivered"),
        CheckConstraint("(taken_back_at IS NULL) = (taken_back_by_id IS NULL)", name="taken_back"),
        CheckConstraint("num_nonnulls(delivered_at, taken_back_at) < 2", name="one_end"),
        CheckConstraint("pile_ref IS NOT NULL OR delivered_at IS NOT NULL", name="in_hand"),
        Index(
            "uq_printed_lists_waiting",
            "household_id",
            unique=True,
            postgresql_where=text("delivered_at IS NULL AND taken_back_at IS NULL"),
        ),
        Index("ix_printed_lists_household", "household_id", "id"),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    household_id: Mapped[int]
    ref: Mapped[str] = mapped_column(unique=True)
    pile_ref: Mapped[str | None] = mapped_column(index=True)
    """The pile it was printed in; None for one that somebody asked for in person."""
    body: Mapped[Json]
    """What stands on it (see ``paper_rules``), so that it is printed again as it was."""
    printed_at: Mapped[Instant]
    printed_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    delivered_at: Mapped[datetime | None]
    delivered_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    taken_back_at: Mapped[datetime | None]
    taken_back_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    household: Mapped[Household] = relationship(viewonly=True)
    printed_by: Mapped[User] = relationship(foreign_keys=[printed_by_id], viewonly=True)
    delivered_by: Mapped[User | None] = relationship(foreign_keys=[delivered_by_id], viewonly=True)
