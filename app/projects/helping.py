"""Letting somebody help a household (帮办人): the only writer of grants.

A grant names how far it goes and its last day. Every change is one conditional UPDATE, so that of two at one
moment the second finds nothing left to change; indexes keep one open grant a household and helper.
"""

import secrets
from datetime import date, timedelta
from typing import Any, Final, TypeVarTuple

from sqlalchemy import ColumnElement, Select, func, select, update
from sqlalchemy.orm import Session

from app.core import audit, clock, locks
from app.core.actor import Actor, HelpLevel, Role, system_actor
from app.core.apart import Due
from app.core.db import unless_taken
from app.core.errors import Conflict, DomainError, Forbidden, NotFound
from app.core.ids import new_ref
from app.core.queue import enqueue
from app.core.sealing import blind_index, seal
from app.identity import phones
from app.identity.models import Membership
from app.identity.queries import actor_of
from app.identity.service import create_user, grant_role
from app.notices.service import Recipient, tell
from app.projects import helping_queries as queries
from app.projects.helping_acts import note
from app.projects.helping_models import HELPER_PHONE, RELATIONS, HelperGrant
from app.projects.models import CounterVisit, HouseholdPerson
from app.projects.persons import list_persons
from app.projects.rules import masked

MONTHS: Final = (1, 3, 6, 12)
"""The terms on offer; a year is the longest."""
MOST: Final = 5
"""So many helpers and open invitations a household has at one time."""
REMIND: Final = timedelta(days=7)

Columns = TypeVarTuple("Columns")

_INVITED: Final = (
    "【安居房票】{holder}请您做房票的帮办人，到 {day} 为止。愿意的，请打开安居房票服务，"
    "选“用手机验证码登录”，用这个手机号登录后确认。不认识的，请不要理会。"
)


def invite(
    session: Session, *, actor: Actor, name: str, phone: str, relation: str, level: HelpLevel, months: int
) -> HelperGrant:
    """Invite a helper for the acting household, until ``months`` (one of ``MONTHS``) from today.

    Raises Forbidden for a helper and for anybody who is no household; DomainError at ``phone`` for the
    holder's own number, one of the staff's or one invited already, at ``level`` where the holder has no
    number for codes, at ``months`` for another term; at ``name`` for one too many.
    """
    _demand_household(actor)
    person = _granting_person(session, actor)
    _check_term(months)
    _close(session, HelperGrant.household_id == actor.household)
    open_now = select(func.count(HelperGrant.id)).where(
        HelperGrant.household_id == actor.household, HelperGrant.ended_at.is_(None)
    )
    if session.scalars(open_now).one() >= MOST:
        raise DomainError("helpers_full", field="name", most=MOST)
    today = clock.today()
    grant = HelperGrant(
        district_id=actor.district,
        ref=new_ref("BB"),
        household_id=actor.household,
        person_id=person.id,
        name=name,
        relation=relation,
        phone=seal(phone, purpose=HELPER_PHONE.purpose, owner=actor.household),
        phone_index=blind_index(phone, purpose=HELPER_PHONE.purpose),
        level=level.value,
        from_on=today,
        ends_on=clock.add_months(today, months),
        invited_at=clock.now(),
        invited_by_id=actor.user_id,
        visit_id=actor.visit_id,
        person=person,
    )
    _check_numbers(session, grant, level)
    _insert(session, grant)
    _audit(session, actor, grant, "helping.invite", level=level.value)
    enqueue(session, "projects.invite_helper", grant_id=grant.id)
    return grant


def find_parcel(session: Session, *, grant_id: int) -> phones.Parcel | None:
    """Return the message that invites a helper; None once it is accepted or over."""
    grant = session.get(HelperGrant, grant_id)
    if grant is None or queries.state_of(grant) != "waiting":
        return None
    text = _INVITED.format(holder=masked(grant.person.name), day=_day(grant.ends_on))
    return phones.Parcel(way="sms", to=queries.phone_of(grant), text=text, key=f"helper-{grant_id}")


def open_account(session: Session, *, phone: str) -> Membership:
    """Make the account of an invited helper who proved this number. Raises NotFound for anybody else."""
    statement = select(HelperGrant).where(*queries.waiting(phone)).order_by(HelperGrant.id)
    grant = session.scalars(statement.limit(1)).first()
    if grant is None:
        raise NotFound("help_gone")
    user = create_user(
        session,
        username=grant.ref,
        # Nobody knows it: helpers sign in by telephone.
        password=secrets.token_urlsafe(32),
        display_name=grant.name,
    )
    membership = grant_role(session, actor=system_actor(), user=user, role=Role.HELPER)
    phones.keep_phone(session, actor=actor_of(membership), user_id=user.id, phone=phone)
    return membership


