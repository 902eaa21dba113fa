"""The change of a space may go with that of the home it stands beside.

Revision ID: 0079
Revises: 0076
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0079"
down_revision: str | None = "0076"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLE = "purchase_changes"
REVERSING = "kind IN ('withdraw', 'cancel', 'reject')"


def upgrade() -> None:
    """Let a change name the one that leads it; none of those that there are is led."""
    op.add_column(TABLE, sa.Column("with_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_purchase_changes_district_id_with_id"),
        TABLE,
        TABLE,
        ["district_id", "with_id"],
        ["district_id", "id"],
    )
    op.create_check_constraint(op.f("ck_purchase_changes_with"), TABLE, f"with_id IS NULL OR {REVERSING}")
    op.create_index(op.f("ix_purchase_changes_with_id"), TABLE, ["with_id"])


def downgrade() -> None:
    """Let each stand alone."""
    op.drop_column(TABLE, "with_id")
