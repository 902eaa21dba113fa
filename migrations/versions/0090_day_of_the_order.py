"""The first payment of a bonus in cash goes on deciding it, where the day of its payment does.

Revision ID: 0090
Revises: 0092
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0090"
down_revision: str | None = "0092"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TABLE = "cash_bonuses"


def upgrade() -> None:
    """Keep the day that counts: of what was paid that of its first payment, of an order that of its approval."""
    op.add_column(_TABLE, sa.Column("counted_on", sa.Date(), nullable=True))
    op.execute("""
        UPDATE cash_bonuses b
        SET counted_on = coalesce(
            (SELECT min(p.paid_on) FROM bank_payments p
             WHERE p.owner = 'cash_bonus:' || b.id AND p.district_id = b.district_id),
            (b.approved_at AT TIME ZONE 'Asia/Shanghai')::date)
        WHERE b.decided_by = 'paid' AND b.state <> 'taken_back'
    """)
    # What is paid a second time was worked out by its own day.
    op.execute("UPDATE cash_bonuses SET counted_on = paid_on WHERE decided_by = 'paid' AND state = 'paid'")
    op.create_check_constraint(
        op.f("ck_cash_bonuses_counted"),
        _TABLE,
        "CASE WHEN decided_by IS DISTINCT FROM 'paid' THEN counted_on IS NULL "
        "ELSE counted_on IS NOT NULL OR state NOT IN ('approved', 'paid') END",
    )


def downgrade() -> None:
    """Forget it."""
    op.drop_constraint(op.f("ck_cash_bonuses_counted"), _TABLE)
    op.drop_column(_TABLE, "counted_on")
