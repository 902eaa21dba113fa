"""Districts and the people who act in them, made through the service; each call makes somebody new."""

import itertools

from sqlalchemy.orm import Session

from app.core.actor import Actor, Duty, Role, system_actor
from app.identity import service
from app.identity.models import District, Organisation
from app.identity.queries import actor_of

_numbers = itertools.count(1)

_KINDS = {
    Role.OFFICER: "authority",
    Role.CHECKER: "authority",
    Role.REGULATOR: "regulator",
    Role.AUDITOR: "audit",
    Role.INSPECTOR: "inspection",
    Role.ADMINISTRATOR: "platform",
    Role.DEVELOPER: "developer",
}


def make_district(session: Session) -> District:
    """Return a new district."""
    number = next(_numbers)
    return service.create_district(session, code=f"test-{number}", name=f"测试区{number}")


def make_organisation(session: Session, *, kind: str, district: District | None) -> Organisation:
    """Return a new organisation; a developer takes no district."""
    return service.create_organisation(
        session, kind=kind, name=f"测试单位{next(_numbers)}", district=district
    )


def make_actor(
    session: Session,
    *,
    role: Role,
    duty: Duty | None = None,
    district: District | None = None,
    organisation: Organisation | None = None,
    household_id: int | None = None,
) -> Actor:
    """Return a new person in a role; their organisation is made when none is given.

    A developer's person is its manager unless told otherwise.
    """
    username = make_username()
    user = service.create_user(session, username=username, password=PASSWORD, display_name=f"测试{username}")
    if role is Role.HELPER:
        district = None
    elif role is not Role.HOUSEHOLD and organisation is None:
        organisation = make_organisation(session, kind=_KINDS[role], district=district)
    membership = service.grant_role(
        session,
        actor=system_actor(district.id if district else None),
        user=user,
        role=role,
        duty=duty or (Duty.MANAGER if role is Role.DEVELOPER else None),
        district_id=district.id if district else None,
        organisation_id=organisation.id if organisation else None,
        household_id=household_id,
    )
    return actor_of(membership)


PASSWORD = "a-password-for-tests"


def make_username() -> str:
    """Return a sign-in name that nobody has."""
    return f"person{next(_numbers)}"
