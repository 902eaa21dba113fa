"""Developers' money: where it comes from, what is claimed, and what the bank is told to pay."""

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, Fen, Id, Instant, Json, append_only, attach
from app.core.locks import Rank
from app.homes.models import Development
from app.identity.models import Organisation
from app.policies.settling import EVENTS
from app.redemptions.models import Redemption
from app.settlements import second_person
from app.vouchers.models import Voucher


def _decided() -> tuple[CheckConstraint, ...]:
    """Return what holds of a row that one person enters and a second one decides."""
    return (
        CheckConstraint("state IN ('proposed', 'current', 'replaced', 'refused')", name="state"),
        CheckConstraint("(state = 'proposed') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("decided_by_id <> entered_by_id", name="second_person"),
        CheckConstraint("(state = 'refused') = (reason IS NOT NULL)", name="reason"),
    )


class DeveloperAccount(Base):
    """A developer's own bank account in a district, as it was entered; another one replaces it."""

    __tablename__ = "developer_accounts"
    __lock_rank__ = Rank.RECORD
    __table_args__ = (
        *_decided(),
        CheckConstraint("number ~ '^[0-9]{8,30}$'", name="number"),
        CheckConstraint("holder_name <> '' AND bank <> ''", name="named"),
        *(
            Index(
                f"uq_developer_accounts_{state}",
                "district_id",
                "developer_id",
                unique=True,
                postgresql_where=f"state = '{state}'",
            )
            for state in ("current", "proposed")
        ),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    ref: Mapped[str] = mapped_column(unique=True)
    developer_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    holder_name: Mapped[str]
    bank: Mapped[str]
    number: Mapped[str]
    """Digits alone."""
    state: Mapped[str]
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    entered_at: Mapped[Instant]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str | None]
    developer: Mapped[Organisation] = relationship(viewonly=True)


class SettlementTerms(Base):
    """What a district says where a policy says nothing: to whom, after which event, how soon.

    And what its bank calls its columns. One version after another, each by two people.
    """

    __tablename__ = "settlement_terms"
    __lock_rank__ = Rank.RECORD
    __table_args__ = (
        *_decided(),
        CheckConstraint("payee IN ('developer', 'escrow')", name="payee"),
        CheckConstraint(f"event IN ({', '.join(repr(event) for event in EVENTS)})", name="event"),
        CheckConstraint("within BETWEEN 0 AND 3650", name="within"),
        CheckConstraint("unit IN ('days', 'working_days', 'months')", name="unit"),
        *(
            Index(
                f"uq_settlement_terms_{state}",
                "district_id",
                unique=True,
                postgresql_where=f"state = '{state}'",
            )
            for state in ("current", "proposed")
        ),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"), index=True)
    payee: Mapped[str]
    event: Mapped[str]
    within: Mapped[int] = mapped_column(SmallInteger)
    unit: Mapped[str]
    columns: Mapped[Json]
    """What the bank's table calls each column (``bank_file.DEFAULT_COLUMNS``), with a schema number."""
    state: Mapped[str]
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    entered_at: Mapped[Instant]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str | None]


class FundSource(Base):
    """Where money for developers comes from (资金来源): a line of the budget, a special bond."""

    __tablename__ = "fund_sources"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "name"),
        ForeignKeyConstraint(
            ["district_id", "account_id"], ["ledger_accounts.district_id", "ledger_accounts.id"]
        ),
        CheckConstraint("name <> ''", name="name"),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    ref: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    document: Mapped[str]
    """The paper it stands on, such as the number of the budget's notice."""
    account_id: Mapped[int] = mapped_column(unique=True)
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[Instant]


append_only(FundSource.__table__)


