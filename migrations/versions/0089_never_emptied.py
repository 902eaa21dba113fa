"""Money's tables are never emptied at once, and a batch set going again is on record.

Revision ID: 0089
Revises: 0086
"""

from collections.abc import Sequence
from typing import Final

from alembic import op

revision: str = "0089"
down_revision: str | None = "0086"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES: Final = (
    *("agreements", "allocations", "approval_requests", "bank_payments", "bank_statements"),
    *("card_dispute_holds", "card_disputes", "card_payments", "card_refunds", "card_reports", "cash_bonuses"),
    *("cash_sales", "contract_entries", "developer_accounts", "extension_batches", "followed_changes"),
    *("fund_receipts", "helper_acts", "home_sightings", "kin_consents", "kinship_proofs", "late_handovers"),
    *("ledger_accounts", "line_matches", "payment_batches", "planned_prices", "promotions"),
    *("purchase_changes", "redemptions", "refunds", "settlement_claims", "settlement_lines"),
    *("settlement_milestones", "settlement_payments", "settlement_terms", "statement_lines"),
    *("supervised_accounts", "top_up_parts", "top_ups", "voucher_batches", "voucher_endings"),
    *("voucher_heirs", "voucher_move_parts", "voucher_stops", "vouchers"),
)
RESTARTS = """
CREATE TABLE job_restarts (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    district_id BIGINT NOT NULL,
    task VARCHAR NOT NULL,
    batch_id BIGINT NOT NULL,
    ref VARCHAR NOT NULL,
    job_id BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    failed_at TIMESTAMP WITH TIME ZONE,
    asked_by_id BIGINT NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    reason VARCHAR NOT NULL,
    CONSTRAINT pk_job_restarts PRIMARY KEY (id),
    CONSTRAINT uq_job_restarts_job_id UNIQUE (job_id),
    CONSTRAINT fk_job_restarts_district_id FOREIGN KEY (district_id) REFERENCES districts (id),
    CONSTRAINT fk_job_restarts_asked_by_id FOREIGN KEY (asked_by_id) REFERENCES users (id),
    CONSTRAINT ck_job_restarts_reason CHECK (reason <> '')
)
"""


def upgrade() -> None:
    """Let nobody empty what money stands on, not even the tables' owner."""
    for table in TABLES:
        op.execute(
            f"CREATE TRIGGER {table}_never_emptied BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION anju_forbid_change()"
        )
    op.execute(RESTARTS)
    op.execute("CREATE INDEX ix_job_restarts_district_id_ref ON job_restarts (district_id, ref)")
    op.execute(
        "CREATE TRIGGER job_restarts_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON job_restarts "
        "FOR EACH STATEMENT EXECUTE FUNCTION anju_forbid_change()"
    )


def downgrade() -> None:
    """Leave it to rights alone again, and forget who set what going."""
    op.execute("DROP TABLE job_restarts")
    for table in TABLES:
        op.execute(f"DROP TRIGGER {table}_never_emptied ON {table}")
