"""Reading identity."""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from typing import Final

from sqlalchemy import ColumnElement, Select, bindparam, func, select
from sqlalchemy.orm import Session, contains_eager, joinedload
from sqlalchemy.orm.interfaces import ORMOption

from app.core import clock
from app.core.actor import Actor, Duty, Role
from app.core.errors import Forbidden
from app.core.ids import normalise_ref
from app.core.prepared import Prepared
from app.core.sealing import unseal
from app.identity.errors import PersonGone
from app.identity.models import (
    SECRET,
    ApiToken,
    District,
    Invitation,
    Membership,
    Organisation,
    RecoveryCode,
    SecondFactor,
    SignIn,
    User,
)


def token_hash(token: str) -> bytes:
    """Return what is stored of a sign-in's token: its SHA-256, so that a read database signs nobody in."""
    return hashlib.sha256(token.encode()).digest()


def find_waiting_sign_in(session: Session, token: str) -> SignIn | None:
    """Return the sign-in of a token whose password was right and whose code is still to come, or None."""
    statement = (
        select(SignIn)
        .join(SignIn.user)
        .join(SignIn.membership)
        .where(
            SignIn.token_hash == token_hash(token),
            SignIn.proof == "code_to_come",
            SignIn.ended_at.is_(None),
            SignIn.expires_at > clock.system_now(),
            User.active,
            Membership.ended_at.is_(None),
        )
        .options(joinedload(SignIn.user), joinedload(SignIn.membership))
    )
    return session.scalars(statement).first()


def find_factor(session: Session, *, user_id: int) -> SecondFactor | None:
    """Return a person's second factor, confirmed or not, or None."""
    return session.get(SecondFactor, user_id, populate_existing=True)


def secret_of(factor: SecondFactor) -> str:
    """Return the secret in the letters that one types into an authenticator app."""
    return unseal(factor.secret, purpose=SECRET.purpose, owner=factor.user_id)


def count_recovery_codes(session: Session, *, user_id: int) -> int:
    """Return how many recovery codes are unused."""
    statement = select(func.count()).where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
    return session.scalars(statement).one()


WHOSE: Final = (
    *(Membership.user_id, Membership.role, Membership.duty),
    *(Membership.district_id, Membership.organisation_id, Membership.household_id),
)
"""The columns that ``person`` makes an actor of."""


def person(
    user_id: int,
    role: str,
    duty: str | None,
    district_id: int | None,
    organisation_id: int | None,
    household_id: int | None,
) -> Actor:
    """Return somebody as an actor, by the columns of their role."""
    return Actor(
        user_id=user_id,
        role=Role(role),
        district_id=district_id,
        organisation_id=organisation_id,
        household_id=household_id,
        duty=Duty(duty) if duty else None,
    )


def actor_of(membership: Membership) -> Actor:
    """Return the actor a membership makes of its user."""
    return person(
        *(membership.user_id, membership.role, membership.duty),
        *(membership.district_id, membership.organisation_id, membership.household_id),
    )


def list_districts(session: Session) -> Sequence[District]:
    """Return every district, by code."""
    return session.scalars(select(District).order_by(District.code)).all()


def list_developers(session: Session) -> Sequence[Organisation]:
    """Return every developer, by name."""
    return session.scalars(
        select(Organisation).where(Organisation.kind == "developer").order_by(Organisation.name)
    ).all()


def organisations_of(session: Session, *, district_id: int, kind: str) -> Sequence[int]:
    """Return the ids of a district's organisations of a kind, the oldest first."""
    return [row[0] for row in _ORGANISATIONS.rows(session, district_id=district_id, kind=kind)]


_ORGANISATIONS: Final = Prepared(
    select(Organisation.id)
    .where(Organisation.district_id == bindparam("district_id"), Organisation.kind == bindparam("kind"))
    .order_by(Organisation.id)
)


def people_with(session: Session, *, organisation_id: int, duties: Collection[Duty]) -> Sequence[int]:
    """Return the ids of a developer's people who have one of these duties now, the oldest first."""
    wanted = select(User.id).join(Membership, Membership.user_id == User.id)
    theirs = Membership.organisation_id == organisation_id, Membership.duty.in_(sorted(duties))
    live = Membership.ended_at.is_(None), User.active
    return session.scalars(wanted.where(*theirs, *live).order_by(User.id)).all()


def count_accounts(session: Session, *, actor: Actor) -> int:
    """Return how many memberships ``list_accounts`` would list without a limit."""
    statement = select(func.count(Membership.id)).where(Membership.district_id == actor.district)
    return session.scalars(statement).one()


def list_accounts(
    session: Session, *, actor: Actor, offset: int = 0, limit: int = 20
) -> Sequence[Membership]:
    """Return who has or had a role in the actor's district, user and organisation loaded, by sign-in name."""
    statement = (
        select(Membership)
        .join(Membership.user)
        .where(Membership.district_id == actor.district)
        .options(contains_eager(Membership.user), joinedload(Membership.organisation))
        .order_by(User.username.collate("C"), Membership.id)
    )
    return session.scalars(statement.offset(offset).limit(limit)).all()


