"""Runs of every district: what cannot be done for one district holds up no other."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import apart
from app.core.apart import Due
from app.identity.models import District
from app.monitor import runs
from app.monitor.runs import RunOpen


def end_killed(session: Session) -> None:
    """End every run whose worker was killed."""

    def end(district_id: int) -> None:
        runs.end_killed(session, district_id=district_id)

    apart.each(session, "monitor.sweep", runs.still_open(session), end)


def order_all(session: Session) -> None:
    """Order a run of every district; one under way is enough."""

    def order(district_id: int) -> None:
        runs.order_later(session, district_id=district_id)

    found = session.execute(select(District.id, District.code).order_by(District.id)).all()
    districts = [Due(district_id, district_id, code) for district_id, code in found]
    apart.each(session, "monitor.nightly", districts, order, waits=(RunOpen,))
