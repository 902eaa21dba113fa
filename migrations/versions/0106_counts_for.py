"""A purchase says for which bonuses its home counts.

Revision ID: 0106
Revises: 0103
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0106"
down_revision: str | None = "0103"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Add the paths; no policy was of what is spent on some homes before."""
    op.add_column(
        "allocations",
        sa.Column("counts_for", postgresql.JSONB(), nullable=False, server_default=sa.text("'[]'")),
    )


def downgrade() -> None:
    """Forget them."""
    op.drop_column("allocations", "counts_for")
