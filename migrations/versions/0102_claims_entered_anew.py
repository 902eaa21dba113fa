"""A claim that an officer entered and a checker sent back is entered anew, with its right day.

Revision ID: 0102
Revises: 0091
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0102"
down_revision: str | None = "0091"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TABLE = "voucher_endings"
_BEFORE = """
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
_AFTER = """
CREATE OR REPLACE FUNCTION voucher_endings_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moving text[] := ARRAY['state', 'payee_name', 'bank', 'account', 'reason', 'bank_reference', 'paid_on',
                           'paid_at', 'paid_by_id', 'paid_transfer_id', 'returned_transfer_id',
                           'forfeited_transfer_id', 'interest_fen', 'died_on', 'evidence'];
    is_returned boolean;
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
    -- Which day an officer entered was typed: sent back, it is entered anew, and all it promised is void.
    is_returned := TG_OP = 'UPDATE' AND OLD.state = 'prepared' AND NEW.state = 'claimable'
        AND OLD.claimed_on IS NOT NULL AND OLD.asked_by_id IS NULL
        AND num_nonnulls(NEW.claimed_on, NEW.paid_transfer_id, NEW.returned_transfer_id,
                         NEW.forfeited_transfer_id) = 0;
    IF is_returned THEN
        moving := moving || ARRAY['shown', 'effect', 'paid_fen', 'returned_fen', 'forfeited_fen',
                                  'claimed_on', 'claimed_at', 'reenter_until'];
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.state NOT IN ('closed', 'refused', 'withdrawn')
        AND (OLD.state <> 'paid' OR NEW.state = 'returned')
        AND to_jsonb(OLD) - moving = to_jsonb(NEW) - moving
        AND (is_returned OR OLD.paid_transfer_id IS NULL OR OLD.paid_transfer_id = NEW.paid_transfer_id)
        AND (is_returned OR OLD.returned_transfer_id IS NULL
             OR OLD.returned_transfer_id = NEW.returned_transfer_id)
        AND (is_returned OR OLD.forfeited_transfer_id IS NULL
             OR OLD.forfeited_transfer_id = NEW.forfeited_transfer_id)
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
    """Let what was sent back wait for its claim again, for a while longer than its last day."""
    op.add_column(_TABLE, sa.Column("reenter_until", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(
        op.f("ck_voucher_endings_reentered_claim"), _TABLE, "reenter_until IS NULL OR claim_until IS NOT NULL"
    )
    op.execute(_AFTER)


def downgrade() -> None:
    """Forget it: what waits is over by its last day."""
    op.execute(_BEFORE)
    op.drop_constraint(op.f("ck_voucher_endings_reentered_claim"), _TABLE, type_="check")
    op.drop_column(_TABLE, "reenter_until")
