"""Staged rows of a sales table say what a new home is: a parking space and a store room come by table too.

Revision ID: 0066
Revises: 0065
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0066"
down_revision: str | None = "0065"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Add the column; what is staged now is of homes."""
    op.add_column("import_rows", sa.Column("kind", sa.String(), nullable=True))


def downgrade() -> None:
    """Take it out."""
    op.drop_column("import_rows", "kind")
