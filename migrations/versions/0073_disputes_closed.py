"""A lost dispute that lacks money is closed by a checker, who says what became of it.

Revision ID: 0073
Revises: 0079
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0073"
down_revision: str | None = "0079"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("card_disputes", sa.Column("closed_at", sa.DateTime(timezone=True)))
    op.add_column("card_disputes", sa.Column("closed_by_id", sa.BigInteger()))
    op.add_column("card_disputes", sa.Column("close_reason", sa.String()))
    op.create_foreign_key(
        op.f("fk_card_disputes_closed_by_id"), "card_disputes", "users", ["closed_by_id"], ["id"]
    )
    op.create_check_constraint(
        op.f("ck_card_disputes_closed"),
        "card_disputes",
        "num_nulls(closed_at, closed_by_id, close_reason) IN (0, 3)"
        " AND (closed_at IS NULL OR outcome IS NOT DISTINCT FROM 'lost')",
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_card_disputes_closed"), "card_disputes", type_="check")
    for column in ("close_reason", "closed_by_id", "closed_at"):
        op.drop_column("card_disputes", column)