class FundReceipt(Base):
    """Money that came in from a source, entered by one person and confirmed by a second one."""

    __tablename__ = "fund_receipts"
    __lock_rank__ = Rank.SETTLEMENT
    __table_args__ = (
        *_decided(),
        ForeignKeyConstraint(["district_id", "source_id"], ["fund_sources.district_id", "fund_sources.id"]),
        ForeignKeyConstraint(
            ["district_id", "transfer_id"], ["ledger_transfers.district_id", "ledger_transfers.id"]
        ),
        CheckConstraint("amount_fen > 0 AND bank_reference <> ''", name="sum"),
        CheckConstraint("(state = 'current') = (transfer_id IS NOT NULL)", name="moved"),
        Index(
            "uq_fund_receipts_reference",
            "district_id",
            "bank_reference",
            unique=True,
            postgresql_where="state <> 'refused'",
        ),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    ref: Mapped[str] = mapped_column(unique=True)
    source_id: Mapped[int] = mapped_column(index=True)
    amount_fen: Mapped[Fen]
    received_on: Mapped[date]
    bank_reference: Mapped[str]
    state: Mapped[str]
    transfer_id: Mapped[int | None] = mapped_column(unique=True)
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    entered_at: Mapped[Instant]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str | None]
    source: Mapped[FundSource] = relationship(viewonly=True)


class SettlementClaim(Base):
    """What a developer claims (拨付申请): parts that fell due, to one payee; approved by two people.

    ``submitted`` -> ``checked`` (officer) -> ``approved`` (checker) -> ``paid``; ``refused`` at any time
    before a payment is under way. Its ledger account holds what was approved and is not paid.
    """

    __tablename__ = "settlement_claims"
    __lock_rank__ = Rank.SETTLEMENT
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        ForeignKeyConstraint(
            ["district_id", "account_id"], ["ledger_accounts.district_id", "ledger_accounts.id"]
        ),
        CheckConstraint("state IN ('submitted', 'checked', 'approved', 'paid', 'refused')", name="state"),
        CheckConstraint("(development_id IS NULL) = (payee = 'developer')", name="payee"),
        CheckConstraint("payee IN ('developer', 'escrow')", name="payee_kind"),
        CheckConstraint("total_fen > 0", name="total"),
        CheckConstraint("state NOT IN ('approved', 'paid') OR account_id IS NOT NULL", name="accepted"),
        CheckConstraint("(state = 'refused') = (reason IS NOT NULL)", name="reason"),
        Index("ix_settlement_claims_list", "district_id", "state", "id"),
        Index("ix_settlement_claims_developer", "developer_id", "id"),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    ref: Mapped[str] = mapped_column(unique=True)
    developer_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    payee: Mapped[str]
    development_id: Mapped[int | None] = mapped_column(ForeignKey("developments.id"))
    """Whose supervised account is paid."""
    state: Mapped[str]
    total_fen: Mapped[Fen]
    account_id: Mapped[int | None] = mapped_column(unique=True)
    submitted_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    submitted_at: Mapped[Instant]
    checked_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    checked_at: Mapped[datetime | None]
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    approved_at: Mapped[datetime | None]
    reason: Mapped[str | None]
    developer: Mapped[Organisation] = relationship(viewonly=True)
    development: Mapped[Development | None] = relationship(viewonly=True)
    lines: Mapped[list["SettlementLine"]] = relationship(order_by="SettlementLine.id", viewonly=True)


