"""Which sign-ins open pages. Every request asks for its own: one narrow row, made into no entities."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, bindparam, func, or_, select
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor, Role
from app.core.prepared import Prepared
from app.identity.models import PRIVATE, District, Membership, Organisation, SignIn, User
from app.identity.queries import WHOSE, person, token_hash

_IS_LIVE: Final[tuple[ColumnElement[bool], ...]] = (
    SignIn.ended_at.is_(None),
    SignIn.expires_at > bindparam("moment"),
    SignIn.proof != "code_to_come",
    # One by one: a list is compiled anew at each use.
    or_(*(Membership.role == role for role in PRIVATE), SignIn.seen_at > bindparam("seen_after")),
)
"""What holds of a sign-in that opens pages; ``seen_after`` is when staff must have been seen last."""

_LIVE: Final = (
    select(
        SignIn.id,
        SignIn.ref,
        SignIn.proof,
        SignIn.seen_at,
        User.username,
        User.display_name,
        User.password_issued,
        func.coalesce(Organisation.name, District.name),
        *WHOSE,
    )
    .join(User, User.id == SignIn.user_id)
    .join(Membership, Membership.id == SignIn.membership_id)
    .outerjoin(Organisation, Organisation.id == Membership.organisation_id)
    .outerjoin(District, District.id == Membership.district_id)
    .where(SignIn.token_hash == bindparam("hash"), *_IS_LIVE, User.active, Membership.ended_at.is_(None))
)
_OF_TOKEN: Final = Prepared(_LIVE)
"""Every request of somebody who is signed in asks it."""
_OF_TOKEN_AND_CLOCK: Final = Prepared(_LIVE.add_columns(clock.OFFSET.scalar_subquery()))
"""The same in a demo, whose requests all ask for its clock as well: one question for two."""


@dataclass(frozen=True, slots=True)
class LiveSignIn:
    """A sign-in that opens pages, and what a request needs to know of its person."""

    id: int
    ref: str
    proof: str
    seen_at: datetime
    """Last use, to the minute."""
    username: str
    display_name: str
    password_issued: bool
    place: str | None
    """The name of the organisation, or else of the district; None for a helper."""
    user_id: int
    role: Role
    person: Actor
    """The person for themselves, whoever they act for."""


def find_live_sign_in(session: Session, token: str, *, idle: timedelta) -> LiveSignIn | None:
    """Return the sign-in of a token, unless it opens nothing.

    That is: ended, expired, waiting for its code, of somebody deactivated or removed, or of staff who have
    not used it for longer than ``idle``.
    """
    moment, stored = clock.system_now(), clock.stored()
    asked = {"hash": token_hash(token), "moment": moment, "seen_after": moment - idle}
    row = (_OF_TOKEN_AND_CLOCK if stored else _OF_TOKEN).first(session, **asked)
    if row is None:
        return None
    if stored:
        stored.heard(row[-1])
        row = row[:-1]
    row_id, ref, proof, seen_at, username, display_name, password_issued, place, *whose = row
    user_id, role_name, *_ = whose
    return LiveSignIn(
        id=row_id,
        ref=ref,
        proof=proof,
        seen_at=seen_at,
        username=username,
        display_name=display_name,
        password_issued=password_issued,
        place=place,
        user_id=user_id,
        role=Role(role_name),
        person=person(*whose),
    )


def list_live_sign_ins(session: Session, *, actor: Actor, idle: timedelta) -> Sequence[SignIn]:
    """Return the places where the actor is signed in, newest first."""
    moment = clock.system_now()
    statement = (
        select(SignIn)
        .join(SignIn.membership)
        .where(SignIn.user_id == actor.user_id, *_IS_LIVE)
        .order_by(SignIn.started_at.desc(), SignIn.id.desc())
    )
    return session.scalars(statement, {"moment": moment, "seen_after": moment - idle}).all()
