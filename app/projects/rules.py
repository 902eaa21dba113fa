"""What can be said of an ID number (公民身份号码) from its digits alone: pure."""

import hmac
import re
import unicodedata
from datetime import date
from typing import Final

LAST: Final = 6
"""So many signs of an ID number a person gives to claim an account."""
ADULT_AT: Final = 18
MOST_RESIDENTS: Final = 99
"""More people than one agreement ever counts (安置人口)."""

_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS: Final = "10X98765432"
_SHAPE: Final = re.compile(r"\d{17}[\dX]", re.ASCII)
_LAST_SHAPE: Final = re.compile(r"\d{5}[\dX]", re.ASCII)


def tidy_id(typed: str) -> str:
    """Return what was typed with full-width signs made plain, blanks dropped and ``x`` as ``X``."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", typed)).upper()


def is_id_number(number: str) -> bool:
    """Tell whether a tidy number is one: 18 signs, a day of birth that there was, a check sign that holds."""
    return (
        bool(_SHAPE.fullmatch(number)) and birthday(number) is not None and check_sign(number) == number[-1]
    )


def is_agreement_number(number: str) -> bool:
    """Tell whether an agreement's number can stand in an address: no step of it is empty, ``.`` or ``..``."""
    return all(step.strip() not in ("", ".", "..") for step in number.split("/"))


def is_last_six(signs: str) -> bool:
    """Tell whether tidy signs can be the last six of an ID number."""
    return bool(_LAST_SHAPE.fullmatch(signs))


def check_sign(number: str) -> str:
    """Return the check sign of a number's first 17 digits (GB 11643)."""
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, number[:17], strict=True))
    return _CHECKS[total % 11]


def birthday(number: str) -> date | None:
    """Return the day of birth that a number holds, or None when there was no such day."""
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def is_adult(number: str, day: date) -> bool:
    """Tell whether the person of an ID number is of age on a day."""
    born = birthday(number)
    return born is not None and (day.year - born.year) - ((day.month, day.day) < (born.month, born.day)) >= (
        ADULT_AT
    )


def ends_with(number: str, last: str) -> bool:
    """Tell whether an ID number ends so, in a time that does not depend on how much of it fits."""
    return hmac.compare_digest(number[-LAST:].encode(), last.encode())


def masked(name: str) -> str:
    """Return a name as others may see it: the first sign, and stars."""
    return f"{name[:1]}**"


def masked_id(number: str) -> str:
    """Return what staff may see of an ID number: neither the day of birth nor the signs that claim."""
    return f"{number[:6]}{'*' * 12}"


def masked_phone(phone: str) -> str:
    """Return a mobile number as one shows it: ``138****5678``."""
    return f"{phone[:3]}****{phone[-4:]}"
