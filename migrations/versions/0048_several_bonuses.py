"""A voucher earns several bonuses on a home, some of them in cash.

Revision ID: 0048
Revises: 0041
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0048"
down_revision: str | None = "0041"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TRANSFER = "fk_allocations_district_id_cash_transfer_id"


def upgrade() -> None:
    """Keep each bonus by its path in the policy, and what is to be paid in cash with its promise."""
    for name in ("bonuses", "cash_bonuses"):
        op.add_column(
            "allocations",
            sa.Column(name, postgresql.JSONB(), nullable=False, server_default=sa.text("'{}'")),
        )
    op.add_column(
        "allocations", sa.Column("cash_fen", sa.BigInteger(), nullable=False, server_default=sa.text("0"))
    )
    op.add_column("allocations", sa.Column("cash_transfer_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f(_TRANSFER),
        "allocations",
        "ledger_transfers",
        ["district_id", "cash_transfer_id"],
        ["district_id", "id"],
    )
    op.create_check_constraint(
        op.f("ck_allocations_cash"),
        "allocations",
        "cash_fen >= 0 AND (cash_fen > 0) = (cash_transfer_id IS NOT NULL)",
    )


def downgrade() -> None:
    """Forget all but the bonus that counted towards the price."""
    op.drop_column("allocations", "cash_transfer_id")
    op.drop_column("allocations", "cash_fen")
    op.drop_column("allocations", "cash_bonuses")
    op.drop_column("allocations", "bonuses")
