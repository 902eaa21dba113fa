"""Opaque cursors: where a page ended, bound to the search it belongs to.

A cursor holds the two integers that the order stands on (the sort's key and the tie-break) and a checksum
over them and the search. It is no secret and grants nothing; the checksum turns a damaged one, or one of
another search, into a clear refusal instead of a strange page.
"""

import base64
import binascii
import hashlib
import struct
from typing import Final, NamedTuple

_NUMBERS: Final = struct.Struct(">qq")
_CHECK_BYTES: Final = 8
"""With the numbers 24 bytes, a multiple of three: the text then has no spare bits that change unseen."""


class Position(NamedTuple):
    """The last home of a page: its key in the order asked for, and its tie-break."""

    key: int
    tie: int


def encode(position: Position, search: str) -> str:
    """Return the cursor of a position within the search that ``search`` spells out."""
    numbers = _NUMBERS.pack(*position)
    return base64.urlsafe_b64encode(numbers + _check(numbers, search)).decode().rstrip("=")


def decode(cursor: str, search: str) -> Position | None:
    """Return the position, or None when the text is no cursor of this search."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    numbers, check = raw[: _NUMBERS.size], raw[_NUMBERS.size :]
    if len(numbers) != _NUMBERS.size or check != _check(numbers, search):
        return None
    return Position(*_NUMBERS.unpack(numbers))


def _check(numbers: bytes, search: str) -> bytes:
    return hashlib.sha256(numbers + search.encode()).digest()[:_CHECK_BYTES]
