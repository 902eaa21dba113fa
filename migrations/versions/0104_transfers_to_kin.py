"""A voucher counts transfers to kin apart from those to others.

Revision ID: 0104
Revises: 0102
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0104"
down_revision: str | None = "0102"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_CHECK = "ck_vouchers_came_with"
_COUNTED = "transfers_done >= 0 AND splits_done >= 0 AND merges_done >= 0 AND inheritances_done >= 0 AND "
_KEPT = (
    "(move_id IS NOT NULL OR earns_bonus AND extended_months = 0) AND "
    "(inheritances_done > 0 OR stood_still_days = 0)"
)
_CAME_WITH = (
    f"{_COUNTED}kin_transfers_done >= 0 AND extended_months >= 0 AND stood_still_days >= 0 AND "
    "(move_id IS NULL) = (transfers_done + kin_transfers_done + splits_done + merges_done"
    f" + inheritances_done = 0) AND {_KEPT}"
)
_CAME_WITH_BEFORE = (
    f"{_COUNTED}extended_months >= 0 AND stood_still_days >= 0 AND "
    "(move_id IS NULL) = (transfers_done + splits_done + merges_done + inheritances_done = 0) AND "
    f"{_KEPT}"
)


def upgrade() -> None:
    """Add the count; what was transferred before counts as it did, for no policy told kin apart."""
    op.add_column(
        "vouchers",
        sa.Column("kin_transfers_done", sa.SmallInteger(), nullable=False, server_default=sa.text("0")),
    )
    _replace(_CAME_WITH)


def downgrade() -> None:
    """Count every transfer together again."""
    op.execute("UPDATE vouchers SET transfers_done = transfers_done + kin_transfers_done")
    _replace(_CAME_WITH_BEFORE)
    op.drop_column("vouchers", "kin_transfers_done")


def _replace(condition: str) -> None:
    op.drop_constraint(op.f(_CHECK), "vouchers", type_="check")
    op.create_check_constraint(op.f(_CHECK), "vouchers", condition)
