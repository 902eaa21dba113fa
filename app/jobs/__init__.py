"""The background edge: tasks by domain, registered on import."""

from app.jobs import (
    audit,
    cards,
    following,
    homes,
    identity,
    imports,
    ledger,
    monitor,
    notices,
    projects,
    queue,
    redemptions,
    sales,
    search,
    settlements,
    vouchers,
)
from app.jobs.command import worker
from app.jobs.runner import bind, run_waiting, run_worker

__all__ = ["TASK_MODULES", "bind", "run_waiting", "run_worker", "worker"]

TASK_MODULES = (
    audit,
    cards,
    following,
    homes,
    identity,
    imports,
    ledger,
    monitor,
    notices,
    projects,
    queue,
    redemptions,
    sales,
    search,
    settlements,
    vouchers,
)
