"""The price monitor at work, at night and when a regulator asks."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.identity.models import District
from app.jobs.runner import task
from app.monitor import runs
from app.monitor.runs import RunOpen


@task("monitor.nightly", cron="10 19 * * *")
def nightly(session: Session) -> None:
    """Order a run of every district (03:10 local), after the registry's files; one under way is enough."""
    runs.end_all_killed(session)
    for district_id in session.scalars(select(District.id).order_by(District.id)).all():
        try:
            runs.order_later(session, district_id=district_id)
        except RunOpen:
            continue


@task("monitor.run", attempts=1)
def run(_session: Session, run_id: int) -> None:
    """Carry out a run that was ordered; it opens its own transactions, and none while it computes."""
    # The libraries of the arrays are slow to load: only the worker that runs the monitor loads them.
    from app.cases import watching  # noqa: PLC0415

    watching.run_district(watching.usual_store(), run_id=run_id)


@task("monitor.sweep", cron="*/5 * * * *")
def sweep(session: Session) -> None:
    """End runs whose worker was killed."""
    runs.end_all_killed(session)
