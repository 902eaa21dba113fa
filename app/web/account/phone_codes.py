"""Counting codes sent to telephones: how often one is asked for, and how often one is guessed."""

from collections.abc import Iterator
from contextlib import contextmanager

from app.core.errors import DomainError, TooMany
from app.core.rates import give_back, take
from app.extensions import db
from app.gateways import mail, sms
from app.identity import phones
from app.identity.claim_tries import code_requests, code_tries
from app.identity.errors import WrongPhoneCode
from app.web import stopped
from app.web.account import tries


def count_request(phone: str, *, kind: str = "phone", field: str = "phone") -> None:
    """Count that a code is asked for. Raises DomainError at ``field`` when the last one is too fresh."""
    full = take(code_requests(phone=phone, address=tries.address(), kind=kind))
    if full is None:
        return
    if full.bucket.key.startswith(f"{kind}-minute"):
        raise DomainError("phone_code_just_sent", field=field)
    stopped.note(full)
    raise TooMany("phone_code_too_many", minutes=full.bucket.seconds // 60)


@contextmanager
def counted(token: str, *, purpose: str) -> Iterator[None]:
    """Count one try of a code before it is compared; given back unless the block raises.

    Raises DomainError at ``phone_code`` once too many were wrong, before anything is compared, and
    WrongPhoneCode for a browser that waits for none.
    """
    found = phones.find_code(db.session(), token=token, purpose=purpose)
    if found is None:
        raise WrongPhoneCode
    code_id, phone = found
    counts = code_tries(code_id=code_id, phone=phone, address=tries.address())
    if (full := take(counts)) is not None:
        stopped.note(full)
        raise DomainError("phone_code_spent", field="phone_code")
    yield
    give_back(counts)


def can_be_sent() -> bool:
    """Tell whether there is a gateway for SMS at all."""
    return sms.current() is not None


def can_be_mailed() -> bool:
    """Tell whether there is a mail server at all."""
    return mail.current() is not None