def get_person(session: Session, *, actor: Actor, ref: str) -> Membership:
    """Return a person that the actor manages, user and organisation loaded, also one who has left.

    An administrator manages the staff of the district, a developer's manager its people, an officer the
    people of the district's households (whose passwords an officer helps with). Raises PersonGone.
    """
    statement = _managed(actor).where(Membership.ref == (normalise_ref(ref) or ref))
    found = session.scalars(statement.options(*_person())).first()
    if found is None:
        raise PersonGone
    return found


def count_people(session: Session, *, actor: Actor) -> int:
    """Return how many people ``list_people`` would list without a limit."""
    statement = _managed(actor).where(Membership.ended_at.is_(None))
    return session.scalars(select(func.count()).select_from(statement.subquery())).one()


def list_people(session: Session, *, actor: Actor, offset: int = 0, limit: int = 20) -> Sequence[Membership]:
    """Return the people that the actor manages and who have not left, by organisation and sign-in name."""
    statement = (
        _managed(actor)
        .where(Membership.ended_at.is_(None))
        .join(Membership.user)
        .order_by(Membership.organisation_id, User.username.collate("C"), Membership.id)
    )
    return session.scalars(statement.options(*_person()).offset(offset).limit(limit)).all()


def list_successors(session: Session, *, leaving: Membership) -> Sequence[Membership]:
    """Return who can take over from somebody: colleagues of the same organisation and role, by name."""
    statement = (
        select(Membership)
        .join(Membership.user)
        .where(
            Membership.organisation_id == leaving.organisation_id,
            Membership.role == leaving.role,
            Membership.id != leaving.id,
            Membership.ended_at.is_(None),
            User.active,
        )
        .options(contains_eager(Membership.user))
        .order_by(User.username.collate("C"))
    )
    return session.scalars(statement).all()


def count_tokens_of(session: Session, *, person: Membership) -> int:
    """Return how many programs' tokens end with a person's place, because that person made them."""
    statement = select(func.count()).where(
        ApiToken.membership_id == person.id,
        ApiToken.revoked_at.is_(None),
        ApiToken.expires_at > clock.system_now(),
    )
    return session.scalars(statement).one()


def list_household_people(session: Session, *, actor: Actor, household_id: int) -> Sequence[Membership]:
    """Return who signs in for a household of the actor's district."""
    statement = _managed(actor).where(Membership.household_id == household_id, Membership.ended_at.is_(None))
    return session.scalars(statement.options(*_person()).order_by(Membership.id)).all()


def _person() -> tuple[ORMOption, ...]:
    """Return what loads the people of a membership.

    Made anew each time: at import the mappers could not be joined, for models above are not there yet.
    """
    return (
        joinedload(Membership.user),
        joinedload(Membership.organisation),
        joinedload(Membership.handed_to).joinedload(Membership.user),
    )


def _managed(actor: Actor) -> Select[Membership]:
    statement = select(Membership)
    if actor.role is Role.DEVELOPER and actor.duty is Duty.MANAGER:
        return statement.where(Membership.organisation_id == actor.organisation)
    if actor.role is Role.ADMINISTRATOR:
        return statement.where(
            Membership.district_id == actor.district, Membership.organisation_id.is_not(None)
        )
    if actor.role is Role.OFFICER:
        return statement.where(Membership.district_id == actor.district, Membership.household_id.is_not(None))
    raise Forbidden("wrong_role")


def list_workplaces(session: Session, *, actor: Actor) -> Sequence[Organisation]:
    """Return the organisations an actor invites people to: a manager's own, an administrator's district's."""
    statement = select(Organisation).order_by(Organisation.id)
    if actor.role is Role.DEVELOPER and actor.duty is Duty.MANAGER:
        return session.scalars(statement.where(Organisation.id == actor.organisation)).all()
    if actor.role is Role.ADMINISTRATOR:
        return session.scalars(statement.where(Organisation.district_id == actor.district)).all()
    raise Forbidden("wrong_role")


def list_invitations(session: Session, *, actor: Actor) -> Sequence[Invitation]:
    """Return the invitations of the actor's that wait to be used, newest first."""
    places = [place.id for place in list_workplaces(session, actor=actor)]
    statement = (
        select(Invitation)
        .where(Invitation.organisation_id.in_(places), *open_invitation())
        .options(joinedload(Invitation.organisation))
        .order_by(Invitation.id.desc())
    )
    return session.scalars(statement).all()


def open_invitation() -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of an invitation that can still be used."""
    return (
        Invitation.used_at.is_(None),
        Invitation.withdrawn_at.is_(None),
        Invitation.expires_at > clock.system_now(),
    )


def names_of(session: Session, people: Iterable[int | None]) -> dict[int | None, str]:
    """Return the display names of people, by user id; None, who did nothing, is passed over."""
    ids = {one for one in people if one is not None}
    rows = session.execute(select(User.id, User.display_name).where(User.id.in_(ids)))
    return {row.id: row.display_name for row in rows}
