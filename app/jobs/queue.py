"""The queue looks after itself."""

from datetime import timedelta

from sqlalchemy import delete, text
from sqlalchemy.orm import Session

from app.core import clock
from app.core.idempotency import KeptAnswer
from app.core.queue import STALLED_AFTER_SECONDS
from app.core.rates import RateCounter
from app.core.replay import HandledRequest
from app.jobs.runner import task


@task("queue.rescue", cron="* * * * *")
def rescue(session: Session) -> None:
    """Give back jobs whose worker shows no sign of life; after a kill they would stay "doing" for ever."""
    session.execute(
        text(
            "SELECT procrastinate_retry_job_v1(job.id, now(), NULL, NULL, NULL) "
            "FROM procrastinate_jobs job "
            "LEFT JOIN procrastinate_workers worker ON worker.id = job.worker_id "
            "WHERE job.status = 'doing' AND (worker.id IS NULL OR "
            "worker.last_heartbeat < now() - make_interval(secs => :silence))"
        ),
        {"silence": STALLED_AFTER_SECONDS},
    )


@task("queue.tidy", cron="17 3 * * *")
def tidy(session: Session) -> None:
    """Forget finished jobs, handled requests, kept answers after 7 days, and rate counters that ended."""
    week_ago = clock.system_now() - timedelta(days=7)
    session.execute(
        text(
            "DELETE FROM procrastinate_jobs job "
            "WHERE job.status IN ('succeeded', 'cancelled') AND NOT EXISTS "
            "(SELECT FROM procrastinate_events event WHERE event.job_id = job.id AND event.at > :week_ago)"
        ),
        {"week_ago": week_ago},
    )
    session.execute(delete(HandledRequest).where(HandledRequest.at < week_ago))
    session.execute(delete(KeptAnswer).where(KeptAnswer.at < week_ago))
    session.execute(delete(RateCounter).where(RateCounter.expires_at < clock.system_now()))
