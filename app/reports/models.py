"""Clear sheets (明白纸) as they were handed out."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, Id, Instant, Json
from app.projects.models import Household


class ClearSheet(Base):
    """One version of a household's sheet, word for word; a new one makes it void."""

    __tablename__ = "clear_sheets"
    __table_args__ = (
        UniqueConstraint("household_id", "version"),
        ForeignKeyConstraint(["district_id", "household_id"], ["households.district_id", "households.id"]),
        CheckConstraint("version > 0", name="version"),
        Index("uq_clear_sheets_live", "household_id", unique=True, postgresql_where="superseded_at IS NULL"),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    household_id: Mapped[int]
    version: Mapped[int] = mapped_column(Integer)
    body: Mapped[Json]
    sha256: Mapped[str]
    mark: Mapped[str] = mapped_column(unique=True)
    run_ref: Mapped[str] = mapped_column(index=True)
    made_at: Mapped[Instant]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    superseded_at: Mapped[datetime | None]
    household: Mapped[Household] = relationship(viewonly=True)
