"""Public references: random, with a check character, readable over the telephone."""

import hashlib
import secrets
from typing import Final

_ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""31 signs, a prime, without the look-alikes 0 O 1 I L: the check finds any single slip and any swap."""

_LENGTH: Final = 9
REF_LENGTH: Final = _LENGTH + 1
"""Signs of a reference behind its prefix, check sign included."""


def new_ref(kind: str) -> str:
    """Return a new reference such as ``FP-7K2M9-QX4HT``; ``kind`` is the two-letter prefix of the noun."""
    body = _random_signs(_LENGTH)
    signs = body + _check_sign(body)
    return f"{kind}-{signs[:5]}-{signs[5:]}"


def _random_signs(count: int) -> str:
    """Return so many signs by chance: drawn together, since each draw asks the system for chance."""
    return _signs_of(secrets.randbelow(len(_ALPHABET) ** count), count)


def _signs_of(number: int, count: int) -> str:
    signs = ""
    while len(signs) < count:
        number, place = divmod(number, len(_ALPHABET))
        signs += _ALPHABET[place]
    return signs


def normalise_ref(typed: str) -> str | None:
    """Return the canonical form of a reference as a person typed it, or None when its check does not hold."""
    signs = "".join(sign for sign in typed.upper() if sign.isascii() and sign.isalnum())
    kind, body = signs[:2], signs[2:]
    if len(body) != _LENGTH + 1 or any(sign not in _ALPHABET for sign in body):
        return None
    if _check_sign(body[:-1]) != body[-1]:
        return None
    return f"{kind}-{body[:5]}-{body[5:]}"


_MARK_LENGTH: Final = 19
"""Nineteen random signs are 94 bits: nobody finds the mark of a paper they have not seen."""


def new_mark() -> str:
    """Return what a QR code on paper carries, such as ``7K2M99QX4HT3BW8RD2XY``; its last sign is a check."""
    body = _random_signs(_MARK_LENGTH)
    return body + _check_sign(body)


def bound_mark(head: str, index: str) -> str:
    """Return a mark: ``head``, then what a keyed index (hex behind a colon) gives in its signs.

    Who has the key makes it anew from the head; nobody else makes one at all.
    """
    body = head + _signs_of(int(index.rpartition(":")[2], 16), _MARK_LENGTH - len(head))
    return body + _check_sign(body)


def normalise_mark(typed: str) -> str | None:
    """Return the mark that a person typed off a paper, or None when its check does not hold."""
    signs = "".join(sign for sign in typed.upper() if sign.isascii() and sign.isalnum())
    if len(signs) != _MARK_LENGTH + 1 or any(sign not in _ALPHABET for sign in signs):
        return None
    return signs if _check_sign(signs[:-1]) == signs[-1] else None


_CODE_GROUPS: Final = 4
"""Sixteen signs are 79 bits: nobody guesses one, and a plain hash of it can be stored."""


def new_code() -> str:
    """Return a secret that a person copies from paper, such as ``7K2M-9QX4-HT3B-W8RD``."""
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(_CODE_GROUPS))
    return "-".join(groups)


def code_hash(typed: str) -> bytes:
    """Return what is stored of a code, however a person typed it: blanks, dashes and case do not count."""
    signs = "".join(sign for sign in typed.upper() if sign.isascii() and sign.isalnum())
    return hashlib.sha256(signs.encode()).digest()


def _check_sign(body: str) -> str:
    total = sum((place + 2) * _ALPHABET.index(sign) for place, sign in enumerate(body))
    return _ALPHABET[-total % len(_ALPHABET)]
