"""Money given back (退款) to the account it came from."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, Fen, Id, Instant, never_emptied
from app.payments.models import LineMatch, TopUp


class Refund(Base):
    """A sum of one matched line that goes back: prepared by one person, approved by a second, then paid.

    From the moment it is prepared the ledger holds it, so no two refunds give the same money back. One
    that the bank sent back stays as it was paid; the sum is to be given back anew.
    """

    __tablename__ = "refunds"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        ForeignKeyConstraint(["district_id", "top_up_id"], ["top_ups.district_id", "top_ups.id"]),
        ForeignKeyConstraint(["district_id", "match_id"], ["line_matches.district_id", "line_matches.id"]),
        ForeignKeyConstraint(
            ["district_id", "hold_id"], ["ledger_transfers.district_id", "ledger_transfers.id"]
        ),
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("state IN ('prepared', 'approved', 'paid', 'returned', 'rejected')", name="state"),
        CheckConstraint("approved_by_id <> prepared_by_id", name="second_person"),
        CheckConstraint("num_nulls(approved_by_id, approved_at) IN (0, 2)", name="approved_whole"),
        CheckConstraint(
            "state NOT IN ('approved', 'paid', 'returned') OR approved_at IS NOT NULL", name="approved"
        ),
        CheckConstraint(
            "num_nulls(paid_by_id, paid_at, paid_on, bank_ref) = "
            "(CASE WHEN state IN ('paid', 'returned') THEN 0 ELSE 4 END)",
            name="paid",
        ),
        CheckConstraint(
            "num_nulls(rejected_by_id, rejected_at, reason) = (CASE state WHEN 'rejected' THEN 0 ELSE 3 END)",
            name="rejected",
        ),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    ref: Mapped[str] = mapped_column(unique=True)
    top_up_id: Mapped[int] = mapped_column(index=True)
    match_id: Mapped[int] = mapped_column(index=True)
    """The line whose money it is; its payer is the payee."""
    amount_fen: Mapped[Fen]
    payee_name: Mapped[str]
    payee_account: Mapped[str]
    state: Mapped[str]
    hold_id: Mapped[int] = mapped_column(unique=True)
    """The promise in the ledger."""
    prepared_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    prepared_at: Mapped[Instant]
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    approved_at: Mapped[datetime | None]
    paid_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    paid_at: Mapped[datetime | None]
    paid_on: Mapped[date | None]
    bank_ref: Mapped[str | None]
    rejected_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    rejected_at: Mapped[datetime | None]
    reason: Mapped[str | None]
    top_up: Mapped[TopUp] = relationship(viewonly=True, primaryjoin="foreign(Refund.top_up_id) == TopUp.id")
    match: Mapped[LineMatch] = relationship(
        viewonly=True, primaryjoin="foreign(Refund.match_id) == LineMatch.id"
    )


never_emptied(Refund.__table__)
