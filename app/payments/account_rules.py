"""What may be a supervised account, and how its number is read: pure."""

import re
import unicodedata
from datetime import date
from typing import Final

from app.core.errors import DomainError

_NUMBER: Final = re.compile(r"[0-9]{8,30}")
_PAYEE: Final = re.compile(r"[0-9]{8,32}")
_HIDDEN: Final = re.compile(r"([0-9]*)[*＊xX•]+([0-9]*)")
_CARD: Final = re.compile(r"62[0-9]{14,17}")
"""What a card of a person looks like: UnionPay's prefix, 16 to 19 digits, the last one a check."""
LEAST_HOLDER: Final = 6
"""No person's name is as long, and every company's registered name is."""


def tidy_number(typed: str) -> str:
    """Return the digits of an account number, however it was grouped.

    Raises DomainError at ``number`` for what is none, and for the card of a person.
    """
    signs = unicodedata.normalize("NFKC", typed)
    number = "".join(sign for sign in signs if sign not in " -\u3000\t")
    if not _NUMBER.fullmatch(number):
        raise DomainError("account_number_bad", "number")
    if _CARD.fullmatch(number) and _passes_luhn(number):
        raise DomainError("account_is_card", "number")
    return number


def payee_number(told: str, typed: str) -> str:
    """Return the number of the account that money goes back to: the statement's, else the one typed.

    A statement may hide digits of it, or round it: such a number is none. Raises DomainError at
    ``payee_account`` when neither is one, or the typed one does not begin and end as the hidden one does.
    """
    shown = told.replace("-", "")
    for number in (shown, "".join(typed.split()).replace("-", "")):
        if _PAYEE.fullmatch(number):
            hidden = _HIDDEN.fullmatch(shown)
            if hidden and not (number.startswith(hidden[1]) and number.endswith(hidden[2])):
                raise DomainError("payee_account_differs", "payee_account")
            return number
    raise DomainError("payee_account_missing", "payee_account")


def grouped(number: str) -> str:
    """Return a number as a person copies it: four digits at a time."""
    return " ".join(number[at : at + 4] for at in range(0, len(number), 4))


def check_holder(name: str) -> str:
    """Return the name of an account's holder, a company. Raises DomainError at ``holder_name``."""
    tidy = name.strip()
    if len(tidy) < LEAST_HOLDER:
        raise DomainError("account_holder_short", "holder_name")
    return tidy


def check_since(since: date, *, today: date) -> None:
    """Refuse a day that has not come. Raises DomainError at ``since``."""
    if since > today:
        raise DomainError("account_day_ahead", "since")


def _passes_luhn(number: str) -> bool:
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number))]
    return sum(sum(divmod(value, 10)) for value in doubled) % 10 == 0
