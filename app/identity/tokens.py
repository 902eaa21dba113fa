"""Tokens by which somebody's own programs act: made by that person, shown once, known by their hash.

A token acts for whoever made it, in the role they had, and dies with their place. Everybody may make one that
reads the search; a developer's manager also ones that keep the company's homes. Whatever a program does is
judged by the same services, and on record under the token. An act ends by looking at its maker's place and
its token once more under shared locks, so once a token is revoked or its maker removed nothing done by it
commits any more.
"""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session, contains_eager, joinedload

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

    READ_SEARCH = "search:read"
    """What anybody may look for, with more requests a minute."""
    READ_STOCK = "stock:read"
    WRITE_PRICES = "prices:write"
    WRITE_LISTINGS = "listings:write"
    REPORT_SALES = "sales:write"


def scopes_for(actor: Actor) -> tuple[Scope, ...]:
    """Return what the actor's tokens may be good for."""
    return tuple(Scope) if actor.duty is Duty.MANAGER else (Scope.READ_SEARCH,)


def create_token(
    session: Session, *, actor: Actor, name: str, scopes: Collection[str], days: int
) -> tuple[str, ApiToken]:
    """Make a token of the actor's; returns the secret, which nobody can read again, and the row.

    Raises Forbidden for whoever acts by a token or for somebody else; DomainError at ``name``, at ``scopes``
    when none is chosen or one is not among ``scopes_for``, at ``days`` outside 1 to ``MOST_DAYS``; also at
    ``name`` once the actor has ``MOST_TOKENS``.
    """
    _demand_themselves(actor)
    tidy = name.strip()
    if not tidy or len(tidy) > 60 or not tidy.isprintable():
        raise DomainError("token_name_bad", "name")
    if not scopes or not set(scopes) <= {scope.value for scope in scopes_for(actor)}:
        raise DomainError("token_scopes_bad", "scopes")
    if not 1 <= days <= MOST_DAYS:
        raise DomainError("token_days_bad", "days", most=MOST_DAYS)
    # Two at once would both count one too few.
    locks.hold_names(session, [f"tokens:{actor.user_id}"])
    place = places.find_held_as(session, user_id=actor.user_id, role=actor.role)
    if place is None:
        raise Forbidden("wrong_role")
    if _count_live(session, membership_id=place.id) >= MOST_TOKENS:
        raise DomainError("too_many_tokens", "name", most=MOST_TOKENS)
    secret, moment = PREFIX + secrets.token_urlsafe(32), clock.system_now()
    row = ApiToken(
        ref=new_ref("JK"),
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
    """Revoke a token that the actor sees, at once and for good; what it is just doing is waited for.

    Raises NotFound for anybody else's, Forbidden for whoever acts by a token or for somebody else. Revoking
    twice changes nothing.
    """
    _demand_themselves(actor)
    row = locks.lock(session, ApiToken, get_token(session, actor=actor, ref=ref).id)
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
    """Return how many tokens the actor sees: their own, of a developer's manager all of the company's."""
    return session.scalars(select(func.count()).select_from(_seen_by(actor).subquery())).one()


def list_tokens(session: Session, *, actor: Actor, limit: int, offset: int = 0) -> Sequence[ApiToken]:
    """Return the tokens that the actor sees with who made them, live ones first, then the newest."""
    statement = (
        _seen_by(actor)
        .options(contains_eager(ApiToken.membership).joinedload(Membership.user))
        .order_by(ApiToken.revoked_at.is_not(None), ApiToken.id.desc())
    )
    return session.scalars(statement.limit(limit).offset(offset)).all()


def get_token(session: Session, *, actor: Actor, ref: str) -> ApiToken:
    """Return a token that the actor sees. Raises NotFound."""
    row = session.scalars(_seen_by(actor).where(ApiToken.ref == ref)).first()
    if row is None:
        raise NotFound("token_gone")
    return row


def _seen_by(actor: Actor) -> Select[ApiToken]:
    theirs = Membership.user_id == actor.user_id
    if actor.duty is Duty.MANAGER:
        theirs |= Membership.organisation_id == actor.organisation
    return select(ApiToken).join(ApiToken.membership).where(theirs)


def _count_live(session: Session, *, membership_id: int) -> int:
    live = (
        ApiToken.membership_id == membership_id,
        ApiToken.revoked_at.is_(None),
        ApiToken.expires_at > clock.system_now(),
    )
    return session.scalars(select(func.count(ApiToken.id)).where(*live)).one()


def _demand_themselves(actor: Actor) -> None:
    if actor.token_id is not None or actor.visit_id is not None or actor.grant_id is not None:
        raise Forbidden("wrong_role")


def _note(session: Session, actor: Actor, action: str, row: ApiToken) -> None:
    audit.record(
        session,
        actor=actor,
        action=action,
        object_type="api_token",
        object_id=row.id,
        scopes=list(row.scopes),
    )
