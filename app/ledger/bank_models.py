"""What left the district's accounts at the bank, of whatever kind, and what the bank sent back."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Id, Instant, attach, never_emptied
from app.ledger import returned_once


class BankPayment(Base):
    """One payment as the bank numbered it: a reference pays once in a district, whoever noted it.

    ``owner`` says in the words of whoever paid what it was for. A payment that came back stays as it was, and
    says since when, under which reference of the bank and why; what it was for may be paid anew.
    """

    __tablename__ = "bank_payments"
    __table_args__ = (
        UniqueConstraint("district_id", "reference"),
        UniqueConstraint("district_id", "returned_reference"),
        *(
            ForeignKeyConstraint(
                ["district_id", column], ["ledger_transfers.district_id", "ledger_transfers.id"]
            )
            for column in ("transfer_id", "back_transfer_id")
        ),
        CheckConstraint("reference <> ''", name="reference"),
        CheckConstraint(
            "num_nulls(returned_reference, returned_on, reason, returned_at, returned_by_id, "
            "back_transfer_id) IN (0, 6)",
            name="returned",
        ),
        CheckConstraint("returned_on >= paid_on", name="returned_later"),
        CheckConstraint("returned_reference <> '' AND reason <> ''", name="stated"),
        Index(
            "uq_bank_payments_standing",
            "district_id",
            "owner",
            unique=True,
            postgresql_where="returned_on IS NULL",
        ),
        Index("ix_bank_payments_owner", "district_id", "owner", "id"),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    owner: Mapped[str]
    reference: Mapped[str]
    paid_on: Mapped[date]
    transfer_id: Mapped[int] = mapped_column(unique=True)
    """By which it left the ledger."""
    noted_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    noted_at: Mapped[Instant]
    returned_reference: Mapped[str | None]
    returned_on: Mapped[date | None]
    reason: Mapped[str | None]
    returned_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    returned_at: Mapped[datetime | None]
    back_transfer_id: Mapped[int | None] = mapped_column(unique=True)
    """The correcting transfer."""


never_emptied(BankPayment.__table__)


attach(BankPayment.__table__, returned_once.FUNCTION, returned_once.TRIGGER)
