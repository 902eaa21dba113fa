"""Reading developers' places in the pools: for the developer, and for the authority of the district."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, joinedload

from app.approvals.models import ApprovalRequest
from app.core.actor import Actor, Role
from app.core.errors import NotFound
from app.documents.queries import Owner, list_documents
from app.homes.pool_models import PoolMembership, PoolMove
from app.identity.models import District, User

PROPOSAL: Final = "pool.membership"
"""The kind of approval that a step of a developer takes."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step that was taken, and the person who took it."""

    move: PoolMove
    by: str


def owner_of(found: PoolMembership) -> Owner:
    """Return a membership as the owner of its papers."""
    return Owner("pool_membership", found.id)


def papers_of(session: Session, found: PoolMembership) -> list[str]:
    """Return the hashes of the papers as they are now: what a decision is about."""
    return sorted(document.sha256 for document in list_documents(session, owner_of(found)))


def get_membership(session: Session, *, actor: Actor, ref: str) -> PoolMembership:
    """Return a membership of the actor's company or district. Raises NotFound for any other."""
    statement = (
        select(PoolMembership)
        .where(PoolMembership.ref == ref, _visible(actor))
        .options(joinedload(PoolMembership.district), joinedload(PoolMembership.developer))
    )
    found = session.scalars(statement).first()
    if found is None:
        raise NotFound("membership_not_found")
    return found


def list_own(session: Session, *, actor: Actor) -> list[tuple[District, PoolMembership | None]]:
    """Return every district by name, with the company's place in its pool, None where it never applied."""
    mine = (PoolMembership.district_id == District.id) & (PoolMembership.developer_id == actor.organisation)
    statement = select(District, PoolMembership).outerjoin(PoolMembership, mine).order_by(District.name)
    return [(district, found) for district, found in session.execute(statement)]


def count_memberships(session: Session, *, actor: Actor, state: str | None = None) -> int:
    """Return how many developers the district's list has."""
    return session.scalar(select(func.count()).select_from(PoolMembership).where(*_listed(actor, state))) or 0


def list_memberships(
    session: Session, *, actor: Actor, state: str | None = None, limit: int, offset: int = 0
) -> Sequence[PoolMembership]:
    """Return the district's developers, those first whose last step is the latest."""
    statement = (
        select(PoolMembership)
        .where(*_listed(actor, state))
        .options(joinedload(PoolMembership.developer))
        .order_by(PoolMembership.changed_at.desc(), PoolMembership.id.desc())
    )
    return session.scalars(statement.limit(limit).offset(offset)).all()


def list_proposed(session: Session, *, actor: Actor, limit: int) -> Sequence[PoolMembership]:
    """Return the district's developers with a step that waits for a decision, the longest waiting first."""
    statement = (
        select(PoolMembership)
        .join(ApprovalRequest, ApprovalRequest.subject_id == PoolMembership.id)
        .where(
            ApprovalRequest.kind == PROPOSAL,
            ApprovalRequest.state == "pending",
            PoolMembership.district_id == actor.district,
        )
        .options(joinedload(PoolMembership.developer))
        .order_by(ApprovalRequest.id)
    )
    return session.scalars(statement.limit(limit)).all()


def list_steps(session: Session, found: PoolMembership) -> list[Step]:
    """Return what happened to a membership, newest first."""
    statement = (
        select(PoolMove, User.display_name)
        .join(User, User.id == PoolMove.actor_id)
        .where(PoolMove.membership_id == found.id)
        .order_by(PoolMove.id.desc())
    )
    return [Step(move, name) for move, name in session.execute(statement)]


def _visible(actor: Actor) -> ColumnElement[bool]:
    if actor.role is Role.DEVELOPER:
        return PoolMembership.developer_id == actor.organisation
    return PoolMembership.district_id == actor.district


def _listed(actor: Actor, state: str | None) -> list[ColumnElement[bool]]:
    wanted = [PoolMembership.district_id == actor.district]
    return [*wanted, PoolMembership.state == state] if state else wanted
