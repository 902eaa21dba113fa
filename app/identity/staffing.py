"""The only writer of invitations, codes for a new password, and removals: people who manage people."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core import audit, clock, locks
from app.core.actor import Actor, Duty, Role, system_actor
from app.core.errors import Conflict, DomainError, NotFound
from app.core.ids import code_hash, new_code, new_ref
from app.identity import factors, phones, rules
from app.identity.errors import PersonGone, WrongCode
from app.identity.events import password_changed
from app.identity.models import Invitation, Membership, Organisation, PasswordReset, User
from app.identity.queries import (
    actor_of,
    find_factor,
    get_person,
    list_successors,
    list_workplaces,
    open_invitation,
)
from app.identity.service import create_user, end_all, grant_role, set_password


@dataclass(frozen=True)
class Place:
    """Where an invited person will work, and as what."""

    organisation: Organisation
    role: Role
    duty: Duty | None


def find_place(session: Session, *, actor: Actor, organisation: str, role: Role, duty: Duty | None) -> Place:
    """Return a place that the actor may fill. Raises DomainError for one that is not on offer.

    A manager fills the company's duties, an administrator the roles of the district's organisations, each
    with those of its kind.
    """
    for one in list_workplaces(session, actor=actor):
        fits = rules.KINDS.get(role) == one.kind and (role is Role.DEVELOPER) == (duty is not None)
        if one.name == organisation and fits:
            return Place(one, role, duty)
    raise DomainError("place_unknown", field="place")


def invite(
    session: Session, *, actor: Actor, place: Place, username: str, display_name: str
) -> tuple[str, Invitation]:
    """Invite a named person to a place; returns the one-time code, which nobody can read again, and the row.

    Raises DomainError for a sign-in name that is none, is taken, or is invited already, and at
    ``display_name`` for somebody who works there or is invited there already: one person has one account.
    """
    locks.hold_names(session, [f"staff:{place.organisation.id}"])
    rules.check_username(username)
    if _is_taken(session, username):
        raise DomainError("username_taken", field="username")
    moment, code = clock.system_now(), new_code()
    # One that ran out unused does not stand in the way.
    stale = (Invitation.username == username, Invitation.expires_at <= moment)
    _withdraw(session, *stale)
    statement = (
        insert(Invitation)
        .values(
            ref=new_ref("YQ"),
            code_hash=code_hash(code),
            username=username,
            display_name=display_name,
            role=place.role.value,
            duty=place.duty.value if place.duty else None,
            district_id=place.organisation.district_id,
            organisation_id=place.organisation.id,
            invited_by_id=actor.user_id,
            issued_at=moment,
            expires_at=moment + rules.INVITATION_LASTS,
        )
        .on_conflict_do_nothing()
        .returning(Invitation)
    )
    row = session.scalars(statement).first()
    if row is None:
        raise DomainError("username_invited", field="username")
    if _is_known(session, row):
        raise DomainError("colleague_known", field="display_name")
    _note(session, actor, "identity.invite", "invitation", row.id, role=row.role, duty=row.duty)
    return code, row


def _is_known(session: Session, invited: Invitation) -> bool:
    """Tell whether somebody of that name works where a person is invited to, or is invited there besides.

    One statement, so that who accepts meanwhile is found in one of both places.
    """
    works = (
        select(User.display_name)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.organisation_id == invited.organisation_id, Membership.ended_at.is_(None))
    )
    waits = select(Invitation.display_name).where(
        Invitation.organisation_id == invited.organisation_id,
        Invitation.id != invited.id,
        *open_invitation(),
    )
    key = rules.name_key(invited.display_name)
    return any(rules.name_key(name) == key for name in session.scalars(works.union_all(waits)))


def withdraw_invitation(session: Session, *, actor: Actor, ref: str) -> None:
    """Take an invitation back before it is used. Raises NotFound for any that the actor does not manage."""
    places = [place.id for place in list_workplaces(session, actor=actor)]
    withdrawn = _withdraw(session, Invitation.ref == ref, Invitation.organisation_id.in_(places))
    if not withdrawn:
        raise NotFound("invitation_gone")
    _note(session, actor, "identity.withdraw_invitation", "invitation", withdrawn[0])


def accept_invitation(session: Session, *, code: str, new_password: str) -> Membership:
    """Make the invited person, with the password they chose, in exactly the place they were invited to.

    Raises WrongCode for a code that is wrong, used, withdrawn or too old, and DomainError for a password that
    will not do or a sign-in name that was taken meanwhile.
    """
    wanted = select(Invitation.id).where(Invitation.code_hash == code_hash(code), *open_invitation())
    found_id = session.scalar(wanted)
    if found_id is None:
        raise WrongCode
    found = locks.lock(session, Invitation, found_id)
    if found.used_at is not None or found.withdrawn_at is not None:
        raise WrongCode
    rules.check_password(new_password, username=found.username)
    if _is_taken(session, found.username):
        raise DomainError("username_taken", field="secret_code")
    user = create_user(
        session, username=found.username, password=new_password, display_name=found.display_name
    )
    membership = grant_role(
        session,
        actor=system_actor(found.district_id),
        user=user,
        role=Role(found.role),
        duty=Duty(found.duty) if found.duty else None,
        district_id=found.district_id,
        organisation_id=found.organisation_id,
    )
    found.used_at, found.membership_id = clock.system_now(), membership.id
    session.flush()
    _note(session, actor_of(membership), "identity.accept_invitation", "invitation", found.id)
    return membership


def issue_reset(session: Session, *, actor: Actor, ref: str) -> tuple[str, Membership]:
    """Make a code with which a person chooses a new password; it replaces an earlier one.

    Returns the code, which nobody can read again, and whose it is. Raises PersonGone for somebody the actor
    does not manage, Conflict for the actor's own account.
    """
    person = _live_person(session, actor, ref)
    return issue_reset_to(session, actor=actor, person=person), person


def issue_reset_to(session: Session, *, actor: Actor, person: Membership) -> str:
    """Make such a code for a person of whom the caller has made sure that the actor may; returns it."""
    return _issue_reset(session, actor=actor, user_id=person.user_id, issued_by_id=actor.user_id)


def issue_own_reset(session: Session, *, user_id: int) -> str:
    """Make such a code for whoever has just shown that a telephone or mail box of theirs is at hand."""
    return _issue_reset(session, actor=Actor(user_id=user_id, role=None), user_id=user_id, issued_by_id=None)


def find_reset_name(session: Session, *, code: str) -> str | None:
    """Return the sign-in name of whom a code gives a new password, or None when it gives nobody one."""
    owner = select(User.username).join(PasswordReset, PasswordReset.user_id == User.id)
    return session.scalar(owner.where(*_usable(code)))


def use_reset(session: Session, *, code: str, new_password: str, username: str | None = None) -> None:
    """Choose a new password by a code; ends all sign-ins of the person. A second factor stays on.

    ``username`` is None where the code came straight from the system and through nobody's hands. Raises
    WrongCode, one answer whatever is wrong with name or code, and DomainError for a password that will not
    do.
    """
    named = () if username is None else (User.username == username,)
    owner = select(User.id).where(User.id == PasswordReset.user_id, *named).correlate(PasswordReset).exists()
    statement = (
        update(PasswordReset)
        .where(*_usable(code), owner)
        .values(used_at=clock.system_now())
        .returning(PasswordReset.user_id)
    )
    user_id = session.scalar(statement)
    if user_id is None:
        raise WrongCode
    ended = set_password(session, user=session.get_one(User, user_id), new_password=new_password)
    password_changed.publish(session, user_id=user_id)
    who = Actor(user_id=user_id, role=None)
    _note(session, who, "identity.use_reset", "user", user_id, ended=ended)


def clear_factor(session: Session, *, actor: Actor, ref: str) -> Membership:
    """Take a lost telephone off a person the actor manages, as second factor and as their number.

    Whoever found it could ask for a new password with it. The person's sign-ins end. Raises PersonGone, or
    Conflict for the actor's own account and where there is neither.
    """
    person = _live_person(session, actor, ref)
    had_phone = phones.forget_phone(session, actor=actor, user_id=person.user_id)
    if find_factor(session, user_id=person.user_id) is not None:
        factors.clear(session, actor=actor, user_id=person.user_id)
    elif had_phone:
        end_all(session, user_id=person.user_id)
    else:
        raise Conflict("factor_is_off")
    return person


def remove_person(session: Session, *, actor: Actor, ref: str, handed_to: str | None) -> Membership:
    """End a person's role and sign-ins at once; their codes and the invitations they sent are withdrawn.

    ``handed_to`` is the reference of the colleague who takes over, None for nobody yet. Raises PersonGone,
    Conflict for the last manager or administrator, DomainError for a colleague who cannot take over.
    """
    person = get_person(session, actor=actor, ref=ref)
    if person.organisation_id is None:
        raise PersonGone
    _keep_a_manager(session, person)
    if person.ended_at is not None:
        raise PersonGone
    successor = None
    if handed_to is not None:
        successors = {one.ref: one for one in list_successors(session, leaving=person)}
        successor = successors.get(handed_to)
        if successor is None:
            raise DomainError("successor_gone", field="handed_to")
    person.ended_at = clock.system_now()
    person.handed_to_id = successor.id if successor else None
    session.flush()
    ended = end_all(session, user_id=person.user_id)
    _withdraw_resets(
        session,
        or_(PasswordReset.user_id == person.user_id, PasswordReset.issued_by_id == person.user_id),
    )
    _withdraw(session, Invitation.invited_by_id == person.user_id)
    detail = {"handed_to": person.handed_to_id, "ended": ended}
    _note(session, actor, "identity.remove_person", "membership", person.id, **detail)
    return person


def _keep_a_manager(session: Session, person: Membership) -> None:
    """Lock everybody who manages where this person works, and refuse to take the last of them.

    Two managers who remove each other at one moment wait here; the second finds itself the last.
    """
    if person.role == Role.DEVELOPER:
        place = (Membership.organisation_id == person.organisation_id, Membership.duty == Duty.MANAGER)
    else:
        place = (Membership.district_id == person.district_id, Membership.role == Role.ADMINISTRATOR)
    managers = set(session.scalars(select(Membership.id).where(*place, Membership.ended_at.is_(None))))
    locked = locks.lock_all(session, Membership, managers | {person.id})
    others = [one for one in locked if one.id in managers - {person.id} and one.ended_at is None]
    if person.id in managers and not others:
        raise Conflict("last_manager")


def _issue_reset(session: Session, *, actor: Actor, user_id: int, issued_by_id: int | None) -> str:
    """Make a code for a new password, which ends an earlier one; the person's places keep two apart."""
    held = select(Membership.id).where(Membership.user_id == user_id, Membership.ended_at.is_(None))
    locks.lock_all(session, Membership, session.scalars(held))
    _withdraw_resets(session, PasswordReset.user_id == user_id)
    moment, code = clock.system_now(), new_code()
    row = PasswordReset(
        user_id=user_id,
        code_hash=code_hash(code),
        issued_by_id=issued_by_id,
        issued_at=moment,
        expires_at=moment + rules.RESET_LASTS,
    )
    session.add(row)
    session.flush()
    _note(session, actor, "identity.issue_reset", "user", user_id)
    return code


