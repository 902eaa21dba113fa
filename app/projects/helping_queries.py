"""Reading who helps whom: a holder's helpers, a helper's households, and the log."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.orm.interfaces import ORMOption

from app.core import clock
from app.core.actor import Actor, HelpLevel, Role
from app.core.errors import NotFound
from app.core.sealing import blind_indexes, unseal
from app.identity import phones
from app.identity.models import Membership, User
from app.projects import persons
from app.projects.helping_models import HELPER_PHONE, HelperAct, HelperGrant, HelperLogEntry


def find_active(session: Session, *, user_id: int, ref: str) -> HelperGrant | None:
    """Return the grant under which somebody may act for a household right now, household loaded, or None.

    None also while the household's own accounts are closed, and for whoever became staff meanwhile, also
    under another account to which the number has gone that they were invited by.
    """
    statement = select(HelperGrant).where(HelperGrant.ref == ref, *_active(user_id))
    found = session.scalars(statement.options(*_whole())).first()
    if found is None or is_staff_number(session, phone=phone_of(found), district_id=found.district_id):
        return None
    return found


def list_active(session: Session, *, user_id: int) -> Sequence[HelperGrant]:
    """Return what somebody may act under right now, households loaded, what ends first in front."""
    statement = select(HelperGrant).where(*_active(user_id)).options(*_whole())
    return session.scalars(statement.order_by(HelperGrant.ends_on, HelperGrant.id)).all()


def list_waiting(session: Session, *, user_id: int) -> Sequence[HelperGrant]:
    """Return the invitations that wait for the number somebody signs in with, oldest first."""
    phone = phones.find_phone(session, user_id=user_id)
    if phone is None:
        return []
    statement = select(HelperGrant).where(*waiting(phone)).options(*_whole())
    return session.scalars(statement.order_by(HelperGrant.id)).all()


def is_invited(session: Session, *, phone: str) -> bool:
    """Tell whether some household awaits a helper under this number."""
    return bool(session.scalar(select(exists().where(*waiting(phone)))))


def list_of_household(session: Session, *, actor: Actor) -> Sequence[HelperGrant]:
    """Return the helpers that the acting household has or had, the present ones first."""
    return list_for_authority(session, actor=actor, household_id=actor.household)


def list_for_authority(session: Session, *, actor: Actor, household_id: int) -> Sequence[HelperGrant]:
    """Return the helpers of a household of the actor's district, the present ones first."""
    return _of(session, HelperGrant.household_id == household_id, HelperGrant.district_id == actor.district)


def list_of_visit(session: Session, *, visit_id: int) -> Sequence[HelperGrant]:
    """Return whom a household invited in one visit to the counter, oldest first."""
    return _of(session, HelperGrant.visit_id == visit_id)


def _of(session: Session, *which: ColumnElement[bool]) -> Sequence[HelperGrant]:
    order = (HelperGrant.ended_at.is_not(None), HelperGrant.id.desc())
    return session.scalars(select(HelperGrant).where(*which).options(*_whole()).order_by(*order)).all()


def get_grant(session: Session, *, actor: Actor, ref: str) -> HelperGrant:
    """Return a grant of the acting household, or of one of the officer's district. Raises NotFound."""
    statement = select(HelperGrant).where(HelperGrant.ref == ref, HelperGrant.district_id == actor.district)
    if actor.role is Role.HOUSEHOLD:
        statement = statement.where(HelperGrant.household_id == actor.household)
    grant = session.scalars(statement.options(*_whole())).first()
    if grant is None:
        raise NotFound("help_gone")
    return grant


def get_act(session: Session, *, actor: Actor, ref: str) -> HelperAct:
    """Return an act that the acting helper asked for under the present grant. Raises NotFound."""
    statement = select(HelperAct).where(HelperAct.ref == ref, HelperAct.grant_id == actor.grant_id)
    act = session.scalars(statement.options(joinedload(HelperAct.grant))).first()
    if act is None:
        raise NotFound("help_act_gone")
    return act


def count_log(session: Session, *, grant: HelperGrant) -> int:
    """Return how many lines ``list_log`` would list without a limit."""
    return session.scalars(
        select(func.count(HelperLogEntry.id)).where(HelperLogEntry.grant_id == grant.id)
    ).one()


