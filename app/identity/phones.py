"""The only writer of telephones and of codes sent to them."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.core import audit, clock
from app.core.actor import Actor, Role
from app.core.errors import DomainError
from app.core.queue import enqueue
from app.core.sealing import blind_index, blind_indexes, seal, unseal
from app.identity.credentials import USER_PHONE, PhoneCode, UserPhone
from app.identity.errors import WrongPhoneCode
from app.identity.models import Membership, User
from app.identity.queries import token_hash

CODE_LASTS: Final = timedelta(minutes=5)
_KEPT: Final = timedelta(days=1)
_DIGITS: Final = 6
_PURPOSE: Final = "phone_codes.phone"
_NO_OWNER: Final = 0

_TEXT: Final = (
    "【安居房票】您的验证码是 {code}，用于{reason}，5 分钟内有效。"
    "工作人员不会向您要验证码，请不要告诉任何人。"
)
_REASONS: Final = {"sign_in": "登录", "claim": "领取账号", "act": "同意别人替您办事"}


@dataclass(frozen=True, slots=True)
class Asked:
    """A code that is on its way: the token the browser keeps, and until when the code is good."""

    token: str
    code_id: int


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is needed to send a text once the transaction is closed; the same ``key`` twice is one text."""

    to: str
    text: str
    key: str


def ask_to_sign_in(session: Session, *, phone: str) -> Asked:
    """Send a code to sign in with, if the number is somebody's; the answer is the same if it is not."""
    user_id = session.scalar(select(UserPhone.user_id).where(UserPhone.phone_index.in_(_indexes(phone))))
    # Asked for nobody too: the time it takes tells nothing.
    membership = household_membership(session, user_id=user_id or 0)
    known = user_id if membership else None
    return _ask(session, purpose="sign_in", subject="", phone=phone, user_id=known, sends=known is not None)


def ask_to_prove(session: Session, *, purpose: str, subject: str, phone: str) -> Asked:
    """Send a code to a number somebody says is theirs; ``subject`` says what it will be good for."""
    return _ask(session, purpose=purpose, subject=subject, phone=phone, user_id=None, sends=True)


def find_code(session: Session, *, token: str, purpose: str) -> tuple[int, str] | None:
    """Return which code a browser waits for and the number it went to, for counting tries; None for none."""
    statement = select(PhoneCode).where(
        PhoneCode.token_hash == token_hash(token), PhoneCode.purpose == purpose
    )
    row = session.scalars(statement).first()
    return (row.id, unseal(row.phone, purpose=_PURPOSE, owner=_NO_OWNER)) if row else None


def use(session: Session, *, token: str, purpose: str, subject: str, code: str) -> tuple[str, int | None]:
    """Use a code up; returns the number it proves and who signs in with that number, if anybody.

    Raises WrongPhoneCode for a code that is wrong, used, too old, or was for something else. Whoever calls
    counts the tries.
    """
    row = session.scalars(
        select(PhoneCode).where(
            PhoneCode.token_hash == token_hash(token),
            PhoneCode.purpose == purpose,
            PhoneCode.subject == subject,
        )
    ).first()
    if row is None or not _matches(row.id, code):
        raise WrongPhoneCode
    moment = clock.system_now()
    once = update(PhoneCode).where(
        PhoneCode.id == row.id, PhoneCode.used_at.is_(None), PhoneCode.ends_at > moment
    )
    if session.scalar(once.values(used_at=moment).returning(PhoneCode.id)) is None:
        raise WrongPhoneCode
    return unseal(row.phone, purpose=_PURPOSE, owner=_NO_OWNER), row.user_id


def find_parcel(session: Session, *, code_id: int) -> Parcel | None:
    """Return what is to be sent for a code; None where nothing is, or the code is used or too old."""
    row = session.get(PhoneCode, code_id)
    if row is None or not row.sends or row.used_at or row.ends_at <= clock.system_now():
        return None
    phone = unseal(row.phone, purpose=_PURPOSE, owner=_NO_OWNER)
    text = _TEXT.format(code=_code(row.id), reason=_REASONS[row.purpose])
    return Parcel(to=phone, text=text, key=f"code-{code_id}")


def keep_phone(session: Session, *, actor: Actor, user_id: int, phone: str) -> None:
    """Let a person sign in with a number they have proven. Raises DomainError for somebody else's number."""
    other = select(UserPhone.user_id).where(
        UserPhone.phone_index.in_(_indexes(phone)), UserPhone.user_id != user_id
    )
    if session.scalar(other) is not None:
        raise DomainError("phone_taken", field="phone")
    session.merge(
        UserPhone(
            user_id=user_id,
            phone=seal(phone, purpose=USER_PHONE.purpose, owner=user_id),
            phone_index=blind_index(phone, purpose=USER_PHONE.purpose),
            proven_at=clock.system_now(),
        )
    )
    session.flush()
    audit.record(session, actor=actor, action="identity.keep_phone", object_type="user", object_id=user_id)


def find_phone(session: Session, *, user_id: int) -> str | None:
    """Return the number a person signs in with, or None."""
    row = session.get(UserPhone, user_id)
    return unseal(row.phone, purpose=USER_PHONE.purpose, owner=user_id) if row else None


def forget_old_codes(session: Session) -> None:
    """Delete codes a day after they were made: they hold numbers of people who never became anybody here."""
    session.execute(delete(PhoneCode).where(PhoneCode.made_at < clock.system_now() - _KEPT))


def _ask(
    session: Session, *, purpose: str, subject: str, phone: str, user_id: int | None, sends: bool
) -> Asked:
    token, moment = secrets.token_urlsafe(32), clock.system_now()
    row = PhoneCode(
        token_hash=token_hash(token),
        purpose=purpose,
        subject=subject,
        phone=seal(phone, purpose=_PURPOSE, owner=_NO_OWNER),
        user_id=user_id,
        sends=sends,
        made_at=moment,
        ends_at=moment + CODE_LASTS,
    )
    session.add(row)
    session.flush()
    # Enqueued for every number, known or not: the time it takes tells nothing.
    enqueue(session, "identity.send_code", code_id=row.id)
    return Asked(token, row.id)


def household_membership(session: Session, *, user_id: int) -> Membership | None:
    """Return with what a person may sign in by telephone; None for staff and closed accounts."""
    statement = (
        select(Membership)
        .join(Membership.user)
        .where(
            Membership.user_id == user_id,
            Membership.role == Role.HOUSEHOLD.value,
            Membership.ended_at.is_(None),
            User.active,
        )
    )
    return session.scalars(statement).first()


def _indexes(phone: str) -> list[str]:
    return blind_indexes(phone, purpose=USER_PHONE.purpose)


def _code(code_id: int) -> str:
    return _digits(blind_index(str(code_id), purpose="phone code"))


def _matches(code_id: int, typed: str) -> bool:
    good = (_digits(index) for index in blind_indexes(str(code_id), purpose="phone code"))
    return any(hmac.compare_digest(one.encode(), typed.encode()) for one in good)


def _digits(index: str) -> str:
    number = int(index.rpartition(":")[2], 16)
    return f"{number % 10**_DIGITS:0{_DIGITS}d}"
