"""Reading adopted policies."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from app.core.errors import NotFound
from app.policies.bodies import from_body
from app.policies.models import PolicyVersion
from app.policies.rules import Policy


def policy_of(version: PolicyVersion) -> Policy:
    """Return the rules of an adopted version."""
    return from_body(version.body)


def list_offered(session: Session, *, district_id: int) -> Sequence[PolicyVersion]:
    """Return the versions a district issues under today: the latest of each policy, newest first."""
    latest = (
        select(PolicyVersion)
        .where(PolicyVersion.district_id == district_id)
        .ext(distinct_on(PolicyVersion.code))
        .order_by(PolicyVersion.code, PolicyVersion.version.desc())
    )
    return sorted(session.scalars(latest), key=lambda version: (version.adopted_at, version.id), reverse=True)


def get_version(session: Session, *, district_id: int, version_id: int) -> PolicyVersion:
    """Return one version of the district. Raises NotFound."""
    statement = select(PolicyVersion).where(
        PolicyVersion.id == version_id, PolicyVersion.district_id == district_id
    )
    version = session.scalars(statement).first()
    if version is None:
        raise NotFound("policy_version_gone", field="policy_version")
    return version
