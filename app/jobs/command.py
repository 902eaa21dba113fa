"""flask worker: takes jobs from the queue until it is stopped."""

import click
from flask import current_app
from flask.cli import with_appcontext

from app.jobs.runner import run_worker


@click.command("worker")
@click.option("--concurrency", default=2, show_default=True, help="How many jobs at a time.")
@with_appcontext
def worker(concurrency: int) -> None:
    """Work the queue; INT and TERM let the jobs in hand finish first."""
    run_worker(current_app._get_current_object(), concurrency=concurrency)  # type: ignore[attr-defined]  # a proxy
