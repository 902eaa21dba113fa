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

from app.core.db import Base, Fen, Id, Instant, Json, append_only, never_emptied
from app.core.locks import Rank
from app.homes.models import Development
from app.identity.models import Organisation
from app.policies.settling import EVENTS
from app.redemptions.models import Redemption
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


never_emptied(DeveloperAccount.__table__)


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


never_emptied(SettlementTerms.__table__)


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


never_emptied(FundReceipt.__table__)


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


never_emptied(SettlementClaim.__table__)


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
        CheckConstraint("kind = 'tranche' OR upto_fen >= 0", name="interest"),
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


never_emptied(SettlementLine.__table__)
