"""The price monitor at work, at night and when a regulator asks."""

from sqlalchemy.orm import Session

from app.jobs.runner import task
from app.monitor import flows


@task("monitor.nightly", cron="10 19 * * *")
def nightly(session: Session) -> None:
    """Order a run of every district (03:10 local), after the registry's files; one under way is enough."""
    flows.end_killed(session)
    flows.order_all(session)


@task("monitor.run", attempts=1)
def run(_session: Session, run_id: int) -> None:
    """Carry out a run that was ordered; it opens its own transactions, and none while it computes."""
    # The libraries of the arrays are slow to load: only the worker that runs the monitor loads them.
    from app.cases import watching  # noqa: PLC0415

    watching.run_district(watching.usual_store(), run_id=run_id)


@task("monitor.sweep", cron="*/5 * * * *")
def sweep(session: Session) -> None:
    """End runs whose worker was killed."""
    flows.end_killed(session)
