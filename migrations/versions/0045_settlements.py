"""How developers are paid: terms, accounts, funds, claims, batches and what the bank says of them.

Revision ID: 0045
Revises: 0048
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0045"
down_revision: str | None = "0048"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

OLD_KINDS = (
    "'voucher', 'issue', 'bonus', 'developer_payable', 'top_up', 'supervised', 'household_payable', "
    "'agreement', 'bank', 'card'"
)
NEW_KINDS = f"{OLD_KINDS}, 'fund', 'funding', 'claim', 'late_interest'"
APPEND_ONLY = ("fund_sources", "payment_batches", "bank_receipts")
TABLES = (
    *("settlement_lines", "settlement_payments", "bank_receipts", "payment_batches", "settlement_claims"),
    *("fund_receipts", "fund_sources", "developer_accounts", "settlement_terms"),
)


def upgrade() -> None:
    """Let the ledger know funds and claims, and make the tables."""
    _let_accounts_be(NEW_KINDS, "'voucher', 'top_up', 'fund', 'claim'")
    op.create_table(
        "settlement_terms",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("payee", sa.String(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("within", sa.SmallInteger(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("columns", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("entered_by_id", sa.BigInteger(), nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(state = 'proposed') = (decided_at IS NULL)", name=op.f("ck_settlement_terms_decided")
        ),
        sa.CheckConstraint(
            "(state = 'refused') = (reason IS NOT NULL)", name=op.f("ck_settlement_terms_reason")
        ),
        sa.CheckConstraint(
            "event IN ('contract', 'filed', 'verified', 'handover', 'certificate')",
            name=op.f("ck_settlement_terms_event"),
        ),
        sa.CheckConstraint("payee IN ('developer', 'escrow')", name=op.f("ck_settlement_terms_payee")),
        sa.CheckConstraint(
            "state IN ('proposed', 'current', 'replaced', 'refused')", name=op.f("ck_settlement_terms_state")
        ),
        sa.CheckConstraint(
            "unit IN ('days', 'working_days', 'months')", name=op.f("ck_settlement_terms_unit")
        ),
        sa.CheckConstraint("decided_by_id <> entered_by_id", name=op.f("ck_settlement_terms_second_person")),
        sa.CheckConstraint("within BETWEEN 0 AND 3650", name=op.f("ck_settlement_terms_within")),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["users.id"], name=op.f("fk_settlement_terms_decided_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_settlement_terms_district_id")
        ),
        sa.ForeignKeyConstraint(
            ["entered_by_id"], ["users.id"], name=op.f("fk_settlement_terms_entered_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement_terms")),
    )
    op.create_index(op.f("ix_settlement_terms_district_id"), "settlement_terms", ["district_id"])
    op.create_index(
        "uq_settlement_terms_current",
        "settlement_terms",
        ["district_id"],
        unique=True,
        postgresql_where="state = 'current'",
    )
    op.create_index(
        "uq_settlement_terms_proposed",
        "settlement_terms",
        ["district_id"],
        unique=True,
        postgresql_where="state = 'proposed'",
    )
    op.create_table(
        "developer_accounts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("developer_id", sa.BigInteger(), nullable=False),
        sa.Column("holder_name", sa.String(), nullable=False),
        sa.Column("bank", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("entered_by_id", sa.BigInteger(), nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(state = 'proposed') = (decided_at IS NULL)", name=op.f("ck_developer_accounts_decided")
        ),
        sa.CheckConstraint(
            "(state = 'refused') = (reason IS NOT NULL)", name=op.f("ck_developer_accounts_reason")
        ),
        sa.CheckConstraint("holder_name <> '' AND bank <> ''", name=op.f("ck_developer_accounts_named")),
        sa.CheckConstraint("number ~ '^[0-9]{8,30}$'", name=op.f("ck_developer_accounts_number")),
        sa.CheckConstraint(
            "state IN ('proposed', 'current', 'replaced', 'refused')",
            name=op.f("ck_developer_accounts_state"),
        ),
        sa.CheckConstraint(
            "decided_by_id <> entered_by_id", name=op.f("ck_developer_accounts_second_person")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["users.id"], name=op.f("fk_developer_accounts_decided_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["developer_id"], ["organisations.id"], name=op.f("fk_developer_accounts_developer_id")
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_developer_accounts_district_id")
        ),
        sa.ForeignKeyConstraint(
            ["entered_by_id"], ["users.id"], name=op.f("fk_developer_accounts_entered_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_developer_accounts")),
        sa.UniqueConstraint("ref", name=op.f("uq_developer_accounts_ref")),
    )
    op.create_index(op.f("ix_developer_accounts_developer_id"), "developer_accounts", ["developer_id"])
    op.create_index(
        "uq_developer_accounts_current",
        "developer_accounts",
        ["district_id", "developer_id"],
        unique=True,
        postgresql_where="state = 'current'",
    )
    op.create_index(
        "uq_developer_accounts_proposed",
        "developer_accounts",
        ["district_id", "developer_id"],
        unique=True,
        postgresql_where="state = 'proposed'",
    )
    op.create_table(
        "fund_sources",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("made_by_id", sa.BigInteger(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_fund_sources_name")),
        sa.ForeignKeyConstraint(
            ["district_id", "account_id"],
            ["ledger_accounts.district_id", "ledger_accounts.id"],
            name=op.f("fk_fund_sources_district_id_account_id"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_fund_sources_district_id")),
        sa.ForeignKeyConstraint(["made_by_id"], ["users.id"], name=op.f("fk_fund_sources_made_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fund_sources")),
        sa.UniqueConstraint("account_id", name=op.f("uq_fund_sources_account_id")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_fund_sources_district_id_id")),
        sa.UniqueConstraint("district_id", "name", name=op.f("uq_fund_sources_district_id_name")),
        sa.UniqueConstraint("ref", name=op.f("uq_fund_sources_ref")),
    )
    op.create_table(
        "fund_receipts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("bank_reference", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("transfer_id", sa.BigInteger(), nullable=True),
        sa.Column("entered_by_id", sa.BigInteger(), nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(state = 'current') = (transfer_id IS NOT NULL)", name=op.f("ck_fund_receipts_moved")
        ),
        sa.CheckConstraint(
            "(state = 'proposed') = (decided_at IS NULL)", name=op.f("ck_fund_receipts_decided")
        ),
        sa.CheckConstraint(
            "(state = 'refused') = (reason IS NOT NULL)", name=op.f("ck_fund_receipts_reason")
        ),
        sa.CheckConstraint("amount_fen > 0 AND bank_reference <> ''", name=op.f("ck_fund_receipts_sum")),
        sa.CheckConstraint(
            "state IN ('proposed', 'current', 'replaced', 'refused')", name=op.f("ck_fund_receipts_state")
        ),
        sa.CheckConstraint("decided_by_id <> entered_by_id", name=op.f("ck_fund_receipts_second_person")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["users.id"], name=op.f("fk_fund_receipts_decided_by_id")),
        sa.ForeignKeyConstraint(
            ["district_id", "source_id"],
            ["fund_sources.district_id", "fund_sources.id"],
            name=op.f("fk_fund_receipts_district_id_source_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "transfer_id"],
            ["ledger_transfers.district_id", "ledger_transfers.id"],
            name=op.f("fk_fund_receipts_district_id_transfer_id"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_fund_receipts_district_id")),
        sa.ForeignKeyConstraint(["entered_by_id"], ["users.id"], name=op.f("fk_fund_receipts_entered_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fund_receipts")),
        sa.UniqueConstraint("ref", name=op.f("uq_fund_receipts_ref")),
        sa.UniqueConstraint("transfer_id", name=op.f("uq_fund_receipts_transfer_id")),
    )
    op.create_index(op.f("ix_fund_receipts_source_id"), "fund_receipts", ["source_id"])
    op.create_index(
        "uq_fund_receipts_reference",
        "fund_receipts",
        ["district_id", "bank_reference"],
        unique=True,
        postgresql_where="state <> 'refused'",
    )
    op.create_table(
        "payment_batches",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.Column("made_by_id", sa.BigInteger(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("count > 0 AND total_fen > 0", name=op.f("ck_payment_batches_something")),
        sa.ForeignKeyConstraint(
            ["district_id", "source_id"],
            ["fund_sources.district_id", "fund_sources.id"],
            name=op.f("fk_payment_batches_district_id_source_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_payment_batches_district_id")
        ),
        sa.ForeignKeyConstraint(["made_by_id"], ["users.id"], name=op.f("fk_payment_batches_made_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_batches")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_payment_batches_district_id_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_payment_batches_ref")),
    )
    op.create_index("ix_payment_batches_list", "payment_batches", ["district_id", "id"])
    op.create_index(op.f("ix_payment_batches_source_id"), "payment_batches", ["source_id"])
    op.create_table(
        "settlement_claims",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("developer_id", sa.BigInteger(), nullable=False),
        sa.Column("payee", sa.String(), nullable=False),
        sa.Column("development_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("submitted_by_id", sa.BigInteger(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_by_id", sa.BigInteger(), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by_id", sa.BigInteger(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(development_id IS NULL) = (payee = 'developer')", name=op.f("ck_settlement_claims_payee")
        ),
        sa.CheckConstraint(
            "(state = 'refused') = (reason IS NOT NULL)", name=op.f("ck_settlement_claims_reason")
        ),
        sa.CheckConstraint("payee IN ('developer', 'escrow')", name=op.f("ck_settlement_claims_payee_kind")),
        sa.CheckConstraint(
            "state IN ('submitted', 'checked', 'approved', 'paid', 'refused')",
            name=op.f("ck_settlement_claims_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('approved', 'paid') OR account_id IS NOT NULL",
            name=op.f("ck_settlement_claims_accepted"),
        ),
        sa.CheckConstraint("total_fen > 0", name=op.f("ck_settlement_claims_total")),
        sa.ForeignKeyConstraint(
            ["approved_by_id"], ["users.id"], name=op.f("fk_settlement_claims_approved_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["checked_by_id"], ["users.id"], name=op.f("fk_settlement_claims_checked_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["developer_id"], ["organisations.id"], name=op.f("fk_settlement_claims_developer_id")
        ),
        sa.ForeignKeyConstraint(
            ["development_id"], ["developments.id"], name=op.f("fk_settlement_claims_development_id")
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "account_id"],
            ["ledger_accounts.district_id", "ledger_accounts.id"],
            name=op.f("fk_settlement_claims_district_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_settlement_claims_district_id")
        ),
        sa.ForeignKeyConstraint(
            ["submitted_by_id"], ["users.id"], name=op.f("fk_settlement_claims_submitted_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement_claims")),
        sa.UniqueConstraint("account_id", name=op.f("uq_settlement_claims_account_id")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_settlement_claims_district_id_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_settlement_claims_ref")),
    )
    op.create_index("ix_settlement_claims_developer", "settlement_claims", ["developer_id", "id"])
    op.create_index("ix_settlement_claims_list", "settlement_claims", ["district_id", "state", "id"])
    op.create_table(
        "bank_receipts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("taken_by_id", sa.BigInteger(), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "batch_id"],
            ["payment_batches.district_id", "payment_batches.id"],
            name=op.f("fk_bank_receipts_district_id_batch_id"),
        ),
        sa.ForeignKeyConstraint(["taken_by_id"], ["users.id"], name=op.f("fk_bank_receipts_taken_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_receipts")),
        sa.UniqueConstraint("batch_id", "sha256", name=op.f("uq_bank_receipts_batch_id_sha256")),
    )
    op.create_index(op.f("ix_bank_receipts_batch_id"), "bank_receipts", ["batch_id"])
    op.create_table(
        "settlement_payments",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("claim_id", sa.BigInteger(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("holder_name", sa.String(), nullable=False),
        sa.Column("bank", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("transfer_id", sa.BigInteger(), nullable=False),
        sa.Column("fund_transfer_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("bank_reference", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(state IN ('failed', 'returned')) = (reason IS NOT NULL)",
            name=op.f("ck_settlement_payments_reason"),
        ),
        sa.CheckConstraint(
            "(state IN ('paid', 'returned')) = (paid_on IS NOT NULL)",
            name=op.f("ck_settlement_payments_paid"),
        ),
        sa.CheckConstraint(
            "number ~ '^[0-9]{8,30}$' AND holder_name <> '' AND bank <> ''",
            name=op.f("ck_settlement_payments_account"),
        ),
        sa.CheckConstraint(
            "state IN ('sent', 'paid', 'failed', 'returned')", name=op.f("ck_settlement_payments_state")
        ),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_settlement_payments_amount")),
        sa.ForeignKeyConstraint(
            ["district_id", "batch_id"],
            ["payment_batches.district_id", "payment_batches.id"],
            name=op.f("fk_settlement_payments_district_id_batch_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "claim_id"],
            ["settlement_claims.district_id", "settlement_claims.id"],
            name=op.f("fk_settlement_payments_district_id_claim_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "fund_transfer_id"],
            ["ledger_transfers.district_id", "ledger_transfers.id"],
            name=op.f("fk_settlement_payments_district_id_fund_transfer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "transfer_id"],
            ["ledger_transfers.district_id", "ledger_transfers.id"],
            name=op.f("fk_settlement_payments_district_id_transfer_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement_payments")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_settlement_payments_district_id_id")),
        sa.UniqueConstraint("fund_transfer_id", name=op.f("uq_settlement_payments_fund_transfer_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_settlement_payments_ref")),
        sa.UniqueConstraint("transfer_id", name=op.f("uq_settlement_payments_transfer_id")),
    )
    op.create_index("ix_settlement_payments_batch_id", "settlement_payments", ["batch_id"])
    op.create_index(op.f("ix_settlement_payments_claim_id"), "settlement_payments", ["claim_id"])
    op.create_index(
        "uq_settlement_payments_live",
        "settlement_payments",
        ["claim_id"],
        unique=True,
        postgresql_where="state IN ('sent', 'paid')",
    )
    op.create_table(
        "settlement_lines",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("claim_id", sa.BigInteger(), nullable=False),
        sa.Column("redemption_id", sa.BigInteger(), nullable=False),
        sa.Column("voucher_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("place", sa.SmallInteger(), nullable=False),
        sa.Column("turn", sa.SmallInteger(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("owed_fen", sa.BigInteger(), nullable=False),
        sa.Column("upto_fen", sa.BigInteger(), nullable=False),
        sa.Column("before_fen", sa.BigInteger(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("rule", postgresql.JSONB(), nullable=False),
        sa.Column("stands", sa.Boolean(), nullable=False),
        sa.Column("transfer_id", sa.BigInteger(), nullable=True),
        sa.Column("back_transfer_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("kind = 'tranche' OR amount_fen > 0", name=op.f("ck_settlement_lines_interest")),
        sa.CheckConstraint("kind IN ('tranche', 'interest')", name=op.f("ck_settlement_lines_kind")),
        sa.CheckConstraint(
            "owed_fen >= upto_fen OR kind = 'interest'", name=op.f("ck_settlement_lines_owed")
        ),
        sa.CheckConstraint(
            "amount_fen = upto_fen - before_fen AND amount_fen <> 0", name=op.f("ck_settlement_lines_sums")
        ),
        sa.CheckConstraint("place >= 0 AND turn >= 0", name=op.f("ck_settlement_lines_place")),
        sa.ForeignKeyConstraint(
            ["district_id", "back_transfer_id"],
            ["ledger_transfers.district_id", "ledger_transfers.id"],
            name=op.f("fk_settlement_lines_district_id_back_transfer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "claim_id"],
            ["settlement_claims.district_id", "settlement_claims.id"],
            name=op.f("fk_settlement_lines_district_id_claim_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "redemption_id"],
            ["redemptions.district_id", "redemptions.id"],
            name=op.f("fk_settlement_lines_district_id_redemption_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "transfer_id"],
            ["ledger_transfers.district_id", "ledger_transfers.id"],
            name=op.f("fk_settlement_lines_district_id_transfer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "voucher_id"],
            ["vouchers.district_id", "vouchers.id"],
            name=op.f("fk_settlement_lines_district_id_voucher_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement_lines")),
        sa.UniqueConstraint("back_transfer_id", name=op.f("uq_settlement_lines_back_transfer_id")),
        sa.UniqueConstraint("transfer_id", name=op.f("uq_settlement_lines_transfer_id")),
    )
    op.create_index("ix_settlement_lines_claim_id", "settlement_lines", ["claim_id"])
    op.create_index(op.f("ix_settlement_lines_voucher_id"), "settlement_lines", ["voucher_id"])
    op.create_index(
        "uq_settlement_lines_turn",
        "settlement_lines",
        ["redemption_id", "voucher_id", "kind", "place", "turn"],
        unique=True,
        postgresql_where="stands",
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION anju_forbid_change()"
        )


def downgrade() -> None:
    """Drop the tables; a ledger that moved money of funds or claims keeps its accounts, and refuses."""
    for table in TABLES:
        op.drop_table(table)
    op.execute("DELETE FROM ledger_accounts WHERE kind IN ('fund', 'funding', 'claim', 'late_interest')")
    _let_accounts_be(OLD_KINDS, "'voucher', 'top_up'")


def _let_accounts_be(kinds: str, guarded: str) -> None:
    """Say which kinds of accounts there are, and which of them are guarded."""
    for name, rule in (("kind", f"kind IN ({kinds})"), ("guarded_kinds", f"guarded = (kind IN ({guarded}))")):
        op.drop_constraint(op.f(f"ck_ledger_accounts_{name}"), "ledger_accounts", type_="check")
        op.create_check_constraint(op.f(f"ck_ledger_accounts_{name}"), "ledger_accounts", rule)
