"""Who is told when a price signal is opened."""

from sqlalchemy.orm import Session

from app.cases.evidence import Evidence
from app.cases.models import Signal
from app.homes.rules import home_name
from app.identity.queries import organisations_of
from app.notices.service import Recipient, tell


def tell_opened(session: Session, signal: Signal, found: Evidence) -> None:
    """Tell the district's regulators and the developer. Called in the transaction that opened the signal."""
    home = f"{found.home.development} {home_name(found.home.building, found.home.unit, found.home.room)}"
    event = f"signal.open:{signal.id}"
    for organisation_id in organisations_of(session, district_id=signal.district_id, kind="regulator"):
        tell(
            session,
            kind="signal_opened",
            to=Recipient(district_id=signal.district_id, organisation_id=organisation_id),
            event=event,
            about_ref=signal.ref,
            signal=signal.ref,
            home=home,
            developer=found.developer,
        )
    tell(
        session,
        kind="developer_signal_opened",
        to=Recipient(district_id=signal.district_id, organisation_id=signal.developer_id),
        event=event,
        about_ref=signal.ref,
        signal=signal.ref,
        home=home,
    )
