"""The only writer of policies."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core import audit, clock
from app.core.actor import Actor
from app.core.errors import Conflict
from app.policies import places, reader, spent_on_checks
from app.policies.adoption import not_carried_out
from app.policies.idle import is_past_unsaid
from app.policies.models import PolicyVersion


def adopt(
    session: Session, *, actor: Actor, district_id: int, text: str, must_say: bool = False
) -> PolicyVersion:
    """Adopt a policy file in a district and return its version.

    The same rules adopted again are the version they already are; changed rules are the code's next version,
    and issued vouchers keep theirs. Raises PolicyFileInvalid, and Conflict when somebody adopts at the
    same time, for a development that is not there, or for words that the platform does not carry out yet:
    none is silently ignored.
    """
    body = reader.read(text)
    ignored = not_carried_out(body)
    if ignored:
        raise Conflict("policy_not_carried_out", paths=", ".join(ignored))
    missing = places.unknown(session, body)
    if missing:
        raise Conflict("policy_place_unknown", paths=", ".join(missing))
    digest = _digest(body)
    latest = session.scalars(
        select(PolicyVersion)
        .where(PolicyVersion.district_id == district_id, PolicyVersion.code == body["code"])
        .order_by(PolicyVersion.version.desc())
        .limit(1)
    ).first()
    if latest and latest.sha256 == digest:
        return latest
    if must_say and is_past_unsaid(body):
        raise Conflict("policy_past_unsaid", paths="splits.past: stays or parted")
    if must_say and (unsaid := spent_on_checks.unsaid(body)):
        paths = ", ".join(f"{path}.spent_on: earning or all" for path in unsaid)
        raise Conflict("policy_spent_on_unsaid", paths=paths)
    statement = (
        insert(PolicyVersion)
        .values(
            district_id=district_id,
            code=body["code"],
            version=latest.version + 1 if latest else 1,
            title=body["title"],
            body=body,
            sha256=digest,
            adopted_at=clock.now(),
        )
        .on_conflict_do_nothing()
        .returning(PolicyVersion)
    )
    adopted = session.scalars(statement).first()
    if adopted is None:
        raise Conflict("policy_adopted_meanwhile")
    audit.record(
        session,
        actor=actor,
        action="policy.adopt",
        object_type="policy_version",
        object_id=adopted.id,
        district_id=district_id,
        version=adopted.version,
        sha256=digest,
    )
    return adopted


def _digest(body: Mapping[str, Any]) -> str:
    """Return the hash of the rules themselves: comments and spacing of the file make no new version."""
    return hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
