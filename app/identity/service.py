"""The only writer of identity."""

import secrets
from datetime import timedelta
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from app.core import audit, clock, locks
from app.core.actor import Actor, Duty, Role, system_actor
from app.core.errors import DomainError, NotFound
from app.core.ids import new_ref
from app.core.prepared import Insert, Prepared
from app.identity import rules
from app.identity.errors import WrongCredentials, WrongPassword
from app.identity.events import password_changed
from app.identity.models import District, Membership, Organisation, PasswordReset, SecondFactor, SignIn, User
from app.identity.queries import WHOSE, actor_of, person, token_hash


class _Hashing:
    """How passwords are hashed; ``dummy`` is verified for unknown names, which so take as long to refuse."""

    hasher = PasswordHasher()
    dummy = hasher.hash(secrets.token_hex(8))


def use_cheap_hashes() -> None:
    """Hash passwords with the least cost: for demo accounts and tests, whose passwords are printed anyway."""
    _Hashing.hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    _Hashing.dummy = _Hashing.hasher.hash(secrets.token_hex(8))


def create_district(session: Session, *, code: str, name: str) -> District:
    """Create a district."""
    district = District(code=code, name=name)
    session.add(district)
    session.flush()
    return district


def create_organisation(session: Session, *, kind: str, name: str, district: District | None) -> Organisation:
    """Create an organisation: a developer without a district, everything else within one."""
    organisation = Organisation(kind=kind, name=name, district_id=district.id if district else None)
    session.add(organisation)
    session.flush()
    return organisation


def create_user(
    session: Session, *, username: str, password: str, display_name: str, password_issued: bool = False
) -> User:
    """Create a person who can sign in; what they may do comes from ``grant_role``.

    ``password_issued``: somebody else knows the password, so it must be changed before anything else.
    """
    user = User(
        username=username,
        password_hash=_Hashing.hasher.hash(password),
        password_issued=password_issued,
        display_name=display_name,
        active=True,
        created_at=clock.now(),
    )
    session.add(user)
    session.flush()
    return user


def grant_role(
    session: Session,
    *,
    actor: Actor,
    user: User,
    role: Role,
    duty: Duty | None = None,
    district_id: int | None = None,
    organisation_id: int | None = None,
    household_id: int | None = None,
) -> Membership:
    """Give a person a role with its scope; which scope and duty a role needs are constraints of the table."""
    membership = Membership(
        ref=new_ref("RY"),
        user_id=user.id,
        role=role.value,
        duty=duty.value if duty else None,
        district_id=district_id,
        organisation_id=organisation_id,
        household_id=household_id,
    )
    session.add(membership)
    session.flush()
    audit.record(
        session,
        actor=actor,
        action="identity.grant_role",
        object_type="membership",
        object_id=membership.id,
        role=role.value,
        duty=membership.duty,
    )
    return membership


def sign_in(
    session: Session, *, username: str, password: str, device: str, lasts: timedelta
) -> tuple[str, SignIn]:
    """Check the password and open a sign-in; returns its secret token and its row.

    Where a second factor is on, the sign-in opens nothing until ``factors.pass_code``. Raises
    WrongCredentials, the same and as slowly for an unknown name, a wrong password and a closed account.
    """
    found = _BY_NAME.first(session, username=username)
    stored, is_active, membership_id, *whose = found or (_Hashing.dummy, False, None)
    known = _verify(stored, password)
    if not known or not is_active or membership_id is None:
        raise WrongCredentials
    who = person(*whose)
    # The check took a while: a password that was changed within it ends no sign-in that is not there yet.
    kept = locks.share(session, User, who.user_id or 0)
    if kept is None or kept.password_hash != stored:
        raise WrongCredentials
    return _open(session, membership_id, who, proof="password", device=device, lasts=lasts)


def open_sign_in(
    session: Session, *, membership: Membership, proof: str, device: str, lasts: timedelta
) -> tuple[str, SignIn]:
    """Open a sign-in of somebody proven by a telephone; returns its secret token and its row.

    Where a second factor is on, it opens nothing until ``factors.pass_code``.
    """
    locks.share(session, User, membership.user_id)
    return _open(session, membership.id, actor_of(membership), proof=proof, device=device, lasts=lasts)


_BY_NAME: Final = Prepared(
    select(
        User.password_hash,
        User.active,
        Membership.id,
        *WHOSE,
    )
    .outerjoin(Membership, (Membership.user_id == User.id) & Membership.ended_at.is_(None))
    .where(User.username == bindparam("username"))
    .order_by(Membership.id)
    .limit(1)
)
"""What a sign-in by password needs of a person and their first role: one row, everybody asks it."""
_HAS_FACTOR: Final = Prepared(
    select(SecondFactor.user_id).where(
        SecondFactor.user_id == bindparam("user_id"), SecondFactor.confirmed_at.is_not(None)
    )
)
_SIGN_IN: Final = Insert(
    SignIn,
    (
        *("ref", "token_hash", "user_id", "membership_id", "device", "proof"),
        *("started_at", "seen_at", "expires_at"),
    ),
)


