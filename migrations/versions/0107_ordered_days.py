"""A sum keeps the day on which a list told the bank to pay it: interest stops by that day.

Revision ID: 0107
Revises: 0106
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0107"
down_revision: str | None = "0106"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TABLES = {"voucher_endings": "ending_id", "cash_bonuses": "cash_bonus_id"}
_BEFORE = """
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
_AFTER = """
CREATE OR REPLACE FUNCTION voucher_endings_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moving text[] := ARRAY['state', 'payee_name', 'bank', 'account', 'reason', 'bank_reference', 'paid_on',
                           'paid_at', 'paid_by_id', 'paid_transfer_id', 'returned_transfer_id',
                           'forfeited_transfer_id', 'interest_fen', 'died_on', 'evidence', 'ordered_on'];
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
    """Add the day, of what stands on an open list that list's; what was paid keeps the day it was paid by."""
    for table in _TABLES:
        op.add_column(table, sa.Column("ordered_on", sa.Date()))
        op.create_check_constraint(
            op.f(f"ck_{table}_ordered"), table, "ordered_on IS NULL OR state IN ('approved', 'paid')"
        )
    op.execute(_AFTER)
    for table, column in _TABLES.items():
        op.execute(
            f"""
            UPDATE {table} AS owner SET ordered_on = pay_lists.pay_on
            FROM pay_lines JOIN pay_lists ON pay_lists.id = pay_lines.list_id
            WHERE pay_lines.state = 'listed' AND pay_lines.{column} = owner.id
            """  # noqa: S608  # our own words
        )


def downgrade() -> None:
    """Forget the days. Refused where interest was paid by one: nothing else says to which day it ran."""
    op.execute(
        """
        DO $$ BEGIN
            IF EXISTS (SELECT FROM voucher_endings
                       WHERE state = 'paid' AND interest_fen > 0 AND ordered_on <> paid_on)
               OR EXISTS (SELECT FROM cash_bonuses
                          WHERE state = 'paid' AND interest_fen > 0 AND runs_to IS NULL
                                AND ordered_on <> paid_on) THEN
                RAISE EXCEPTION 'interest was paid to the day of a list, not to that of its payment';
            END IF;
        END $$
        """
    )
    op.execute(_BEFORE)
    for table in _TABLES:
        op.drop_constraint(op.f(f"ck_{table}_ordered"), table, type_="check")
        op.drop_column(table, "ordered_on")
