"""Founding the demo's organisations and giving people their sign-ins."""

from sqlalchemy.orm import Session

from app.core.actor import Actor, Duty, Role, system_actor
from app.demo.accounts import DEMO_PASSWORD
from app.identity import service as identity
from app.identity.queries import actor_of


def person(
    session: Session,
    username: str,
    name: str,
    role: Role,
    *,
    duty: Duty | None = None,
    district_id: int | None = None,
    organisation_id: int | None = None,
    household_id: int | None = None,
) -> Actor:
    """Create a person with the demo's password in one role, and return them as an actor."""
    user = identity.create_user(session, username=username, password=DEMO_PASSWORD, display_name=name)
    return actor_of(
        identity.grant_role(
            session,
            actor=system_actor(district_id),
            user=user,
            role=role,
            duty=duty,
            district_id=district_id,
            organisation_id=organisation_id,
            household_id=household_id,
        )
    )


def manager(session: Session, company: str, username: str, name: str) -> Actor:
    """Found a developer and return its manager."""
    organisation = identity.create_organisation(session, kind="developer", name=company, district=None)
    return person(
        session,
        username,
        name,
        Role.DEVELOPER,
        duty=Duty.MANAGER,
        organisation_id=organisation.id,
    )
