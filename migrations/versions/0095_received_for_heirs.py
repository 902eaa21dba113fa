"""A bonus in cash of a holder who died is paid by papers to one whom the heirs sent.

Revision ID: 0095
Revises: 0088
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0095"
down_revision: str | None = "0088"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TABLE = "cash_bonuses"


def upgrade() -> None:
    """Keep when the holder died, and which papers there were; of what heirs got before, that nobody asked."""
    op.add_column(_TABLE, sa.Column("died_on", sa.Date(), nullable=True))
    op.add_column(_TABLE, sa.Column("evidence", sa.String(), nullable=True))
    op.execute("""
        UPDATE cash_bonuses b
        SET died_on = s.died_on, evidence = '登记时还不要推举书，见继承的材料'
        FROM households h, voucher_heirs e JOIN voucher_stops s ON s.move_id = e.move_id
        WHERE h.id = b.household_id AND b.payee_name <> h.holder_name
          AND e.district_id = b.district_id AND e.name = b.payee_name
    """)
    op.create_check_constraint(
        op.f("ck_cash_bonuses_estate"),
        _TABLE,
        "num_nulls(died_on, evidence) IN (0, 2) AND evidence <> '' "
        "AND (died_on IS NULL OR account IS NOT NULL)",
    )


def downgrade() -> None:
    """Forget it."""
    op.drop_constraint(op.f("ck_cash_bonuses_estate"), _TABLE)
    op.drop_column(_TABLE, "evidence")
    op.drop_column(_TABLE, "died_on")
