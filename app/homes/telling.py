"""Who is told what about a developer's place in a pool. Called in the transaction of what it tells."""

from sqlalchemy.orm import Session

from app.homes.pool_models import PoolMembership
from app.identity.queries import organisations_of
from app.notices.service import Recipient, tell


def tell_applied(session: Session, found: PoolMembership) -> None:
    """Tell the district's authorities that an application waits."""
    for organisation_id in organisations_of(session, district_id=found.district_id, kind="authority"):
        tell(
            session,
            kind="pool_applied",
            to=Recipient(district_id=found.district_id, organisation_id=organisation_id),
            event=f"pool.submitted:{found.id}:{found.submitted_at.isoformat()}",
            about_ref=found.ref,
            developer=found.developer.name,
        )


def tell_decided(session: Session, found: PoolMembership, action: str, reason: str | None) -> None:
    """Tell the developer what was decided."""
    tell(
        session,
        kind=f"developer_pool_{action}",
        to=Recipient(district_id=found.district_id, organisation_id=found.developer_id),
        event=f"pool.{action}:{found.id}:{found.changed_at.isoformat()}",
        about_ref=found.ref,
        district=found.district.name,
        **({"reason": reason} if reason else {}),
    )