def accept(session: Session, *, actor: Actor, grant_ref: str) -> HelperGrant:
    """Accept an invitation to the number that the actor signs in with.

    Raises NotFound for any other invitation, DomainError for somebody of the household itself, for staff of
    the district or of a developer, and for who helps this household already.
    """
    phone = phones.find_phone(session, user_id=actor.user_id or 0)
    if actor.user_id is None or phone is None:
        raise NotFound("help_gone")
    found = session.scalars(
        select(HelperGrant).where(HelperGrant.ref == grant_ref, *queries.waiting(phone))
    ).first()
    if found is None:
        raise NotFound("help_gone")
    _check_helper(session, found, actor.user_id)
    take = update(HelperGrant).where(HelperGrant.id == found.id, *queries.waiting(phone))
    with unless_taken(session, "uq_helper_grants_active", DomainError("helper_already")):
        taken = session.scalar(
            take.values(accepted_at=clock.now(), user_id=actor.user_id).returning(HelperGrant.id)
        )
    if taken is None:
        raise NotFound("help_gone")
    grant = _fresh(session, taken)
    _audit(session, actor, grant, "helping.accept")
    note(session, grant=grant, what="accept")
    _tell_household(session, grant, "helper_accepted", "accept", deadline=clock.end_of_day(grant.ends_on))
    return grant


def extend(session: Session, *, actor: Actor, grant_ref: str, months: int) -> HelperGrant:
    """Let a helper of the acting household go on until ``months`` from today.

    Raises NotFound, DomainError at ``months``, Conflict once it has ended.
    """
    _demand_household(actor)
    _check_term(months)
    found = queries.get_grant(session, actor=actor, ref=grant_ref)
    today = clock.today()
    change = update(HelperGrant).where(
        HelperGrant.id == found.id, HelperGrant.ended_at.is_(None), HelperGrant.ends_on >= today
    )
    values = {"from_on": today, "ends_on": clock.add_months(today, months)}
    if session.scalar(change.values(values).returning(HelperGrant.id)) is None:
        raise Conflict("help_ended")
    grant = _fresh(session, found.id)
    _audit(session, actor, grant, "helping.extend", months=months)
    note(session, grant=grant, what="extend")
    return grant


def end(session: Session, *, actor: Actor, grant_ref: str, reason: str | None = None) -> HelperGrant:
    """End a grant or take an invitation back, at once: the household, or an officer on request.

    Raises NotFound, Forbidden for anybody else, DomainError at ``reason`` where an officer gives none,
    Conflict once it has ended.
    """
    if actor.role is Role.OFFICER:
        if not (reason or "").strip():
            raise DomainError("reason_missing", field="reason")
        by, why = "authority", (reason or "").strip()
    else:
        _demand_household(actor)
        by, why = "household", None
    found = queries.get_grant(session, actor=actor, ref=grant_ref)
    return _end_one(session, actor, found.id, by, why)


def give_up(session: Session, *, actor: Actor, grant_ref: str) -> None:
    """Decline an invitation, or stop helping. Raises NotFound for what is not the actor's."""
    phone = phones.find_phone(session, user_id=actor.user_id or 0)
    mine = HelperGrant.user_id == actor.user_id
    found = session.scalars(
        select(HelperGrant.id).where(HelperGrant.ref == grant_ref, HelperGrant.ended_at.is_(None), mine)
    ).first()
    if found is None and phone is not None:
        found = session.scalars(
            select(HelperGrant.id).where(HelperGrant.ref == grant_ref, *queries.waiting(phone))
        ).first()
    if found is None:
        raise NotFound("help_gone")
    _end_one(session, actor, found, "helper", None)


def acting(helper: Actor, grant: HelperGrant) -> Actor:
    """Return the household's actor in whose name a helper acts; the helper stays who did it."""
    return Actor(
        user_id=helper.user_id,
        role=Role.HOUSEHOLD,
        district_id=grant.district_id,
        household_id=grant.household_id,
        grant_id=grant.id,
        level=HelpLevel(grant.level),
    )


def overdue(session: Session) -> list[Due[int]]:
    """Return the grants that ``close_overdue`` would end."""
    wanted = select(HelperGrant.id, HelperGrant.district_id, HelperGrant.ref).where(*_overdue())
    return [Due(*one) for one in session.execute(wanted.order_by(HelperGrant.id))]


def close_overdue(session: Session, *, only: int | None = None) -> int:
    """End every grant whose last day has passed, or ``only`` one, and tell both sides; return how many."""
    return _close(session) if only is None else _close(session, HelperGrant.id == only)


def ending_soon(session: Session) -> list[Due[int]]:
    """Return the grants that ``remind`` tells of."""
    wanted = _ending_soon(select(HelperGrant.id, HelperGrant.district_id, HelperGrant.ref))
    return [Due(*one) for one in session.execute(wanted)]


def remind(session: Session, *, only: int | None = None) -> None:
    """Tell households whose helper's last day comes within seven days, once for each such day.

    Those told of go on standing there, so a limit would reach the same ones each time. ``only`` tells of one.
    """
    soon = _ending_soon(select(HelperGrant))
    if only is not None:
        soon = soon.where(HelperGrant.id == only)
    for grant in session.scalars(soon):
        event = f"ends:{grant.ends_on}"
        _tell_household(session, grant, "helper_ends_soon", event, deadline=clock.end_of_day(grant.ends_on))


