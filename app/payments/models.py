"""Expected top-ups and the lines of bank statements that bring them."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, Fen, Id, Instant
from app.core.locks import Rank
from app.payments.account_models import SupervisedAccount


class TopUp(Base):
    """A sum (自付差价) that is to arrive in a supervised account under a reference.

    ``owner`` says what it is for in the words of whoever expects it. What arrived is the sum of its lines.
    """

    __tablename__ = "top_ups"
    __lock_rank__ = Rank.PAYMENT
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "owner"),
        CheckConstraint("amount_fen > 0", name="amount"),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    ref: Mapped[str] = mapped_column(unique=True)
    owner: Mapped[str]
    payer_name: Mapped[str]
    development_id: Mapped[int] = mapped_column(ForeignKey("developments.id"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("supervised_accounts.id"))
    """The supervised account that the payer was told first; None where the development had none."""
    amount_fen: Mapped[Fen]
    made_at: Mapped[Instant]
    account: Mapped[SupervisedAccount | None] = relationship()
    lines: Mapped[list["StatementLine"]] = relationship(order_by="StatementLine.id", viewonly=True)


class StatementLine(Base):
    """One sum received, as the bank's statement has it; a bank's serial comes once in a district."""

    __tablename__ = "statement_lines"
    __table_args__ = (
        UniqueConstraint("district_id", "serial"),
        ForeignKeyConstraint(["district_id", "top_up_id"], ["top_ups.district_id", "top_ups.id"]),
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("num_nulls(top_up_id, matched_by_id, matched_at) IN (0, 3)", name="matched"),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    ref: Mapped[str] = mapped_column(unique=True)
    serial: Mapped[str]
    received_on: Mapped[date]
    amount_fen: Mapped[Fen]
    payer_name: Mapped[str]
    memo: Mapped[str]
    file_sha256: Mapped[str]
    imported_at: Mapped[Instant]
    top_up_id: Mapped[int | None] = mapped_column(index=True)
    matched_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    matched_at: Mapped[datetime | None]
    top_up: Mapped[TopUp | None] = relationship(viewonly=True)
