"""Pure rules of identity: passwords, sign-in names, codes of an authenticator app, who manages whom."""

import hmac
import re
import unicodedata
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import pyotp

from app.core.actor import Role
from app.core.errors import DomainError

LEAST_PASSWORD: Final = 10

RESET_LASTS: Final = timedelta(minutes=30)
INVITATION_LASTS: Final = timedelta(days=7)
CODE_LASTS: Final = timedelta(minutes=10)
"""How long a sign-in waits for its second step."""
SEEN_EVERY: Final = timedelta(minutes=1)
"""How exactly the last use of a sign-in is kept."""
RECOVERY_CODES: Final = 10

NEEDS_SECOND_FACTOR: Final = frozenset({Role.OFFICER, Role.CHECKER, Role.REGULATOR, Role.ADMINISTRATOR})
"""Whoever decides about money, prices or people."""

KINDS: Final = {
    Role.OFFICER: "authority",
    Role.CHECKER: "authority",
    Role.REGULATOR: "regulator",
    Role.AUDITOR: "audit",
    Role.INSPECTOR: "inspection",
    Role.ADMINISTRATOR: "platform",
    Role.DEVELOPER: "developer",
}
"""The kind of organisation that each role of staff belongs to."""

DISTRICT_CODE: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
"""What stands in addresses, files and policies, which take no other."""
_USERNAME: Final = re.compile(r"[a-z][a-z0-9._-]{2,31}")

_COMMON: Final = frozenset(Path(__file__).with_name("common-passwords.txt").read_text().split())
"""Those that everybody tries first; shorter ones are refused by their length."""


def check_password(password: str, *, username: str) -> None:
    """Refuse a password that is short, common, or the sign-in name; what it is made of is free.

    Raises DomainError at ``new_password``.
    """
    plain = password.casefold()
    if len(password) < LEAST_PASSWORD:
        raise DomainError("password_short", field="new_password", least=LEAST_PASSWORD)
    if plain in _COMMON or len(set(plain)) < 3:
        raise DomainError("password_common", field="new_password")
    if username.casefold() in plain and len(plain) - len(username) < 4:
        raise DomainError("password_is_name", field="new_password")


def name_key(name: str) -> str:
    """Return what a person's name is compared by: however wide, spaced or large its signs are."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def check_username(username: str) -> None:
    """Refuse what is no sign-in name: 3 to 32 small letters, digits, dots, dashes. Raises DomainError."""
    if not _USERNAME.fullmatch(username):
        raise DomainError("username_bad", field="username")


def masked_mail(mail: str) -> str:
    """Return a mail address of which one sees enough to know one's own: ``w***@example.cn``."""
    name, _, domain = mail.rpartition("@")
    return f"{name[:1]}***@{domain}"


def matching_step(secret: str, code: str, moment: datetime) -> int | None:
    """Return the time step whose code this is, or None; a clock half a minute off still matches."""
    totp = pyotp.TOTP(secret)
    now = int(moment.timestamp()) // totp.interval
    typed = code.replace(" ", "")
    for step in (now, now - 1, now + 1):
        if hmac.compare_digest(totp.generate_otp(step).encode(), typed.encode()):
            return step
    return None


def enrolment_address(secret: str, *, username: str) -> str:
    """Return what the square code on the enrolment page holds, for authenticator apps."""
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name="Anju")
