"""The monitor's first run over the demo, once it is filled."""

from sqlalchemy import select

from app.demo.district import DISTRICT_CODE
from app.extensions import writing
from app.identity.models import District
from app.monitor import runs
from app.monitor.models import MonitorRun


def run_monitor() -> None:
    """Run the monitor over the demo district, unless somebody ran it before."""
    with writing() as session:
        district_id = session.scalars(select(District.id).where(District.code == DISTRICT_CODE)).one()
        if session.scalar(select(MonitorRun.id).where(MonitorRun.district_id == district_id).limit(1)):
            return
        ordered = runs.order(session, district_id=district_id)
    # The libraries of the arrays are slow to load, and the web loads every command.
    from app.cases.watching import run_district, usual_store  # noqa: PLC0415

    run_district(usual_store(), run_id=ordered.id)
