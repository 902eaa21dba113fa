"""How a job runs: inside the app, in one transaction that commits when the task returns."""

import asyncio
import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

import procrastinate
from flask import Flask
from sqlalchemy.orm import Session

from app.core.queue import gather, gathering, queue
from app.extensions import db


class _Process:
    """What the wiring set for this process."""

    app: Flask | None = None


def bind(app: Flask) -> None:
    """Set the app that this process's jobs run in. Called by the wiring."""
    _Process.app = app


def task(
    name: str,
    *,
    attempts: int = 5,
    wait_seconds: int | None = None,
    cron: str | None = None,
    gathers: str | None = None,
) -> Callable[[Callable[..., None]], Any]:
    """Register a function ``(session, **arguments)`` as a task.

    Every task must be harmless when run twice. A failure is tried again, ``attempts`` times in all, each time
    three times as late as before, or ``wait_seconds`` later; what still fails stands on the status page.
    One that ``gathers`` a list takes those of its other waiting jobs along, in its own transaction; once it
    failed it runs alone, so that no job is held up by another's fault. One by the clock gathers nothing.
    """
    if gathers is not None:
        gathering[name] = gathers

    def register(function: Callable[..., None]) -> Any:
        @functools.wraps(function)
        def run(**arguments: Any) -> None:
            arguments.pop("timestamp", None)
            _in_transaction(function, arguments)

        @functools.wraps(function)
        def run_together(context: procrastinate.JobContext, /, **arguments: Any) -> None:
            together = functools.partial(_gathered, name, function)
            _in_transaction(function if context.job.attempts else together, arguments)

        retry = procrastinate.RetryStrategy(
            max_attempts=attempts,
            linear_wait=wait_seconds or 0,
            exponential_wait=0 if wait_seconds else 3,
        )
        if gathers is not None:
            return queue.task(name=name, retry=retry, pass_context=True)(run_together)
        registered = queue.task(name=name, retry=retry)(run)
        return queue.periodic(cron=cron)(cast(Any, registered)) if cron else registered

    return register


def _gathered(name: str, function: Callable[..., None], session: Session, **arguments: Any) -> None:
    """Run a task for all its jobs that wait."""
    function(session, **{gathering[name]: gather(session, name, arguments[gathering[name]])})


def _in_transaction(function: Callable[..., None], arguments: dict[str, Any]) -> None:
    app = _Process.app
    if app is None:
        raise RuntimeError("no app is bound to the jobs")
    with app.app_context():
        session: Session = db.session()
        try:
            function(session, **arguments)
            session.commit()
        except BaseException:
            session.rollback()
            raise


def _connector(app: Flask) -> procrastinate.PsycopgConnector:
    url = app.config["SQLALCHEMY_DATABASE_URI"].set(drivername="postgresql")
    return procrastinate.PsycopgConnector(
        conninfo=url.render_as_string(hide_password=False), min_size=1, max_size=4
    )


def run_worker(app: Flask, *, concurrency: int) -> None:
    """Work the queue until INT or TERM."""
    bind(app)
    with queue.replace_connector(_connector(app)):
        queue.run_worker(
            concurrency=concurrency,
            name="anju",
            # Not woken by each job, but five times a second: what came meanwhile is done together.
            listen_notify=False,
            fetch_job_polling_interval=0.2,
            update_heartbeat_interval=10,
            stalled_worker_timeout=60,
            shutdown_graceful_timeout=20,
        )


@contextmanager
def _nothing_by_the_clock() -> Iterator[None]:
    """Let a worker order no task by its hour while the block runs."""
    registry = queue.periodic_registry
    usual, registry.periodic_tasks = registry.periodic_tasks, {}
    try:
        yield
    finally:
        registry.periodic_tasks = usual


def run_waiting(app: Flask) -> None:
    """Run every job that waits, and none that only the hour would order, then return: for tests."""
    bind(app)

    async def work() -> None:
        async with queue.open_async():
            await queue.run_worker_async(wait=False, concurrency=1, install_signal_handlers=False)

    with queue.replace_connector(_connector(app)), _nothing_by_the_clock():
        asyncio.run(work())
