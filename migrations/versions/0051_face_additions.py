"""A policy adds to the compensation to make a voucher's face.

Revision ID: 0051
Revises: 0050
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0051"
down_revision: str | None = "0050"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Keep what was added, by the path of its rule."""
    op.add_column(
        "vouchers",
        sa.Column("additions", postgresql.JSONB(), nullable=False, server_default=sa.text("'{}'")),
    )


def downgrade() -> None:
    """Forget what of a face was added."""
    op.drop_column("vouchers", "additions")
