"""The voucher policies a district has adopted; a voucher keeps its version for life."""

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Id, Instant, Json, append_only


class PolicyVersion(Base):
    """One adopted version of a policy file; a changed policy is a new version, never a changed row."""

    __tablename__ = "policy_versions"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "code", "version"),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    code: Mapped[str]
    version: Mapped[int]
    title: Mapped[str]
    body: Mapped[Json]
    sha256: Mapped[str]
    adopted_at: Mapped[Instant]


append_only(PolicyVersion.__table__)
