"""A household's lost second factor: a clerk takes it off on sight of the person's ID card.

The only writer of these acts. Staff's second factors are taken off by whoever manages them, in ``staffing``.
"""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.core import clock
from app.core.actor import Actor, Role
from app.core.errors import DomainError, Forbidden, NotFound
from app.core.ids import new_ref
from app.identity import factors
from app.identity.credentials import FactorClearing
from app.identity.errors import PersonGone
from app.identity.events import factor_cleared
from app.identity.queries import get_person


def clear_at_counter(session: Session, *, actor: Actor, ref: str, reason: str) -> FactorClearing:
    """Take a lost second factor off a person of a household who stands at the counter; their sign-ins end.

    The person and the household are told. Raises Forbidden for anybody but an officer, PersonGone,
    DomainError("reason_missing", "reason"), Conflict where there is no second factor.
    """
    if actor.role != Role.OFFICER or actor.user_id is None:
        raise Forbidden("wrong_role")
    person, stated = get_person(session, actor=actor, ref=ref), reason.strip()
    if person.ended_at is not None or person.household_id is None:
        raise PersonGone
    if not stated:
        raise DomainError("reason_missing", field="reason")
    row = FactorClearing(
        district_id=actor.district,
        ref=new_ref("JC"),
        household_id=person.household_id,
        user_id=person.user_id,
        cleared_by_id=actor.user_id,
        reason=stated,
        cleared_at=clock.now(),
    )
    session.add(row)
    session.flush()
    factor_cleared.publish(
        session, clearing_id=row.id, district_id=row.district_id, household_id=row.household_id
    )
    factors.clear(session, actor=actor, user_id=person.user_id)
    return row


def get_clearing(session: Session, *, actor: Actor, ref: str) -> FactorClearing:
    """Return such an act of the actor's district, with both people. Raises NotFound."""
    statement = select(FactorClearing).where(
        FactorClearing.ref == ref, FactorClearing.district_id == actor.district
    )
    found = session.scalars(statement.options(*_PEOPLE)).first()
    if found is None:
        raise NotFound("clearing_gone")
    return found


def list_of_household(session: Session, *, actor: Actor, household_id: int) -> Sequence[FactorClearing]:
    """Return such acts for a household of the actor's district, the newest first."""
    statement = select(FactorClearing).where(
        FactorClearing.household_id == household_id, FactorClearing.district_id == actor.district
    )
    return session.scalars(statement.options(*_PEOPLE).order_by(FactorClearing.id.desc())).all()


_PEOPLE = (joinedload(FactorClearing.user), joinedload(FactorClearing.cleared_by))
