"""Changing the telephone one signs in with: a code to the number one had, and one to the new number."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.core.errors import DomainError
from app.identity import phones
from app.identity.errors import WrongPhoneCode
from app.identity.service import end_all
from app.notices.service import Recipient, tell
from app.projects import persons
from app.projects.models import HouseholdPerson

PURPOSE = "change"


def ask(session: Session, *, user_id: int, phone: str) -> tuple[str, str | None]:
    """Send a code to a new number, and one to the number the person has, if any; returns both tokens."""
    old = phones.find_phone(session, user_id=user_id)
    if phone == old:
        raise DomainError("phone_unchanged", field="phone")
    fresh = phones.ask_to_prove(session, purpose=PURPOSE, subject=_subject(user_id, "new"), phone=phone)
    if old is None:
        return fresh.token, None
    had = phones.ask_to_prove(session, purpose=PURPOSE, subject=_subject(user_id, "old"), phone=old)
    return fresh.token, had.token


def change(
    session: Session,
    *,
    actor: Actor,
    user_id: int,
    kept: int,
    new: tuple[str, str],
    old: tuple[str, str] | None,
) -> str:
    """Keep a new number for signing in, and for what a household is told, and tell the person; returns it.

    All their other sign-ins end, as with a new password (``kept`` is this one's id): one was perhaps made
    with the number they had. ``new`` and ``old`` are token and code of the new number and of the one they
    had; ``old`` may be None only while there is none. Raises WrongPhoneCode, DomainError at ``old_code`` for
    the number they had, and at ``phone`` for somebody else's number.
    """
    _prove_old(session, user_id, old)
    token, code = new
    phone, _nobody = phones.use(
        session, token=token, purpose=PURPOSE, subject=_subject(user_id, "new"), code=code
    )
    phones.keep_phone(session, actor=actor, user_id=user_id, phone=phone)
    end_all(session, user_id=user_id, kept=kept)
    person = session.scalars(select(HouseholdPerson).where(HouseholdPerson.user_id == user_id)).first()
    if person is not None:
        persons.join(session, actor=actor, person=person, user_id=user_id, phone=phone)
    event = f"own_phone:{user_id}:{clock.system_now().isoformat()}"
    tell(session, kind="own_phone_changed", to=Recipient(user_id=user_id), event=event)
    return phone


def _prove_old(session: Session, user_id: int, old: tuple[str, str] | None) -> None:
    if phones.find_phone(session, user_id=user_id) is None:
        return
    token, code = old or ("", "")
    try:
        phones.use(session, token=token, purpose=PURPOSE, subject=_subject(user_id, "old"), code=code)
    except WrongPhoneCode as error:
        raise DomainError("phone_code_wrong", field="old_code") from error


def _subject(user_id: int, which: str) -> str:
    return f"{user_id}|{which}"
