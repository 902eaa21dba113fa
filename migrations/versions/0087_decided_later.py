"""A bonus in cash may be decided by a day after the lock, and what a payment is less by it is on record.

Revision ID: 0087
Revises: 0070
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0087"
down_revision: str | None = "0070"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TABLE = "cash_bonuses"


def upgrade() -> None:
    """Keep beside each bonus in cash which day decides it, and what its payment is less by that."""
    op.add_column(_TABLE, sa.Column("decided_by", sa.String(), nullable=True))
    op.add_column(_TABLE, sa.Column("decided_on", sa.Date(), nullable=True))
    op.add_column(_TABLE, sa.Column("less_fen", sa.BigInteger(), nullable=False, server_default=sa.text("0")))
    op.create_check_constraint(
        op.f("ck_cash_bonuses_less"),
        _TABLE,
        "less_fen BETWEEN 0 AND fen AND (less_fen = 0 OR decided_by IS NOT NULL AND state = 'paid')",
    )
    op.create_check_constraint(
        op.f("ck_cash_bonuses_decided"),
        _TABLE,
        "CASE WHEN decided_by IN ('filed', 'verified') THEN decided_on IS NOT NULL "
        "ELSE decided_on IS NULL AND (decided_by IS NULL OR decided_by = 'paid') END",
    )


def downgrade() -> None:
    """Forget it."""
    for constraint in ("decided", "less"):
        op.drop_constraint(op.f(f"ck_cash_bonuses_{constraint}"), _TABLE)
    for column in ("less_fen", "decided_on", "decided_by"):
        op.drop_column(_TABLE, column)
