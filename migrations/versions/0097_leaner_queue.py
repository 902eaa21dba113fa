"""A job calls no worker, and one that is put off has no events of its coming.

Revision ID: 0097
Revises: 0090
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0097"
down_revision: str | None = "0090"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_JOBS = "ON procrastinate_jobs FOR EACH ROW WHEN"


def upgrade() -> None:
    op.execute("DROP TRIGGER procrastinate_jobs_notify_queue_job_inserted_v1 ON procrastinate_jobs")
    op.execute("DROP TRIGGER procrastinate_trigger_scheduled_events_v1 ON procrastinate_jobs")
    _tell_of_coming("new.status = 'todo' AND new.scheduled_at IS NULL")


def downgrade() -> None:
    _tell_of_coming("new.status = 'todo'")
    op.execute(
        f"CREATE TRIGGER procrastinate_trigger_scheduled_events_v1 AFTER UPDATE OR INSERT {_JOBS} "
        "(new.scheduled_at IS NOT NULL AND new.status = 'todo') "
        "EXECUTE FUNCTION procrastinate_trigger_function_scheduled_events_v1()"
    )
    op.execute(
        f"CREATE TRIGGER procrastinate_jobs_notify_queue_job_inserted_v1 AFTER INSERT {_JOBS} "
        "(new.status = 'todo') EXECUTE FUNCTION procrastinate_notify_queue_job_inserted_v1()"
    )


def _tell_of_coming(when: str) -> None:
    op.execute("DROP TRIGGER procrastinate_trigger_status_events_insert_v1 ON procrastinate_jobs")
    op.execute(
        f"CREATE TRIGGER procrastinate_trigger_status_events_insert_v1 AFTER INSERT {_JOBS} ({when}) "
        "EXECUTE FUNCTION procrastinate_trigger_function_status_events_insert_v1()"
    )
