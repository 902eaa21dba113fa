"""What is left after a term may wait until its household claims it.

Revision ID: 0100
Revises: 0095
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0100"
down_revision: str | None = "0095"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TABLE = "voucher_endings"
_BEFORE = {
    "state": (
        "state IN ('asked', 'undecided', 'prepared', 'approved', 'paid', 'closed', 'refused', "
        "'withdrawn', 'returned', 'renewed')"
    ),
    "decided": "(effect IS NULL) = (state = 'undecided')",
}
_AFTER = {
    "state": (
        "state IN ('asked', 'undecided', 'claimable', 'prepared', 'approved', 'paid', 'closed', "
        "'refused', 'withdrawn', 'returned', 'renewed')"
    ),
    "decided": "(effect IS NULL) = (state IN ('undecided', 'claimable'))",
}
_NEW = {
    "claimable": (
        "state <> 'claimable' OR claim_until IS NOT NULL AND paid_fen + returned_fen + forfeited_fen = 0"
    ),
    "claim_of_lapse": "claim_until IS NULL OR kind = 'lapse'",
    "claimed_in_time": (
        "num_nulls(claimed_on, claimed_at) IN (0, 2) AND (claimed_on IS NULL OR claim_until IS NOT NULL "
        "AND claimed_on < (claim_until AT TIME ZONE 'Asia/Shanghai')::date)"
    ),
    "claimed_or_over": (
        "claim_until IS NULL OR effect IS NULL OR (effect = 'cash') = (claimed_on IS NOT NULL)"
    ),
}
_CLAIMS = """    -- A claim says by which of the rules that were shown it is paid; its day is said once.
    IF TG_OP = 'UPDATE' AND OLD.state = 'claimable' THEN
        moving := moving || ARRAY['shown'];
        IF OLD.claimed_on IS NULL THEN
            moving := moving || ARRAY['claimed_on', 'claimed_at', 'asked_by_id', 'visit_id'];
        END IF;
    END IF;
"""
_FROZEN = """
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
CLAIMS    IF TG_OP = 'UPDATE' AND OLD.state NOT IN ('closed', 'refused', 'withdrawn')
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
""".strip()


def upgrade() -> None:
    """Let an ending wait for its claim, and keep the day of that, once."""
    op.add_column(_TABLE, sa.Column("claim_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column(_TABLE, sa.Column("claimed_on", sa.Date(), nullable=True))
    op.add_column(_TABLE, sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True))
    _replace(_AFTER)
    for name, said in _NEW.items():
        op.create_check_constraint(op.f(f"ck_{_TABLE}_{name}"), _TABLE, said)
    op.execute(_FROZEN.replace("CLAIMS", _CLAIMS))


def downgrade() -> None:
    """Forget claims: refused while one is waited for."""
    op.execute(_FROZEN.replace("CLAIMS", ""))
    for name in _NEW:
        op.drop_constraint(op.f(f"ck_{_TABLE}_{name}"), _TABLE, type_="check")
    _replace(_BEFORE)
    for column in ("claimed_at", "claimed_on", "claim_until"):
        op.drop_column(_TABLE, column)


def _replace(allowed: dict[str, str]) -> None:
    for name, said in allowed.items():
        op.drop_constraint(op.f(f"ck_{_TABLE}_{name}"), _TABLE, type_="check")
        op.create_check_constraint(op.f(f"ck_{_TABLE}_{name}"), _TABLE, said)
