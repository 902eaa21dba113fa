"""Jobs that wait to deliver messages name a list of them.

Revision ID: 0064
Revises: 0069
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0064"
down_revision: str | None = "0069"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.execute(
        "UPDATE procrastinate_jobs "
        "SET args = jsonb_build_object('notice_ids', jsonb_build_array(args -> 'notice_id')) "
        "WHERE task_name = 'notices.deliver' AND status IN ('todo', 'doing') AND args ? 'notice_id'"
    )


def downgrade() -> None:
    op.execute(
        "UPDATE procrastinate_jobs SET args = jsonb_build_object('notice_id', args #> '{notice_ids,0}') "
        "WHERE task_name = 'notices.deliver' AND status IN ('todo', 'doing') AND args ? 'notice_ids'"
    )
