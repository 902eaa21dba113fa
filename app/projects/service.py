"""The only writer of projects, households and agreements."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core import audit, clock, ids
from app.core.actor import Actor, Role
from app.core.errors import Conflict, DomainError
from app.projects.errors import RosterLocked
from app.projects.models import Agreement, AgreementLine, Household, Project
from app.projects.queries import get_agreement, get_household_by_id, get_project
from app.projects.rules import is_agreement_number


def create_project(session: Session, *, actor: Actor, name: str) -> Project:
    """Create a project in the actor's district. Raises DomainError("project_name_taken")."""
    statement = insert(Project).values(district_id=actor.district, name=name).on_conflict_do_nothing()
    project = session.scalars(statement.returning(Project)).first()
    if project is None:
        raise DomainError("project_name_taken", field="name")
    audit.record(session, actor=actor, action="project.create", object_type="project", object_id=project.id)
    return project


def create_household(
    session: Session,
    *,
    actor: Actor,
    project_id: int,
    holder_name: str,
    old_address: str,
    old_area_m2: Decimal,
) -> Household:
    """Enter a household (被征收户) of a project.

    Raises NotFound for another district's project, RosterLocked once nobody may join its roster any more.
    """
    project = get_project(session, actor=actor, project_id=project_id)
    if project.roster_locked_at is not None:
        raise RosterLocked
    household = Household(
        district_id=actor.district,
        ref=ids.new_ref("HH"),
        project_id=project.id,
        holder_name=holder_name,
        old_address=old_address,
        old_area_m2=old_area_m2,
    )
    session.add(household)
    session.flush()
    audit.record(
        session,
        actor=actor,
        action="household.create",
        object_type="household",
        object_id=household.id,
        project_id=project.id,
    )
    return household


def create_agreement(
    session: Session,
    *,
    actor: Actor,
    household_id: int,
    number: str,
    compensation_fen: int,
    signed_on: date,
    lines: Sequence[tuple[str, int]] = (),
    entitled_m2: Decimal | None = None,
    residents: int | None = None,
) -> Agreement:
    """Enter a signed compensation agreement, whose sum is taken as a voucher.

    ``lines`` are what the sum is made of, kind and fen; an old agreement may come without, and without the
    area and the number of people that it entitles. Raises NotFound
    for another district's household, DomainError("agreement_number_taken") for a used number,
    DomainError("agreement_number_bad") for one that no address can name, DomainError("agreement_lines_sum")
    for lines that are not the sum.
    """
    if not is_agreement_number(number):
        raise DomainError("agreement_number_bad", field="number")
    if lines and sum(amount_fen for _kind, amount_fen in lines) != compensation_fen:
        raise DomainError("agreement_lines_sum", field="lines")
    household = get_household_by_id(session, actor=actor, household_id=household_id)
    statement = (
        insert(Agreement)
        .values(
            district_id=actor.district,
            household_id=household.id,
            number=number,
            compensation_fen=compensation_fen,
            signed_on=signed_on,
            entitled_m2=entitled_m2,
            residents=residents,
        )
        .on_conflict_do_nothing()
        .returning(Agreement)
    )
    agreement = session.scalars(statement).first()
    if agreement is None:
        raise DomainError("agreement_number_taken", field="number")
    session.add_all(
        AgreementLine(
            district_id=actor.district,
            agreement_id=agreement.id,
            place=place,
            kind=kind,
            amount_fen=amount_fen,
        )
        for place, (kind, amount_fen) in enumerate(lines, start=1)
    )
    session.flush()
    audit.record(
        session,
        actor=actor,
        action="agreement.create",
        object_type="agreement",
        object_id=agreement.id,
        household_id=household.id,
        compensation_fen=compensation_fen,
    )
    return agreement


def note_vacated(session: Session, *, actor: Actor, number: str, vacated_on: date) -> Agreement:
    """Note as an officer on which day an agreement's old home was handed over; once.

    Raises Forbidden, NotFound, Conflict("agreement_vacated") when it was noted before, DomainError at
    ``vacated_on`` for a day to come.
    """
    actor.demand(Role.OFFICER)
    found = get_agreement(session, actor=actor, number=number)
    if vacated_on > clock.today():
        raise DomainError("vacated_on_bad", "vacated_on")
    statement = (
        update(Agreement)
        .where(Agreement.id == found.id, Agreement.vacated_on.is_(None))
        .values(vacated_on=vacated_on)
        .returning(Agreement.id)
    )
    if session.scalar(statement) is None:
        raise Conflict("agreement_vacated")
    session.refresh(found)
    audit.record(
        session,
        actor=actor,
        action="agreement.vacated",
        object_type="agreement",
        object_id=found.id,
        vacated_on=vacated_on.isoformat(),
    )
    return found
