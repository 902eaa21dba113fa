"""Reading identity."""

import hashlib
from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from app.core import clock
from app.core.actor import Actor, Duty, Role
from app.identity.models import District, Membership, Organisation, SignIn, User


def token_hash(token: str) -> bytes:
    """Return what is stored of a sign-in's token: its SHA-256, so that a read database signs nobody in."""
    return hashlib.sha256(token.encode()).digest()


def find_live_sign_in(session: Session, token: str) -> SignIn | None:
    """Return the sign-in of a token with its user and membership, unless ended, expired or deactivated."""
    statement = (
        select(SignIn)
        .join(SignIn.user)
        .join(SignIn.membership)
        .where(
            SignIn.token_hash == token_hash(token),
            SignIn.ended_at.is_(None),
            SignIn.expires_at > clock.system_now(),
            User.active,
            Membership.ended_at.is_(None),
        )
        .options(
            joinedload(SignIn.user),
            joinedload(SignIn.membership).joinedload(Membership.organisation),
            joinedload(SignIn.membership).joinedload(Membership.district),
        )
    )
    return session.scalars(statement).first()


def list_live_sign_ins(session: Session, *, actor: Actor) -> Sequence[SignIn]:
    """Return the places where the actor is signed in, newest first."""
    statement = (
        select(SignIn)
        .where(
            SignIn.user_id == actor.user_id, SignIn.ended_at.is_(None), SignIn.expires_at > clock.system_now()
        )
        .order_by(SignIn.started_at.desc(), SignIn.id.desc())
    )
    return session.scalars(statement).all()


def actor_of(membership: Membership) -> Actor:
    """Return the actor a membership makes of its user."""
    return Actor(
        user_id=membership.user_id,
        role=Role(membership.role),
        district_id=membership.district_id,
        organisation_id=membership.organisation_id,
        household_id=membership.household_id,
        duty=Duty(membership.duty) if membership.duty else None,
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
    statement = select(Organisation.id).where(
        Organisation.district_id == district_id, Organisation.kind == kind
    )
    return session.scalars(statement.order_by(Organisation.id)).all()


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
