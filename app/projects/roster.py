"""A project's roster (征收名册): who is on it, what each chose, and what stands in the way of a voucher.

The only writer of locks, elections and disputes. Vouchers are issued from a locked roster: from then on
nobody joins it and nobody changes what they chose, so that what is issued is what was certified.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.core import audit, clock
from app.core.actor import Actor, Role
from app.core.errors import Conflict, DomainError, NotFound, stated
from app.projects.errors import RosterLocked
from app.projects.events import elected
from app.projects.models import Agreement, AgreementLine, Election, Household, Project
from app.projects.queries import get_household, get_project


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a roster: a household with one of its agreements, or with none yet."""

    household_id: int
    household_ref: str
    holder_name: str
    old_address: str
    elects: Election
    dispute: str | None
    agreement_id: int | None
    agreement_number: str | None
    sum_fen: int
    """The agreement's sum; 0 without one."""
    lines_fen: int | None
    """What the agreement's lines add up to; None where it was entered without lines."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A project with the figures of its roster."""

    project: Project
    households: int
    cash: int
    disputed: int
    agreements: int
    sum_fen: int


def get_project_by_name(session: Session, *, actor: Actor, name: str) -> Project:
    """Return a project of the actor's district. Raises NotFound."""
    statement = select(Project).where(Project.name == name, Project.district_id == actor.district)
    project = session.scalars(statement).first()
    if project is None:
        raise NotFound("project_gone")
    return project


def list_standings(session: Session, *, actor: Actor, project_id: int | None = None) -> list[Standing]:
    """Return the district's projects with their figures, in the order they were entered; or the one."""
    signed = (
        select(
            Household.project_id,
            func.count(Agreement.id).label("count"),
            func.coalesce(func.sum(Agreement.compensation_fen), 0).label("sum_fen"),
        )
        .join(Agreement, Agreement.household_id == Household.id)
        .group_by(Household.project_id)
        .subquery()
    )
    people = (
        select(
            Household.project_id,
            func.count().label("count"),
            func.count().filter(Household.elects == Election.CASH).label("cash"),
            func.count(Household.dispute).label("disputed"),
        )
        .group_by(Household.project_id)
        .subquery()
    )
    statement = (
        select(Project, people.c.count, people.c.cash, people.c.disputed, signed.c.count, signed.c.sum_fen)
        .outerjoin(people, people.c.project_id == Project.id)
        .outerjoin(signed, signed.c.project_id == Project.id)
        .where(Project.district_id == actor.district)
        .order_by(Project.id)
    )
    if project_id is not None:
        statement = statement.where(Project.id == project_id)
    return [
        Standing(row[0], row[1] or 0, row[2] or 0, row[3] or 0, row[4] or 0, int(row[5] or 0))
        for row in session.execute(statement)
    ]


def list_entries(
    session: Session, *, actor: Actor, project_id: int, agreement_ids: Collection[int] | None = None
) -> Sequence[Entry]:
    """Return a project's roster, in the order in which households and agreements were entered.

    The whole, or the lines of some agreements.
    """
    lines_fen = (
        select(func.sum(AgreementLine.amount_fen))
        .where(AgreementLine.agreement_id == Agreement.id)
        .scalar_subquery()
    )
    statement = (
        select(
            Household.id,
            Household.ref,
            Household.holder_name,
            Household.old_address,
            Household.elects,
            Household.dispute,
            Agreement.id,
            Agreement.number,
            Agreement.compensation_fen,
            lines_fen,
        )
        .outerjoin(Agreement, Agreement.household_id == Household.id)
        .where(Household.project_id == project_id, Household.district_id == actor.district)
        .order_by(Household.id, Agreement.id)
    )
    if agreement_ids is not None:
        statement = statement.where(Agreement.id.in_(agreement_ids))
    return [
        Entry(
            household_id=row[0],
            household_ref=row[1],
            holder_name=row[2],
            old_address=row[3],
            elects=Election(row[4]),
            dispute=row[5],
            agreement_id=row[6],
            agreement_number=row[7],
            sum_fen=row[8] or 0,
            lines_fen=None if row[9] is None else int(row[9]),
        )
        for row in session.execute(statement)
    ]


def lock(session: Session, *, actor: Actor, project_id: int) -> Project:
    """Lock a roster. Raises Forbidden for anybody but an officer, NotFound, Conflict when it is locked."""
    return _turn(session, actor, project_id, "roster_locked", roster_locked_at=clock.now())


def unlock(session: Session, *, actor: Actor, project_id: int, reason: str) -> Project:
    """Open a locked roster again, with a reason for the record. Raises as ``lock``, Conflict when it is open.

    Vouchers that were submitted stay; who has one cannot change their choice.
    """
    note = stated(reason)
    return _turn(session, actor, project_id, "roster_open", roster_locked_at=None, roster_note=note)


def elect(session: Session, *, actor: Actor, household_ref: str, elects: Election) -> Household:
    """Record whether a household takes a voucher or cash.

    Raises Forbidden for anybody but an officer, NotFound, RosterLocked, Conflict for a household that has a
    voucher.
    """
    household = _changeable(session, actor, household_ref)
    if household.project.roster_locked_at is not None:
        raise RosterLocked
    household.elects = elects
    session.flush()
    elected.publish(session, household_id=household.id)
    _note(session, actor, "household.elect", household, elects=elects.value)
    return household


def dispute(session: Session, *, actor: Actor, household_ref: str, about: str) -> Household:
    """Record that something about a household is not settled: no voucher is issued to it meanwhile.

    Raises Forbidden for anybody but an officer, NotFound, DomainError("reason_missing", "reason").
    """
    household = _changeable(session, actor, household_ref)
    if not about.strip():
        raise DomainError("reason_missing", field="reason")
    household.dispute = about.strip()
    session.flush()
    _note(session, actor, "household.dispute", household)
    return household


def settle(session: Session, *, actor: Actor, household_ref: str) -> Household:
    """Record that a household's dispute is settled.

    Raises Forbidden for anybody but an officer, NotFound, Conflict when there is none.
    """
    household = _changeable(session, actor, household_ref)
    if household.dispute is None:
        raise Conflict("dispute_over")
    household.dispute = None
    session.flush()
    _note(session, actor, "household.settle", household)
    return household


def _turn(session: Session, actor: Actor, project_id: int, otherwise: str, **values: Any) -> Project:
    """Lock or open a roster by one statement: of two people at once, one is told ``otherwise``."""
    actor.demand(Role.OFFICER)
    is_locked = Project.roster_locked_at.is_not(None)
    locks = values["roster_locked_at"] is not None
    statement = (
        update(Project)
        .where(
            Project.id == project_id,
            Project.district_id == actor.district,
            ~is_locked if locks else is_locked,
        )
        .values(values)
        .returning(Project)
    )
    project = session.scalars(statement, execution_options={"populate_existing": True}).first()
    if project is None:
        get_project(session, actor=actor, project_id=project_id)
        raise Conflict(otherwise)
    action = "roster.lock" if locks else "roster.unlock"
    audit.record(session, actor=actor, action=action, object_type="project", object_id=project.id)
    return project


def _changeable(session: Session, actor: Actor, household_ref: str) -> Household:
    actor.demand(Role.OFFICER)
    return get_household(session, actor=actor, ref=household_ref)


def _note(session: Session, actor: Actor, action: str, household: Household, **detail: Any) -> None:
    audit.record(
        session,
        actor=actor,
        action=action,
        object_type="household",
        object_id=household.id,
        project_id=household.project_id,
        **detail,
    )
