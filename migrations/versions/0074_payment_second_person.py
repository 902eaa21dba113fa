"""Whoever noted that a payment to a developer failed or came back does not pay its claim anew.

Revision ID: 0074
Revises: 0075
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0074"
down_revision: str | None = "0075"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SECOND_PERSON_FUNCTION = """
CREATE OR REPLACE FUNCTION settlement_payments_second_person() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT made_by_id FROM payment_batches WHERE id = NEW.batch_id) = (
        SELECT undone_by_id FROM settlement_payments WHERE claim_id = NEW.claim_id ORDER BY id DESC LIMIT 1
    ) THEN
        RAISE EXCEPTION USING
            MESSAGE = 'whoever noted that a payment failed or came back does not pay the claim anew',
            ERRCODE = 'check_violation',
            CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END
$$
""".strip()
SECOND_PERSON_TRIGGER = (
    "CREATE TRIGGER settlement_payments_second_person BEFORE INSERT ON settlement_payments "
    "FOR EACH ROW EXECUTE FUNCTION settlement_payments_second_person()"
)


def upgrade() -> None:
    """Keep who noted it, of earlier payments by the audit trail."""
    op.add_column("settlement_payments", sa.Column("undone_by_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_settlement_payments_undone_by_id"),
        "settlement_payments",
        "users",
        ["undone_by_id"],
        ["id"],
    )
    op.execute(
        "UPDATE settlement_payments p SET undone_by_id = a.user_id FROM audit_rows a "
        "WHERE a.object_type = 'settlement_payment' AND a.object_id = p.id "
        "AND a.action IN ('settlements.fail', 'settlements.return') AND p.state IN ('failed', 'returned')"
    )
    op.create_check_constraint(
        op.f("ck_settlement_payments_undone"),
        "settlement_payments",
        "undone_by_id IS NULL OR state IN ('failed', 'returned')",
    )
    op.execute(SECOND_PERSON_FUNCTION)
    op.execute(SECOND_PERSON_TRIGGER)


def downgrade() -> None:
    """Let anybody pay it anew."""
    op.execute("DROP TRIGGER settlement_payments_second_person ON settlement_payments")
    op.execute("DROP FUNCTION settlement_payments_second_person()")
    op.drop_column("settlement_payments", "undone_by_id")
