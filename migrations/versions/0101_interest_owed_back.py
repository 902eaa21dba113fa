"""A line of interest may deduct what was paid too much.

Revision ID: 0101
Revises: 0071
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0101"
down_revision: str | None = "0071"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Take interest that nothing bears any more off a claim, too."""
    op.drop_constraint("interest", "settlement_lines", type_="check")
    op.create_check_constraint("interest", "settlement_lines", "kind = 'tranche' OR upto_fen >= 0")


def downgrade() -> None:
    """Let no line of interest deduct; refused where one does."""
    op.drop_constraint("interest", "settlement_lines", type_="check")
    op.create_check_constraint("interest", "settlement_lines", "kind = 'tranche' OR amount_fen > 0")
