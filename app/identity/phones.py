"""The only writer of telephones, of staff's mail addresses, and of codes sent to them."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import case, delete, select, update
from sqlalchemy.orm import Session

from app.core import audit, clock
from app.core.actor import Actor, Role
from app.core.errors import DomainError
from app.core.queue import enqueue
from app.core.sealing import blind_index, blind_indexes, seal, unseal
from app.identity.credentials import USER_MAIL, USER_PHONE, PhoneCode, UserMail, UserPhone
from app.identity.errors import WrongPhoneCode
from app.identity.events import phone_forgotten
from app.identity.models import PRIVATE, Membership, User
from app.identity.queries import token_hash

CODE_LASTS: Final = timedelta(minutes=5)
AGREEMENT_LASTS: Final = timedelta(minutes=10)
"""The holder reads the message, thinks, and tells the helper over the telephone."""
_KEPT: Final = timedelta(days=1)
_DIGITS: Final = 6
_PURPOSE: Final = "phone_codes.phone"
_WORDS: Final = "phone_codes.words"
_NO_OWNER: Final = 0

_TEXT: Final = (
    "【安居房票】您的验证码是 {code}，用于{reason}，5 分钟内有效。"
    "工作人员不会向您要验证码，请不要告诉任何人。"
)
_ACT_TEXT: Final = (
    "【安居房票】您的验证码是 {code}，{minutes} 分钟内有效。{words}"
    "您同意，才把验证码告诉帮办人；不同意，就不要告诉任何人。工作人员不会向您要验证码。"
)
_REASONS: Final = {
    "sign_in": "登录",
    "claim": "领取账号",
    "reset": "重新设置登录密码",
    "change": "更换手机号",
    "mail": "登记电子邮箱",
}
MAIL_SUBJECT: Final = "您的验证码"


@dataclass(frozen=True, slots=True)
class Asked:
    """A code that is on its way: the token the browser keeps, and until when the code is good."""

    token: str
    code_id: int


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is needed to send a text once the transaction is closed; the same ``key`` twice is one text.

    ``link_for`` is whose link for a new password the text gets instead of a code.
    """

    way: str
    to: str
    text: str
    key: str
    link_for: int | None = None


def ask_to_sign_in(session: Session, *, phone: str, invited: bool = False) -> Asked:
    """Send a code to sign in with, if the number is somebody's; the answer is the same if it is not.

    ``invited``: a helper is awaited under that number, who becomes somebody by the code.
    """
    user_id = session.scalar(select(UserPhone.user_id).where(UserPhone.phone_index.in_(phone_indexes(phone))))
    # Asked for nobody too: the time it takes tells nothing.
    membership = private_membership(session, user_id=user_id or 0)
    known = user_id if membership else None
    sends = known is not None or (invited and user_id is None)
    return _ask(session, purpose="sign_in", subject="", phone=phone, user_id=known, sends=sends)


def ask_to_prove(session: Session, *, purpose: str, subject: str, phone: str, way: str = "sms") -> Asked:
    """Send a code to a number somebody says is theirs; ``subject`` says what it will be good for.

    With ``way`` "mail" the number is a mail address.
    """
    return _ask(session, purpose=purpose, subject=subject, phone=phone, user_id=None, sends=True, way=way)


def ask_for_reset(session: Session, *, typed: str, page: str) -> Asked:
    """Send whoever goes by this name or number a code, or a link, for a new password; nobody, if none does.

    A code goes to the telephone they have proven; who has none and a mail address gets a link there, to
    ``page``. The answer, the row and the job are the same for a name that nobody has.
    """
    name = typed.strip()
    by_phone = select(UserPhone.user_id).where(UserPhone.phone_index.in_(phone_indexes(name)))
    live = select(Membership.id).where(Membership.user_id == User.id, Membership.ended_at.is_(None)).exists()
    named = select(User.id).where((User.username == name) | User.id.in_(by_phone), User.active, live)
    user_id = session.scalars(named.order_by(User.username != name)).first()
    phone, mail = find_phone(session, user_id=user_id or 0), find_mail(session, user_id=user_id or 0)
    way = "mail" if phone is None and mail is not None else "sms"
    return _ask(
        session,
        purpose="reset",
        subject="",
        phone=phone or mail or name,
        user_id=user_id,
        sends=phone is not None or mail is not None,
        way=way,
        page=page,
    )


def ask_to_agree(session: Session, *, subject: str, phone: str, words: str) -> Asked:
    """Send a code that lets a helper carry out one act; ``words`` name the act in a sentence."""
    return _ask(
        session,
        purpose="act",
        subject=subject,
        phone=phone,
        user_id=None,
        sends=True,
        words=words,
        lasts=AGREEMENT_LASTS,
    )


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
    if row is None or not row.is_typed or not _matches(row.id, code):
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
    to, key = unseal(row.phone, purpose=_PURPOSE, owner=_NO_OWNER), f"code-{code_id}"
    if row.is_link:
        return Parcel(way=row.way, to=to, text="", key=key, link_for=row.user_id)
    return Parcel(way=row.way, to=to, text=text_of(row), key=key)


