"""How the signed cookie is written and read: in Flask's own form, by what is made once for each process.

Every request reads it, and nearly every form changes it, for what the next page tells.
"""

import json
from typing import Any, Final

from flask.json.tag import TaggedJSONSerializer
from itsdangerous import Signer, TimestampSigner, URLSafeTimedSerializer

_encode: Final = json.JSONEncoder(separators=(",", ":"), sort_keys=True).encode
_TAGGED: Final = '{" '
"""What stands in a text wherever Flask noted a type that JSON does not know."""


class Content(TaggedJSONSerializer):
    """Flask's writing, which asks of each value eight times what it is, only where JSON alone does not do."""

    __slots__ = ()

    def dumps(self, value: Any) -> str:
        """Return a cookie's content as text."""
        return _encode(value) if _is_plain(value) else super().dumps(value)

    def loads(self, value: str) -> Any:
        """Return the content that a text tells."""
        return super().loads(value) if _TAGGED in value else json.loads(value)


def _is_plain(value: Any) -> bool:
    """Tell whether JSON gives a value back as it was; a name that looks like Flask's note does not."""
    kind = type(value)
    if kind is dict:
        return all(type(name) is str and name[:1] != " " and _is_plain(one) for name, one in value.items())
    if kind is list:
        return all(map(_is_plain, value))
    return kind in (str, int, bool, type(None))


class _Signer(TimestampSigner):
    """A signer that derives its key from each secret once."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._derived: dict[str | bytes, bytes] = {}

    def derive_key(self, secret_key: str | bytes | None = None) -> bytes:
        """Return the key that signs by a secret, the newest unless given."""
        secret = self.secret_key if secret_key is None else secret_key
        if secret not in self._derived:
            self._derived[secret] = super().derive_key(secret)
        return self._derived[secret]


class Signing(URLSafeTimedSerializer):
    """Signs a cookie's content and checks what came back, always by the same signer."""

    default_signer = _Signer

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._kept = super().make_signer()

    def make_signer(self, salt: str | bytes | None = None) -> Signer:
        """Return the signer; another salt than its own is asked of nobody here."""
        if salt not in (None, self.salt):
            raise ValueError("a cookie is signed with the salt of cookies")
        return self._kept