def _open(
    session: Session,
    membership_id: int,
    who: Actor,
    *,
    proof: str,
    device: str,
    lasts: timedelta,
) -> tuple[str, SignIn]:
    """Open a sign-in; where a second factor is on, it opens nothing until its code came.

    The caller keeps the person's row: whoever changes the password or turns the factor on comes before this
    looks, or ends what it has opened.
    """
    waits = _HAS_FACTOR.first(session, user_id=who.user_id) is not None
    token = secrets.token_urlsafe(32)
    moment = clock.system_now()
    row = _SIGN_IN.made(
        session,
        ref=new_ref("DL"),
        token_hash=token_hash(token),
        user_id=who.user_id,
        membership_id=membership_id,
        device=device[:200],
        proof="code_to_come" if waits else proof,
        started_at=moment,
        seen_at=moment,
        expires_at=moment + (rules.CODE_LASTS if waits else lasts),
    )
    if not waits:
        note_sign_in(session, row, who)
    return token, row


def note_sign_in(session: Session, row: SignIn, who: Actor) -> None:
    """Put on record that somebody is signed in, and how that was proven."""
    audit.record(
        session,
        actor=who,
        action="identity.sign_in",
        object_type="sign_in",
        object_id=row.id,
        proof=row.proof,
    )


def note_lockout(
    session: Session, *, kind: str, username: str | None = None, user_id: int | None = None
) -> None:
    """Put on record that somebody was stopped from guessing, and whose name they tried if anybody has it.

    ``user_id`` says who it was that is signed in, where no name is tried.
    """
    if username is not None:
        user_id = session.scalar(select(User.id).where(User.username == username))
    audit.record(
        session,
        actor=system_actor(),
        action="identity.stopped_guessing",
        object_type="user",
        object_id=user_id,
        kind=kind,
    )


def end_sign_in(session: Session, *, actor: Actor, ref: str) -> None:
    """End one of the actor's own sign-ins. Raises NotFound for anybody else's."""
    statement = (
        update(SignIn)
        .where(SignIn.ref == ref, SignIn.user_id == actor.user_id, SignIn.ended_at.is_(None))
        .values(ended_at=clock.system_now())
        .returning(SignIn.id)
    )
    ended = session.scalar(statement)
    if ended is None:
        raise NotFound("sign_in_gone")
    audit.record(session, actor=actor, action="identity.sign_out", object_type="sign_in", object_id=ended)


def end_other_sign_ins(session: Session, *, actor: Actor, kept: int | None) -> int:
    """End every sign-in of the actor but the one kept (by id), and return how many that were."""
    ended = end_all(session, user_id=actor.user_id, kept=kept)
    audit.record(
        session,
        actor=actor,
        action="identity.sign_out_elsewhere",
        object_type="user",
        object_id=actor.user_id,
        ended=ended,
    )
    return ended


def end_all(session: Session, *, user_id: int | None, kept: int | None = None) -> int:
    """End a person's sign-ins, those waiting for a code too; the caller's own record tells of it."""
    statement = update(SignIn).where(SignIn.user_id == user_id, SignIn.ended_at.is_(None))
    if kept is not None:
        statement = statement.where(SignIn.id != kept)
    done = session.execute(statement.values(ended_at=clock.system_now()).returning(SignIn.id))
    return len(done.all())


def touch(session: Session, *, sign_in_id: int) -> None:
    """Note that a sign-in is in use; once a minute is enough, whoever calls more often writes nothing."""
    moment = clock.system_now()
    session.execute(
        update(SignIn)
        .where(SignIn.id == sign_in_id, SignIn.seen_at < moment - rules.SEEN_EVERY)
        .values(seen_at=moment)
    )


def change_password(session: Session, *, actor: Actor, kept: int, password: str, new_password: str) -> None:
    """Change the actor's password and end all their other sign-ins (``kept`` is this one's id).

    Raises WrongPassword for the present one, DomainError for a new one that will not do.
    """
    user = session.get_one(User, actor.user_id)
    check_present_password(session, user_id=user.id, password=password)
    if password == new_password:
        raise DomainError("password_unchanged", field="new_password")
    ended = set_password(session, user=user, new_password=new_password, kept=kept)
    password_changed.publish(session, user_id=user.id)
    audit.record(
        session,
        actor=actor,
        action="identity.change_password",
        object_type="user",
        object_id=user.id,
        ended=ended,
    )


def check_present_password(session: Session, *, user_id: int, password: str) -> None:
    """Raise WrongPassword unless this is the person's password."""
    if not _verify(session.get_one(User, user_id).password_hash, password):
        raise WrongPassword


def set_password(session: Session, *, user: User, new_password: str, kept: int | None = None) -> int:
    """Store a password the person chose; ends their sign-ins but ``kept``, and codes for a new password.

    Returns how many sign-ins ended. Raises DomainError for a password that will not do.
    """
    rules.check_password(new_password, username=user.username)
    locks.lock(session, User, user.id)
    user.password_hash = _Hashing.hasher.hash(new_password)
    user.password_issued = False
    open_resets = (PasswordReset.used_at.is_(None), PasswordReset.withdrawn_at.is_(None))
    session.execute(
        update(PasswordReset)
        .where(PasswordReset.user_id == user.id, *open_resets)
        .values(withdrawn_at=clock.system_now())
    )
    session.flush()
    return end_all(session, user_id=user.id, kept=kept)


def _verify(stored: str, password: str) -> bool:
    try:
        return _Hashing.hasher.verify(stored, password)
    except (VerifyMismatchError, InvalidHashError):
        return False
