"""Who takes vouchers over (受让人) by real name: the household they hold vouchers as."""

from decimal import Decimal
from typing import Final

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core import audit, locks
from app.core.actor import Actor
from app.core.db import unless_taken
from app.core.errors import Busy
from app.core.ids import new_ref
from app.core.sealing import blind_indexes
from app.projects import persons
from app.projects.models import ID_NUMBER, Household, HouseholdPerson, Project

REGISTER: Final = "房票受让人"
"""The project of a district whose households had no home taken: they hold vouchers that came from others."""


def find_household(session: Session, *, district_id: int, id_number: str) -> Household | None:
    """Return the household of a district whose holder has a tidy ID number, the oldest one, or None."""
    statement = (
        select(Household)
        .join(HouseholdPerson, HouseholdPerson.household_id == Household.id)
        .where(
            HouseholdPerson.district_id == district_id,
            HouseholdPerson.relation == "holder",
            HouseholdPerson.id_index.in_(blind_indexes(id_number, purpose=ID_NUMBER.purpose)),
        )
        .order_by(Household.id)
    )
    return session.scalars(statement).first()


def hold(session: Session, *, district_id: int) -> None:
    """Let nobody else enter anybody in a district's register until this commits; held before all rows."""
    locks.hold_names(session, [f"takers:{district_id}"])


def enter(session: Session, *, actor: Actor, name: str, id_number: str) -> Household:
    """Return the household that a person holds vouchers as, entered in the register if there is none.

    The caller holds the register (``hold``). Raises Busy where somebody entered the person all the same.
    """
    known = find_household(session, district_id=actor.district, id_number=id_number)
    if known is not None:
        return known
    household = Household(
        district_id=actor.district,
        ref=new_ref("HH"),
        project_id=_register(session, actor).id,
        holder_name=name,
        old_address="",
        old_area_m2=Decimal(0),
    )
    session.add(household)
    session.flush()
    audit.record(
        session,
        actor=actor,
        action="household.create",
        object_type="household",
        object_id=household.id,
        project_id=household.project_id,
    )
    person = persons.add_person(
        session,
        actor=actor,
        household_id=household.id,
        name=name,
        relation="holder",
        id_number=id_number,
    )
    with unless_taken(session, "uq_household_persons_taker", Busy()):
        person.is_taker = True
        session.flush()
    return household


def _register(session: Session, actor: Actor) -> Project:
    values = {"district_id": actor.district, "name": REGISTER}
    session.execute(insert(Project).values(values).on_conflict_do_nothing())
    return session.scalars(select(Project).filter_by(**values)).one()
