"""Double entry: accounts, and transfers that are inserted once and never changed."""

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Fen, Id, Instant, append_only, attach, never_emptied
from app.core.locks import Rank


class LedgerAccount(Base):
    """An account. Guarded ones store their sums and are never overdrawn; control ones store none.

    A control account (issue, bonus, developer payable) is touched by every transaction of its district: a
    stored balance would be a hot row, so its balance is the sum of its transfers.
    """

    __tablename__ = "ledger_accounts"
    __lock_rank__ = Rank.LEDGER_ACCOUNT
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "kind", "owner"),
        CheckConstraint(
            "kind IN ('voucher', 'issue', 'bonus', 'developer_payable', 'top_up', 'supervised', "
            "'household_payable', 'agreement', 'bank', 'card', 'fund', 'funding', 'claim', "
            "'late_interest')",
            name="kind",
        ),
        CheckConstraint("guarded = (kind IN ('voucher', 'top_up', 'fund', 'claim'))", name="guarded_kinds"),
        CheckConstraint("guarded = (owner <> '')", name="owner"),
        CheckConstraint(
            "debits_posted >= 0 AND debits_pending >= 0 AND credits_posted >= 0 AND credits_pending >= 0",
            name="not_negative",
        ),
        CheckConstraint(
            "NOT guarded OR debits_posted + debits_pending <= credits_posted", name="never_overdrawn"
        ),
        CheckConstraint(
            "guarded OR "
            "(debits_posted = 0 AND debits_pending = 0 AND credits_posted = 0 AND credits_pending = 0)",
            name="control_stores_nothing",
        ),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    kind: Mapped[str]
    guarded: Mapped[bool]
    owner: Mapped[str]
    """An opaque reference to what the account belongs to; empty for control accounts."""
    debits_posted: Mapped[Fen] = mapped_column(server_default=text("0"))
    debits_pending: Mapped[Fen] = mapped_column(server_default=text("0"))
    credits_posted: Mapped[Fen] = mapped_column(server_default=text("0"))
    credits_pending: Mapped[Fen] = mapped_column(server_default=text("0"))


never_emptied(LedgerAccount.__table__)


class LedgerTransfer(Base):
    """One movement of money, or the promise (pending) of one and its end (post or void)."""

    __tablename__ = "ledger_transfers"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "idempotency_key"),
        UniqueConstraint("id", "debit_account_id", "credit_account_id", "amount_fen"),
        ForeignKeyConstraint(
            ["district_id", "debit_account_id"], ["ledger_accounts.district_id", "ledger_accounts.id"]
        ),
        ForeignKeyConstraint(
            ["district_id", "credit_account_id"], ["ledger_accounts.district_id", "ledger_accounts.id"]
        ),
        ForeignKeyConstraint(
            ["pending_id", "debit_account_id", "credit_account_id", "amount_fen"],
            [
                "ledger_transfers.id",
                "ledger_transfers.debit_account_id",
                "ledger_transfers.credit_account_id",
                "ledger_transfers.amount_fen",
            ],
            name="fk_ledger_transfers_ends_as_promised",
        ),
        CheckConstraint("kind IN ('single', 'pending', 'post', 'void')", name="kind"),
        CheckConstraint("(kind IN ('post', 'void')) = (pending_id IS NOT NULL)", name="ends_a_pending"),
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("debit_account_id <> credit_account_id", name="two_accounts"),
        Index(
            "uq_ledger_transfers_one_end",
            "pending_id",
            unique=True,
            postgresql_where="pending_id IS NOT NULL",
        ),
        Index("ix_ledger_transfers_debit", "debit_account_id", "id"),
        Index("ix_ledger_transfers_credit", "credit_account_id", "id"),
    )

    id: Mapped[Id]
    district_id: Mapped[int]
    kind: Mapped[str]
    debit_account_id: Mapped[int]
    credit_account_id: Mapped[int]
    amount_fen: Mapped[Fen]
    pending_id: Mapped[int | None]
    code: Mapped[str]
    idempotency_key: Mapped[str]
    at: Mapped[Instant]


append_only(LedgerTransfer.__table__)

ENDS_FUNCTION = """
CREATE OR REPLACE FUNCTION ledger_transfers_end_promises() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM ledger_transfers WHERE id = NEW.pending_id AND kind <> 'pending') THEN
        RAISE EXCEPTION USING
            MESSAGE = 'only a pending transfer can be posted or voided',
            ERRCODE = 'check_violation',
            CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END
$$
""".strip()
ENDS_TRIGGER = (
    "CREATE TRIGGER ledger_transfers_end_promises BEFORE INSERT ON ledger_transfers "
    "FOR EACH ROW WHEN (NEW.pending_id IS NOT NULL) EXECUTE FUNCTION ledger_transfers_end_promises()"
)
attach(LedgerTransfer.__table__, ENDS_FUNCTION, ENDS_TRIGGER)