class SettlementLine(Base):
    """One part of one voucher's share of a home, as a claim took it; frozen.

    It takes what the part comes to (``upto_fen``) less what earlier lines took (``before_fen``);
    ``turn`` counts those. Below zero it deducts what was paid too much.
    """

    __tablename__ = "settlement_lines"
    __table_args__ = (
        ForeignKeyConstraint(
            ["district_id", "claim_id"], ["settlement_claims.district_id", "settlement_claims.id"]
        ),
        ForeignKeyConstraint(["district_id", "redemption_id"], ["redemptions.district_id", "redemptions.id"]),
        ForeignKeyConstraint(["district_id", "voucher_id"], ["vouchers.district_id", "vouchers.id"]),
        *(
            ForeignKeyConstraint(
                ["district_id", column], ["ledger_transfers.district_id", "ledger_transfers.id"]
            )
            for column in ("transfer_id", "back_transfer_id")
        ),
        CheckConstraint("kind IN ('tranche', 'interest')", name="kind"),
        CheckConstraint("amount_fen = upto_fen - before_fen AND amount_fen <> 0", name="sums"),
        CheckConstraint("kind = 'tranche' OR amount_fen > 0", name="interest"),
        CheckConstraint("owed_fen >= upto_fen OR kind = 'interest'", name="owed"),
        CheckConstraint("place >= 0 AND turn >= 0", name="place"),
        Index(
            "uq_settlement_lines_turn",
            "redemption_id",
            "voucher_id",
            "kind",
            "place",
            "turn",
            unique=True,
            postgresql_where="stands",
        ),
        Index("ix_settlement_lines_claim_id", "claim_id"),
    )

    id: Mapped[Id]
    district_id: Mapped[int]
    claim_id: Mapped[int]
    redemption_id: Mapped[int]
    voucher_id: Mapped[int] = mapped_column(index=True)
    kind: Mapped[str]
    place: Mapped[int] = mapped_column(SmallInteger)
    turn: Mapped[int] = mapped_column(SmallInteger)
    event: Mapped[str]
    due_on: Mapped[date]
    owed_fen: Mapped[Fen]
    """What the share was owed in all."""
    upto_fen: Mapped[Fen]
    before_fen: Mapped[Fen]
    amount_fen: Mapped[Fen]
    rule: Mapped[Json]
    """By which rule, as it was shown."""
    stands: Mapped[bool]
    """False once its claim was refused: the part may be claimed anew."""
    transfer_id: Mapped[int | None] = mapped_column(unique=True)
    """By which it was accepted."""
    back_transfer_id: Mapped[int | None] = mapped_column(unique=True)
    """By which the acceptance was taken back."""
    redemption: Mapped[Redemption] = relationship(viewonly=True)
    voucher: Mapped[Voucher] = relationship(viewonly=True)
    claim: Mapped[SettlementClaim] = relationship(viewonly=True)


class PaymentBatch(Base):
    """Approved claims that the bank is told to pay together (拨付批次), from one source."""

    __tablename__ = "payment_batches"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        ForeignKeyConstraint(["district_id", "source_id"], ["fund_sources.district_id", "fund_sources.id"]),
        CheckConstraint("count > 0 AND total_fen > 0", name="something"),
        Index("ix_payment_batches_list", "district_id", "id"),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    ref: Mapped[str] = mapped_column(unique=True)
    source_id: Mapped[int] = mapped_column(index=True)
    count: Mapped[int]
    total_fen: Mapped[Fen]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[Instant]
    source: Mapped[FundSource] = relationship(viewonly=True)
    payments: Mapped[list["SettlementPayment"]] = relationship(order_by="SettlementPayment.id", viewonly=True)


append_only(PaymentBatch.__table__)


class SettlementPayment(Base):
    """One line of a batch: a claim's sum to the account that was its payee's when the batch was made.

    ``sent``: promised in the ledger, the bank has not answered; ``paid``; ``failed``: the bank did not pay,
    or nobody asked it to; ``returned``: it came back (退汇). Then somebody else may pay the claim anew.
    """

    __tablename__ = "settlement_payments"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        ForeignKeyConstraint(
            ["district_id", "batch_id"], ["payment_batches.district_id", "payment_batches.id"]
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
    batch: Mapped[PaymentBatch] = relationship(viewonly=True)


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
    batch_id: Mapped[int] = mapped_column(index=True)
    sha256: Mapped[str]
    name: Mapped[str]
    taken_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    taken_at: Mapped[Instant]


append_only(BankReceipt.__table__)