def _ending_soon(statement: Select[*Columns]) -> Select[*Columns]:
    today = clock.today()
    return statement.where(
        HelperGrant.ended_at.is_(None),
        HelperGrant.accepted_at.is_not(None),
        HelperGrant.ends_on >= today,
        HelperGrant.ends_on <= today + REMIND,
    ).order_by(HelperGrant.id)


def _demand_household(actor: Actor) -> None:
    if actor.role is not Role.HOUSEHOLD or actor.grant_id is not None:
        raise Forbidden("wrong_role")


def _check_term(months: int) -> None:
    if months not in MONTHS:
        raise DomainError("helper_term_bad", field="months")


def _granting_person(session: Session, actor: Actor) -> HouseholdPerson:
    """Return who lets the helper in: whoever stands at the counter, whose account it is, or the holder."""
    if actor.visit_id is not None:
        visit = session.get_one(CounterVisit, actor.visit_id)
        return session.get_one(HouseholdPerson, visit.person_id)
    found = list_persons(session, actor=actor, household_id=actor.household)
    if not found:
        raise DomainError("helper_needs_person", field="name")
    return next((one for one in found if one.user_id == actor.user_id), found[0])


def _check_numbers(session: Session, grant: HelperGrant, level: HelpLevel) -> None:
    number = queries.granting_phone(session, grant)
    if number is not None and number == queries.phone_of(grant):
        raise DomainError("helper_phone_is_own", field="phone")
    if queries.is_staff_number(session, phone=queries.phone_of(grant), district_id=grant.district_id):
        raise DomainError("helper_is_staff", field="phone")
    if level is HelpLevel.ACT and number is None:
        raise DomainError("helper_needs_phone", field="level")


def _insert(session: Session, grant: HelperGrant) -> None:
    with unless_taken(
        session, "uq_helper_grants_phone", DomainError("helper_invited_already", field="phone")
    ):
        session.add(grant)


def _check_helper(session: Session, grant: HelperGrant, user_id: int) -> None:
    """Refuse who cannot help this household: its own people, and staff who decide about it or sell to it."""
    own = select(Membership.id).where(
        Membership.user_id == user_id,
        Membership.household_id == grant.household_id,
        Membership.ended_at.is_(None),
    )
    if session.scalar(own) is not None:
        raise DomainError("helper_is_own")
    number = queries.phone_of(grant)
    if queries.is_staff(session, user_id=user_id, district_id=grant.district_id) or queries.is_staff_number(
        session, phone=number, district_id=grant.district_id
    ):
        raise DomainError("helper_is_staff")


def _end_one(session: Session, actor: Actor, grant_id: int, by: str, reason: str | None) -> HelperGrant:
    locks.lock(session, HelperGrant, grant_id)  # behind whatever is done under it this moment
    values = {"ended_at": clock.now(), "ended_by": by, "end_reason": reason}
    change = update(HelperGrant).where(HelperGrant.id == grant_id, HelperGrant.ended_at.is_(None))
    if session.scalar(change.values(values).returning(HelperGrant.id)) is None:
        raise Conflict("help_ended")
    grant = _fresh(session, grant_id)
    _audit(session, actor, grant, "helping.end", by=by)
    _tell_end(session, grant)
    return grant


def _close(session: Session, *which: ColumnElement[bool]) -> int:
    change = update(HelperGrant).where(*_overdue(), *which)
    closed = session.scalars(
        change.values(ended_at=clock.now(), ended_by="term").returning(HelperGrant.id)
    ).all()
    for grant_id in closed:
        grant = _fresh(session, grant_id)
        _audit(session, system_actor(grant.district_id), grant, "helping.end", by="term")
        _tell_end(session, grant)
    return len(closed)


def _overdue() -> tuple[ColumnElement[bool], ...]:
    return HelperGrant.ended_at.is_(None), HelperGrant.ends_on < clock.today()


def _fresh(session: Session, grant_id: int) -> HelperGrant:
    """Return a grant as an UPDATE left it."""
    return session.get_one(HelperGrant, grant_id, populate_existing=True)


def _tell_end(session: Session, grant: HelperGrant) -> None:
    """Tell both sides; an invitation that nobody accepted ends in silence."""
    if grant.user_id is None:
        return
    note(session, grant=grant, what="end")
    _tell_household(session, grant, "helper_ended", "end")
    tell(
        session,
        kind="help_ended",
        to=Recipient(user_id=grant.user_id),
        event=f"helping.end:{grant.id}",
        holder=masked(grant.household.holder_name),
    )


def _tell_household(session: Session, grant: HelperGrant, kind: str, event: str, **data: Any) -> None:
    to = Recipient(district_id=grant.district_id, household_id=grant.household_id)
    tell(
        session,
        kind=kind,
        to=to,
        event=f"helping.{event}:{grant.id}",
        about_ref=grant.ref,
        relation=RELATIONS[grant.relation],
        **data,
    )


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _audit(session: Session, actor: Actor, grant: HelperGrant, action: str, **detail: Any) -> None:
    audit.record(
        session,
        actor=actor,
        action=action,
        object_type="helper_grant",
        object_id=grant.id,
        household_id=grant.household_id,
        **detail,
    )
