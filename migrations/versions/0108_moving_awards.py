"""An agreement may list the reward for moving out in time.

Revision ID: 0108
Revises: 0107
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0108"
down_revision: str | None = "0107"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_CHECK = "ck_agreement_lines_kind"
_BEFORE = "'home', 'decoration', 'attachments', 'moving', 'interim', 'business', 'area_aid', 'award'"


def upgrade() -> None:
    """Take the kind; what was listed before stays what it is."""
    _replace(f"{_BEFORE}, 'moving_award', 'deduction'")


def downgrade() -> None:
    """Take it no more; refused where an agreement lists one, for lines are never changed."""
    _replace(f"{_BEFORE}, 'deduction'")


def _replace(kinds: str) -> None:
    op.drop_constraint(op.f(_CHECK), "agreement_lines", type_="check")
    op.create_check_constraint(op.f(_CHECK), "agreement_lines", f"kind IN ({kinds})")
