"""Payments to developers: the batches that the bank is told to pay, and what its receipts said."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, Fen, Id, Instant, append_only, attach, never_emptied
from app.core.locks import Rank
from app.settlements import decided_once, second_person
from app.settlements.money_models import FundSource, SettlementClaim


class PaymentBatch(Base):
    """Approved claims that the bank is told to pay together (拨付批次), from one source.

    ``made`` by an officer -> ``released`` by a checker, who is somebody else; before that nothing of it goes
    to the bank. ``refused``: the checker sent it back, and its claims go into another one.
    """

    __tablename__ = "payment_batches"
    __lock_rank__ = Rank.CHECK_BATCH
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "id", "state"),
        ForeignKeyConstraint(["district_id", "source_id"], ["fund_sources.district_id", "fund_sources.id"]),
        CheckConstraint("count > 0 AND total_fen > 0", name="something"),
        CheckConstraint("state IN ('made', 'released', 'refused')", name="state"),
        CheckConstraint("(state = 'made') = (decided_at IS NULL)", name="decided"),
        # What was made before two people were asked for counts as released when it was made, by nobody.
        CheckConstraint(
            "(decided_at IS NULL) = (decided_by_id IS NULL) OR state = 'released' AND decided_at = made_at",
            name="decided_by",
        ),
        CheckConstraint("decided_by_id <> made_by_id", name="second_person"),
        CheckConstraint("(state = 'refused') = (reason IS NOT NULL)", name="reason"),
        Index("ix_payment_batches_made", "district_id", postgresql_where="state = 'made'"),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    ref: Mapped[str] = mapped_column(unique=True)
    source_id: Mapped[int] = mapped_column(index=True)
    count: Mapped[int]
    total_fen: Mapped[Fen]
    state: Mapped[str]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[Instant]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str | None]
    """Why it was sent back."""
    source: Mapped[FundSource] = relationship(viewonly=True)


never_emptied(PaymentBatch.__table__)


attach(PaymentBatch.__table__, decided_once.FUNCTION, decided_once.TRIGGER)


class SettlementPayment(Base):
    """One line of a batch: a claim's sum to the account that was its payee's when the batch was made.

    ``sent``: promised in the ledger, the bank has not answered, nor is it asked before the batch is released;
    ``paid``; ``failed``: the bank did not pay, or nobody asked it to; ``returned``: it came back (退汇). Then
    somebody else may pay the claim anew.
    """

    __tablename__ = "settlement_payments"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        ForeignKeyConstraint(
            ["district_id", "batch_id", "batch_state"],
            ["payment_batches.district_id", "payment_batches.id", "payment_batches.state"],
            onupdate="CASCADE",
        ),
        ForeignKeyConstraint(
            ["district_id", "claim_id"], ["settlement_claims.district_id", "settlement_claims.id"]
        ),
        *(
            ForeignKeyConstraint(
                ["district_id", column], ["ledger_transfers.district_id", "ledger_transfers.id"]
            )
            for column in ("transfer_id", "fund_transfer_id")
        ),
        CheckConstraint("state IN ('sent', 'paid', 'failed', 'returned')", name="state"),
        CheckConstraint("state IN ('sent', 'failed') OR batch_state = 'released'", name="released"),
        CheckConstraint("state <> 'sent' OR batch_state <> 'refused'", name="dissolved"),
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("number ~ '^[0-9]{8,30}$' AND holder_name <> '' AND bank <> ''", name="account"),
        CheckConstraint("(state IN ('paid', 'returned')) = (paid_on IS NOT NULL)", name="paid"),
        CheckConstraint("(state IN ('failed', 'returned')) = (reason IS NOT NULL)", name="reason"),
        CheckConstraint("undone_by_id IS NULL OR state IN ('failed', 'returned')", name="undone"),
        Index(
            "uq_settlement_payments_live",
            "claim_id",
            unique=True,
            postgresql_where="state IN ('sent', 'paid')",
        ),
        Index("ix_settlement_payments_batch_id", "batch_id"),
    )

    id: Mapped[Id]
    district_id: Mapped[int]
    ref: Mapped[str] = mapped_column(unique=True)
    batch_id: Mapped[int]
    batch_state: Mapped[str]
    """The state of its batch, which a foreign key keeps here."""
    claim_id: Mapped[int] = mapped_column(index=True)
    amount_fen: Mapped[Fen]
    holder_name: Mapped[str]
    bank: Mapped[str]
    number: Mapped[str]
    transfer_id: Mapped[int] = mapped_column(unique=True)
    """The promise out of the claim's account."""
    fund_transfer_id: Mapped[int] = mapped_column(unique=True)
    """The promise out of the source's account."""
    state: Mapped[str]
    paid_on: Mapped[date | None]
    bank_reference: Mapped[str | None]
    reason: Mapped[str | None]
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    """Who noted that it failed or came back."""
    claim: Mapped[SettlementClaim] = relationship(viewonly=True)
    batch: Mapped[PaymentBatch] = relationship(
        viewonly=True, primaryjoin="foreign(SettlementPayment.batch_id) == PaymentBatch.id"
    )


never_emptied(SettlementPayment.__table__)


attach(SettlementPayment.__table__, second_person.FUNCTION, second_person.TRIGGER)


class BankReceipt(Base):
    """A receipt file of the bank about a batch; the same file counts once."""

    __tablename__ = "bank_receipts"
    __table_args__ = (
        UniqueConstraint("batch_id", "sha256"),
        ForeignKeyConstraint(("district_id", "batch_id"), (PaymentBatch.district_id, PaymentBatch.id)),
    )

    id: Mapped[Id]
    district_id: Mapped[int]
    batch_id: Mapped[int]
    sha256: Mapped[str]
    name: Mapped[str]
    taken_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    taken_at: Mapped[Instant]


append_only(BankReceipt.__table__)
