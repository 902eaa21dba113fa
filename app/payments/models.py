"""Expected top-ups, where their money comes from, and the lines of bank statements that bring it."""

from datetime import date, datetime
from typing import Final

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, Fen, Id, Instant, attach, never_emptied
from app.core.locks import Rank
from app.ledger import models as _ledger  # noqa: F401  # a top-up refers to its tables
from app.payments.account_models import SupervisedAccount
from app.payments.statement_models import NOT_REJECTED, Statement


class TopUp(Base):
    """A sum (自付差价) that is to arrive in a supervised account under a reference.

    ``owner`` says what it is for in the words of whoever expects it. What arrived of it, and was not given
    back, is what its ledger account holds.
    """

    __tablename__ = "top_ups"
    __lock_rank__ = Rank.PAYMENT
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "owner"),
        ForeignKeyConstraint(
            ["district_id", "ledger_account_id"], ["ledger_accounts.district_id", "ledger_accounts.id"]
        ),
        CheckConstraint("amount_fen > 0 AND amount_fen + adjusted_fen >= 0", name="amount"),
        CheckConstraint(
            "cardinality(kinds) > 0 AND kinds <@ ARRAY['own', 'loan', 'fund']::varchar[]", name="kinds"
        ),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    ref: Mapped[str] = mapped_column(unique=True)
    owner: Mapped[str]
    payer_name: Mapped[str]
    development_id: Mapped[int] = mapped_column(ForeignKey("developments.id"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("supervised_accounts.id"))
    """The supervised account that the payer was told first; None where the development had none."""
    ledger_account_id: Mapped[int] = mapped_column(unique=True)
    amount_fen: Mapped[Fen]
    """What was first expected."""
    adjusted_fen: Mapped[Fen] = mapped_column(server_default=text("0"))
    """What was added to it since, or taken off."""
    kinds: Mapped[list[str]] = mapped_column(ARRAY(String))
    """Where the money may come from: what every policy of the vouchers that pay allows."""
    made_at: Mapped[Instant]
    ended_at: Mapped[datetime | None]
    """Since when nothing is due any more, because what it was for came to nothing."""
    account: Mapped[SupervisedAccount | None] = relationship()
    parts: Mapped[list["TopUpPart"]] = relationship(order_by="TopUpPart.id", viewonly=True)

    @property
    def wanted_fen(self) -> int:
        """What is expected now, as long as it has not ended."""
        return self.amount_fen + self.adjusted_fen


never_emptied(TopUp.__table__)


class TopUpPart(Base):
    """How much of a top-up its payer says comes from one kind of money; a loan or fund waits for others."""

    __tablename__ = "top_up_parts"
    __table_args__ = (
        UniqueConstraint("top_up_id", "kind"),
        ForeignKeyConstraint(["district_id", "top_up_id"], ["top_ups.district_id", "top_ups.id"]),
        CheckConstraint("kind IN ('own', 'loan', 'fund')", name="kind"),
        CheckConstraint("amount_fen >= 0", name="amount"),
        CheckConstraint("stage IN ('asked', 'filed', 'approved', 'refused')", name="stage"),
        CheckConstraint("(kind = 'own') = (stage IS NULL)", name="waits"),
        CheckConstraint(
            "num_nulls(bank, expected_on) IN (0, 2) AND (kind <> 'own' OR bank IS NULL)", name="lender"
        ),
    )

    id: Mapped[Id]
    district_id: Mapped[int]
    top_up_id: Mapped[int]
    kind: Mapped[str]
    amount_fen: Mapped[Fen]
    stage: Mapped[str | None]
    bank: Mapped[str | None]
    """Who lends it, or pays it out of the fund, once the papers are handed in."""
    expected_on: Mapped[date | None]
    """When it is expected to arrive, as the household was told there."""
    changed_at: Mapped[Instant]


never_emptied(TopUpPart.__table__)


STEPS_FUNCTION: Final = """
CREATE OR REPLACE FUNCTION top_up_part_steps() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING
        MESSAGE = 'top_up_part_steps: a loan goes one step further, or its sum is another',
        ERRCODE = 'integrity_constraint_violation';
END
$$
""".strip()
STEPS_TRIGGER: Final = """
CREATE TRIGGER top_up_part_steps BEFORE UPDATE ON top_up_parts
    FOR EACH ROW WHEN (NEW.amount_fen = OLD.amount_fen AND (OLD.stage, NEW.stage) NOT IN (
        ('asked', 'filed'), ('asked', 'refused'), ('filed', 'approved'), ('filed', 'refused'),
        ('approved', 'refused')
    )) EXECUTE FUNCTION top_up_part_steps()
""".strip()

attach(TopUpPart.__table__, STEPS_FUNCTION, STEPS_TRIGGER)


class StatementLine(Base):
    """One sum received, as the statement has it; on one account the same serial, day and sum come once.

    It counts once its statement is confirmed: the statement's state stands in every line of it, moved by the
    foreign key, so that the line's own CHECK sees it.
    """

    __tablename__ = "statement_lines"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        ForeignKeyConstraint(
            ["district_id", "statement_id", "statement_state"],
            ["bank_statements.district_id", "bank_statements.id", "bank_statements.state"],
            onupdate="CASCADE",
        ),
        Index(
            "uq_statement_lines_once",
            *("district_id", "account_id", "serial", "received_on", "amount_fen"),
            unique=True,
            postgresql_where=NOT_REJECTED,
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("state IN ('open', 'matched', 'aside')", name="state"),
        CheckConstraint("state = 'open' OR statement_state = 'confirmed'", name="confirmed"),
        Index("ix_statement_lines_open", "district_id", "id", postgresql_where="state = 'open'"),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    ref: Mapped[str] = mapped_column(unique=True)
    serial: Mapped[str]
    received_on: Mapped[date]
    amount_fen: Mapped[Fen]
    payer_name: Mapped[str]
    payer_account: Mapped[str]
    """Where it came from; empty where the statement does not say."""
    memo: Mapped[str]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("supervised_accounts.id"))
    """Into which supervised account it came, maybe a former one; None where the statement does not say."""
    statement_id: Mapped[int] = mapped_column(index=True)
    statement_state: Mapped[str]
    state: Mapped[str]
    account: Mapped[SupervisedAccount | None] = relationship(viewonly=True)
    statement: Mapped[Statement] = relationship(
        viewonly=True, primaryjoin="foreign(StatementLine.statement_id) == Statement.id"
    )


never_emptied(StatementLine.__table__)


class LineMatch(Base):
    """A person's word that a line is a top-up's, until a second person takes it back; both stay on record."""

    __tablename__ = "line_matches"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        ForeignKeyConstraint(
            ["district_id", "line_id"], ["statement_lines.district_id", "statement_lines.id"]
        ),
        ForeignKeyConstraint(["district_id", "top_up_id"], ["top_ups.district_id", "top_ups.id"]),
        ForeignKeyConstraint(
            ["district_id", "transfer_id"], ["ledger_transfers.district_id", "ledger_transfers.id"]
        ),
        ForeignKeyConstraint(
            ["district_id", "back_transfer_id"], ["ledger_transfers.district_id", "ledger_transfers.id"]
        ),
        CheckConstraint("kind IN ('own', 'loan', 'fund')", name="kind"),
        CheckConstraint("refunded_fen BETWEEN 0 AND amount_fen", name="refunded"),
        CheckConstraint("taken_back_by_id <> matched_by_id", name="second_person"),
        CheckConstraint(
            "num_nulls(taken_back_by_id, taken_back_at, reason, back_transfer_id) IN (0, 4)",
            name="taken_back",
        ),
        CheckConstraint("taken_back_at IS NULL OR refunded_fen = 0", name="not_refunded"),
        Index("uq_line_matches_standing", "line_id", unique=True, postgresql_where="taken_back_at IS NULL"),
    )

    id: Mapped[Id]
    district_id: Mapped[int]
    line_id: Mapped[int] = mapped_column(index=True)
    top_up_id: Mapped[int] = mapped_column(index=True)
    kind: Mapped[str]
    amount_fen: Mapped[Fen]
    refunded_fen: Mapped[Fen]
    """What refunds of it hold or paid; never above what it brought."""
    matched_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    matched_at: Mapped[Instant]
    transfer_id: Mapped[int] = mapped_column(unique=True)
    taken_back_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    taken_back_at: Mapped[datetime | None]
    reason: Mapped[str | None]
    back_transfer_id: Mapped[int | None] = mapped_column(unique=True)
    line: Mapped[StatementLine] = relationship(
        viewonly=True, primaryjoin="foreign(LineMatch.line_id) == StatementLine.id"
    )
    top_up: Mapped[TopUp] = relationship(
        viewonly=True, primaryjoin="foreign(LineMatch.top_up_id) == TopUp.id"
    )


never_emptied(LineMatch.__table__)


class LineAside(Base):
    """A person's word that a line is none of ours, until somebody brings it back."""

    __tablename__ = "line_asides"
    __table_args__ = (
        ForeignKeyConstraint(
            ["district_id", "line_id"], ["statement_lines.district_id", "statement_lines.id"]
        ),
        CheckConstraint("num_nulls(back_by_id, back_at) IN (0, 2)", name="back"),
        CheckConstraint("reason <> ''", name="reason"),
        Index("uq_line_asides_standing", "line_id", unique=True, postgresql_where="back_at IS NULL"),
    )

    id: Mapped[Id]
    district_id: Mapped[int]
    line_id: Mapped[int] = mapped_column(index=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    at: Mapped[Instant]
    reason: Mapped[str]
    back_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    back_at: Mapped[datetime | None]
