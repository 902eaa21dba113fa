"""A home whose address was another's first goes on when that one is let go.

Revision ID: 0030
Revises: 0031
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0030"
down_revision: str | None = "0031"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Let doubts end as ``yielded``."""
    _check("state", "state IN ('waiting', 'same', 'other', 'moved', 'yielded')")
    _check("ended", "(state IN ('other', 'moved', 'yielded')) = (ended_at IS NOT NULL)")
    _check("reason", "state IN ('moved', 'yielded') OR (state <> 'waiting') = (reason IS NOT NULL)")


def downgrade() -> None:
    """Call what yielded ``moved``: it ended without anybody's word, too."""
    op.execute("UPDATE address_doubts SET state = 'moved' WHERE state = 'yielded'")
    _check("state", "state IN ('waiting', 'same', 'other', 'moved')")
    _check("ended", "(state IN ('other', 'moved')) = (ended_at IS NOT NULL)")
    _check("reason", "state = 'moved' OR (state <> 'waiting') = (reason IS NOT NULL)")


def _check(name: str, condition: str) -> None:
    constraint = op.f(f"ck_address_doubts_{name}")
    op.drop_constraint(constraint, "address_doubts", type_="check")
    op.create_check_constraint(constraint, "address_doubts", condition)