def list_log(
    session: Session, *, grant: HelperGrant, offset: int = 0, limit: int = 50
) -> Sequence[HelperLogEntry]:
    """Return what a helper looked at and did, newest first."""
    statement = select(HelperLogEntry).where(HelperLogEntry.grant_id == grant.id)
    return session.scalars(statement.order_by(HelperLogEntry.id.desc()).offset(offset).limit(limit)).all()


def was_read_today(session: Session, *, grant_id: int, what: str) -> bool:
    """Tell whether today's look at a kind of page is in the log already."""
    return bool(
        session.scalar(
            select(
                exists().where(
                    HelperLogEntry.grant_id == grant_id,
                    HelperLogEntry.what == what,
                    HelperLogEntry.read_on == clock.today(),
                )
            )
        )
    )


def phone_of(grant: HelperGrant) -> str:
    """Return the number of a helper."""
    return unseal(grant.phone, purpose=HELPER_PHONE.purpose, owner=grant.household_id)


def holder_phone(session: Session, grant: HelperGrant) -> str | None:
    """Return where a code for an act goes: the number that the granting person proved, else their contact's.

    None where there is none, and where it has become the helper's own: nobody but the helper would agree.
    """
    number = granting_phone(session, grant)
    return None if number == phone_of(grant) else number


def granting_phone(session: Session, grant: HelperGrant) -> str | None:
    """Return the number of whoever lets the helper in, proven or given at the counter; None without one."""
    person = grant.person
    proven = phones.find_phone(session, user_id=person.user_id) if person.user_id is not None else None
    return proven or persons.phone_of(person)


def is_staff(session: Session, *, user_id: int, district_id: int) -> bool:
    """Tell whether somebody works for an authority of the district or for any developer."""
    return bool(session.scalar(select(_staff(user_id, district_id))))


def is_with(session: Session, *, user_id: int | None, household_id: int) -> bool:
    """Tell whether somebody belongs to a household, or helps it right now."""
    own = exists().where(
        Membership.user_id == user_id, Membership.household_id == household_id, Membership.ended_at.is_(None)
    )
    helps = exists().where(HelperGrant.household_id == household_id, *_active(user_id))
    return bool(session.scalar(select(or_(own, helps))))


def is_staff_number(session: Session, *, phone: str, district_id: int) -> bool:
    """Tell whether somebody of the district's authority, or of a developer, has proven this number.

    Numbers that nobody has proven pass: of their owners nothing is known.
    """
    owner = phones.find_owner(session, phone=phone)
    return owner is not None and is_staff(session, user_id=owner, district_id=district_id)


def state_of(grant: HelperGrant) -> str:
    """Return where a grant stands: waiting, active, over (its last day has passed) or ended."""
    if grant.ended_at is not None:
        return "over" if grant.ended_by == "term" else "ended"
    if grant.ends_on < clock.today():
        return "over"
    return "active" if grant.accepted_at is not None else "waiting"


def may(grant: HelperGrant, level: HelpLevel) -> bool:
    """Tell whether a grant goes that far."""
    return HelpLevel(grant.level).reaches(level)


def waiting(phone: str) -> list[ColumnElement[bool]]:
    """Return the conditions of an open invitation to a number."""
    return [
        HelperGrant.phone_index.in_(blind_indexes(phone, purpose=HELPER_PHONE.purpose)),
        HelperGrant.accepted_at.is_(None),
        HelperGrant.ended_at.is_(None),
        HelperGrant.ends_on >= clock.today(),
    ]


def _active(user_id: int | None) -> list[ColumnElement[bool]]:
    own = Membership.household_id == HelperGrant.household_id
    known = exists().where(own)
    live = exists().where(own, Membership.ended_at.is_(None), User.id == Membership.user_id, User.active)
    return [
        HelperGrant.user_id == user_id,
        HelperGrant.ended_at.is_(None),
        HelperGrant.ends_on >= clock.today(),
        or_(~known, live),  # who never claimed an account lets others help from the counter
        ~_staff(user_id, HelperGrant.district_id),
    ]


def _staff(user_id: int | None, district_id: object) -> ColumnElement[bool]:
    return exists().where(
        Membership.user_id == user_id,
        Membership.ended_at.is_(None),
        Membership.organisation_id.is_not(None),
        or_(Membership.district_id == district_id, Membership.role == Role.DEVELOPER),
    )


def _whole() -> tuple[ORMOption, ...]:
    return (joinedload(HelperGrant.household), joinedload(HelperGrant.person))
