"""What is paid of a voucher whose holder died goes by papers to one whom the heirs sent.

Revision ID: 0091
Revises: 0100
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0091"
down_revision: str | None = "0100"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TABLE = "voucher_endings"
_FROZEN = """
CREATE OR REPLACE FUNCTION voucher_endings_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moving text[] := ARRAY['state', 'payee_name', 'bank', 'account', 'reason', 'bank_reference', 'paid_on',
                           'paid_at', 'paid_by_id', 'paid_transfer_id', 'returned_transfer_id',
                           'forfeited_transfer_id', 'interest_fen', 'died_on', 'evidence'];
BEGIN
    -- What the authority decides where the policy is silent is frozen with the first promise.
    IF TG_OP = 'UPDATE' AND num_nonnulls(OLD.paid_transfer_id, OLD.returned_transfer_id,
                                         OLD.forfeited_transfer_id) = 0 THEN
        moving := moving || ARRAY['effect', 'paid_fen', 'returned_fen', 'forfeited_fen'];
    END IF;
    -- A claim says by which of the rules that were shown it is paid; its day is said once.
    IF TG_OP = 'UPDATE' AND OLD.state = 'claimable' THEN
        moving := moving || ARRAY['shown'];
        IF OLD.claimed_on IS NULL THEN
            moving := moving || ARRAY['claimed_on', 'claimed_at', 'asked_by_id', 'visit_id'];
        END IF;
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
    """Keep when the holder died, and which papers there were; of what heirs got before, that nobody asked."""
    op.add_column(_TABLE, sa.Column("died_on", sa.Date(), nullable=True))
    op.add_column(_TABLE, sa.Column("evidence", sa.String(), nullable=True))
    op.execute("ALTER TABLE voucher_endings DISABLE TRIGGER voucher_endings_frozen")
    op.execute("""
        UPDATE voucher_endings e
        SET died_on = s.died_on, evidence = '登记时还不要推举书，见继承的材料'
        FROM vouchers v JOIN households h ON h.id = v.household_id, voucher_heirs k
        JOIN voucher_stops s ON s.move_id = k.move_id
        WHERE v.id = e.voucher_id AND e.payee_name <> h.holder_name
          AND k.district_id = e.district_id AND k.name = e.payee_name
    """)
    op.execute("ALTER TABLE voucher_endings ENABLE TRIGGER voucher_endings_frozen")
    op.execute(_FROZEN)
    op.create_check_constraint(
        op.f("ck_voucher_endings_estate"),
        _TABLE,
        "num_nulls(died_on, evidence) IN (0, 2) AND evidence <> '' "
        "AND (died_on IS NULL OR account IS NOT NULL)",
    )


def downgrade() -> None:
    """Forget it."""
    op.drop_constraint(op.f("ck_voucher_endings_estate"), _TABLE)
    op.execute(_FROZEN.replace(", 'died_on', 'evidence'", ""))
    op.drop_column(_TABLE, "evidence")
    op.drop_column(_TABLE, "died_on")
