"""Projects, households and agreements, entered by an officer."""

import itertools
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.projects import service
from app.projects.models import Agreement, Household, Project

_numbers = itertools.count(1)


def make_project(session: Session, *, officer: Actor, name: str | None = None) -> Project:
    """Return a new project."""
    return service.create_project(session, actor=officer, name=name or f"测试片区{next(_numbers)}")


def make_household(
    session: Session, *, officer: Actor, project: Project | None = None, holder_name: str = "王秀英"
) -> Household:
    """Return a new household; its project is made when none is given."""
    project = project or make_project(session, officer=officer)
    return service.create_household(
        session,
        actor=officer,
        project_id=project.id,
        holder_name=holder_name,
        old_address=f"港华路{next(_numbers)}号",
        old_area_m2=Decimal("61.25"),
    )


def make_agreement(
    session: Session,
    *,
    officer: Actor,
    household: Household | None = None,
    compensation_fen: int = 130_550_000,
    number: str | None = None,
) -> Agreement:
    """Return a new signed agreement; its household is made when none is given."""
    household = household or make_household(session, officer=officer)
    return service.create_agreement(
        session,
        actor=officer,
        household_id=household.id,
        number=number or f"测补-{next(_numbers):05d}",
        compensation_fen=compensation_fen,
        signed_on=date(2016, 5, 20),
    )
