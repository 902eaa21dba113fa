"""The JSON that a program sends, read strictly: known names only, each once, of the right kind."""

import json
import re
from collections.abc import Callable, Collection
from datetime import date
from typing import Any, Final

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from app.core import money
from app.core.errors import DomainError
from app.web.language import gettext as _

MOST_BYTES: Final = 16 * 1024
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class BadBody(DomainError):
    """The request itself is wrong: answered with 400."""


class Body:
    """The object of a request; every reader names the field that is wrong."""

    def __init__(self, values: dict[str, Any], known: Collection[str]) -> None:
        for name in values:
            if name not in known:
                shown = _visible(name[:60])
                raise BadBody("unknown_field", shown, name=shown)
        self.values = values

    def text(self, name: str, *, most: int) -> str:
        """Return a text that must be there, at most so long, without control characters."""
        return str(
            self._read(name, lambda value: _text(value, most), _("文字，最多 %(most)d 个字", most=most))
        )

    def text_or_none(self, name: str, *, most: int) -> str | None:
        """Return a text that may be missing or null."""
        return self.text(name, most=most) if self.values.get(name) is not None else None

    def fen(self, name: str) -> int:
        """Return an amount that must be there."""
        return int(self._read(name, _fen, _("大于零的整数，单位是分")))

    def fen_or_none(self, name: str) -> int | None:
        """Return an amount that may be missing or null."""
        return self.fen(name) if self.values.get(name) is not None else None

    def version_or_none(self, name: str) -> int | None:
        """Return a version that may be missing or null."""
        if self.values.get(name) is None:
            return None
        return int(self._read(name, _whole, _("整数")))

    def day(self, name: str) -> date:
        """Return a day that must be there."""
        found: date = self._read(name, _day, _("日期，例如 2016-05-30"))
        return found

    def _read(self, name: str, parse: Callable[[Any], Any], wanted: str) -> Any:
        if self.values.get(name) is None:
            raise BadBody("field_missing", name, name=name)
        found = parse(self.values[name])
        if found is None:
            raise BadBody("field_bad", name, name=name, wanted=wanted)
        return found


def read_body() -> dict[str, Any]:
    """Return the JSON object of this request, an empty one for no content.

    Raises UnsupportedMediaType (415), RequestEntityTooLarge (413), BadBody for what is no object.
    """
    if (request.content_length or 0) > MOST_BYTES:
        raise RequestEntityTooLarge
    request.max_content_length = MOST_BYTES
    # Judged before the content: what is read as a form is gone when one looks for it.
    if request.mimetype not in ("", "application/json"):
        raise UnsupportedMediaType
    content = request.get_data(cache=True)
    if not content:
        return {}
    if not request.mimetype:
        raise UnsupportedMediaType
    try:
        found = json.loads(content.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise BadBody("bad_json") from error
    if not isinstance(found, dict):
        raise BadBody("bad_json")
    return found


def _visible(name: str) -> str:
    """Return a name fit for an answer: one with a NUL could not be kept under a key."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in name)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _text(value: Any, most: int) -> str | None:
    if not isinstance(value, str) or not value.strip() or len(value) > most or not value.isprintable():
        return None
    return value.strip()


def _whole(value: Any) -> int | None:
    good = isinstance(value, int) and not isinstance(value, bool) and 0 < value <= money.MAX_FEN
    return value if good else None


_fen = _whole


def _day(value: Any) -> date | None:
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None
