"""Proofs that a buyer on a contract is kin of the voucher's holder, each with what an officer said of it."""

from datetime import datetime
from typing import Final

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, Id, Instant, attach, never_emptied
from app.documents.models import Document
from app.redemptions.contract_models import ContractBuyer

KINDS: Final = ("household_register", "marriage", "birth", "notarised", "other")
"""户口簿, 结婚证, 出生医学证明, 公证书, and what else shows it."""


class KinshipProof(Base):
    """One paper for one buyer: given by the developer or the household, then accepted or refused.

    ``replaced`` was overtaken by another paper before anybody looked at it. A contract that is corrected
    takes over what stands for the same person in the same relation.
    """

    __tablename__ = "kinship_proofs"
    __table_args__ = (
        ForeignKeyConstraint(["district_id", "redemption_id"], ["redemptions.district_id", "redemptions.id"]),
        ForeignKeyConstraint(
            ["district_id", "buyer_id"], ["contract_buyers.district_id", "contract_buyers.id"]
        ),
        CheckConstraint(f"kind IN ({', '.join(repr(kind) for kind in KINDS)})", name="kind"),
        CheckConstraint("state IN ('given', 'accepted', 'refused', 'replaced')", name="state"),
        CheckConstraint("(state IN ('accepted', 'refused')) = (decided_at IS NOT NULL)", name="decided"),
        CheckConstraint("(state = 'refused') = (reason IS NOT NULL)", name="reason"),
        CheckConstraint("decided_by_id <> given_by_id", name="second_person"),
        Index(
            "uq_kinship_proofs_standing",
            "buyer_id",
            unique=True,
            postgresql_where="state IN ('given', 'accepted')",
        ),
        Index("ix_kinship_proofs_waiting", "district_id", "id", postgresql_where="state = 'given'"),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    ref: Mapped[str] = mapped_column(unique=True)
    redemption_id: Mapped[int] = mapped_column(index=True)
    buyer_id: Mapped[int] = mapped_column(index=True)
    kind: Mapped[str]
    shows: Mapped[str | None]
    """What it shows, in the words of who gave it."""
    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id"))
    state: Mapped[str]
    given_at: Mapped[Instant]
    given_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    given_by_role: Mapped[str | None]
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("counter_visits.id"), index=True)
    """The visit to the counter in which a clerk gave it for the household."""
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    reason: Mapped[str | None]
    document: Mapped[Document] = relationship(viewonly=True)
    buyer: Mapped[ContractBuyer] = relationship(
        viewonly=True, primaryjoin="foreign(KinshipProof.buyer_id) == ContractBuyer.id"
    )


never_emptied(KinshipProof.__table__)


DECIDED_FUNCTION: Final = """
CREATE OR REPLACE FUNCTION kinship_proof_decided() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING
        MESSAGE = 'kinship_proof_decided: the first word on a paper stands',
        ERRCODE = 'integrity_constraint_violation';
END
$$
""".strip()
DECIDED_TRIGGER: Final = """
CREATE TRIGGER kinship_proof_decided BEFORE UPDATE ON kinship_proofs
    FOR EACH ROW WHEN (OLD.decided_at IS NOT NULL) EXECUTE FUNCTION kinship_proof_decided()
""".strip()

attach(KinshipProof.__table__, DECIDED_FUNCTION, DECIDED_TRIGGER)
