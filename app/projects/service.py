"""The only writer of projects, households and agreements."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from sqlalchemy import bindparam, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core import audit, clock, ids
from app.core.actor import Actor, Role
from app.core.errors import Conflict, DomainError, NotFound
from app.core.prepared import Prepared, held
from app.projects.errors import RosterLocked
from app.projects.models import Agreement, Household, Project
from app.projects.queries import get_agreement, get_project
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
    if _IS_OURS.first(session, household_id=household_id, district_id=actor.district) is None:
        raise NotFound("household_gone")
    told = {
        "district_id": actor.district,
        "household_id": household_id,
        "number": number,
        "compensation_fen": compensation_fen,
        "signed_on": signed_on,
        "entitled_m2": entitled_m2,
        "residents": residents,
    }
    entered = _ENTER_AGREEMENT.first(session, **told)
    if entered is None:
        raise DomainError("agreement_number_taken", field="number")
    agreement = held(session, Agreement, {"id": entered[0], **told})
    if lines:
        kinds, amounts = zip(*lines, strict=True)
        _ENTER_LINES.run(session, agreement_id=agreement.id, kinds=list(kinds), amounts_fen=list(amounts))
    audit.record(
        session,
        actor=actor,
        action="agreement.create",
        object_type="agreement",
        object_id=agreement.id,
        household_id=household_id,
        compensation_fen=compensation_fen,
    )
    return agreement


_IS_OURS: Final = Prepared(
    select(Household.id).where(
        Household.id == bindparam("household_id"), Household.district_id == bindparam("district_id")
    )
)
_ENTER_AGREEMENT: Final = Prepared(
    insert(Agreement).on_conflict_do_nothing().returning(Agreement.id),
    ("district_id", "household_id", "number", "compensation_fen", "signed_on", "entitled_m2", "residents"),
)
_ENTER_LINES: Final = Prepared(
    text(
        "INSERT INTO agreement_lines (district_id, agreement_id, place, kind, amount_fen) "
        "SELECT agreements.district_id, agreements.id, place, kind, amount_fen FROM agreements, "
        "unnest(CAST(:kinds AS text[]), CAST(:amounts_fen AS bigint[])) WITH ORDINALITY "
        "AS line (kind, amount_fen, place) WHERE agreements.id = :agreement_id"
    )
)
"""A table enters a week's agreements, hundreds maybe, while somebody waits: each is three statements."""


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
