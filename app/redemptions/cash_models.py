"""Bonus that is paid in cash: what a household is owed once a purchase is written off."""

from datetime import date, datetime
from typing import Final

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, Fen, Id, Instant, never_emptied
from app.core.sealing import SealedColumn, declare
from app.projects.models import Household
from app.redemptions.models import Allocation


class CashBonus(Base):
    """What one voucher's household is paid for one home; its promise was kept with the write-off.

    Two people stand behind the account: who typed it and who compared it. Undone with its purchase, it
    goes back to the district's bonus before it is paid, or after the household paid it back.
    """

    __tablename__ = "cash_bonuses"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        ForeignKeyConstraint(["district_id", "household_id"], ["households.district_id", "households.id"]),
        ForeignKeyConstraint(
            ["district_id", "back_transfer_id"], ["ledger_transfers.district_id", "ledger_transfers.id"]
        ),
        CheckConstraint("fen > 0 OR fen = 0 AND runs_on", name="sum"),
        CheckConstraint(
            "state IN ('waiting', 'owed', 'prepared', 'approved', 'paid', 'taken_back')", name="state"
        ),
        CheckConstraint("num_nulls(payee_name, bank, account, prepared_by_id) IN (0, 4)", name="account"),
        CheckConstraint(
            "num_nulls(died_on, evidence) IN (0, 2) AND evidence <> '' "
            "AND (died_on IS NULL OR account IS NOT NULL)",
            name="estate",
        ),
        CheckConstraint("state IN ('waiting', 'owed', 'taken_back') OR account IS NOT NULL", name="payable"),
        CheckConstraint("(state IN ('approved', 'paid')) = (approved_by_id IS NOT NULL)", name="approved"),
        CheckConstraint("approved_by_id <> prepared_by_id", name="second_person"),
        CheckConstraint("(state = 'paid') = (paid_on IS NOT NULL)", name="paid"),
        CheckConstraint("ordered_on IS NULL OR state IN ('approved', 'paid')", name="ordered"),
        CheckConstraint(
            "CASE WHEN fen > 0 THEN (state = 'taken_back') = (back_transfer_id IS NOT NULL) "
            "ELSE back_transfer_id IS NULL END",
            name="taken_back",
        ),
        CheckConstraint(
            "interest_fen >= 0 AND (interest_fen = 0 OR runs_on AND state = 'paid') "
            "AND (runs_to IS NULL OR runs_on)",
            name="interest",
        ),
        CheckConstraint(
            "less_fen BETWEEN 0 AND fen AND (less_fen = 0 OR decided_by IS NOT NULL AND state = 'paid')",
            name="less",
        ),
        CheckConstraint(
            "CASE WHEN decided_by IN ('filed', 'verified') THEN decided_on IS NOT NULL "
            "ELSE decided_on IS NULL AND (decided_by IS NULL OR decided_by = 'paid') END",
            name="decided",
        ),
        CheckConstraint(
            "CASE WHEN decided_by IS DISTINCT FROM 'paid' THEN counted_on IS NULL "
            "ELSE counted_on IS NOT NULL OR state NOT IN ('approved', 'paid') END",
            name="counted",
        ),
        Index("ix_cash_bonuses_state", "district_id", "state", "id"),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    ref: Mapped[str] = mapped_column(unique=True)
    allocation_id: Mapped[int] = mapped_column(ForeignKey("allocations.id"), unique=True)
    household_id: Mapped[int] = mapped_column(index=True)
    """Whose voucher it was when the purchase was written off."""
    fen: Mapped[Fen]
    """What the lock promised, at most where a later day decides; nothing where interest only begins."""
    runs_on: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    """Whether interest on what was spent runs on after the lock, and is paid with it."""
    runs_to: Mapped[date | None]
    """To which day; None: to that of the payment."""
    interest_fen: Mapped[Fen] = mapped_column(server_default=text("0"), default=0)
    """What it bore after the lock by the day of its payment; nothing before that."""
    decided_by: Mapped[str | None]
    """Which event after the lock decides how much of it is paid; None: the lock did."""
    decided_on: Mapped[date | None]
    """The day of that event; None also where it is the payment."""
    counted_on: Mapped[date | None]
    """Where that is the payment: the day on which the first order that the bank carried out was approved, or
    the one that it has now; None before."""
    less_fen: Mapped[Fen] = mapped_column(server_default=text("0"), default=0)
    """What was paid less than is due by the day that decided; nothing before the payment."""
    state: Mapped[str]
    owed_at: Mapped[Instant]
    payee_name: Mapped[str | None]
    """The holder's, a sole heir's, or of one whom the heirs sent: money goes to no other name."""
    bank: Mapped[str | None]
    account: Mapped[str | None]
    died_on: Mapped[date | None]
    """When the holder died, of an account that heirs' papers stand behind; the papers are documents."""
    evidence: Mapped[str | None]
    """Which papers those are."""
    prepared_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    approved_at: Mapped[datetime | None]
    ordered_on: Mapped[date | None]
    """On which day the bank was told to pay, by a list: interest that runs to the payment stops by it."""
    paid_on: Mapped[date | None]
    reason: Mapped[str | None]
    """Why it was sent back, last."""
    back_transfer_id: Mapped[int | None] = mapped_column(unique=True)
    allocation: Mapped[Allocation] = relationship(viewonly=True)
    household: Mapped[Household] = relationship(viewonly=True)

    @property
    def due_fen(self) -> int:
        """What of it is owed, in fen: less than was promised once the home costs less."""
        return self.fen - self.allocation.cash_back_fen

    @property
    def sent_fen(self) -> int:
        """What the bank was noted to have paid, in fen: with its interest, less what a later day took."""
        return self.due_fen + self.interest_fen - self.less_fen


never_emptied(CashBonus.__table__)


ACCOUNT: Final = declare(
    SealedColumn(CashBonus.account, owner=CashBonus.household_id, purpose="cash_bonuses.account")
)