def text_of(row: PhoneCode) -> str:
    """Return the message that carries a code."""
    if row.words is None:
        return _TEXT.format(code=_code(row.id), reason=_REASONS[row.purpose])
    words = unseal(row.words, purpose=_WORDS, owner=_NO_OWNER)
    return _ACT_TEXT.format(code=_code(row.id), minutes=AGREEMENT_LASTS.seconds // 60, words=words)


def keep_phone(session: Session, *, actor: Actor, user_id: int, phone: str) -> None:
    """Let a person sign in with a number they have proven. Raises DomainError for somebody else's number."""
    other = select(UserPhone.user_id).where(
        UserPhone.phone_index.in_(phone_indexes(phone)), UserPhone.user_id != user_id
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


def forget_phone(session: Session, *, actor: Actor, user_id: int) -> bool:
    """Take the number off a person that they sign in with; return whether there was one. They are told."""
    gone = delete(UserPhone).where(UserPhone.user_id == user_id).returning(UserPhone.user_id)
    if session.scalar(gone) is None:
        return False
    phone_forgotten.publish(session, user_id=user_id)
    audit.record(session, actor=actor, action="identity.forget_phone", object_type="user", object_id=user_id)
    return True


def keep_mail(session: Session, *, actor: Actor, user_id: int, mail: str) -> None:
    """Keep the mail address that somebody of the staff has proven."""
    sealed = seal(mail, purpose=USER_MAIL.purpose, owner=user_id)
    session.merge(UserMail(user_id=user_id, mail=sealed, proven_at=clock.system_now()))
    session.flush()
    audit.record(session, actor=actor, action="identity.keep_mail", object_type="user", object_id=user_id)


def find_mail(session: Session, *, user_id: int) -> str | None:
    """Return the mail address a person has proven, or None."""
    row = session.get(UserMail, user_id)
    return unseal(row.mail, purpose=USER_MAIL.purpose, owner=user_id) if row else None


def find_phone(session: Session, *, user_id: int) -> str | None:
    """Return the number a person signs in with, or None."""
    row = session.get(UserPhone, user_id)
    return unseal(row.phone, purpose=USER_PHONE.purpose, owner=user_id) if row else None


def find_owner(session: Session, *, phone: str) -> int | None:
    """Return who has proven a number, whatever they are; None when nobody has."""
    return session.scalar(select(UserPhone.user_id).where(UserPhone.phone_index.in_(phone_indexes(phone))))


def forget_old_codes(session: Session) -> None:
    """Delete codes a day after they were made: they hold numbers of people who never became anybody here."""
    session.execute(delete(PhoneCode).where(PhoneCode.made_at < clock.system_now() - _KEPT))


def _ask(
    session: Session,
    *,
    purpose: str,
    subject: str,
    phone: str,
    user_id: int | None,
    sends: bool,
    way: str = "sms",
    page: str | None = None,
    words: str | None = None,
    lasts: timedelta = CODE_LASTS,
) -> Asked:
    token, moment = secrets.token_urlsafe(32), clock.system_now()
    row = PhoneCode(
        token_hash=token_hash(token),
        purpose=purpose,
        subject=subject,
        way=way,
        phone=seal(phone, purpose=_PURPOSE, owner=_NO_OWNER),
        words=seal(words, purpose=_WORDS, owner=_NO_OWNER) if words else None,
        user_id=user_id,
        sends=sends,
        made_at=moment,
        ends_at=moment + lasts,
    )
    session.add(row)
    session.flush()
    # Enqueued for every number, known or not: the time it takes tells nothing.
    enqueue(session, "identity.send_code", code_id=row.id, page=page)
    return Asked(token, row.id)


def private_membership(session: Session, *, user_id: int) -> Membership | None:
    """Return with what a person may sign in by telephone; None for staff and closed accounts.

    Who has a household of their own signs in for it first, and helps others from there.
    """
    statement = (
        select(Membership)
        .join(Membership.user)
        .where(
            Membership.user_id == user_id,
            Membership.role.in_(PRIVATE),
            Membership.ended_at.is_(None),
            User.active,
        )
        .order_by(case((Membership.role == Role.HOUSEHOLD, 0), else_=1))
    )
    return session.scalars(statement).first()


def phone_indexes(phone: str) -> list[str]:
    """Return under what a number that somebody signs in with is found, newest key first."""
    return blind_indexes(phone, purpose=USER_PHONE.purpose)


def _code(code_id: int) -> str:
    return _digits(blind_index(str(code_id), purpose="phone code"))


def _matches(code_id: int, typed: str) -> bool:
    good = (_digits(index) for index in blind_indexes(str(code_id), purpose="phone code"))
    return any(hmac.compare_digest(one.encode(), typed.encode()) for one in good)


def _digits(index: str) -> str:
    number = int(index.rpartition(":")[2], 16)
    return f"{number % 10**_DIGITS:0{_DIGITS}d}"
