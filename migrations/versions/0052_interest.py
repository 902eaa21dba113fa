"""What leaves a voucher may bear interest, and a term may start when the old home was handed over.

Revision ID: 0052
Revises: 0047
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0052"
down_revision: str | None = "0047"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

FROZEN = """
CREATE OR REPLACE FUNCTION voucher_endings_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moving text[] := ARRAY['state', 'payee_name', 'bank', 'account', 'reason', 'bank_reference', 'paid_on',
                           'paid_at', 'paid_by_id', 'paid_transfer_id', 'returned_transfer_id',
                           'forfeited_transfer_id', 'interest_fen'];
BEGIN
    -- What the authority decides where the policy is silent is frozen with the first promise.
    IF TG_OP = 'UPDATE' AND num_nonnulls(OLD.paid_transfer_id, OLD.returned_transfer_id,
                                         OLD.forfeited_transfer_id) = 0 THEN
        moving := moving || ARRAY['effect', 'paid_fen', 'returned_fen', 'forfeited_fen'];
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.state NOT IN ('closed', 'refused', 'withdrawn')
        AND (OLD.state <> 'paid' OR NEW.state = 'returned')
        AND to_jsonb(OLD) - moving = to_jsonb(NEW) - moving
        AND (OLD.paid_transfer_id IS NULL OR OLD.paid_transfer_id = NEW.paid_transfer_id)
        AND (OLD.returned_transfer_id IS NULL OR OLD.returned_transfer_id = NEW.returned_transfer_id)
        AND (OLD.forfeited_transfer_id IS NULL OR OLD.forfeited_transfer_id = NEW.forfeited_transfer_id)
        OR TG_OP = 'UPDATE' AND to_jsonb(OLD) - 'account' = to_jsonb(NEW) - 'account'
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION USING
        MESSAGE = 'voucher_endings_frozen: what was shown of an ending is kept as it was',
        ERRCODE = 'integrity_constraint_violation';
END
$$
"""


def upgrade() -> None:
    """Keep interest beside the parts of a leftover, and the day of the handover with the agreement."""
    op.add_column(
        "voucher_endings",
        sa.Column("interest_fen", sa.BigInteger(), nullable=False, server_default=sa.text("0")),
    )
    op.create_check_constraint(
        op.f("ck_voucher_endings_interest"),
        "voucher_endings",
        "interest_fen >= 0 AND (interest_fen = 0 OR paid_fen > 0)",
    )
    op.execute(FROZEN)
    op.add_column("agreements", sa.Column("vacated_on", sa.Date(), nullable=True))


def downgrade() -> None:
    """Forget both."""
    op.drop_column("agreements", "vacated_on")
    op.execute(FROZEN.replace(", 'interest_fen'", ""))
    op.drop_column("voucher_endings", "interest_fen")
