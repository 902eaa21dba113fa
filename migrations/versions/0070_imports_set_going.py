"""Whether a stopped batch was set going again, or a stopped import ended.

Revision ID: 0070
Revises: 0089
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0070"
down_revision: str | None = "0089"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Keep which of the two a person did."""
    op.execute("ALTER TABLE job_restarts ADD COLUMN act VARCHAR NOT NULL DEFAULT 'restart'")
    op.execute(
        "ALTER TABLE job_restarts ADD CONSTRAINT ck_job_restarts_act CHECK (act IN ('restart', 'end'))"
    )


def downgrade() -> None:
    """Forget it."""
    op.execute("ALTER TABLE job_restarts DROP COLUMN act")
