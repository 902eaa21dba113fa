"""A change says whether the household itself gave something back.

Revision ID: 0081
Revises: 0097
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0081"
down_revision: str | None = "0097"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLE = "purchase_changes"
OWN = (
    "CASE WHEN kind = 'withdraw' THEN is_own "
    "WHEN kind IN ('contract', 'cancel') THEN is_own OR evidence <> '' OR NOT shown ? 'is_own' "
    "ELSE NOT is_own END"
)


def upgrade() -> None:
    """Keep what an officer prepared as others' doing: it was shown so."""
    op.add_column(TABLE, sa.Column("is_own", sa.Boolean(), nullable=True))
    op.add_column(TABLE, sa.Column("evidence", sa.String(), nullable=True))
    op.execute(
        "UPDATE purchase_changes "
        "SET is_own = kind = 'withdraw' OR kind IN ('contract', 'cancel') AND shown IS NULL"
    )
    op.alter_column(TABLE, "is_own", nullable=False)
    op.create_check_constraint(op.f("ck_purchase_changes_own"), TABLE, f"coalesce({OWN}, false)")
    op.create_check_constraint(op.f("ck_purchase_changes_evidence"), TABLE, "evidence IS NULL OR NOT is_own")


def downgrade() -> None:
    """Say it no more: by its kind a change is others' doing."""
    op.drop_column(TABLE, "evidence")
    op.drop_column(TABLE, "is_own")
