"""Supervised accounts (监管账户): where households pay their top-ups for a development."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, Id, Instant, never_emptied
from app.homes.models import Development


class SupervisedAccount(Base):
    """One account as it was entered; its name, bank and number never change, another one replaces it.

    So whatever once named it says for ever what it said then. The district is the one where the development
    stands: its authority decides.
    """

    __tablename__ = "supervised_accounts"
    __table_args__ = (
        CheckConstraint("number ~ '^[0-9]{8,30}$'", name="number"),
        CheckConstraint("holder_name <> '' AND bank <> ''", name="named"),
        CheckConstraint("state IN ('proposed', 'current', 'replaced', 'refused')", name="state"),
        CheckConstraint("(state = 'proposed') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("decided_by_id <> entered_by_id", name="second_person"),
        CheckConstraint("(state = 'replaced') = (replaced_at IS NOT NULL)", name="replaced"),
        CheckConstraint("(state = 'refused') = (reason IS NOT NULL)", name="reason"),
        Index(
            "uq_supervised_accounts_current",
            "development_id",
            unique=True,
            postgresql_where="state = 'current'",
        ),
        Index(
            "uq_supervised_accounts_proposed",
            "development_id",
            unique=True,
            postgresql_where="state = 'proposed'",
        ),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"), index=True)
    ref: Mapped[str] = mapped_column(unique=True)
    development_id: Mapped[int] = mapped_column(ForeignKey("developments.id"), index=True)
    holder_name: Mapped[str]
    bank: Mapped[str]
    number: Mapped[str] = mapped_column(index=True)
    """Digits alone."""
    since: Mapped[date]
    """From which day it is in use, as the agreement on its supervision says."""
    state: Mapped[str]
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    """None where it was on record before two people were asked for."""
    entered_at: Mapped[Instant]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    replaced_at: Mapped[datetime | None]
    reason: Mapped[str | None]
    """Why it was refused."""
    development: Mapped[Development] = relationship(viewonly=True)


never_emptied(SupervisedAccount.__table__)
