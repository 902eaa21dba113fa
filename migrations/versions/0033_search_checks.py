"""What the last comparison of each search index with the database found.

Revision ID: 0033
Revises: 0032
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0033"
down_revision: str | None = "0032"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Make the table; it is empty until the next night."""
    op.create_table(
        "search_checks",
        sa.Column("engine", sa.String(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("homes", "missing", "late", "wrong")),
        sa.PrimaryKeyConstraint("engine", name=op.f("pk_search_checks")),
        sa.CheckConstraint("least(homes, missing, late, wrong) >= 0", name=op.f("ck_search_checks_counts")),
    )


def downgrade() -> None:
    """Drop what the last comparison found; the next one finds it again."""
    op.drop_table("search_checks")
