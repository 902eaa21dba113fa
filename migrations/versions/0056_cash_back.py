"""Bonus in cash of which less is owed since the home costs less.

Revision ID: 0056
Revises: 0055
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0056"
down_revision: str | None = "0055"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ALL = "back_fen >= 0 AND bonus_back_fen >= 0 AND cash_back_fen >= 0 AND back_fen + bonus_back_fen + cash_back_fen > 0"
_BOTH = "back_fen >= 0 AND bonus_back_fen >= 0 AND back_fen + bonus_back_fen > 0"


def upgrade() -> None:
    """Count beside each share, and each part of a change, what is owed in cash no more."""
    none = {"nullable": False, "server_default": sa.text("0")}
    op.add_column("allocations", sa.Column("cash_back_fen", sa.BigInteger(), **none))
    op.create_check_constraint(
        op.f("ck_allocations_cash_back"), "allocations", "cash_back_fen BETWEEN 0 AND cash_fen"
    )
    table = "change_parts"
    op.add_column(table, sa.Column("cash_back_fen", sa.BigInteger(), **none))
    op.add_column(table, sa.Column("cash_transfer_id", sa.BigInteger(), nullable=True))
    op.drop_constraint(op.f("ck_change_parts_sums"), table)
    op.create_check_constraint(op.f("ck_change_parts_sums"), table, _ALL)
    op.create_check_constraint(
        op.f("ck_change_parts_cash"), table, "(cash_back_fen > 0) = (cash_transfer_id IS NOT NULL)"
    )
    op.create_unique_constraint(op.f("uq_change_parts_cash_transfer_id"), table, ["cash_transfer_id"])
    op.create_foreign_key(
        op.f("fk_change_parts_district_id_cash_transfer_id"),
        table,
        "ledger_transfers",
        ["district_id", "cash_transfer_id"],
        ["district_id", "id"],
    )


def downgrade() -> None:
    """Drop it."""
    table = "change_parts"
    op.drop_constraint(op.f("ck_change_parts_cash"), table)
    op.drop_constraint(op.f("ck_change_parts_sums"), table)
    op.drop_column(table, "cash_transfer_id")
    op.drop_column(table, "cash_back_fen")
    op.create_check_constraint(op.f("ck_change_parts_sums"), table, _BOTH)
    op.drop_constraint(op.f("ck_allocations_cash_back"), "allocations")
    op.drop_column("allocations", "cash_back_fen")
