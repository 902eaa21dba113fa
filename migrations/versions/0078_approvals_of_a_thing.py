"""Find all that was ever asked about a thing without reading what was asked about all others.

Revision ID: 0078
Revises: 0074
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0078"
down_revision: str | None = "0074"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Add the index."""
    op.create_index("ix_approval_requests_subject", "approval_requests", ["kind", "subject_id", "id"])


def downgrade() -> None:
    """Drop it."""
    op.drop_index("ix_approval_requests_subject", table_name="approval_requests")
