"""Reading the monitor's runs: of the reader's own district."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.actor import WATCHERS, Actor, Role
from app.core.errors import Forbidden, NotFound
from app.monitor.models import MonitorFinding, MonitorRun


def last_run(session: Session, *, actor: Actor) -> MonitorRun | None:
    """Return the newest run; None where there was none."""
    runs = list_runs(session, actor=actor, limit=1)
    return runs[0] if runs else None


def count_runs(session: Session, *, actor: Actor) -> int:
    """Return how many runs there were."""
    counted = select(func.count()).select_from(MonitorRun).where(MonitorRun.district_id == _district(actor))
    return session.scalar(counted) or 0


def list_runs(session: Session, *, actor: Actor, limit: int, offset: int = 0) -> Sequence[MonitorRun]:
    """Return runs, the newest first."""
    statement = select(MonitorRun).where(MonitorRun.district_id == _district(actor))
    ordered = statement.order_by(MonitorRun.started_at.desc(), MonitorRun.id.desc())
    return session.scalars(ordered.limit(limit).offset(offset)).all()


def get_run(session: Session, *, actor: Actor, ref: str) -> MonitorRun:
    """Return a run. Raises NotFound for another district's."""
    statement = select(MonitorRun).where(MonitorRun.ref == ref, MonitorRun.district_id == _district(actor))
    run = session.scalars(statement).first()
    if run is None:
        raise NotFound("monitor_run_not_found")
    return run


def count_changes(session: Session, *, run: MonitorRun) -> dict[str, int]:
    """Return how many developments and developers stand higher or lower than in the run before, by words.

    ``worse``: they are suspected and were not; ``better``: the other way round.
    """
    before = session.scalar(
        select(func.max(MonitorRun.id)).where(
            MonitorRun.district_id == run.district_id, MonitorRun.id < run.id, MonitorRun.state == "done"
        )
    )
    if before is None:
        return {}
    now, then = _suspected(session, run.id), _suspected(session, before)
    return {"worse": len(now - then), "better": len(then - now)}


def _suspected(session: Session, run_id: int) -> set[tuple[str, int, int | None]]:
    statement = select(MonitorFinding.kind, MonitorFinding.developer_id, MonitorFinding.development_id).where(
        MonitorFinding.run_id == run_id, MonitorFinding.level.in_(("review", "flag"))
    )
    return {(kind, developer, development) for kind, developer, development in session.execute(statement)}


def _district(actor: Actor) -> int:
    if actor.role not in {Role.REGULATOR, *WATCHERS}:
        raise Forbidden("wrong_role")
    return actor.district
