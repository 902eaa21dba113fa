"""Reading adopted policies."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from app.core.errors import NotFound
from app.policies.bodies import from_body
from app.policies.models import PolicyVersion
from app.policies.rules import Policy

_KEPT: Final = 1_000
_read: Final[dict[str, Policy]] = {}
"""Rules by the digest of their body, which never changes: to read one takes longer than to ask for it."""


def policy_of(version: PolicyVersion) -> Policy:
    """Return the rules of an adopted version."""
    known = _read.get(version.sha256)
    if known is None:
        if len(_read) >= _KEPT:
            _read.clear()
        known = _read[version.sha256] = from_body(version.body)
    return known


def policy_known_by(session: Session, *, version_id: int, digest: str) -> Policy:
    """Return the rules of an adopted version by its id and its digest, which ``sha256`` of it is."""
    return _read.get(digest) or policy_of(session.get_one(PolicyVersion, version_id))


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
