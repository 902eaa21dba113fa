"""A browser remembers who signed in on it, in a signed cookie that opens nothing.

It only gives the owner a count of wrong passwords of their own, which strangers cannot fill.
"""

import hashlib
import secrets
from datetime import timedelta
from typing import Final

from flask import current_app, request
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.wrappers import Response

COOKIE: Final = "anju_device"
_LASTS: Final = timedelta(days=365)
_PEOPLE: Final = 5
"""How many people of one browser are remembered: a family's, a counter's."""


def known_as(username: str) -> str | None:
    """Return the name by which this browser is known to a person's account, or None."""
    return _remembered().get(_mark(username))


def remember(response: Response, username: str) -> Response:
    """Have the browser remember who signed in; the latest people stay."""
    marks = _remembered()
    name = marks.pop(_mark(username), None) or secrets.token_urlsafe(12)
    latest = [*marks.items(), (_mark(username), name)][-_PEOPLE:]
    response.set_cookie(
        COOKIE,
        _signer().dumps(latest),
        max_age=_LASTS,
        path="/account/",
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )
    return response


def _remembered() -> dict[str, str]:
    try:
        return dict(_signer().loads(request.cookies.get(COOKIE, "")))
    except (BadSignature, TypeError, ValueError):
        return {}


def _mark(username: str) -> str:
    return hashlib.sha256(username.strip().casefold().encode()).hexdigest()[:16]


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="anju-known-device")
