"""Lists of payments to households (付款清单): what the bank was told to pay, and what it said of each."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, Fen, Id, Instant, Json, append_only, attach, never_emptied
from app.core.locks import Rank
from app.redemptions.cash_models import CashBonus
from app.settlements import pay_list_guards as guards
from app.vouchers.ending_models import VoucherEnding


class PayList(Base):
    """Sums to households that two people approved, which the bank is told to pay together.

    ``open``: the bank may have its table, so none of its sums goes into another one; ``given_up``: a second
    person says that the bank does not pay what it has not answered about.
    """

    __tablename__ = "pay_lists"
    __lock_rank__ = Rank.CHECK_BATCH
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "id", "state"),
        CheckConstraint("count > 0 AND total_fen > 0", name="something"),
        CheckConstraint("state IN ('open', 'given_up')", name="state"),
        CheckConstraint("num_nulls(given_up_by_id, given_up_at, reason) IN (0, 3)", name="given_up"),
        CheckConstraint("(state = 'given_up') = (given_up_at IS NOT NULL)", name="ended"),
        CheckConstraint("given_up_by_id <> made_by_id", name="second_person"),
        CheckConstraint("reason <> ''", name="stated"),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    ref: Mapped[str] = mapped_column(unique=True)
    pay_on: Mapped[date]
    """On which day the bank is to pay: by it interest is worked out that runs to the payment."""
    count: Mapped[int]
    total_fen: Mapped[Fen]
    state: Mapped[str]
    made_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[Instant]
    given_up_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    given_up_at: Mapped[datetime | None]
    reason: Mapped[str | None]
    """By what it is known that the bank does not pay the rest."""


never_emptied(PayList.__table__)
attach(PayList.__table__, guards.LIST_FUNCTION, guards.LIST_TRIGGER)


class PayReceipt(Base):
    """A receipt file of the bank about a list, as it was read; the same file is read once.

    ``lines`` say what it says, without the numbers of accounts: whether each is the one that was approved.
    """

    __tablename__ = "pay_receipts"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("list_id", "sha256"),
        ForeignKeyConstraint(["district_id", "list_id"], ["pay_lists.district_id", "pay_lists.id"]),
    )

    id: Mapped[Id]
    district_id: Mapped[int]
    ref: Mapped[str] = mapped_column(unique=True)
    list_id: Mapped[int]
    sha256: Mapped[str]
    name: Mapped[str]
    lines: Mapped[Json]
    read_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    read_at: Mapped[Instant]
    pay_list: Mapped[PayList] = relationship(viewonly=True)


append_only(PayReceipt.__table__)


class PayLine(Base):
    """One line of a list: an approved sum, to the account that was approved with it.

    ``listed``: the bank has not answered; ``paid``; ``failed``: its receipt says that it did not pay;
    ``recalled``: a checker said that the account is wrong; ``given_up`` with its list. Once it is not listed
    any more it stays as it is, and what was not paid may stand on another list.
    """

    __tablename__ = "pay_lines"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        ForeignKeyConstraint(
            ["district_id", "list_id", "list_state"],
            ["pay_lists.district_id", "pay_lists.id", "pay_lists.state"],
            onupdate="CASCADE",
        ),
        ForeignKeyConstraint(
            ["district_id", "ending_id"], ["voucher_endings.district_id", "voucher_endings.id"]
        ),
        ForeignKeyConstraint(
            ["district_id", "cash_bonus_id"], ["cash_bonuses.district_id", "cash_bonuses.id"]
        ),
        ForeignKeyConstraint(["district_id", "receipt_id"], ["pay_receipts.district_id", "pay_receipts.id"]),
        CheckConstraint("num_nonnulls(ending_id, cash_bonus_id) = 1", name="owner"),
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("state IN ('listed', 'paid', 'failed', 'recalled', 'given_up')", name="state"),
        CheckConstraint("state <> 'listed' OR list_state = 'open'", name="dissolved"),
        CheckConstraint("(state = 'listed') = (closed_at IS NULL)", name="closed"),
        CheckConstraint("(state = 'paid') = (bank_payment_id IS NOT NULL)", name="paid"),
        CheckConstraint(
            "(state = 'failed') = (reason IS NOT NULL) AND (state <> 'failed' OR receipt_id IS NOT NULL)",
            name="failed",
        ),
        CheckConstraint("receipt_id IS NULL OR state IN ('listed', 'paid', 'failed')", name="receipt"),
        Index("uq_pay_lines_ending", "ending_id", unique=True, postgresql_where="state = 'listed'"),
        Index("uq_pay_lines_cash_bonus", "cash_bonus_id", unique=True, postgresql_where="state = 'listed'"),
        Index("ix_pay_lines_list_id", "list_id", "id"),
        Index("ix_pay_lines_ending_id", "ending_id", "id"),
        Index("ix_pay_lines_cash_bonus_id", "cash_bonus_id", "id"),
    )

    id: Mapped[Id]
    district_id: Mapped[int]
    ref: Mapped[str] = mapped_column(unique=True)
    """What the bank's table and its receipt call it."""
    list_id: Mapped[int]
    list_state: Mapped[str]
    """The state of its list, which a foreign key keeps here."""
    ending_id: Mapped[int | None]
    cash_bonus_id: Mapped[int | None]
    amount_fen: Mapped[Fen]
    """What the bank is told to pay: with interest to the day on which it is to."""
    approved_at: Mapped[Instant]
    """When the sum and its account were approved: no payment is of a day before."""
    state: Mapped[str]
    reason: Mapped[str | None]
    """What the bank says against it."""
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    closed_at: Mapped[datetime | None]
    bank_payment_id: Mapped[int | None] = mapped_column(ForeignKey("bank_payments.id"), unique=True)
    receipt_id: Mapped[int | None]
    """The receipt that said so; None for what somebody noted by hand."""
    pay_list: Mapped[PayList] = relationship(
        viewonly=True, primaryjoin="foreign(PayLine.list_id) == PayList.id"
    )
    ending: Mapped[VoucherEnding | None] = relationship(
        viewonly=True, primaryjoin="foreign(PayLine.ending_id) == VoucherEnding.id"
    )
    cash_bonus: Mapped[CashBonus | None] = relationship(
        viewonly=True, primaryjoin="foreign(PayLine.cash_bonus_id) == CashBonus.id"
    )


never_emptied(PayLine.__table__)
attach(PayLine.__table__, guards.LINE_FUNCTION, guards.LINE_TRIGGER)
attach(PayLine.__table__, guards.SECOND_FUNCTION, guards.SECOND_TRIGGER)
