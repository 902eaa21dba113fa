"""Projects, households and agreements, entered by an officer."""

import itertools
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.projects import persons, roster, rules, service
from app.projects.models import Agreement, Household, HouseholdPerson, Project

_numbers = itertools.count(1)


def make_project(session: Session, *, officer: Actor, name: str | None = None) -> Project:
    """Return a new project."""
    return service.create_project(session, actor=officer, name=name or f"测试片区{next(_numbers)}")


def make_household(
    session: Session, *, officer: Actor, project: Project | None = None, holder_name: str = "王秀英"
) -> Household:
    """Return a new household; its project is made when none is given."""
    project = project or make_project(session, officer=officer)
    if project.roster_locked_at is not None:
        roster.unlock(session, actor=officer, project_id=project.id, reason="补录一户")
    return service.create_household(
        session,
        actor=officer,
        project_id=project.id,
        holder_name=holder_name,
        old_address=f"港华路{next(_numbers)}号",
        old_area_m2=Decimal("61.25"),
    )


def make_id_number(number: int = 0, *, born: date = date(1949, 10, 1)) -> str:
    """Return a made-up ID number whose check sign holds; another ``number`` is another person."""
    body = f"340803{born:%Y%m%d}{number % 1000:03d}"
    return body + rules.check_sign(body)


def make_person(
    session: Session,
    *,
    officer: Actor,
    household: Household,
    id_number: str | None = None,
    relation: str = "holder",
    phone: str | None = None,
    mail: str | None = None,
) -> HouseholdPerson:
    """Return a new person of a household, seventy years old unless the number says otherwise."""
    return persons.add_person(
        session,
        actor=officer,
        household_id=household.id,
        name=household.holder_name,
        relation=relation,
        id_number=id_number or make_id_number(next(_numbers)),
        phone=phone,
        mail=mail,
    )


def entitled_by(compensation_fen: int) -> tuple[Decimal, int]:
    """Return what our agreements over a sum entitle to: ㎡ and people, others for other sums."""
    return Decimal("40.55") + compensation_fen % 7, 1 + compensation_fen % 3


def make_agreement(
    session: Session,
    *,
    officer: Actor,
    household: Household | None = None,
    compensation_fen: int = 130_550_000,
    number: str | None = None,
    lines: Sequence[tuple[str, int]] = (),
) -> Agreement:
    """Return a new signed agreement, its project's roster locked; a household is made when none is given."""
    household = household or make_household(session, officer=officer)
    entitled_m2, residents = entitled_by(compensation_fen)
    if session.get_one(Project, household.project_id).roster_locked_at is None:
        roster.lock(session, actor=officer, project_id=household.project_id)
    return service.create_agreement(
        session,
        actor=officer,
        household_id=household.id,
        number=number or f"测补-{next(_numbers):05d}",
        compensation_fen=compensation_fen,
        signed_on=date(2016, 5, 20),
        lines=lines,
        entitled_m2=entitled_m2,
        residents=residents,
    )
