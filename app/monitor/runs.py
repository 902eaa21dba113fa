"""The only writer of the monitor's runs: ordered, begun, on their way, ended.

While a worker computes it holds the district's name outside any transaction (``core.locks.hold_alone``), so a
run that stands as running while its name is free was killed.
"""

from datetime import timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core import audit, clock, locks
from app.core.actor import Actor, Role, system_actor
from app.core.apart import Due
from app.core.errors import Conflict, Forbidden, NotFound
from app.core.ids import new_ref
from app.core.queue import enqueue
from app.monitor.check import RULE_VERSION
from app.monitor.models import MonitorRun

RATE_BP: Final = 1_000
MATERIALITY_BP: Final = 200
"""The false discovery rate, and the premium that is not worth an accusation, in ten-thousandths."""

OPEN: Final = ("waiting", "running")
KILLED: Final = "killed"
FAILED: Final = "error"
"""Why a run failed: its worker died, or it met an error of ours (which is in the log)."""

LONGEST_WAIT: Final = timedelta(hours=1)
"""A run that no worker took in this time was lost."""


class RunOpen(Conflict):
    """A run of the district waits or is on its way; there is one at a time."""

    def __init__(self) -> None:
        super().__init__("monitor_run_open")


class RunOver(Conflict):
    """The run has ended."""

    def __init__(self) -> None:
        super().__init__("monitor_run_over")


class RunCancelled(Exception):  # no error: somebody asked for it
    """The run was asked to stop, or was ended by somebody else while it was computing."""


def name_of(district_id: int) -> str:
    """Return the name that a worker holds while it runs a district."""
    return f"monitor:{district_id}"


def order(session: Session, *, district_id: int, actor: Actor | None = None) -> MonitorRun:
    """Return a new run that waits for a worker; without an actor the system orders it.

    One that was killed is ended first. Raises RunOpen, Forbidden for anybody but its regulator.
    """
    if actor is not None and (actor.role is not Role.REGULATOR or actor.district != district_id):
        raise Forbidden("wrong_role")
    end_killed(session, district_id=district_id)
    run = MonitorRun(
        ref=new_ref("HD"),
        district_id=district_id,
        asked_by_id=None if actor is None else actor.user_id,
        state="waiting",
        progress=0,
        attempt=0,
        beat_at=clock.system_now(),
        started_at=clock.now(),
        rate_bp=RATE_BP,
        materiality_bp=MATERIALITY_BP,
        rule_version=RULE_VERSION,
        drift_alarm=False,
    )
    try:
        with session.begin_nested():
            session.add(run)
    except IntegrityError as error:
        raise RunOpen from error
    _note(session, run, "order", actor)
    return run


def order_later(session: Session, *, district_id: int, actor: Actor | None = None) -> MonitorRun:
    """Return a new run that the next free worker takes. Raises as ``order`` does."""
    run = order(session, district_id=district_id, actor=actor)
    enqueue(session, "monitor.run", lock=name_of(district_id), run_id=run.id)
    return run


def end_killed(session: Session, *, district_id: int) -> MonitorRun | None:
    """End and return a district's run whose worker died or that no worker took; None if there is none."""
    open_one = session.scalar(select(MonitorRun.id).where(_is_open(district_id)))
    if open_one is None or not locks.try_name(session, name_of(district_id)):
        return None
    run = locks.lock(session, MonitorRun, open_one)
    if run.state not in OPEN or (run.state == "waiting" and clock.system_now() - run.beat_at < LONGEST_WAIT):
        return None
    _end(session, run, "failed", problem=KILLED)
    return run


def still_open(session: Session) -> list[Due[int]]:
    """Return the districts with an open run, by its reference; ``end_killed`` ends it where it was killed."""
    wanted = select(MonitorRun.district_id, MonitorRun.ref).where(MonitorRun.state.in_(OPEN))
    found = session.execute(wanted.order_by(MonitorRun.id))
    return [Due(district_id, district_id, ref) for district_id, ref in found]


def begin(session: Session, *, run_id: int) -> MonitorRun | None:
    """Begin a run that waits and return it; None when it was cancelled or begun before.

    The caller holds the district's name, so one that stands as running was killed: it is ended.
    """
    run = locks.lock(session, MonitorRun, run_id)
    if run.state == "running":
        _end(session, run, "failed", problem=KILLED)
    if run.state != "waiting":
        return None
    run.state, run.attempt, run.beat_at = "running", run.attempt + 1, clock.system_now()
    return run


def beat(session: Session, *, run_id: int, stage: str, progress: int) -> None:
    """Say how far a run is, in per cent. Raises RunCancelled when it has to stop."""
    run = hold(session, run_id=run_id)
    run.stage, run.progress, run.beat_at = stage, max(run.progress, min(progress, 100)), clock.system_now()


def hold(session: Session, *, run_id: int) -> MonitorRun:
    """Lock a run to write a part of its results. Raises RunCancelled when it has to stop."""
    run = locks.lock(session, MonitorRun, run_id)
    if run.state != "running" or run.cancel_asked_at is not None:
        raise RunCancelled
    return run


def finish(
    session: Session, run: MonitorRun, *, outcome: dict[str, Any], data_hash: str, drift_alarm: bool
) -> None:
    """End a run that the caller holds with what it came to."""
    run.outcome, run.data_hash, run.drift_alarm, run.progress = outcome, data_hash, drift_alarm, 100
    _end(session, run, "done")


def stop(session: Session, *, run_id: int) -> None:
    """End a run that was asked to stop; one that has ended meanwhile stays as it is."""
    run = locks.lock(session, MonitorRun, run_id)
    if run.state == "running" and run.cancel_asked_at is not None:
        _end(session, run, "cancelled")


def fail(session: Session, *, run_id: int) -> None:
    """End a run that met an error."""
    run = locks.lock(session, MonitorRun, run_id)
    if run.state in OPEN:
        _end(session, run, "failed", problem=FAILED)


def cancel(session: Session, *, actor: Actor, ref: str) -> MonitorRun:
    """Cancel a run that waits, or ask one to stop at its next part. Raises NotFound, Forbidden, RunOver."""
    actor.demand(Role.REGULATOR)
    statement = select(MonitorRun.id).where(MonitorRun.ref == ref, MonitorRun.district_id == actor.district)
    run_id = session.scalar(statement)
    if run_id is None:
        raise NotFound("monitor_run_not_found")
    run = locks.lock(session, MonitorRun, run_id)
    if run.state not in OPEN:
        raise RunOver
    if run.cancel_asked_at is None:
        run.cancel_asked_at = clock.now()
        _note(session, run, "cancel", actor)
    if run.state == "waiting":
        _end(session, run, "cancelled")
    session.flush()
    return run


def _is_open(district_id: int) -> Any:
    return (MonitorRun.district_id == district_id) & MonitorRun.state.in_(OPEN)


def _end(session: Session, run: MonitorRun, state: str, *, problem: str | None = None) -> None:
    run.state, run.problem, run.finished_at = state, problem, clock.now()
    run.beat_at, run.stage = clock.system_now(), None
    _note(session, run, state, None)
    session.flush()


def _note(session: Session, run: MonitorRun, verb: str, actor: Actor | None) -> None:
    audit.record(
        session,
        actor=actor or system_actor(run.district_id),
        action=f"monitor.{verb}",
        object_type="monitor_run",
        object_id=run.id,
    )
