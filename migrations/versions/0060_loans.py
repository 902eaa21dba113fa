"""Loans say from which bank they come and when they are expected; a hold is lengthened for one once.

Revision ID: 0060
Revises: 0059
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0060"
down_revision: str | None = "0059"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Add bank and day to the parts of top-ups, and the index that allows one extension."""
    op.add_column("top_up_parts", sa.Column("bank", sa.String(), nullable=True))
    op.add_column("top_up_parts", sa.Column("expected_on", sa.Date(), nullable=True))
    op.create_check_constraint(
        op.f("ck_top_up_parts_lender"),
        "top_up_parts",
        "num_nulls(bank, expected_on) IN (0, 2) AND (kind <> 'own' OR bank IS NULL)",
    )
    op.create_index(
        op.f("uq_redemption_moves_loan"),
        "redemption_moves",
        ["redemption_id"],
        unique=True,
        postgresql_where="action = 'extend_for_loan'",
    )


def downgrade() -> None:
    """Take them out."""
    op.drop_index(op.f("uq_redemption_moves_loan"), "redemption_moves")
    op.drop_constraint(op.f("ck_top_up_parts_lender"), "top_up_parts", type_="check")
    op.drop_column("top_up_parts", "expected_on")
    op.drop_column("top_up_parts", "bank")
