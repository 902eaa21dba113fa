"""Approvals that lapse with what they were about, and losses reported in a visit to the counter.

Revision ID: 0059
Revises: 0058
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0059"
down_revision: str | None = "0058"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TABLE = "approval_requests"


def _check(name: str, text: str) -> None:
    op.drop_constraint(op.f(f"ck_{_TABLE}_{name}"), _TABLE)
    op.create_check_constraint(op.f(f"ck_{_TABLE}_{name}"), _TABLE, text)


def upgrade() -> None:
    """Know the state, end what waits about stops and changes that ended, and add the visit of a stop."""
    _check("state", "state IN ('pending', 'approved', 'rejected', 'lapsed')")
    _check("decided", "(state IN ('pending', 'lapsed')) = (decided_by_id IS NULL)")
    op.execute("""
        UPDATE approval_requests r SET state = 'lapsed', decided_at = ended.ended_at
        FROM (SELECT 'voucher.stop' AS kind, id, ended_at FROM voucher_stops WHERE ended_at IS NOT NULL
              UNION ALL SELECT 'purchase.change', id, ended_at FROM purchase_changes WHERE state = 'lapsed')
             AS ended
        WHERE r.kind = ended.kind AND r.subject_id = ended.id AND r.state = 'pending'
    """)
    table = "voucher_stops"
    op.add_column(table, sa.Column("visit_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_voucher_stops_visit_id"), table, "counter_visits", ["visit_id"], ["id"])
    op.create_index(op.f("ix_voucher_stops_visit_id"), table, ["visit_id"])


def downgrade() -> None:
    """Let them wait again, which nobody can decide, and drop the visit."""
    op.drop_column("voucher_stops", "visit_id")
    op.execute("UPDATE approval_requests SET state = 'pending', decided_at = NULL WHERE state = 'lapsed'")
    _check("state", "state IN ('pending', 'approved', 'rejected')")
    _check("decided", "(state = 'pending') = (decided_by_id IS NULL)")
