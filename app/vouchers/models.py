"""Housing vouchers (房票)."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, Fen, Id, Instant
from app.core.locks import Rank
from app.policies.models import PolicyVersion
from app.projects.models import Agreement, Household


class Voucher(Base):
    """A named, dated credit of a household. Its money is its ledger account; it stores no balance."""

    __tablename__ = "vouchers"
    __lock_rank__ = Rank.VOUCHER
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        ForeignKeyConstraint(["district_id", "household_id"], ["households.district_id", "households.id"]),
        ForeignKeyConstraint(["district_id", "agreement_id"], ["agreements.district_id", "agreements.id"]),
        ForeignKeyConstraint(
            ["district_id", "policy_version_id"], ["policy_versions.district_id", "policy_versions.id"]
        ),
        ForeignKeyConstraint(
            ["district_id", "account_id"], ["ledger_accounts.district_id", "ledger_accounts.id"]
        ),
        CheckConstraint("state IN ('submitted', 'rejected', 'issued')", name="state"),
        CheckConstraint("face_fen > 0", name="face"),
        CheckConstraint("(state = 'issued') = (issued_at IS NOT NULL)", name="issued"),
        CheckConstraint("(state = 'issued') = (expires_at IS NOT NULL)", name="expires"),
        CheckConstraint("(state = 'issued') = (account_id IS NOT NULL)", name="account"),
        Index("uq_vouchers_agreement", "agreement_id", unique=True, postgresql_where="state <> 'rejected'"),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    ref: Mapped[str] = mapped_column(unique=True)
    household_id: Mapped[int] = mapped_column(index=True)
    agreement_id: Mapped[int]
    policy_version_id: Mapped[int]
    face_fen: Mapped[Fen]
    state: Mapped[str]
    issued_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    account_id: Mapped[int | None]
    created_at: Mapped[Instant]
    household: Mapped[Household] = relationship(overlaps="agreement,policy_version")
    agreement: Mapped[Agreement] = relationship(overlaps="household,policy_version")
    policy_version: Mapped[PolicyVersion] = relationship(overlaps="household,agreement")
