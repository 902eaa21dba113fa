"""Tokens by which a developer's own programs act: made by a manager, shown once, known by their hash.

A token acts for the manager who made it and dies with that manager's place in the company. Whatever a
program does is judged by the same services, and on record under the token. An act ends by looking at its
manager's place and its token once more under shared locks, so once a token is revoked or its manager removed
nothing done by it commits any more.
"""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, joinedload

from app.core import audit, clock, locks
from app.core.actor import Actor, Duty
from app.core.errors import DomainError, Forbidden, NotFound, Unauthorised
from app.core.ids import new_ref
from app.identity import places
from app.identity.models import ApiToken, Membership, User
from app.identity.queries import actor_of, token_hash

PREFIX: Final = "anju_"
"""How every token begins, so that programs which look for leaked secrets know one."""

MOST_DAYS: Final = 366
MOST_TOKENS: Final = 20
USE_NOTED_EVERY: Final = timedelta(minutes=1)


class Scope(StrEnum):
    """What a token may be used for."""

    READ_STOCK = "stock:read"
    WRITE_PRICES = "prices:write"
    WRITE_LISTINGS = "listings:write"
    REPORT_SALES = "sales:write"


def create_token(
    session: Session, *, actor: Actor, name: str, scopes: Collection[str], days: int
) -> tuple[str, ApiToken]:
    """Make a token of the actor's company; returns the secret, which nobody can read again, and the row.

    Raises Forbidden for whoever is no manager; DomainError at ``name``, at ``scopes`` when none is chosen or
    one is unknown, at ``days`` outside 1 to ``MOST_DAYS``; at ``name`` also once there are ``MOST_TOKENS``.
    """
    _demand_manager(actor)
    tidy = name.strip()
    if not tidy or len(tidy) > 60:
        raise DomainError("token_name_bad", "name")
    if not scopes or not set(scopes) <= {scope.value for scope in Scope}:
        raise DomainError("token_scopes_bad", "scopes")
    if not 1 <= days <= MOST_DAYS:
        raise DomainError("token_days_bad", "days", most=MOST_DAYS)
    if count_live(session, actor=actor) >= MOST_TOKENS:
        raise DomainError("too_many_tokens", "name", most=MOST_TOKENS)
    place = places.find_held_at(session, user_id=actor.user_id, organisation_id=actor.organisation)
    if place is None:
        raise Forbidden("wrong_duty")
    secret, moment = PREFIX + secrets.token_urlsafe(32), clock.system_now()
    row = ApiToken(
        ref=new_ref("TK"),
        organisation_id=actor.organisation,
        membership_id=place.id,
        name=tidy,
        token_hash=token_hash(secret),
        scopes=sorted(set(scopes)),
        made_at=moment,
        expires_at=moment + timedelta(days=days),
    )
    session.add(row)
    session.flush()
    _note(session, actor, "identity.create_token", row)
    return secret, row


def revoke_token(session: Session, *, actor: Actor, ref: str) -> ApiToken:
    """Revoke a token of the actor's company, at once and for good; what it is just doing is waited for.

    Raises NotFound for anybody else's, Forbidden for whoever is no manager. Revoking twice changes nothing.
    """
    _demand_manager(actor)
    found = session.scalar(
        select(ApiToken.id).where(ApiToken.ref == ref, ApiToken.organisation_id == actor.organisation)
    )
    if found is None:
        raise NotFound("token_gone")
    row = locks.lock(session, ApiToken, found)
    if row.revoked_at is None:
        row.revoked_at, row.revoked_by_id = clock.system_now(), actor.user_id
        session.flush()
        _note(session, actor, "identity.revoke_token", row)
    return row


def authenticate(session: Session, *, secret: str) -> tuple[ApiToken, Actor]:
    """Return a live token and the actor it makes. Raises Unauthorised, the same for every reason."""
    statement = (
        select(ApiToken)
        .join(ApiToken.membership)
        .join(Membership.user)
        .where(
            ApiToken.token_hash == token_hash(secret),
            ApiToken.revoked_at.is_(None),
            ApiToken.expires_at > clock.system_now(),
            Membership.ended_at.is_(None),
            User.active,
        )
        .options(joinedload(ApiToken.membership))
    )
    row = session.scalars(statement).first() if secret.startswith(PREFIX) else None
    if row is None:
        raise Unauthorised("token_unknown")
    return row, replace(actor_of(row.membership), token_id=row.id)


def hold_live(session: Session, *, token_id: int) -> None:
    """Look at a token once more, as the last thing before an act commits; it stays as it is until then.

    Raises Unauthorised when it was revoked meanwhile, or whoever made it was removed.
    """
    membership_id = session.scalars(select(ApiToken.membership_id).where(ApiToken.id == token_id)).one()
    if places.find_held(session, membership_id=membership_id) is None:
        raise Unauthorised("token_unknown")
    row = locks.share(session, ApiToken, token_id)
    if row is None or row.revoked_at is not None:
        raise Unauthorised("token_unknown")


def is_use_due(token: ApiToken) -> bool:
    """Tell whether the use of a token was last noted so long ago that this one has to be."""
    return token.last_used_at is None or token.last_used_at <= clock.system_now() - USE_NOTED_EVERY


def note_use(session: Session, *, token_id: int) -> None:
    """Note that a token was used, at most once a minute. In a transaction of its own."""
    moment = clock.system_now()
    stale = ApiToken.last_used_at.is_(None) | (ApiToken.last_used_at <= moment - USE_NOTED_EVERY)
    session.execute(update(ApiToken).where(ApiToken.id == token_id, stale).values(last_used_at=moment))


def count_tokens(session: Session, *, actor: Actor) -> int:
    """Return how many tokens the actor's company has or had."""
    own = ApiToken.organisation_id == actor.organisation
    return session.scalars(select(func.count(ApiToken.id)).where(own)).one()


def count_live(session: Session, *, actor: Actor) -> int:
    """Return how many tokens of the actor's company are neither revoked nor expired."""
    live = (
        ApiToken.organisation_id == actor.organisation,
        ApiToken.revoked_at.is_(None),
        ApiToken.expires_at > clock.system_now(),
    )
    return session.scalars(select(func.count(ApiToken.id)).where(*live)).one()


def list_tokens(session: Session, *, actor: Actor, limit: int, offset: int = 0) -> Sequence[ApiToken]:
    """Return the tokens of the actor's company with who made them, live ones first, then the newest."""
    statement = (
        select(ApiToken)
        .where(ApiToken.organisation_id == actor.organisation)
        .options(joinedload(ApiToken.membership).joinedload(Membership.user))
        .order_by(ApiToken.revoked_at.is_not(None), ApiToken.id.desc())
    )
    return session.scalars(statement.limit(limit).offset(offset)).all()


def get_token(session: Session, *, actor: Actor, ref: str) -> ApiToken:
    """Return a token of the actor's company. Raises NotFound."""
    statement = select(ApiToken).where(ApiToken.ref == ref, ApiToken.organisation_id == actor.organisation)
    row = session.scalars(statement).first()
    if row is None:
        raise NotFound("token_gone")
    return row


def _demand_manager(actor: Actor) -> None:
    if actor.duty is not Duty.MANAGER or actor.token_id is not None:
        raise Forbidden("wrong_duty")


def _note(session: Session, actor: Actor, action: str, row: ApiToken) -> None:
    audit.record(
        session,
        actor=actor,
        action=action,
        object_type="api_token",
        object_id=row.id,
        scopes=list(row.scopes),
    )
