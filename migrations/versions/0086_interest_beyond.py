"""Interest on what was spent may run on after the lock, and is paid with the bonus in cash.

Revision ID: 0086
Revises: 0085
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0086"
down_revision: str | None = "0085"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TABLE = "cash_bonuses"
_TAKEN_BACK = "(state = 'taken_back') = (back_transfer_id IS NOT NULL)"


def upgrade() -> None:
    """Keep beside each bonus in cash whether and to which day interest runs, and what was paid of it."""
    op.add_column(_TABLE, sa.Column("runs_on", sa.Boolean(), nullable=False, server_default=sa.text("false")))
    op.add_column(_TABLE, sa.Column("runs_to", sa.Date(), nullable=True))
    op.add_column(
        _TABLE, sa.Column("interest_fen", sa.BigInteger(), nullable=False, server_default=sa.text("0"))
    )
    op.create_check_constraint(
        op.f("ck_cash_bonuses_interest"),
        _TABLE,
        "interest_fen >= 0 AND (interest_fen = 0 OR runs_on AND state = 'paid') "
        "AND (runs_to IS NULL OR runs_on)",
    )
    op.drop_constraint(op.f("ck_cash_bonuses_sum"), _TABLE)
    op.create_check_constraint(op.f("ck_cash_bonuses_sum"), _TABLE, "fen > 0 OR fen = 0 AND runs_on")
    op.drop_constraint(op.f("ck_cash_bonuses_taken_back"), _TABLE)
    op.create_check_constraint(
        op.f("ck_cash_bonuses_taken_back"),
        _TABLE,
        f"CASE WHEN fen > 0 THEN {_TAKEN_BACK} ELSE back_transfer_id IS NULL END",
    )


def downgrade() -> None:
    """Forget it; what was promised by no lock goes, too."""
    op.execute("DELETE FROM cash_bonuses WHERE fen = 0")
    op.drop_constraint(op.f("ck_cash_bonuses_taken_back"), _TABLE)
    op.create_check_constraint(op.f("ck_cash_bonuses_taken_back"), _TABLE, _TAKEN_BACK)
    op.drop_constraint(op.f("ck_cash_bonuses_sum"), _TABLE)
    op.create_check_constraint(op.f("ck_cash_bonuses_sum"), _TABLE, "fen > 0")
    op.drop_constraint(op.f("ck_cash_bonuses_interest"), _TABLE)
    for column in ("interest_fen", "runs_to", "runs_on"):
        op.drop_column(_TABLE, column)