def _usable(code: str) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of a code that still gives somebody a new password."""
    live = select(Membership.id).where(
        Membership.user_id == PasswordReset.user_id, Membership.ended_at.is_(None)
    )
    active = select(User.id).where(User.id == PasswordReset.user_id, User.active)
    return (
        PasswordReset.code_hash == code_hash(code),
        PasswordReset.used_at.is_(None),
        PasswordReset.withdrawn_at.is_(None),
        PasswordReset.expires_at > clock.system_now(),
        active.correlate(PasswordReset).exists(),
        live.correlate(PasswordReset).exists(),
    )


def _live_person(session: Session, actor: Actor, ref: str) -> Membership:
    person = get_person(session, actor=actor, ref=ref)
    if person.ended_at is not None:
        raise PersonGone
    if person.user_id == actor.user_id:
        raise Conflict("person_is_self")
    return person


def _is_taken(session: Session, username: str) -> bool:
    return session.scalar(select(User.id).where(User.username == username)) is not None


def _withdraw(session: Session, *which: ColumnElement[bool]) -> list[int]:
    unused = (Invitation.used_at.is_(None), Invitation.withdrawn_at.is_(None))
    statement = update(Invitation).where(*which, *unused).values(withdrawn_at=clock.system_now())
    return list(session.scalars(statement.returning(Invitation.id)))


def _withdraw_resets(session: Session, which: ColumnElement[bool]) -> None:
    unused = (PasswordReset.used_at.is_(None), PasswordReset.withdrawn_at.is_(None))
    session.execute(update(PasswordReset).where(which, *unused).values(withdrawn_at=clock.system_now()))


def _note(
    session: Session, actor: Actor, action: str, object_type: str, object_id: int, **detail: object
) -> None:
    audit.record(session, actor=actor, action=action, object_type=object_type, object_id=object_id, **detail)
