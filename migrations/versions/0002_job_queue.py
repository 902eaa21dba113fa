"""Job queue: procrastinate's own tables, from the SQL of its pinned version

Revision ID: 0002
Revises: 0001
"""

from collections.abc import Sequence

from alembic import op
from procrastinate.schema import SchemaManager

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    # As the driver takes it: the file holds statements with percent signs and dollar quotes.
    op.get_bind().connection.driver_connection.execute(SchemaManager.get_schema())


def downgrade() -> None:
    for table in ("events", "periodic_defers", "jobs", "workers"):
        op.execute(f"DROP TABLE procrastinate_{table} CASCADE")
    op.execute(
        """
        DO $$ DECLARE made regprocedure; BEGIN
            FOR made IN SELECT oid::regprocedure FROM pg_proc WHERE proname LIKE 'procrastinate\\_%'
                AND pronamespace = current_schema()::regnamespace
            LOOP EXECUTE 'DROP FUNCTION ' || made || ' CASCADE'; END LOOP;
        END $$
        """
    )
    for name in ("job_to_defer_v1", "job_event_type", "job_status"):
        op.execute(f"DROP TYPE procrastinate_{name}")
