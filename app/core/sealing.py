"""Fields that are encrypted at rest, and blind indexes to find them by.

Sealed text names its key (``<key id>:<base64>``), so keys can be changed while old rows are still read:
``flask keys rotate`` seals anew whatever is not under the current key. Each text is bound to its purpose and
the row that owns it: moved into somebody else's row it does not open. A blind index is a keyed hash under a
purpose: equal texts have equal indexes, so a column can be looked up and kept unique without being read.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import func, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

_NONCE_BYTES: Final = 12


class SealBroken(Exception):
    """A sealed text does not open: an unknown key, a changed text, or another row's."""


@dataclass(frozen=True)
class SealKeys:
    """The field keys by id; the current one seals, all of them open."""

    current: str
    keys: Mapping[str, bytes]

    def derived(self, key_id: str, use: str) -> bytes:
        """Return 32 bytes for one use of a key. Raises SealBroken for a key that is not in the ring."""
        if key_id not in self.keys:
            raise SealBroken(f"field key {key_id} is missing")
        info = f"anju {use}".encode()
        return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(self.keys[key_id])


class _Process:
    """What the wiring set for this process."""

    ring: SealKeys | None = None


def configure(ring: SealKeys) -> None:
    """Set the process's keys. Called by the wiring."""
    _Process.ring = ring


def _ring() -> SealKeys:
    if _Process.ring is None:
        raise RuntimeError("there are no field keys: create_app configures them")
    return _Process.ring


def seal(plain: str, *, purpose: str, owner: int) -> str:
    """Return a text encrypted under the current key, for one purpose and one owner's row."""
    ring, nonce = _ring(), secrets.token_bytes(_NONCE_BYTES)
    cipher = AESGCM(ring.derived(ring.current, "sealing"))
    body = nonce + cipher.encrypt(nonce, plain.encode(), _bound_to(purpose, owner))
    return f"{ring.current}:{base64.urlsafe_b64encode(body).decode()}"


def unseal(sealed: str, *, purpose: str, owner: int) -> str:
    """Return the text. Raises SealBroken for anything but what was sealed for this purpose and owner."""
    key_id, _, text = sealed.partition(":")
    body = base64.urlsafe_b64decode(text)
    cipher = AESGCM(_ring().derived(key_id, "sealing"))
    try:
        plain = cipher.decrypt(body[:_NONCE_BYTES], body[_NONCE_BYTES:], _bound_to(purpose, owner))
    except InvalidTag as error:
        raise SealBroken(f"a sealed {purpose} does not open") from error
    return plain.decode()


def blind_index(plain: str, *, purpose: str) -> str:
    """Return what stands in an index column for a text that its owner has brought into one usual form."""
    return _index(_ring(), _ring().current, plain, purpose)


def blind_indexes(plain: str, *, purpose: str) -> list[str]:
    """Return the indexes under every key, to look a text up in rows not yet under the current one."""
    ring = _ring()
    return [_index(ring, key_id, plain, purpose) for key_id in ring.keys]


def _index(ring: SealKeys, key_id: str, plain: str, purpose: str) -> str:
    message = f"{purpose}|{plain}".encode()
    return f"{key_id}:{hmac.digest(ring.derived(key_id, 'blind index'), message, hashlib.sha256).hex()}"


def _bound_to(purpose: str, owner: int) -> bytes:
    return f"{purpose}|{owner}".encode()


@dataclass(frozen=True)
class SealedColumn:
    """A column of sealed texts, the column of the id they are bound to, and their blind index if any."""

    column: InstrumentedAttribute[Any]
    owner: InstrumentedAttribute[int]
    purpose: str
    index: InstrumentedAttribute[Any] | None = None


_COLUMNS: Final[list[SealedColumn]] = []


def declare(column: SealedColumn) -> SealedColumn:
    """Note a sealed column, so that a change of keys reaches it; call it below the model."""
    _COLUMNS.append(column)
    return column


def count_outdated(session: Session) -> int:
    """Return how many sealed texts are not under the current key."""
    return sum(
        session.scalars(select(func.count()).where(_outdated(one, _ring().current))).one() for one in _COLUMNS
    )


def rotate(session: Session, *, limit: int = 500) -> int:
    """Seal up to ``limit`` texts anew under the current key, indexes with them; return how many.

    Each row is changed only if it still holds what was read: a row written meanwhile is under the current
    key already. Raises SealBroken at a text that does not open.
    """
    done = 0
    for one in _COLUMNS:
        rows = select(one.owner, one.column).where(_outdated(one, _ring().current)).order_by(one.owner)
        for owner, sealed in session.execute(rows.limit(limit - done)).all():
            plain = unseal(sealed, purpose=one.purpose, owner=owner)
            fresh = {one.column: seal(plain, purpose=one.purpose, owner=owner)}
            if one.index is not None:
                fresh[one.index] = blind_index(plain, purpose=one.purpose)
            changed = update(one.column.class_).where(one.owner == owner, one.column == sealed)
            session.execute(changed.values(fresh), execution_options={"synchronize_session": False})
            done += 1
    return done


def _outdated(one: SealedColumn, current: str) -> Any:
    return one.column.is_not(None) & ~one.column.startswith(f"{current}:", autoescape=True)
