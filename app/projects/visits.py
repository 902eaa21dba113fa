"""A person at the counter (窗口代办): a clerk acts for their household while they stand there.

The only writer of visits. A visit belongs to one sign-in of the clerk, and ends by a button, by 15 minutes
without a page, or with the sign-in.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy import ColumnElement, bindparam, select, update
from sqlalchemy.orm import Session, joinedload

from app.core import audit, clock
from app.core.actor import Actor, Role
from app.core.errors import Conflict, DomainError, NotFound
from app.core.ids import new_ref
from app.core.prepared import Prepared
from app.core.rates import Bucket
from app.projects.models import CounterVisit
from app.projects.persons import find_adult_by_last_six
from app.projects.queries import get_household

IDLE: Final = timedelta(minutes=15)
SEEN_EVERY: Final = timedelta(minutes=1)
"""How exactly the last page of a visit is kept."""

_TRIES: Final = 5
_HOUR: Final = 3600


def tries(*, user_id: int | None, household_ref: str) -> list[Bucket]:
    """Return the count of wrong ID numbers that a clerk types for one household."""
    return [Bucket(f"counter:{user_id}:{household_ref}", most=_TRIES, seconds=_HOUR)]


def begin(
    session: Session, *, actor: Actor, sign_in_id: int, household_ref: str, last_six: str
) -> CounterVisit:
    """Begin to act for a household whose adult stands at the counter with this ID card.

    A visit of the same sign-in that is still open ends. Raises Forbidden for anybody but an officer,
    NotFound for another district's household, DomainError at ``last_six`` when no adult of the household has
    such an ID number; whoever calls counts the tries.
    """
    actor.demand(Role.OFFICER)
    household = get_household(session, actor=actor, ref=household_ref)
    person = find_adult_by_last_six(session, household_id=household.id, last=last_six)
    if person is None:
        raise DomainError("counter_id_wrong", field="last_six")
    _end(session, CounterVisit.sign_in_id == sign_in_id)
    moment = clock.system_now()
    visit = CounterVisit(
        district_id=household.district_id,
        ref=new_ref("DB"),
        household_id=household.id,
        person_id=person.id,
        clerk_id=actor.user_id,
        sign_in_id=sign_in_id,
        begun_at=clock.now(),
        seen_at=moment,
    )
    session.add(visit)
    session.flush()
    _note(session, actor, visit, "counter.begin")
    return visit


def end(session: Session, *, actor: Actor, sign_in_id: int) -> CounterVisit:
    """End the open visit of a sign-in. Raises Conflict when there is none."""
    ended = _end(session, CounterVisit.sign_in_id == sign_in_id)
    if not ended:
        raise Conflict("counter_over")
    visit = session.get_one(CounterVisit, ended[0])
    _note(session, actor, visit, "counter.end")
    return visit


def touch(session: Session, *, visit_id: int) -> None:
    """Note that a visit is in use; once a minute is enough, whoever calls more often writes nothing."""
    moment = clock.system_now()
    session.execute(
        update(CounterVisit)
        .where(CounterVisit.id == visit_id, CounterVisit.seen_at < moment - SEEN_EVERY)
        .values(seen_at=moment)
    )


_OPEN: Final = Prepared(
    select(CounterVisit.id).where(
        CounterVisit.sign_in_id == bindparam("of"),
        CounterVisit.ended_at.is_(None),
        CounterVisit.seen_at > bindparam("seen_after"),
    )
)
"""Every request of an officer's asks it, nearly always in vain."""


def find_open(session: Session, *, sign_in_id: int) -> CounterVisit | None:
    """Return the visit that a sign-in is in, or None: none, ended, or idle too long."""
    row = _OPEN.first(session, of=sign_in_id, seen_after=clock.system_now() - IDLE)
    return session.get_one(CounterVisit, row[0]) if row else None


def get_visit(session: Session, *, actor: Actor, ref: str) -> CounterVisit:
    """Return a visit of the actor's district with its household and person. Raises NotFound."""
    statement = (
        select(CounterVisit)
        .where(CounterVisit.ref == ref, CounterVisit.district_id == actor.district)
        .options(joinedload(CounterVisit.household), joinedload(CounterVisit.person))
    )
    visit = session.scalars(statement).first()
    if visit is None:
        raise NotFound("visit_gone")
    return visit


def list_of_household(
    session: Session, *, actor: Actor, household_id: int, limit: int = 10
) -> Sequence[CounterVisit]:
    """Return the latest visits of a household of the actor's district, with who came, newest first."""
    statement = (
        select(CounterVisit)
        .where(CounterVisit.household_id == household_id, CounterVisit.district_id == actor.district)
        .options(joinedload(CounterVisit.person))
    )
    return session.scalars(statement.order_by(CounterVisit.id.desc()).limit(limit)).all()


def acting(clerk: Actor, visit: CounterVisit) -> Actor:
    """Return the household's actor in whose name the clerk acts; the clerk stays who did it."""
    return Actor(
        user_id=clerk.user_id,
        role=Role.HOUSEHOLD,
        district_id=visit.district_id,
        household_id=visit.household_id,
        visit_id=visit.id,
    )


def _end(session: Session, *which: ColumnElement[bool]) -> list[int]:
    statement = (
        update(CounterVisit)
        .where(*which, CounterVisit.ended_at.is_(None))
        .values(ended_at=clock.now())
        .returning(CounterVisit.id)
    )
    return list(session.scalars(statement))


def _note(session: Session, actor: Actor, visit: CounterVisit, action: str) -> None:
    audit.record(
        session,
        actor=actor,
        action=action,
        object_type="counter_visit",
        object_id=visit.id,
        household_id=visit.household_id,
        person_id=visit.person_id,
    )
